"""How closely a principal of a policy names the caller: itself, what stands behind its session, its account, or not."""

from __future__ import annotations

from enum import IntEnum

from rolecall.iam.policy import Effect, PrincipalType, PrincipalValue, Statement
from rolecall.iam.request import IDENTIFIED, Principal, PrincipalKind


class Level(IntEnum):
    """The closeness of a match; it decides whether boundary and session policy limit what a resource policy grants."""

    NONE = 0
    ACCOUNT = 1
    ISSUER = 2
    DIRECT = 3


def is_account_id(text: str) -> bool:
    """Whether a text is a 12-digit account number."""
    return len(text) == 12 and text.isascii() and text.isdigit()


def is_unique_id(text: str) -> bool:
    """Whether a text is the unique id of a user or role, which is how a deleted principal shows."""
    return text.startswith(("AIDA", "AROA")) and text.isalnum()


def level_of(value: PrincipalValue, caller: Principal) -> Level:
    """How closely one value of a Principal element names the caller."""
    if value.type is PrincipalType.EVERYONE:
        return Level.DIRECT
    if value.type is PrincipalType.SERVICE:
        return _direct_if(caller.kind is PrincipalKind.SERVICE and value.text == caller.arn)
    if value.type is PrincipalType.FEDERATED:
        federated = caller.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML)
        return _direct_if(federated and value.text == caller.arn)
    if caller.kind not in IDENTIFIED:
        return Level.NONE
    if _names_account(value, caller):
        return Level.DIRECT if caller.kind is PrincipalKind.ROOT else Level.ACCOUNT
    return Level.NONE if value.type is PrincipalType.CANONICAL_USER else _entity_level(value, caller)


def _direct_if(names: bool) -> Level:
    return Level.DIRECT if names else Level.NONE


def _names_account(value: PrincipalValue, caller: Principal) -> bool:
    if value.type is PrincipalType.CANONICAL_USER:
        return caller.canonical_id is not None and value.text == caller.canonical_id
    if caller.account is None:
        return False
    partition = caller.arn.split(":", 2)[1] if caller.arn.startswith("arn:") else "aws"
    return value.text in (caller.account, f"arn:{partition}:iam::{caller.account}:root")


def _entity_level(value: PrincipalValue, caller: Principal) -> Level:
    """The level of a value that names a user, a role or a session. Ids count more than names: see PrincipalValue."""
    of_entity = Level.DIRECT if caller.kind is PrincipalKind.USER else Level.ISSUER
    wanted = value.text if is_unique_id(value.text) else value.unique_id
    if wanted is not None and (caller.unique_id is not None or is_unique_id(value.text)):
        return of_entity if wanted == caller.unique_id else Level.NONE
    if value.text == caller.arn:
        return Level.DIRECT
    return Level.ISSUER if caller.issuer is not None and value.text == caller.issuer else Level.NONE


def level_in(statement: Statement, caller: Principal, *, has_boundary: bool) -> Level:
    """How closely a statement's Principal or NotPrincipal element names the caller. Without either it names nobody."""
    if statement.principals is None:
        return Level.NONE
    if not statement.negated_principal:
        return max((level_of(value, caller) for value in statement.principals), default=Level.NONE)
    if statement.effect is Effect.DENY:
        spared = not has_boundary and is_spared(statement.principals, caller)
        return Level.NONE if spared else Level.DIRECT
    listed = any(level_of(value, caller) for value in statement.principals)
    return Level.NONE if listed else Level.DIRECT


def is_spared(listed: tuple[PrincipalValue, ...], caller: Principal) -> bool:
    """Whether a Deny with NotPrincipal lists the caller and everything above it.

    AWS looks at the account, then the role or user, then the session, and denies at the first that is not listed; how
    much of that a service does is its own affair, so this is the strict reading. Source: NotPrincipal, IAM User Guide.
    """
    if any(value.type is PrincipalType.EVERYONE for value in listed):
        return True
    levels = {level_of(value, caller) for value in listed}
    if caller.kind is PrincipalKind.ROLE_SESSION:
        sessions = caller.arn.rpartition("/")[0] + "/"
        names_a_session = any(value.text.startswith(sessions) for value in listed)
        return {Level.ACCOUNT, Level.ISSUER} <= levels and (not names_a_session or Level.DIRECT in levels)
    if caller.kind in (PrincipalKind.USER, PrincipalKind.FEDERATED_USER):
        return {Level.ACCOUNT, Level.DIRECT} <= levels
    return Level.DIRECT in levels
