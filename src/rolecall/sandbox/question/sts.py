"""STS: becoming a role is up to three actions on it, and the keys that a trust policy can ask about.

Source: the AssumeRole API reference and "Passing session tags in AWS STS".
"""

from __future__ import annotations

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, KeyValue, Question

_ON_A_ROLE = ("AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML")


def sts_question(asking: Asking) -> Question:
    """The checks of one STS call."""
    operation = asking.call.operation
    action = f"sts:{operation}"
    if operation in _ON_A_ROLE:
        return Question(_on_role(asking, action))
    if operation == "GetFederationToken":
        arn = asking.arn("sts", f"federated-user/{asking.text('Name')}", region="")
        tagging = (Check("sts:TagSession", arn, because="session tags are passed"),) if asking.param("Tags") else ()
        return Question((Check(action, arn), *tagging))
    if operation == "AssumeRoot":
        target = asking.text("TargetPrincipal")
        arn = target if target.startswith("arn:") else asking.arn("iam", "root", region="", account=target)
        return Question((Check(action, arn, asking.owner_of(arn)),))
    return Question((Check(action, "*"),))


def _on_role(asking: Asking, action: str) -> tuple[Check, ...]:
    arn = _stored_role(asking, asking.text("RoleArn"))
    owner = asking.owner_of(arn)
    checks = [Check(action, arn, owner)]
    session = asking.caller.session
    if _passed_tags(asking) or (session is not None and session.transitive_tags):
        checks.append(Check("sts:TagSession", arn, owner, because="session tags are passed"))
    if source_identity(asking):
        checks.append(Check("sts:SetSourceIdentity", arn, owner, because="a source identity is set"))
    if asking.param("ProvidedContexts"):
        checks.append(Check("sts:SetContext", arn, owner, because="contexts are provided"))
    return tuple(checks)


def _passed_tags(asking: Asking) -> bool:
    claimed = asking.caller.kind in ("web-identity", "saml") and bool(asking.caller.tags)
    return bool(asking.param("Tags")) or claimed


def _stored_role(asking: Asking, sent: str) -> str:
    """The ARN of the role with its path as stored; what was sent where there is no such role."""
    parts = sent.split(":", 5)
    if len(parts) < 6:
        return sent or "*"
    return asking.world.role_arn(parts[4], parts[5].rpartition("/")[2]) or sent


def source_identity(asking: Asking) -> str:
    """The source identity that the new session will have: the one passed, or the calling session's, which sticks."""
    session = asking.caller.session
    return asking.text("SourceIdentity") or ("" if session is None else session.source_identity)


def sts_keys(asking: Asking) -> dict[str, KeyValue]:
    """STS's own condition keys, and the MFA keys of a call that proves a second factor by itself."""
    keys: dict[str, KeyValue] = {}
    for parameter in ("RoleSessionName", "ExternalId"):
        if asking.text(parameter):
            keys[f"sts:{parameter}"] = asking.text(parameter)
    if source_identity(asking):
        keys["sts:SourceIdentity"] = source_identity(asking)
    if asking.param("TransitiveTagKeys"):
        keys["sts:TransitiveTagKeys"] = tuple(asking.param("TransitiveTagKeys"))
    if asking.param("DurationSeconds") is not None:
        keys["sts:DurationSeconds"] = int(asking.param("DurationSeconds"))
    if asking.call.operation == "AssumeRole" and asking.text("SerialNumber") and asking.text("TokenCode"):
        keys |= {"aws:MultiFactorAuthPresent": True, "aws:MultiFactorAuthAge": 0}
    return keys
