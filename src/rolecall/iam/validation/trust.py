"""Principals in documents, and what a role's trust policy may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.iam.binding import invalid_principal, is_possible_principal
from rolecall.iam.document import texts
from rolecall.iam.errors import MalformedPolicy
from rolecall.iam.parse import parse_policy
from rolecall.iam.policy import PolicyKind, PrincipalType
from rolecall.iam.validation.elements import Check, numbered

_ASSUMING = frozenset(
    {
        "assumerole",
        "assumerolewithsaml",
        "assumerolewithwebidentity",
        "tagsession",
        "setsourceidentity",
        "setcontext",
        "getfederationtoken",
        "getsessiontoken",
        "getcalleridentity",
        "getservicebearertoken",
        "decodeauthorizationmessage",
        "getaccesskeyinfo",
    }
)


def check_trust_elements(document: Mapping[str, Any]) -> None:
    """A trust policy names who, and never what: the role is implied."""
    for index, statement in numbered(document):
        where = f"Statement[{index}]"
        for element in ("Resource", "NotResource"):
            if element in statement:
                raise MalformedPolicy(f"Has prohibited field {element}", where=where)
        if "NotPrincipal" in statement:
            raise MalformedPolicy("Has prohibited field NotPrincipal", where=where)
        if "Principal" not in statement:
            raise MalformedPolicy("Missing required field Principal", where=where)
        principal = statement["Principal"]
        if isinstance(principal, Mapping) and not any(texts(values) for values in principal.values()):
            raise MalformedPolicy(
                "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: "
                "The passed in policy has a statement with no principals!",
                where=where,
            )


def check_trust_actions(document: Mapping[str, Any]) -> None:
    """Only what STS does with a role."""
    for index, statement in numbered(document):
        for value in texts(statement.get("Action", [])):
            vendor, _, name = value.lower().partition(":")
            if vendor != "sts" or not (set(name) & set("*?") or name in _ASSUMING):
                raise MalformedPolicy(
                    "AssumeRole policy may only specify STS AssumeRole actions.",
                    where=f"Statement[{index}].Action: `{value}`",
                )


def check_principals(kind: PolicyKind) -> Check:
    """Principals of a form that can exist. Whether they do is for whoever knows the accounts: see `binding`."""

    def check(document: Mapping[str, Any]) -> None:
        for index, statement in numbered(document):
            element = statement.get("Principal", statement.get("NotPrincipal", "*"))
            if isinstance(element, str) and element != "*":
                raise MalformedPolicy(f'Invalid principal in policy: "STRING":"{element}"', where=f"Statement[{index}]")
        for value in (v for s in parse_policy(document, kind).statements for v in s.principals or ()):
            if not is_possible_principal(value) or (
                value.type is PrincipalType.CANONICAL_USER and kind is PolicyKind.TRUST
            ):
                raise invalid_principal(kind, value)

    return check
