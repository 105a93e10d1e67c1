"""The evaluator against a naive one, on the cases table and on generated requests and policies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.iam import Rule, authorise
from rolecall.iam.glob import compile_glob
from tests.differential import naive_iam
from tests.strategies.iam import case
from tests.unit.iam.cases import load_cases, policies_of, request_of

SEEDS = 8_000


@pytest.mark.parametrize("known", load_cases(), ids=lambda known: known["id"])
def test_the_naive_evaluator_knows_the_documented_cases(known: dict[str, Any]) -> None:
    assert naive_iam.decide(known["request"], known["policies"]) == known["expected"], known["why"]


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS // 8))
def test_both_evaluators_decide_alike(first: int) -> None:
    for seed in range(first, first + SEEDS // 8):
        generated = case(seed)
        decision = authorise(request_of(generated), policies_of(generated))
        assert decision.outcome == naive_iam.decide(generated["request"], generated["policies"]), f"seed {seed}"


def test_the_generated_cases_reach_every_rule_that_policies_can_decide_by() -> None:
    reached = {authorise(request_of(c), policies_of(c)).rule for c in map(case, range(SEEDS // 4))}
    assert set(Rule) - reached == {Rule.PROTECTED, Rule.PUBLIC_BLOCKED, Rule.GRANT, Rule.UNDECIDABLE}


@settings(max_examples=500, deadline=None)
@given(st.text("ab*?:/", max_size=8), st.text("ab:/", max_size=10))
def test_wildcards_match_as_regular_expressions_do(pattern: str, subject: str) -> None:
    assert compile_glob(pattern).matches(subject) == bool(naive_iam.regex(pattern).match(subject))
