"""Questions as plain data, answered as plain data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolecall.iam.case import answer
from tests.unit.iam.cases import load_cases


def case(**request: Any) -> dict[str, Any]:
    known = next(c for c in load_cases() if c["id"] == "IDE-02")
    return {**known, "request": {**known["request"], **request}}


def test_every_known_case_is_answered_with_the_expected_decision() -> None:
    assert [answer(c)["decision"] for c in load_cases()] == [c["expected"] for c in load_cases()]


def test_an_answer_names_the_deciding_statements() -> None:
    assert answer(case()) == {
        "id": "IDE-02",
        "decision": "Allow",
        "decidedBy": "identity",
        "blockedBy": [],
        "statements": [{"policy": "identity 1", "sid": "", "index": 0}],
        "rule": "an identity-based policy allows it",
    }


def test_what_turned_a_grant_into_a_denial_is_listed() -> None:
    limited = case()
    limited["policies"] = {
        **limited["policies"],
        "boundary": [{"Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}],
    }
    assert (answer(limited)["decision"], answer(limited)["blockedBy"]) == ("ImplicitDeny", ["boundary"])


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"request": None},
        {"request": {}},
        case(principal_kind="robot"),
        {**case(), "policies": {"identity": [{"Statement": []}]}},
        {**case(), "policies": {"identity": ["text"]}},
        {**case(), "policies": {"scp": [[None]]}},
        {**case(), "policies": [1]},
        {**case(), "policies": {"scp": 1}},
    ],
)
def test_a_malformed_question_is_denied_with_the_reason(broken: dict[str, Any]) -> None:
    found = answer(json.loads(json.dumps(broken)))
    assert found["decision"] == "ImplicitDeny"
    assert found["error"]
