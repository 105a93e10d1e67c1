"""What each STS call answers once it is authorised. Source: the STS API reference."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from rolecall.iam import MalformedPolicy, PolicyKind, parse_policy
from rolecall.sandbox.call import ApiCall, Caller, Session
from rolecall.sandbox.deciding import read_authorization_message
from rolecall.sandbox.keys import account_of, new_id, new_secret, new_token
from rolecall.sandbox.policies import entity_of, managed_document
from rolecall.sandbox.refusal import Refused
from rolecall.sandbox.sts import mfa, parameters
from rolecall.sandbox.world import World

Answer = dict[str, Any]

_CHAIN_LIMIT = 3600
_FOREVER = 43200
_FEDERATION = 129600


def before_policies(call: ApiCall, caller: Caller) -> None:
    """What is refused whatever policies say: malformed parameters."""
    if call.operation == "AssumeRole":
        _check_assume_role(call, caller)
    if call.operation == "GetFederationToken":
        parameters.required(call.params, "Name")
        parameters.text(call.params, "Name", 2, 32)


def _check_assume_role(call: ApiCall, caller: Caller) -> None:
    params = call.params
    parameters.role_arn(params)
    parameters.required(params, "RoleSessionName")
    parameters.text(params, "RoleSessionName", 2, 64)
    parameters.text(params, "ExternalId", 2, 1224, external=True)
    parameters.text(params, "SourceIdentity", 2, 64)
    parameters.duration(params, _CHAIN_LIMIT, _FOREVER)
    parameters.token_code(params)
    incoming = caller.session.transitive_tags if caller.session else {}
    parameters.transitive(params, parameters.tags(params), incoming)
    if caller.kind == "root":
        raise Refused("AccessDenied", "Roles may not be assumed by root accounts.", 403)


def assume_role(world: World, call: ApiCall, caller: Caller) -> Answer:
    """AssumeRole. The trust policy was asked already; a role that does not exist never gets here."""
    params = call.params
    role = _role(world, call, caller)
    incoming = caller.session
    identity = _source_identity(call, caller)
    when_mfa = _second_factor(world, call, caller)
    seconds = _assumed_duration(call, caller, role)
    passed = parameters.tags(params)
    inherited = incoming.transitive_tags if incoming else {}
    session = Session(
        kind="role",
        name=params["RoleSessionName"],
        issuer_arn=role.arn,
        issuer_id=role.id,
        tags=passed,
        transitive_tags=parameters.transitive(params, passed, inherited),
        source_identity=identity,
        mfa=when_mfa,
        chain=_chain(caller, f"arn:aws:sts::{role.account_id}:assumed-role/{role.name}/{params['RoleSessionName']}"),
        **_session_policies(world, call, role.account_id),
        **_new_credentials(role.account_id, call.time, seconds),
    )
    world.remember(session)
    role.last_used = call.time.replace(tzinfo=None)
    answer: Answer = {
        "Credentials": credentials(session),
        "AssumedRoleUser": {"AssumedRoleId": f"{role.id}:{session.name}", "Arn": session.chain[-1]},
    }
    if session.policies or session.policy_arns or passed:
        answer["PackedPolicySize"] = _packed_size(session)
    if identity:
        answer["SourceIdentity"] = identity
    return answer


def _role(world: World, call: ApiCall, caller: Caller) -> Any:
    """The role, by exactly the ARN that was sent: a role with a path is not found without it."""
    sent = call.params["RoleArn"]
    role = world.find_role(sent.split(":")[4], sent.rpartition("/")[2])
    if role is None or role.arn != sent:
        raise Refused(
            "AccessDenied", f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {sent}", 403
        )
    return role


def _source_identity(call: ApiCall, caller: Caller) -> str:
    sent = call.params.get("SourceIdentity") or ""
    kept = caller.session.source_identity if caller.session else ""
    if kept and sent and sent != kept:
        raise Refused(
            "AccessDenied",
            f"User: {caller.arn} is not authorized to perform: sts:SetSourceIdentity on resource: "
            f"{call.params['RoleArn']}",
            403,
        )
    return sent or kept


def _second_factor(world: World, call: ApiCall, caller: Caller) -> datetime | None:
    serial, code = call.params.get("SerialNumber"), call.params.get("TokenCode")
    if not serial and not code:
        return caller.session.mfa if caller.session and caller.session.kind == "user" else None
    user = entity_of(world, caller) if caller.kind == "user" else None
    mfa.prove(world, user, str(serial or ""), str(code or ""), call.time)
    return call.time


def _assumed_duration(call: ApiCall, caller: Caller, role: Any) -> int:
    seconds = parameters.duration(call.params, _CHAIN_LIMIT, _FOREVER)
    longest = int(role.max_session_duration or _CHAIN_LIMIT)
    if seconds > longest:
        text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise Refused("ValidationError", text, 400)
    if caller.kind == "role" and seconds > _CHAIN_LIMIT:
        text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        raise Refused("ValidationError", text, 400)
    return seconds


def _chain(caller: Caller, last: str) -> tuple[str, ...]:
    before = caller.session.chain if caller.session and caller.session.chain else (caller.arn,)
    return (*before, last)


def _session_policies(world: World, call: ApiCall, account: str) -> dict[str, Any]:
    inline = call.params.get("Policy")
    arns = tuple(item.get("arn", "") for item in call.params.get("PolicyArns") or ())
    if inline:
        if len(inline) > 2048:
            raise Refused("ValidationError", "The policy is longer than 2048 characters", 400)
        try:
            parse_policy(inline, PolicyKind.SESSION)
        except MalformedPolicy as problem:
            raise Refused("MalformedPolicyDocument", str(problem.summary), 400) from None
    if len(arns) > 10:
        raise Refused("ValidationError", "At most 10 managed session policies may be passed", 400)
    for arn in arns:
        if managed_document(world, account, arn) is None:
            raise Refused("MalformedPolicyDocument", f"The managed policy {arn} does not exist", 400)
    return {"policies": (inline,) if inline else (), "policy_arns": arns}


def _packed_size(session: Session) -> int:
    size = sum(len(text) for text in (*session.policies, *session.policy_arns, *session.tags, *session.tags.values()))
    return max(1, min(99, size * 100 // 4096))


def _new_credentials(account: str, now: datetime, seconds: int) -> dict[str, Any]:
    issued = now.replace(microsecond=0)
    return {
        "access_key_id": new_id("ASIA", account, 20),
        "secret_access_key": new_secret(),
        "token": new_token(),
        "account": account,
        "issued": issued,
        "expires": issued + timedelta(seconds=seconds),
    }


def credentials(session: Session) -> Answer:
    """The Credentials structure of an answer."""
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.token,
        "Expiration": session.expires,
    }


def get_caller_identity(world: World, call: ApiCall, caller: Caller) -> Answer:
    """GetCallerIdentity."""
    return {"UserId": caller.unique_id, "Account": caller.account, "Arn": caller.arn}


def get_session_token(world: World, call: ApiCall, caller: Caller) -> Answer:
    """GetSessionToken: the same user (or root), with keys that end."""
    longest = _CHAIN_LIMIT if caller.kind == "root" else _FEDERATION
    seconds = min(parameters.duration(call.params, _FOREVER, _FEDERATION), longest)
    session = Session(
        kind="user",
        issuer_arn=caller.arn,
        issuer_id=caller.unique_id,
        mfa=_second_factor(world, call, caller),
        chain=(caller.arn,),
        **_new_credentials(caller.account, call.time, seconds),
    )
    world.remember(session)
    return {"Credentials": credentials(session)}


def get_federation_token(world: World, call: ApiCall, caller: Caller) -> Answer:
    """GetFederationToken: what the user may and the passed policies allow."""
    longest = _CHAIN_LIMIT if caller.kind == "root" else _FEDERATION
    seconds = min(parameters.duration(call.params, _FOREVER, _FEDERATION), longest)
    name = call.params["Name"]
    arn = f"arn:aws:sts::{caller.account}:federated-user/{name}"
    session = Session(
        kind="federated",
        name=name,
        issuer_arn=caller.arn,
        issuer_id=caller.unique_id,
        tags=parameters.tags(call.params),
        chain=(caller.arn, arn),
        **_session_policies(world, call, caller.account),
        **_new_credentials(caller.account, call.time, seconds),
    )
    world.remember(session)
    answer: Answer = {
        "Credentials": credentials(session),
        "FederatedUser": {"FederatedUserId": f"{caller.account}:{name}", "Arn": arn},
    }
    if session.policies or session.policy_arns or session.tags:
        answer["PackedPolicySize"] = _packed_size(session)
    return answer


def get_access_key_info(world: World, call: ApiCall, caller: Caller) -> Answer:
    """GetAccessKeyInfo: the account that a key id encodes."""
    key = parameters.required(call.params, "AccessKeyId")
    account = account_of(key)
    if not account:
        raise Refused("ValidationError", f"Invalid value {key} for AccessKeyId", 400)
    return {"Account": account}


def decode_authorization_message(world: World, call: ApiCall, caller: Caller) -> Answer:
    """DecodeAuthorizationMessage: what EC2 wrote into a denial."""
    document = read_authorization_message(parameters.required(call.params, "EncodedMessage"))
    if document is None:
        raise Refused("InvalidAuthorizationMessageException", "Message is not valid", 400)
    return {"DecodedMessage": document}


ANSWERS: dict[str, Callable[[World, ApiCall, Caller], Answer]] = {
    "AssumeRole": assume_role,
    "DecodeAuthorizationMessage": decode_authorization_message,
    "GetAccessKeyInfo": get_access_key_info,
    "GetCallerIdentity": get_caller_identity,
    "GetFederationToken": get_federation_token,
    "GetSessionToken": get_session_token,
}
