"""Which statements of which documents apply to a request. It says nothing about what follows from that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rolecall.iam.conditions import holds
from rolecall.iam.decision import Applied
from rolecall.iam.match import Arn, parse_arn
from rolecall.iam.parse import WITHOUT_PRINCIPAL
from rolecall.iam.policy import Effect, Policy, PolicyKind, Statement
from rolecall.iam.principals import Level, level_in
from rolecall.iam.request import Request


@dataclass(frozen=True, slots=True)
class Asked:
    """A request made ready for comparing: lower-case action, ARN cut up, and whether the caller has a boundary."""

    request: Request
    action: str
    arn: Arn
    has_boundary: bool = False


def ask(request: Request, *, has_boundary: bool = False) -> Asked:
    """Makes a request ready for comparing."""
    return Asked(request, request.action.lower(), parse_arn(request.resource), has_boundary)


@dataclass(frozen=True, slots=True)
class Finding:
    """What applied in the documents of one kind (or of one level of an organisation).

    `level` is the closest match of the principal over the Allow statements.
    """

    allows: tuple[Applied, ...] = ()
    denies: tuple[Applied, ...] = ()
    level: Level = Level.NONE

    @property
    def allowed(self) -> bool:
        """Whether an Allow statement applied."""
        return bool(self.allows)


def find(policies: Iterable[Policy], asked: Asked) -> Finding:
    """The statements of some documents that apply to a request."""
    allows: list[Applied] = []
    denies: list[Applied] = []
    closest = Level.NONE
    for policy in policies:
        for statement in policy.statements:
            level = level_applied(statement, policy.kind, asked)
            if level is Level.NONE:
                continue
            if statement.effect is Effect.DENY:
                denies.append(Applied(policy, statement))
                continue
            allows.append(Applied(policy, statement))
            closest = max(closest, level)
    return Finding(tuple(allows), tuple(denies), closest)


def level_applied(statement: Statement, kind: PolicyKind, asked: Asked) -> Level:
    """How closely a statement applies: NONE if it does not, DIRECT for the kinds that name no principal."""
    if not names_action(statement, asked) or not names_resource(statement, asked):
        return Level.NONE
    level = level_for(statement, kind, asked)
    if level is Level.NONE:
        return Level.NONE
    context = asked.request.context
    return level if all(holds(condition, context) for condition in statement.conditions) else Level.NONE


def names_action(statement: Statement, asked: Asked) -> bool:
    """Whether the Action or NotAction element covers the request's action."""
    return any(pattern.matches(asked.action) for pattern in statement.actions) != statement.negated_action


def names_resource(statement: Statement, asked: Asked) -> bool:
    """Whether the Resource or NotResource element covers the request's resource. Without either, it is implied."""
    if statement.resources is None:
        return True
    context = asked.request.context
    return any(p.matches(asked.arn, context) for p in statement.resources) != statement.negated_resource


def level_for(statement: Statement, kind: PolicyKind, asked: Asked) -> Level:
    """How closely the statement names the caller, in a document of this kind."""
    if kind in WITHOUT_PRINCIPAL or (kind is PolicyKind.ENDPOINT and statement.principals is None):
        return Level.DIRECT
    return level_in(statement, asked.request.principal, has_boundary=asked.has_boundary)
