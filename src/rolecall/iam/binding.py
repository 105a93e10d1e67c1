"""Principals as AWS stores them: a policy that names a user or role is bound to its unique id when it is saved.

Afterwards the id counts: a user made again under the same name is not the one that was named, and a policy whose
principal is gone shows the id in its place. Source: "AWS JSON policy elements: Principal", IAM User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rolecall.iam.document import statements_of
from rolecall.iam.errors import MalformedPolicy
from rolecall.iam.policy import Policy, PolicyKind, PrincipalType, PrincipalValue, Statement
from rolecall.iam.principals import is_account_id

_ENTITY = re.compile(r"arn:[^:]+:iam::\d{12}:(user|role)/.+", re.DOTALL)
_ACCOUNT = re.compile(r"arn:[^:]+:iam::\d{12}:root")
_SESSION = re.compile(r"arn:[^:]+:sts::\d{12}:(assumed-role/[^/]+/[^/]+|federated-user/[^/]+)")


def entity_arns(policy: Policy) -> tuple[str, ...]:
    """The ARNs of users and roles that the policy names, each once: those that must exist when it is saved."""
    named = (value.text for value in _values(policy) if value.type is PrincipalType.AWS)
    return tuple(dict.fromkeys(text for text in named if _ENTITY.fullmatch(text)))


def provider_arns(policy: Policy) -> tuple[str, ...]:
    """The ARNs of identity providers that the policy names."""
    named = (value.text for value in _values(policy) if value.type is PrincipalType.FEDERATED)
    return tuple(dict.fromkeys(text for text in named if text.startswith("arn:")))


def is_possible_principal(value: PrincipalValue) -> bool:
    """Whether a principal has a form that AWS knows. No part of it may be a wildcard, and groups are no principals."""
    if value.type is not PrincipalType.AWS:
        return value.text != "*" or value.type is PrincipalType.EVERYONE
    text = value.text
    if is_account_id(text) or _ACCOUNT.fullmatch(text):
        return True
    if re.fullmatch(r"(AIDA|AROA)[A-Z0-9]{12,}", text):
        return True
    return "*" not in text and "?" not in text and bool(_ENTITY.fullmatch(text) or _SESSION.fullmatch(text))


def invalid_principal(kind: PolicyKind, value: PrincipalValue) -> MalformedPolicy:
    """The error for a principal that does not exist or cannot be one, as IAM words it for trust policies, or as S3."""
    if kind is PolicyKind.TRUST:
        return MalformedPolicy(f'Invalid principal in policy: "{value.type.upper()}":"{value.text}"')
    return MalformedPolicy("Invalid principal in policy", code="MalformedPolicy", where=f'"{value.text}"')


def bind(policy: Policy, ids: Mapping[str, str]) -> Policy:
    """The policy with each user or role ARN tied to the unique id that it stood for when the policy was saved."""
    return replace(policy, statements=tuple(_bound(statement, ids) for statement in policy.statements))


def _bound(statement: Statement, ids: Mapping[str, str]) -> Statement:
    if statement.principals is None:
        return statement
    values = tuple(replace(v, unique_id=ids.get(v.text)) if v.text in ids else v for v in statement.principals)
    return replace(statement, principals=values)


def rewrite_principals(document: Mapping[str, Any], rename: Callable[[str], str]) -> dict[str, Any]:
    """A copy of a document with each AWS principal passed through `rename`.

    For saving: bare account ids to root ARNs. For showing: the ARN of what is gone to its unique id.
    """
    copied = dict(document)
    statements = [_renamed(statement, rename) for statement in statements_of(document)]
    copied["Statement"] = statements if isinstance(document["Statement"], list) else statements[0]
    return copied


def _renamed(statement: Mapping[str, Any], rename: Callable[[str], str]) -> dict[str, Any]:
    copied = dict(statement)
    for element in ("Principal", "NotPrincipal"):
        principal = copied.get(element)
        if isinstance(principal, Mapping) and "AWS" in principal:
            values = principal["AWS"]
            new = rename(values) if isinstance(values, str) else [rename(value) for value in values]
            copied[element] = {**principal, "AWS": new}
    return copied


def _values(policy: Policy) -> tuple[PrincipalValue, ...]:
    return tuple(value for statement in policy.statements for value in statement.principals or ())
