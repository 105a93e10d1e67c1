"""The condition keys of a request: who asks, from where, when; whose the resource is and how it is tagged.

Source: "AWS global condition context keys". What does not apply is absent, not empty.
"""

from __future__ import annotations

from datetime import UTC, datetime

from rolecall.iam import Context
from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, KeyValue
from rolecall.sandbox.question.iam import iam_keys
from rolecall.sandbox.question.reference import reference_of
from rolecall.sandbox.question.s3 import s3_keys
from rolecall.sandbox.question.sts import sts_keys
from rolecall.sandbox.question.tagging import RequestTags, tag_keys
from rolecall.sandbox.services import GLOBAL_SERVICES

_TYPES = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
}


def request_keys(asking: Asking) -> dict[str, KeyValue]:
    """The keys that all checks of a call share."""
    call = asking.call
    keys: dict[str, KeyValue] = {
        "aws:CurrentTime": timestamp(call.time),
        "aws:EpochTime": int(call.time.timestamp()),
        "aws:SecureTransport": True,
        "aws:SourceIp": call.http.source_ip,
        "aws:RequestedRegion": "us-east-1" if call.service in GLOBAL_SERVICES else call.region,
        "aws:ViaAWSService": False,
    }
    if call.http.user_agent:
        keys["aws:UserAgent"] = call.http.user_agent
    if call.http.headers.get("referer"):
        keys["aws:referer"] = call.http.headers["referer"]
    keys |= caller_keys(asking)
    keys |= _own_keys(asking)
    if call.service == "s3":
        keys |= s3_keys(asking)
    if call.service == "sts":
        keys |= sts_keys(asking)
    return keys


def timestamp(moment: datetime) -> str:
    """A time as condition keys have it: ISO 8601 in UTC, with seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def caller_keys(asking: Asking) -> dict[str, KeyValue]:
    """The keys about the caller and its session."""
    caller = asking.caller
    keys: dict[str, KeyValue] = {}
    if caller.kind in _TYPES:
        keys["aws:PrincipalType"] = _TYPES[caller.kind]
        keys["aws:userid"] = caller.unique_id
        keys["aws:PrincipalAccount"] = caller.account
        keys["aws:PrincipalIsAWSService"] = False
    if caller.kind in ("root", "user", "federated"):
        keys["aws:PrincipalArn"] = caller.arn
    if caller.kind == "role":
        keys["aws:PrincipalArn"] = caller.issuer_arn
    if caller.kind == "user":
        keys["aws:username"] = caller.user_name
    if caller.kind == "service":
        keys |= {"aws:PrincipalIsAWSService": True, "aws:PrincipalServiceName": caller.arn}
        keys["aws:PrincipalServiceNamesList"] = (caller.arn,)
    keys |= {f"aws:PrincipalTag/{name}": value for name, value in caller.tags.items()}
    organization = asking.world.organization(caller.account) if caller.kind in _TYPES else None
    if organization is not None:
        keys |= {"aws:PrincipalOrgID": organization[0], "aws:PrincipalOrgPaths": (organization[1],)}
    return keys | _session_keys(asking)


def _session_keys(asking: Asking) -> dict[str, KeyValue]:
    session = asking.caller.session
    if session is None:
        return {}
    keys: dict[str, KeyValue] = dict(session.federated_claims)
    if asking.caller.kind not in ("web-identity", "saml"):
        keys["aws:TokenIssueTime"] = timestamp(session.issued)
        keys["aws:MultiFactorAuthPresent"] = session.mfa is not None
    if session.mfa is not None:
        keys["aws:MultiFactorAuthAge"] = int((asking.call.time - session.mfa).total_seconds())
    if session.source_identity:
        keys["aws:SourceIdentity"] = session.source_identity
    if session.federated_provider:
        keys["aws:FederatedProvider"] = session.federated_provider
    return keys


def _own_keys(asking: Asking) -> dict[str, KeyValue]:
    """The service's own keys that are called like a parameter, such as `ec2:InstanceType`."""
    reference = reference_of(asking.prefix)
    if reference is None or asking.call.service in ("s3", "sts", "iam"):
        return {}
    keys: dict[str, KeyValue] = {}
    parameters = {name.lower(): value for name, value in asking.call.params.items()}
    for key, multivalued in reference.condition_keys:
        value = parameters.get(key.partition(":")[2].lower())
        if multivalued and isinstance(value, list | tuple):
            keys[key] = tuple(str(item) for item in value)
        elif not multivalued and isinstance(value, str | bool | int | float):
            keys[key] = value
    if asking.prefix == "ec2":
        keys["ec2:Region"] = asking.call.region
    return keys


def complete(asking: Asking, check: Check, shared: dict[str, KeyValue], tags: RequestTags) -> Check:
    """A check with its whole context."""
    owner = check.account or asking.account
    keys = dict(shared)
    keys |= tag_keys(asking, tags, _ec2_kind(check.resource))
    service = check.action.partition(":")[0]
    if owner.isdigit():
        keys["aws:ResourceAccount"] = owner
        if service == "s3":
            keys["s3:ResourceAccount"] = owner
        organization = asking.world.organization(owner)
        if organization is not None:
            keys |= {"aws:ResourceOrgID": organization[0], "aws:ResourceOrgPaths": (organization[1],)}
    if service == "iam" and check.action != "iam:PassRole":
        keys |= iam_keys(asking, check.resource)
    for name, value in (asking.world.tags(check.resource, owner) or {}).items():
        keys[f"aws:ResourceTag/{name}"] = value
        if service in ("iam", "sts", "ec2", "kms", "ecs", "rds", "secretsmanager"):
            keys[f"{'iam' if service == 'sts' else service}:ResourceTag/{name}"] = value
    return check.with_context(Context({**keys, **check.keys}))


def _ec2_kind(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[5].partition("/")[0] if len(parts) == 6 and parts[2] == "ec2" else ""
