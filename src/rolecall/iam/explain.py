"""Why a decision came out as it did: every statement considered, and for each of its parts whether and why it matched.

The same functions that decide are asked again, part by part, so an explanation cannot disagree with the decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rolecall.iam.authorise import authorise, resource_policy_for
from rolecall.iam.conditions import Condition, Quantifier, Reason, judge, values_of
from rolecall.iam.decision import Decision
from rolecall.iam.evaluate import Asked, ask, level_for, names_action, names_resource
from rolecall.iam.facts import bound_by_rcps, bound_by_scps, needs_no_permission, root_unlocks
from rolecall.iam.match import Miss
from rolecall.iam.operators import Operator
from rolecall.iam.policies import Policies
from rolecall.iam.policy import Effect, Policy, PolicyKind, Statement
from rolecall.iam.principals import Level, level_of
from rolecall.iam.request import Context, Request
from rolecall.iam.variables import Template


@dataclass(frozen=True, slots=True)
class ValueResult:
    """One value of an Action or Resource element. `expanded` is its text with variables replaced; `miss` why not."""

    text: str
    matched: bool
    expanded: str = ""
    miss: Miss | None = None
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrincipalResult:
    """One value of a Principal or NotPrincipal element and how closely it names the caller."""

    text: str
    level: Level


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """One operator and key: what the statement wants, what the request has, and why that holds or does not.

    `unmatched` are the values of a multivalued key that did not pass.
    """

    operator: str
    key: str
    wanted: tuple[str, ...]
    actual: tuple[str, ...] | None
    holds: bool
    reason: Reason
    unmatched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementResult:
    """A statement that was considered. `level`: how closely it names the caller. `matched`: all its parts did."""

    policy: Policy
    statement: Statement
    place: str
    action: bool
    resource: bool
    level: Level
    condition: bool
    actions: tuple[ValueResult, ...]
    resources: tuple[ValueResult, ...]
    principals: tuple[PrincipalResult, ...]
    conditions: tuple[ConditionResult, ...]
    boundary_denies: bool = False

    @property
    def matched(self) -> bool:
        """Whether the statement applies."""
        return self.missing == ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts that did not match: any of `action`, `resource`, `principal`, `condition`."""
        parts = (
            ("action", self.action),
            ("resource", self.resource),
            ("principal", self.level is not Level.NONE),
            ("condition", self.condition),
        )
        return tuple(name for name, matched in parts if not matched)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with everything that was considered for it."""

    decision: Decision
    statements: tuple[StatementResult, ...]
    exempt: tuple[PolicyKind, ...] = ()
    """Kinds that were given but do not bind this caller or resource."""

    @property
    def near_misses(self) -> tuple[StatementResult, ...]:
        """Allow statements that failed in one part only; those about the very action and resource first."""
        service = self.decision.request.service
        allows = [
            result
            for result in self.statements
            if result.statement.effect is Effect.ALLOW and len(result.missing) == 1
            if result.action or any(value.text.lower().startswith(f"{service}:") for value in result.actions)
        ]
        return tuple(sorted(allows, key=lambda s: _NEAREST.index(s.missing[0])))

    @property
    def absent_keys(self) -> tuple[str, ...]:
        """Condition keys that statements asked for and the request does not have."""
        asked = (c for s in self.statements if s.action for c in s.conditions if c.actual is None)
        return tuple(dict.fromkeys(c.key for c in asked))

    def granted_level(self, *kinds: PolicyKind) -> Level:
        """How closely the Allow statements of some kinds of policy name the caller; NONE where none applies."""
        allows = (s for s in self.statements if s.matched and s.statement.effect is Effect.ALLOW)
        return max((s.level for s in allows if s.policy.kind in kinds), default=Level.NONE)


_NEAREST = ("condition", "resource", "principal", "action")


def explain(request: Request, policies: Policies) -> Explanation:
    """Decides a request and says why. Pure and total, like `authorise`."""
    decision = authorise(request, policies)
    if needs_no_permission(request):
        return Explanation(decision, ())
    asked = ask(request, has_boundary=bool(policies.boundary))
    considered = tuple(
        consider(policy, statement, place, asked)
        for policy, place in _documents(request, policies)
        for statement in policy.statements
    )
    return Explanation(decision, considered, tuple(_exempt(request, policies)))


def _documents(request: Request, policies: Policies) -> Iterator[tuple[Policy, str]]:
    """Every document that counts, with where it is attached in words."""
    yield from ((policy, "identity-based policy") for policy in policies.identity)
    resource = resource_policy_for(request, policies)
    if resource is not None:
        yield resource, "role trust policy" if resource.kind is PolicyKind.TRUST else "resource-based policy"
    yield from ((policy, "permissions boundary") for policy in policies.boundary)
    yield from ((policy, "session policy") for policy in policies.session or ())
    if bound_by_scps(request):
        yield from _levels(policies.scp, "service control policy")
    if bound_by_rcps(request):
        yield from _levels(policies.rcp, "resource control policy")
    yield from ((policy, "VPC endpoint policy") for policy in policies.endpoint or ())


def _levels(levels: tuple[tuple[Policy, ...], ...], name: str) -> Iterator[tuple[Policy, str]]:
    for number, level in enumerate(levels):
        where = "the root" if number == 0 else "the account" if number == len(levels) - 1 else f"unit {number}"
        yield from ((policy, f"{name} of {where}") for policy in level)


def _exempt(request: Request, policies: Policies) -> Iterator[PolicyKind]:
    if policies.scp and not bound_by_scps(request):
        yield PolicyKind.SCP
    if policies.rcp and not bound_by_rcps(request):
        yield PolicyKind.RCP
    if policies.resource is not None and root_unlocks(request):
        yield PolicyKind.RESOURCE


def consider(policy: Policy, statement: Statement, place: str, asked: Asked) -> StatementResult:
    """Looks at each part of one statement."""
    context = asked.request.context
    conditions = tuple(_condition(c, context) for c in statement.conditions)
    return StatementResult(
        policy,
        statement,
        place,
        action=names_action(statement, asked),
        resource=names_resource(statement, asked),
        level=level_for(statement, policy.kind, asked),
        condition=all(c.holds for c in conditions),
        actions=tuple(ValueResult(a.text, a.matches(asked.action)) for a in statement.actions),
        resources=tuple(_resources(statement, asked)),
        principals=tuple(
            PrincipalResult(value.text, level_of(value, asked.request.principal))
            for value in statement.principals or ()
        ),
        conditions=conditions,
        boundary_denies=statement.negated_principal and statement.effect is Effect.DENY and asked.has_boundary,
    )


def _resources(statement: Statement, asked: Asked) -> Iterator[ValueResult]:
    context = asked.request.context
    for pattern in statement.resources or ():
        miss = pattern.miss(asked.arn, context)
        rest = pattern.rest
        if rest is None:
            yield ValueResult(pattern.text, miss is None, pattern.text, miss)
            continue
        head = pattern.text.removesuffix(rest.text)
        yield ValueResult(pattern.text, miss is None, head + _expanded(rest, context), miss, rest.unresolved(context))


def _expanded(template: Template, context: Context) -> str:
    parts = template.expand(context)
    return template.text if parts is None else "".join(part.text for part in parts)


def _condition(condition: Condition, context: Context) -> ConditionResult:
    holds, reason = judge(condition, context)
    found = context.lookup(condition.lowered)
    actual = None if found is None else values_of(found)
    return ConditionResult(
        condition.written,
        condition.key,
        tuple(_expanded(value, context) for value in condition.values),
        actual,
        holds,
        reason,
        _unmatched(condition, condition.operator, actual or (), context),
    )


def _unmatched(
    condition: Condition, operator: Operator | None, actual: tuple[str, ...], context: Context
) -> tuple[str, ...]:
    if operator is None or condition.quantifier is Quantifier.NONE:
        return ()
    values = condition.values
    return tuple(a for a in actual if any(operator.matches(a, v, context) for v in values) == operator.negated)
