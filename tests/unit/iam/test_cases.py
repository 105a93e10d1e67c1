"""The table of decision cases that was written from AWS's documentation before the evaluator was."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.iam import authorise
from tests.unit.iam.cases import load_cases, policies_of, request_of


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case["id"])
def test_the_decision_is_the_documented_one(case: dict[str, Any]) -> None:
    decision = authorise(request_of(case), policies_of(case))
    assert decision.outcome == case["expected"], case["why"]
