"""Policies are checked when they are saved, and their principals bound to ids. moto takes nearly anything.

AWS: malformed documents are refused in words that programs wait for; a trust or bucket policy that names nobody is
`Invalid principal in policy`, the error that Pulumi retries while a new user propagates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rolecall.iam import MalformedPolicy, Policy, PolicyKind, PrincipalType
from rolecall.iam.binding import invalid_principal
from rolecall.iam.policy import PrincipalValue
from rolecall.iam.public import is_public
from rolecall.iam.validation import validate_policy
from rolecall.sandbox import backends
from rolecall.sandbox.binding import resolve
from rolecall.sandbox.message import Answer
from rolecall.sandbox.refusal import Refused
from rolecall.sandbox.world import World

if TYPE_CHECKING:
    from rolecall.sandbox.gate import Exchange


def _checked(text: str, kind: PolicyKind, service: str, resource: str = "") -> Policy:
    try:
        return validate_policy(text, kind, service=service, resource=resource)
    except MalformedPolicy as problem:
        raise Refused(problem.code, problem.message, problem.status) from None


def identity_policy(parameter: str) -> Callable[[World, Exchange], None]:
    """Checks an identity policy (inline or managed) in a parameter."""

    def before(world: World, exchange: Exchange) -> None:
        text = exchange.call.params.get(parameter)
        if text is not None:
            _checked(text, PolicyKind.IDENTITY, "iam")

    return before


def trust_policy(parameter: str) -> Callable[[World, Exchange], None]:
    """Checks a trust policy, and notes what its principals are bound to."""

    def before(world: World, exchange: Exchange) -> None:
        text = exchange.call.params.get(parameter)
        if text is not None:
            policy = _checked(text, PolicyKind.TRUST, "iam")
            exchange.notes["bindings"] = _bindings(world, policy, PolicyKind.TRUST)

    return before


def _bindings(world: World, policy: Policy, kind: PolicyKind) -> dict[str, str]:
    ids, missing = resolve(world, policy)
    if missing is not None:
        problem = invalid_principal(kind, PrincipalValue(PrincipalType.AWS, missing))
        raise Refused(problem.code, problem.message, problem.status, {"Detail": f'"AWS" : "{missing}"'})
    return ids


def bind_role(world: World, exchange: Exchange, answer: Answer) -> None:
    """Keeps the bindings with the role."""
    role = world.find_role(exchange.caller.account, exchange.call.params["RoleName"])
    if role is not None and answer.status < 300:
        role.rolecall_bindings = exchange.notes.get("bindings", {})


def bucket_policy(world: World, exchange: Exchange) -> None:
    """Checks a bucket policy. A public one is refused where Block Public Access says so."""
    name = exchange.call.params["Bucket"]
    bucket = backends.bucket(name)
    if bucket is None:
        return
    text = exchange.call.params.get("Policy", "")
    policy = _checked(text, PolicyKind.RESOURCE, "s3", f"arn:{exchange.call.partition}:s3:::{name}")
    block = bucket.public_access_block
    if block is not None and block.block_public_policy and is_public(policy):
        message = (
            f"User: {exchange.caller.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "
            f'"arn:{exchange.call.partition}:s3:::{name}" because public policies are prevented by the '
            "BlockPublicPolicy setting in S3 Block Public Access"
        )
        raise Refused("AccessDenied", message, 403)
    exchange.notes["bindings"] = _bindings(world, policy, PolicyKind.RESOURCE)


def bind_bucket(world: World, exchange: Exchange, answer: Answer) -> None:
    """Keeps the bindings with the bucket."""
    bucket = backends.bucket(exchange.call.params["Bucket"])
    if bucket is not None and answer.status < 300:
        bucket.rolecall_bindings = exchange.notes.get("bindings", {})


def key_policy(world: World, exchange: Exchange) -> None:
    """Checks a KMS key policy."""
    text = exchange.call.params.get("Policy")
    if text:
        _checked(text, PolicyKind.RESOURCE, "kms")


def queue_policy(world: World, exchange: Exchange) -> None:
    """Checks a queue's policy among its attributes."""
    text = (exchange.call.params.get("Attributes") or {}).get("Policy")
    if text:
        _checked(text, PolicyKind.RESOURCE, "sqs")


def topic_policy(world: World, exchange: Exchange) -> None:
    """Checks a topic's policy."""
    params: Any = exchange.call.params
    if params.get("AttributeName") == "Policy" and params.get("AttributeValue"):
        _checked(params["AttributeValue"], PolicyKind.RESOURCE, "sns")


def secret_policy(world: World, exchange: Exchange) -> None:
    """Checks a secret's policy."""
    text = exchange.call.params.get("ResourcePolicy")
    if text:
        _checked(text, PolicyKind.RESOURCE, "secretsmanager")
