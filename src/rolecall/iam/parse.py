"""From the text of a policy to the policy as it is evaluated. What is malformed is refused here, never later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.iam.conditions import Condition, condition
from rolecall.iam.document import SYNTAX, check_shape, read_document, statements_of, texts
from rolecall.iam.errors import MalformedPolicy
from rolecall.iam.match import ActionPattern, ResourcePattern, ShortArns, action_pattern, resource_pattern
from rolecall.iam.policy import Effect, Policy, PolicyKind, PrincipalType, PrincipalValue, Statement

VERSIONS = ("2008-10-17", "2012-10-17")

_SHORT_ARNS = {
    PolicyKind.IDENTITY: ShortArns.PADDED,
    PolicyKind.BOUNDARY: ShortArns.PADDED,
    PolicyKind.SESSION: ShortArns.PADDED,
    PolicyKind.RESOURCE: ShortArns.PADDED_IF_STAR,
    PolicyKind.ENDPOINT: ShortArns.PADDED_IF_STAR,
    PolicyKind.SCP: ShortArns.PADDED_IF_TRAILING_STAR,
    PolicyKind.RCP: ShortArns.NEVER,
    PolicyKind.TRUST: ShortArns.NEVER,
}
WITHOUT_PRINCIPAL = frozenset({PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.SCP})
"""Kinds that are attached to the principal, so that their statements may not name one."""

WITH_IMPLIED_RESOURCE = frozenset({PolicyKind.TRUST, PolicyKind.RESOURCE})
"""Kinds whose statements may leave out the resource: it is the one the document is attached to."""


def parse_policy(source: str | Mapping[str, Any], kind: PolicyKind, name: str = "") -> Policy:
    """The policy that a JSON text (or the object it stands for) describes.

    Accepts whatever can be evaluated, also what today's AWS would no longer let you save (an unknown condition
    operator never holds); `validate_policy` is the strict one. `name` is for explanations. Raises MalformedPolicy.
    """
    document = read_document(source) if isinstance(source, str) else source
    check_shape(document)
    version = document.get("Version", VERSIONS[0])
    if version not in VERSIONS:
        raise MalformedPolicy(SYNTAX, where="Version")
    variables = version == VERSIONS[1]
    statements = tuple(_statement(raw, i, kind, variables) for i, raw in enumerate(statements_of(document)))
    return Policy(kind, statements, name, version, document.get("Id", ""))


def _statement(raw: Mapping[str, Any], index: int, kind: PolicyKind, variables: bool) -> Statement:
    where = f"Statement[{index}]"
    if raw["Effect"] not in ("Allow", "Deny"):
        raise MalformedPolicy(SYNTAX, where=f"{where}.Effect")
    return Statement(
        index=index,
        effect=Effect(raw["Effect"]),
        actions=_actions(raw, where),
        resources=_resources(raw, kind, variables, where),
        principals=_principals(raw, kind, where),
        conditions=_conditions(raw.get("Condition", {}), variables),
        sid=raw.get("Sid", ""),
        negated_action="NotAction" in raw,
        negated_resource="NotResource" in raw,
        negated_principal="NotPrincipal" in raw,
    )


def _actions(raw: Mapping[str, Any], where: str) -> tuple[ActionPattern, ...]:
    values = texts(raw.get("Action", raw.get("NotAction", [])))
    if not values:
        raise MalformedPolicy("Policy statement must contain actions.", where=where)
    for value in values:
        if ":" not in value and value.strip("*"):
            raise MalformedPolicy(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
                where=f"{where}: `{value}`",
            )
    return tuple(action_pattern(value) for value in values)


def _resources(
    raw: Mapping[str, Any], kind: PolicyKind, variables: bool, where: str
) -> tuple[ResourcePattern, ...] | None:
    values = texts(raw.get("Resource", raw.get("NotResource", [])))
    if kind is PolicyKind.TRUST and ("Resource" in raw or "NotResource" in raw):
        raise MalformedPolicy("Has prohibited field Resource", where=where)
    if not values:
        if kind in WITH_IMPLIED_RESOURCE:
            return None
        raise MalformedPolicy("Policy statement must contain resources.", where=where)
    return tuple(resource_pattern(v, variables=variables, short_arns=_SHORT_ARNS[kind]) for v in values)


def _principals(raw: Mapping[str, Any], kind: PolicyKind, where: str) -> tuple[PrincipalValue, ...] | None:
    element = raw.get("Principal", raw.get("NotPrincipal"))
    if element is None:
        return None
    if kind in WITHOUT_PRINCIPAL:
        raise MalformedPolicy("Policy document should not specify a principal.", where=where)
    if isinstance(element, str):
        if element != "*":
            raise MalformedPolicy("Invalid principal in policy", where=f"{where}: `{element}`")
        return (PrincipalValue(PrincipalType.EVERYONE, "*"),)
    return tuple(_principal(PrincipalType(name), text) for name, values in element.items() for text in texts(values))


def _principal(type_: PrincipalType, text: str) -> PrincipalValue:
    if type_ is PrincipalType.AWS and text == "*":
        return PrincipalValue(PrincipalType.EVERYONE, "*")
    return PrincipalValue(type_, text)


def _conditions(block: Mapping[str, Mapping[str, Any]], variables: bool) -> tuple[Condition, ...]:
    return tuple(
        condition(operator, key, _scalars(values), variables=variables)
        for operator, keys in block.items()
        for key, values in keys.items()
    )


def _scalars(values: Any) -> tuple[str, ...]:
    return tuple(_scalar(value) for value in (values if isinstance(values, list) else [values]))


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
