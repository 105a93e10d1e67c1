"""An explanation as text for a reader and as plain data for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rolecall.iam.decision import Decision, Outcome, Rule
from rolecall.iam.denial import NAMES, caller_name, denial_text
from rolecall.iam.explain import ConditionResult, Explanation, StatementResult
from rolecall.iam.match import Miss
from rolecall.iam.principals import Level
from rolecall.iam.remedy import Remedy, remedies

_MOST_NEAR_MISSES = 3


def sentence(decision: Decision) -> str:
    """The decision in one sentence: who may or may not do what on what, and why."""
    request = decision.request
    verb = "may" if decision.allowed else "may not"
    return f"{caller_name(request)} {verb} {request.action} on {request.resource}: {_because(decision)}"


def _because(decision: Decision) -> str:
    if decision.outcome is Outcome.EXPLICIT_DENY:
        denial = decision.statements[0]
        kind = NAMES[denial.policy.kind]
        return f"{denial.label} ({kind}) denies it"
    if decision.rule is Rule.LIMITED and decision.decided_by is not None:
        return f"no {NAMES[decision.decided_by]} allows it"
    return decision.rule.value


def text_of(explanation: Explanation, *, everything: bool = False) -> str:
    """The explanation for a reader: the sentence, what decided, the nearest misses, what to add; then all, if asked."""
    return "\n".join(_lines(explanation, everything))


def _lines(explanation: Explanation, everything: bool) -> Iterator[str]:
    decision = explanation.decision
    yield sentence(decision)
    for applied in decision.statements:
        yield f"  decided    {applied.label}: {applied.statement.effect} in a {NAMES[applied.policy.kind]}"
    shown: tuple[StatementResult, ...] = ()
    if not decision.allowed:
        shown = explanation.near_misses[:_MOST_NEAR_MISSES]
        for result in shown:
            yield f"  nearest    {_named(result)} ({result.place}) fails only in its {result.missing[0]}"
            yield from (f"               {line}" for line in _why(result))
        if not shown and decision.outcome is Outcome.IMPLICIT_DENY:
            yield f"  nearest    no Allow statement is about {decision.request.action} here"
    for remedy in remedies(explanation):
        yield f"  to allow   {_remedy_text(remedy)}"
    if decision.blocked_by:
        yield f"  blocked by {', '.join(NAMES[kind] for kind in decision.blocked_by)}"
    if explanation.exempt:
        yield f"  exempt     from {', '.join(NAMES[kind] for kind in explanation.exempt)}"
    if explanation.absent_keys:
        yield f"  absent     {', '.join(explanation.absent_keys)}"
    if everything:
        yield from _all_statements(explanation)
    elif len(explanation.statements) > len(shown):
        yield f"  {len(explanation.statements)} statements considered"


def _all_statements(explanation: Explanation) -> Iterator[str]:
    for result in explanation.statements:
        verdict = "applies" if result.matched else "does not apply: " + ", ".join(result.missing)
        yield f"  considered {_named(result)} ({result.statement.effect}, {result.place}) {verdict}"
        yield from (f"               {line}" for line in _why(result))


def _named(result: StatementResult) -> str:
    name = result.policy.name or result.place
    return f"{name}, {'statement ' + repr(result.statement.sid) if result.statement.sid else result.statement.label}"


def _why(result: StatementResult) -> Iterator[str]:
    """The reasons for the parts that did not match."""
    if "action" in result.missing:
        yield f"the action is none of {', '.join(value.text for value in result.actions)}"
    if "resource" in result.missing:
        for value in result.resources:
            yield f"resource {value.text}: {_miss_text(value.miss, value.unresolved)}"
    if "principal" in result.missing:
        named = ", ".join(value.text for value in result.principals) or "nobody"
        yield f"principal: it names {named}"
    for condition in result.conditions:
        if not condition.holds:
            yield _condition_text(condition)


def _miss_text(miss: Miss | None, unresolved: tuple[str, ...]) -> str:
    if miss is None:
        return "matches, but the element is NotResource"
    if miss is Miss.VARIABLE:
        return f"no value for {', '.join(unresolved)}"
    if miss in (Miss.SHORT_ARN, Miss.WILDCARD_ONLY):
        return miss.value
    return f"another {miss.value}"


def _condition_text(condition: ConditionResult) -> str:
    actual = "absent" if condition.actual is None else ", ".join(condition.actual) or "without values"
    return f"{condition.key} is {actual}; {condition.operator} {', '.join(condition.wanted)}: {condition.reason.value}"


def _remedy_text(remedy: Remedy) -> str:
    if remedy.statement is None:
        return f"{remedy.where}: {remedy.advice}"
    return f"add to {remedy.where}: {json.dumps(remedy.statement)}"


def data_of(explanation: Explanation) -> dict[str, Any]:
    """The explanation as plain data with stable names, ready for JSON."""
    decision = explanation.decision
    request = decision.request
    return {
        "request": {
            "principal": request.principal.arn,
            "principalKind": request.principal.kind.value,
            "issuer": request.principal.issuer,
            "principalAccount": request.principal.account,
            "action": request.action,
            "resource": request.resource,
            "resourceAccount": request.owner,
            "crossAccount": not request.same_account,
            "context": {key: _plain(request.context[key]) for key in request.context},
            "absentKeys": list(explanation.absent_keys),
        },
        "decision": decision.outcome.value,
        "rule": decision.rule.value,
        "decidedBy": None if decision.decided_by is None else decision.decided_by.value,
        "message": "" if decision.allowed else denial_text(decision),
        "sentence": sentence(decision),
        "decidingStatements": [
            {"policy": a.policy.name, "kind": a.policy.kind.value, "sid": a.statement.sid, "index": a.statement.index}
            for a in decision.statements
        ],
        "blockedBy": [kind.value for kind in decision.blocked_by],
        "exempt": [kind.value for kind in explanation.exempt],
        "verdicts": {kind.value: verdict.value for kind, verdict in decision.verdicts},
        "statements": [_statement_data(result) for result in explanation.statements],
        "nearMisses": [[s.policy.name, s.statement.index] for s in explanation.near_misses],
        "remedies": [
            {"kind": r.kind.value, "where": r.where, "statement": r.statement, "advice": r.advice}
            for r in remedies(explanation)
        ],
    }


def _plain(value: str | tuple[str, ...]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


def _statement_data(result: StatementResult) -> dict[str, Any]:
    statement = result.statement
    return {
        "policy": result.policy.name,
        "kind": result.policy.kind.value,
        "place": result.place,
        "sid": statement.sid,
        "index": statement.index,
        "effect": statement.effect.value,
        "matched": result.matched,
        "missing": list(result.missing),
        "action": {
            "matched": result.action,
            "negated": statement.negated_action,
            "values": [{"value": v.text, "matched": v.matched} for v in result.actions],
        },
        "resource": {
            "matched": result.resource,
            "negated": statement.negated_resource,
            "values": [
                {
                    "value": v.text,
                    "expanded": v.expanded,
                    "matched": v.matched,
                    "reason": None if v.miss is None else _miss_text(v.miss, v.unresolved),
                }
                for v in result.resources
            ],
        },
        "principal": {
            "matched": result.level is not Level.NONE,
            "level": result.level.name.lower(),
            "negated": statement.negated_principal,
            "deniedBecauseOfBoundary": result.boundary_denies,
            "values": [{"value": v.text, "level": v.level.name.lower()} for v in result.principals],
        },
        "condition": {
            "matched": result.condition,
            "values": [_condition_data(c) for c in result.conditions],
        },
    }


def _condition_data(condition: ConditionResult) -> dict[str, Any]:
    return {
        "operator": condition.operator,
        "key": condition.key,
        "wanted": list(condition.wanted),
        "actual": None if condition.actual is None else list(condition.actual),
        "matched": condition.holds,
        "reason": condition.reason.value,
        "unmatched": list(condition.unmatched),
    }
