"""Why a role was probably refused, the likeliest first: by what was sent, and by the trust policy if we may see it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from rolecall.roles.chain import Role
from rolecall.roles.errors import short

_UNIQUE_ID = re.compile(r"^(AIDA|AROA)[A-Z0-9]{12,}$", re.IGNORECASE)

_BY_CODE = {
    "InvalidClientTokenId": (
        "the access key was deleted, deactivated, mistyped, or is so new that AWS does not know it yet",
        "a leftover session token (AWS_SESSION_TOKEN) belongs to other keys",
    ),
    "SignatureDoesNotMatch": ("the secret access key does not belong to the access key id",),
    "ExpiredToken": ("the credentials that should assume the role have expired: get new ones",),
    "ExpiredTokenException": ("the credentials that should assume the role have expired: get new ones",),
    "RegionDisabledException": ("STS is not activated in this region: set stsRegion, or enable the region",),
}


def likely(code: str, message: str, role: Role, principal: str, trust: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The causes of a refused AssumeRole. `trust` is the role's trust policy, None when it could not be read."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    if "exceeds the 1 hour session limit" in message:
        return ("a role reached through another role lasts one hour at most: ask for a duration of 1h or less",)
    if "MaxSessionDuration" in message:
        return (f"the role's MaxSessionDuration is less than the {role.duration} s asked for",)
    if code not in ("AccessDenied", "AccessDeniedException"):
        return ()
    if principal.endswith(":root"):
        return ("an account's root user cannot assume roles: use the keys of a user, or of another role's session",)
    known = tuple(_from_trust(trust, role, principal)) if trust is not None else ()
    return known or tuple(_unread(role, principal))


def _unread(role: Role, principal: str) -> Iterator[str]:
    yield f"the role's trust policy does not name {short(principal)}, or there is no such role (AWS does not say which)"
    if _account(role.arn) != _account(principal):
        yield f"across accounts, {short(principal)} also needs a policy of its own that allows sts:AssumeRole on it"
    if role.external_id:
        yield f'the trust policy asks for another external id than "{role.external_id}"'
    else:
        yield "the external id: the trust policy asks for one and the provider sends none"
    if role.tags or role.source_identity:
        yield "the trust policy does not allow sts:TagSession or sts:SetSourceIdentity"
    yield (
        f"the trust policy names the former self of {short(principal)}, which was deleted and made again under the "
        "same name: write the trust policy anew"
    )
    if _account(role.arn) == _account(principal):
        # A trust policy that names the caller itself is enough within an account; one that names the account is not.
        yield (
            f"the trust policy names only the account, so {short(principal)} needs a policy of its own that allows "
            "sts:AssumeRole on it"
        )
    yield f"a policy of {short(principal)} (or a limit above it) denies sts:AssumeRole on this role"


def _from_trust(trust: Mapping[str, Any], role: Role, principal: str) -> Iterator[str]:
    statements = [s for s in _listed(trust.get("Statement")) if isinstance(s, Mapping)]
    named = [p for s in statements for p in _principals(s)]
    former = [p for p in named if _UNIQUE_ID.match(p)]
    matching = [s for s in statements if any(_covers(p, principal) for p in _principals(s))]
    if former:
        yield (
            f"the trust policy names a principal that no longer exists ({former[0][:6]}…{former[0][-2:]}): "
            "a user or role was deleted and made again under the same name; write the trust policy anew"
        )
    if not matching:
        yield f"the trust policy does not name {short(principal)}; it names {', '.join(map(short, named)) or 'nobody'}"
    for statement in matching:
        yield from _conditions(statement, role)
    if matching and any(s.get("Effect") == "Deny" for s in matching):
        yield f"a statement of the trust policy denies {short(principal)}"
    if any(p.endswith(":root") or p.isdigit() for s in matching for p in _principals(s)):
        yield (
            f"the trust policy trusts the account, so {short(principal)} needs a policy of its own that allows "
            "sts:AssumeRole on the role"
        )


def _conditions(statement: Mapping[str, Any], role: Role) -> Iterator[str]:
    for operator, wants in (statement.get("Condition") or {}).items():
        for key, value in wants.items() if isinstance(wants, Mapping) else ():
            if key.lower() != "sts:externalid":
                yield f"the trust policy has a condition that may not be met: {operator} {key}"
            elif not role.external_id:
                yield "the external id: the trust policy asks for one and the provider sends none"
            elif role.external_id not in _listed(value):
                yield f'the external id: the trust policy asks for another one than "{role.external_id}"'


def _principals(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal", "")
    if isinstance(principal, Mapping):
        return [str(p) for p in _listed(principal.get("AWS"))]
    return [str(principal)] if principal else []


def _covers(pattern: str, principal: str) -> bool:
    account = _account(principal)
    issuer = issuer_of(principal)
    return pattern in ("*", principal, issuer, account) or pattern.endswith(f"::{account}:root")


def issuer_of(arn: str) -> str:
    """The role behind an assumed-role session's ARN (without its path, which the session's ARN lacks); else the ARN."""
    match = re.match(r"^arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/", arn)
    return f"arn:{match[1]}:iam::{match[2]}:role/{match[3]}" if match else arn


def _account(arn: str) -> str:
    return arn.split(":")[4] if arn.count(":") >= 5 else ""


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def trust_document(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The trust policy in an answer of iam:GetRole, or None when it cannot be read."""
    document = answer.get("Role", {}).get("AssumeRolePolicyDocument")
    if isinstance(document, str):
        try:
            document = json.loads(unquote(document))
        except ValueError:
            return None
    return document if isinstance(document, Mapping) else None
