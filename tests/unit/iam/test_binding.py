"""Principals are bound to unique ids when a policy is saved."""

from __future__ import annotations

from rolecall.iam import Policies, PolicyKind, Principal, PrincipalKind, Request, authorise, parse_policy
from rolecall.iam.binding import bind, entity_arns, rewrite_principals

A = "111111111111"
USER, ROLE_ARN = f"arn:aws:iam::{A}:user/alice", f"arn:aws:iam::{A}:role/target"
OLD, NEW = "AIDAOLDOLDOLDOLDOLDO1", "AIDANEWNEWNEWNEWNEWN1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"}],
}


def may_assume(policy_text: object, caller_id: str | None, *, ids: dict[str, str] | None = None) -> bool:
    policy = bind(parse_policy(policy_text, PolicyKind.TRUST), ids or {})  # type: ignore[arg-type]
    caller = Principal(PrincipalKind.USER, USER, A, unique_id=caller_id)
    return authorise(Request(caller, "sts:AssumeRole", ROLE_ARN, A), Policies(resource=policy)).allowed


def test_the_principal_that_was_named_matches() -> None:
    assert may_assume(TRUST, OLD, ids={USER: OLD})


def test_a_new_user_of_the_same_name_is_somebody_else() -> None:
    assert not may_assume(TRUST, NEW, ids={USER: OLD})


def test_without_ids_names_are_compared() -> None:
    assert may_assume(TRUST, None)


def test_a_deny_bound_to_an_id_hits_a_caller_whose_id_is_not_known() -> None:
    deny = {**TRUST, "Statement": [*TRUST["Statement"], {**TRUST["Statement"][0], "Effect": "Deny"}]}
    assert not may_assume(deny, None, ids={USER: OLD})


def test_a_deleted_principal_shows_as_its_id_which_matches_nobody_else() -> None:
    shown = rewrite_principals(TRUST, lambda arn: OLD if arn == USER else arn)
    assert shown["Statement"][0]["Principal"] == {"AWS": OLD}
    assert TRUST["Statement"][0]["Principal"] == {"AWS": USER}
    assert may_assume(shown, OLD)
    assert not may_assume(shown, NEW)
    assert not may_assume(shown, None)


def test_the_entities_that_must_exist_are_listed_once_without_accounts_and_sessions() -> None:
    session = f"arn:aws:sts::{A}:assumed-role/r/s"
    document = {
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": [USER, A, session, USER]}, "Action": "sts:AssumeRole"}]
    }
    assert entity_arns(parse_policy(document, PolicyKind.TRUST)) == (USER,)
