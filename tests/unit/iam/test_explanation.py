"""Explanations: what decided, why each other statement did not, and what is missing where."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.iam import (
    Context,
    Policies,
    Policy,
    PolicyKind,
    Principal,
    PrincipalKind,
    Request,
    data_of,
    explain,
    parse_policy,
    text_of,
)

A, B = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{A}:role/ci-deploy"
SESSION = Principal(PrincipalKind.ROLE_SESSION, f"arn:aws:sts::{A}:assumed-role/ci-deploy/x", A, issuer=ROLE)
TASK = f"arn:aws:iam::{A}:role/task-exec"
PASS = Request(SESSION, "iam:PassRole", TASK, A, Context({"iam:PassedToService": "lambda.amazonaws.com"}))


def policy(kind: PolicyKind, *statements: dict[str, Any], name: str = "p") -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind, name)


PASS_TO_ECS = {
    "Sid": "PassToEcs",
    "Effect": "Allow",
    "Action": "iam:PassRole",
    "Resource": TASK,
    "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
}
S3_ONLY = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def test_the_text_begins_with_one_sentence_then_the_nearest_miss_and_what_to_add() -> None:
    text = text_of(explain(PASS, Policies((policy(PolicyKind.IDENTITY, PASS_TO_ECS, S3_ONLY, name="pass"),))))
    first, nearest, why, add, *_ = text.splitlines()
    assert first == f"{SESSION.arn} may not iam:PassRole on {TASK}: no identity-based policy allows it"
    assert "pass, statement 'PassToEcs'" in nearest
    assert "fails only in its condition" in nearest
    assert "iam:PassedToService is lambda.amazonaws.com; StringEquals ecs-tasks.amazonaws.com" in why
    assert "add to a policy of role/ci-deploy" in add
    assert '"iam:PassedToService": "lambda.amazonaws.com"' in add


def test_a_denying_statement_is_named_with_its_policy() -> None:
    deny = {"Sid": "NoPass", "Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    explanation = explain(PASS, Policies((policy(PolicyKind.IDENTITY, deny, name="guard"),)))
    text = text_of(explanation)
    assert text.startswith(
        f"{SESSION.arn} may not iam:PassRole on {TASK}: guard, NoPass (identity-based policy) denies it"
    )
    assert data_of(explanation)["decidingStatements"] == [
        {"policy": "guard", "kind": "identity", "sid": "NoPass", "index": 0}
    ]


@pytest.mark.parametrize(
    ("statement", "part", "reason"),
    [
        ({"Resource": f"arn:aws:iam::{B}:role/*"}, "resource", "another account"),
        ({"Resource": "arn:aws:iam::*:role/${aws:username}"}, "resource", "no value for aws:username"),
        ({"Resource": "arn:aws-cn:iam::*:role/*"}, "resource", "another partition"),
        ({"Resource": f"arn:aws:iam::{A}:role/other"}, "resource", "another resource part"),
        ({"Condition": {"StringEquals": {"aws:username": "x"}}}, "condition", "fails because the key is missing"),
        ({"Condition": {"Null": {"iam:PassedToService": "true"}}}, "condition", "fails because the key is present"),
    ],
)
def test_each_part_says_why_it_did_not_match(statement: dict[str, Any], part: str, reason: str) -> None:
    full = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", **statement}
    explanation = explain(PASS, Policies((policy(PolicyKind.IDENTITY, full),)))
    (considered,) = explanation.statements
    assert considered.missing == (part,)
    assert reason in text_of(explanation)


def test_across_accounts_both_sides_are_told_what_to_add() -> None:
    request = Request(SESSION, "sts:AssumeRole", f"arn:aws:iam::{B}:role/target", B)
    remedies = data_of(explain(request, Policies()))["remedies"]
    assert [(r["kind"], r["where"]) for r in remedies] == [
        ("identity", "a policy of role/ci-deploy"),
        ("trust", "the trust policy of role/target"),
    ]
    assert remedies[1]["statement"] == {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}


def test_every_limit_that_does_not_allow_is_named() -> None:
    allow = policy(PolicyKind.IDENTITY, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    policies = Policies(
        (allow,),
        boundary=(policy(PolicyKind.BOUNDARY, S3_ONLY),),
        session=(policy(PolicyKind.SESSION, S3_ONLY),),
        scp=((policy(PolicyKind.SCP, S3_ONLY),),),
    )
    found = data_of(explain(PASS, policies))
    assert found["decidedBy"] == "scp"
    assert found["blockedBy"] == ["scp", "boundary", "session"]
    assert [r["kind"] for r in found["remedies"]] == ["boundary", "session", "scp"]


def test_what_does_not_bind_the_caller_is_said_to_be_exempt() -> None:
    linked = Principal(PrincipalKind.ROLE_SESSION, SESSION.arn, A, issuer=ROLE, service_linked_role=True)
    policies = Policies(scp=((policy(PolicyKind.SCP, S3_ONLY),),))
    assert data_of(explain(Request(linked, "iam:PassRole", TASK, A), policies))["exempt"] == ["scp"]


def test_the_unmatched_values_of_a_set_are_told() -> None:
    only_env = {
        "Effect": "Allow",
        "Action": "ec2:CreateTags",
        "Resource": "*",
        "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["env"]}},
    }
    request = Request(SESSION, "ec2:CreateTags", "*", A, Context({"aws:TagKeys": ["env", "cost"]}))
    condition = data_of(explain(request, Policies((policy(PolicyKind.IDENTITY, only_env),))))["statements"][0][
        "condition"
    ]
    assert condition["values"][0]["unmatched"] == ["cost"]


def test_an_allowed_request_needs_no_remedy() -> None:
    allow = policy(PolicyKind.IDENTITY, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    found = data_of(explain(PASS, Policies((allow,))))
    assert (found["decision"], found["remedies"], found["message"]) == ("Allow", [], "")
