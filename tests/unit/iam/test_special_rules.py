"""What AWS has fixed beside all policies: root, service-linked roles, protected things, public buckets, credentials."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.iam import (
    Outcome,
    Policies,
    Policy,
    PolicyKind,
    Principal,
    PrincipalKind,
    Request,
    Rule,
    authorise,
    parse_policy,
)
from rolecall.iam.credentials import restriction
from rolecall.iam.public import is_public

A, B = "111111111111", "222222222222"
USER = Principal(PrincipalKind.USER, f"arn:aws:iam::{A}:user/alice", A)
ROOT = Principal(PrincipalKind.ROOT, f"arn:aws:iam::{A}:root", A)
STRANGER = Principal(PrincipalKind.USER, f"arn:aws:iam::{B}:user/eve", B)
KEY = f"arn:aws:kms:us-east-1:{A}:key/1234"


def policy(kind: PolicyKind, effect: str = "Allow", **more: Any) -> Policy:
    return parse_policy(
        {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": "*", "Resource": "*", **more}}, kind
    )


EVERYTHING = Policies((policy(PolicyKind.IDENTITY),))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("iam:DeleteRole", f"arn:aws:iam::{A}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x"),
    ],
)
def test_what_belongs_to_aws_is_changed_by_nobody(action: str, resource: str) -> None:
    for caller in (USER, ROOT):
        decision = authorise(Request(caller, action, resource, A), EVERYTHING)
        assert (decision.outcome, decision.rule) == (Outcome.IMPLICIT_DENY, Rule.PROTECTED)


def test_what_belongs_to_aws_may_be_read_and_what_is_ones_own_may_be_changed() -> None:
    role = f"arn:aws:iam::{A}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x"
    assert authorise(Request(USER, "iam:GetRole", role, A), EVERYTHING).allowed
    assert authorise(Request(USER, "iam:DeletePolicy", f"arn:aws:iam::{A}:policy/own", A), EVERYTHING).allowed
    assert authorise(Request(USER, "iam:DeleteRole", f"arn:aws:iam::{A}:role/own", A), EVERYTHING).allowed
    assert authorise(Request(USER, "iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess", A), EVERYTHING).allowed


def test_a_key_without_policy_is_out_of_reach_for_the_root_user_too() -> None:
    assert not authorise(Request(ROOT, "kms:Decrypt", KEY, A), Policies()).allowed
    named = Policies(resource=policy(PolicyKind.RESOURCE, Principal={"AWS": A}))
    assert authorise(Request(ROOT, "kms:Decrypt", KEY, A), named).allowed


def test_kms_actions_that_are_about_no_key_need_no_key_policy() -> None:
    assert authorise(Request(USER, "kms:ListKeys", "*", A), EVERYTHING).allowed
    assert authorise(Request(USER, "kms:CreateAlias", f"arn:aws:kms:us-east-1:{A}:alias/x", A), EVERYTHING).allowed


def test_a_grant_of_the_key_replaces_identity_policies() -> None:
    granted = Policies(resource=policy(PolicyKind.RESOURCE, Principal={"AWS": B}), grants=("grant 1",))
    decision = authorise(Request(USER, "kms:Decrypt", KEY, A), granted)
    assert (decision.outcome, decision.rule) == (Outcome.ALLOW, Rule.GRANT)


def test_a_trust_policy_says_nothing_about_other_actions_on_the_role() -> None:
    trust = parse_policy(
        {"Statement": {"Effect": "Deny", "Principal": "*", "NotAction": "sts:AssumeRole"}}, PolicyKind.TRUST
    )
    role = f"arn:aws:iam::{A}:role/r"
    assert authorise(Request(USER, "iam:GetRole", role, A), Policies(EVERYTHING.identity, resource=trust)).allowed


def test_rcps_do_not_bind_services_that_do_not_support_them() -> None:
    denied = Policies(EVERYTHING.identity, rcp=((policy(PolicyKind.RCP, "Deny", Principal="*"),),))
    assert authorise(Request(USER, "s3:GetObject", "arn:aws:s3:::b/k", A), denied).outcome is Outcome.EXPLICIT_DENY
    assert authorise(Request(USER, "ec2:RunInstances", f"arn:aws:ec2:us-east-1:{A}:instance/*", A), denied).allowed


def test_rcps_have_no_effect_on_retiring_a_grant() -> None:
    policies = Policies(
        EVERYTHING.identity,
        resource=policy(PolicyKind.RESOURCE, Principal={"AWS": A}),
        rcp=((policy(PolicyKind.RCP, "Deny", Principal="*"),),),
    )
    assert authorise(Request(USER, "kms:RetireGrant", KEY, A), policies).allowed
    assert not authorise(Request(USER, "kms:RevokeGrant", KEY, A), policies).allowed


def test_a_restricted_public_bucket_is_for_its_own_account_only() -> None:
    open_to_all = policy(PolicyKind.RESOURCE, Principal="*")
    policies = Policies(EVERYTHING.identity, resource=open_to_all, restrict_public_buckets=True)
    ask = ("s3:GetObject", "arn:aws:s3:::b/k", A)
    assert authorise(Request(USER, *ask), policies).allowed
    assert authorise(Request(STRANGER, *ask), policies).rule is Rule.PUBLIC_BLOCKED
    assert authorise(Request(Principal(PrincipalKind.SERVICE, "logs.amazonaws.com"), *ask), policies).allowed
    unrestricted = Policies(EVERYTHING.identity, resource=open_to_all)
    assert authorise(Request(STRANGER, *ask), unrestricted).allowed


@pytest.mark.parametrize(
    ("statement", "public"),
    [
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": A}}, False),
        ({"Principal": "*", "Effect": "Deny"}, False),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:SourceAccount": A}}}, False),
        ({"Principal": "*", "Condition": {"StringNotEquals": {"aws:SourceAccount": A}}}, True),
        ({"Principal": "*", "Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}}, True),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, False),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}}, True),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}}}, False),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/7"}}}, True),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "2001:db8::/31"}}}, True),
        ({"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "everywhere"}}}, True),
        ({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ({"Principal": "*", "Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}}, True),
        ({"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{A}:role/*"}}}, False),
        ({"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}}, True),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "${aws:x}"}}}, True),
    ],
)
def test_a_policy_is_public_if_it_grants_everybody_without_pinning_who(statement: dict[str, Any], public: bool) -> None:
    full = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}
    assert is_public(parse_policy({"Version": "2012-10-17", "Statement": full}, PolicyKind.RESOURCE)) is public


@pytest.mark.parametrize(
    ("kind", "action", "session_token", "mfa", "code"),
    [
        (PrincipalKind.USER, "iam:CreateUser", False, False, None),
        (PrincipalKind.USER, "iam:CreateUser", True, False, "InvalidClientTokenId"),
        (PrincipalKind.USER, "iam:CreateUser", True, True, None),
        (PrincipalKind.USER, "sts:GetFederationToken", True, True, "AccessDenied"),
        (PrincipalKind.USER, "sts:AssumeRole", True, False, None),
        (PrincipalKind.USER, "sts:GetCallerIdentity", True, False, None),
        (PrincipalKind.FEDERATED_USER, "iam:GetUser", False, False, "InvalidClientTokenId"),
        (PrincipalKind.FEDERATED_USER, "sts:AssumeRole", False, False, "AccessDenied"),
        (PrincipalKind.FEDERATED_USER, "sts:GetCallerIdentity", False, False, None),
        (PrincipalKind.FEDERATED_USER, "s3:GetObject", False, False, None),
        (PrincipalKind.ROLE_SESSION, "sts:GetSessionToken", False, False, "AccessDenied"),
        (PrincipalKind.ROLE_SESSION, "sts:AssumeRole", False, False, None),
    ],
)
def test_some_credentials_may_not_do_some_things(
    kind: PrincipalKind, action: str, session_token: bool, mfa: bool, code: str | None
) -> None:
    found = restriction(kind, action, session_token=session_token, mfa=mfa)
    assert (None if found is None else found.code) == code


@pytest.mark.parametrize(
    ("action", "resource"), [("", "*"), ("s3", "*"), (":x", "*"), ("s3:", "*"), ("s3:GetObject", "")]
)
def test_what_cannot_be_understood_is_denied(action: str, resource: str) -> None:
    decision = authorise(Request(USER, action, resource, A), EVERYTHING)
    assert (decision.outcome, decision.rule) == (Outcome.IMPLICIT_DENY, Rule.UNDECIDABLE)


@pytest.mark.parametrize(
    ("principal", "allowed"), [({}, True), ({"Principal": "*"}, True), ({"Principal": {"AWS": B}}, False)]
)
def test_an_endpoint_policy_binds_whom_it_names_and_everybody_if_it_names_nobody(
    principal: dict[str, Any], allowed: bool
) -> None:
    policies = Policies(EVERYTHING.identity, endpoint=(policy(PolicyKind.ENDPOINT, **principal),))
    assert authorise(Request(USER, "s3:GetObject", "arn:aws:s3:::b/k", A), policies).allowed is allowed
