"""Whether a condition of a statement holds in the context of a request, and for which reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rolecall.iam.operators import OPERATORS, Operator
from rolecall.iam.request import Context, ContextValue
from rolecall.iam.variables import Template, literal_template, parse_template


class Quantifier(StrEnum):
    """The set qualifiers, for keys with several values."""

    NONE = ""
    ALL = "ForAllValues"
    ANY = "ForAnyValue"


class Reason(StrEnum):
    """Why a condition holds or does not."""

    MATCHED = "the value matches"
    DIFFERS = "the value does not match"
    EXCLUDED = "the value is one that it must not be"
    DISTINCT = "the value is none of those it must not be"
    MISSING_PASSES = "holds because the key is missing"
    MISSING_FAILS = "fails because the key is missing"
    PRESENT_PASSES = "holds because the key is present"
    PRESENT_FAILS = "fails because the key is present"
    EMPTY_PASSES = "holds because the key has no values"
    EMPTY_FAILS = "fails because the key has no values"
    MULTIVALUED = "fails because the key is multivalued and the operator has no ForAllValues or ForAnyValue"
    UNKNOWN_OPERATOR = "fails because no such operator exists"


@dataclass(frozen=True, slots=True)
class Condition:
    """One (operator, key) pair of a Condition block; the pairs of a block must all hold.

    `written` is the operator as the document has it. `operator` is None for `Null` and for what does not exist; the
    latter (`unknown`) never holds.
    """

    written: str
    key: str
    values: tuple[Template, ...]
    operator: Operator | None = None
    quantifier: Quantifier = Quantifier.NONE
    if_exists: bool = False
    unknown: bool = False
    lowered: str = ""


def parse_operator(written: str) -> tuple[Quantifier, str, bool]:
    """Takes `ForAnyValue:StringLikeIfExists` apart: qualifier, base name in lower case, and whether IfExists."""
    before, colon, name = written.lower().rpartition(":")
    quantifier = {"forallvalues": Quantifier.ALL, "foranyvalue": Quantifier.ANY}.get(before, Quantifier.NONE)
    if colon and quantifier is Quantifier.NONE:
        return Quantifier.NONE, written.lower(), False
    if name.endswith("ifexists"):
        return quantifier, name.removesuffix("ifexists"), True
    return quantifier, name, False


def is_operator(written: str) -> bool:
    """Whether an operator of this name exists."""
    _, name, if_exists = parse_operator(written)
    return name in OPERATORS or (name == "null" and not if_exists)


def condition(written: str, key: str, values: tuple[str, ...], *, variables: bool) -> Condition:
    """The condition for one operator and key of a document."""
    quantifier, name, if_exists = parse_operator(written)
    operator = OPERATORS.get(name)
    with_variables = variables and operator is not None and operator.variables
    templates = tuple(parse_template(v) if with_variables else literal_template(v) for v in values)
    return Condition(
        written,
        key,
        templates,
        operator,
        quantifier,
        if_exists,
        unknown=not is_operator(written),
        lowered=key.lower(),
    )


def holds(tested: Condition, context: Context) -> bool:
    """Whether the condition is true for a request."""
    return judge(tested, context)[0]


def judge(tested: Condition, context: Context) -> tuple[bool, Reason]:
    """Whether the condition is true for a request, and why."""
    if tested.unknown:
        return False, Reason.UNKNOWN_OPERATOR
    value = context.lookup(tested.lowered)
    if tested.operator is None:
        return _presence(tested, value is not None)
    if value is None:
        return _missing(tested, tested.operator)
    if tested.quantifier is not Quantifier.NONE:
        return _set(tested, tested.operator, (value,) if isinstance(value, str) else value, context)
    if not isinstance(value, str):
        return False, Reason.MULTIVALUED
    return _single(tested, tested.operator, value, context)


def _presence(tested: Condition, present: bool) -> tuple[bool, Reason]:
    wanted = "false" if present else "true"
    passes = any(template.text.lower() == wanted for template in tested.values)
    if present:
        return passes, Reason.PRESENT_PASSES if passes else Reason.PRESENT_FAILS
    return passes, Reason.MISSING_PASSES if passes else Reason.MISSING_FAILS


def _missing(tested: Condition, operator: Operator) -> tuple[bool, Reason]:
    if tested.if_exists or tested.quantifier is Quantifier.ALL:
        return True, Reason.MISSING_PASSES
    passes = operator.negated and tested.quantifier is Quantifier.NONE
    return passes, Reason.MISSING_PASSES if passes else Reason.MISSING_FAILS


def _set(tested: Condition, operator: Operator, values: tuple[str, ...], context: Context) -> tuple[bool, Reason]:
    every = tested.quantifier is Quantifier.ALL
    if not values or (every and operator.text and values == ("",)):
        return every, Reason.EMPTY_PASSES if every else Reason.EMPTY_FAILS
    passes = (passes_one(tested, operator, value, context) for value in values)
    return _reasoned(operator, all(passes) if every else any(passes))


def _single(tested: Condition, operator: Operator, value: str, context: Context) -> tuple[bool, Reason]:
    return _reasoned(operator, passes_one(tested, operator, value, context))


def _reasoned(operator: Operator, passes: bool) -> tuple[bool, Reason]:
    if operator.negated:
        return passes, Reason.DISTINCT if passes else Reason.EXCLUDED
    return passes, Reason.MATCHED if passes else Reason.DIFFERS


def passes_one(tested: Condition, operator: Operator, value: str, context: Context) -> bool:
    """Whether one value of the request passes: it matches one policy value, or none for a negated operator."""
    return any(operator.matches(value, template, context) for template in tested.values) != operator.negated


def values_of(value: ContextValue | None) -> tuple[str, ...]:
    """The values of a key as a tuple, whatever their number; empty where the key is absent."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value
