"""Denials in AWS's words: the reason by deciding kind of policy, and what single services do differently."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.iam import (
    Policies,
    Policy,
    PolicyKind,
    Principal,
    PrincipalKind,
    Request,
    authorise,
    denial_text,
    parse_policy,
)

A, B = "111111111111", "222222222222"
USER = Principal(PrincipalKind.USER, f"arn:aws:iam::{A}:user/alice", A)
SESSION = Principal(
    PrincipalKind.ROLE_SESSION, f"arn:aws:sts::{A}:assumed-role/app/ci", A, issuer=f"arn:aws:iam::{A}:role/app"
)
QUEUE = f"arn:aws:sqs:us-east-1:{A}:jobs"
SECRET = f"arn:aws:secretsmanager:us-east-1:{A}:secret:db-AbCdEf"
ROLE = f"arn:aws:iam::{A}:role/target"


def policy(kind: PolicyKind, effect: str = "Allow", action: str = "*", **more: Any) -> Policy:
    resource = {} if kind is PolicyKind.TRUST else {"Resource": "*"}
    statement = {"Effect": effect, "Action": action, **resource, **more}
    return parse_policy({"Version": "2012-10-17", "Statement": statement}, kind)


ALLOWS = policy(PolicyKind.IDENTITY)
NOTHING = policy(PolicyKind.BOUNDARY, action="ec2:*")
FULL = policy(PolicyKind.SCP)


@pytest.mark.parametrize(
    ("policies", "reason"),
    [
        (Policies(), "because no identity-based policy allows the secretsmanager:GetSecretValue action"),
        (
            Policies((ALLOWS, policy(PolicyKind.IDENTITY, "Deny"))),
            "with an explicit deny in an identity-based policy",
        ),
        (
            Policies((ALLOWS,), (NOTHING,)),
            "because no permissions boundary allows the secretsmanager:GetSecretValue action",
        ),
        (
            Policies((ALLOWS,), (policy(PolicyKind.BOUNDARY, "Deny"),)),
            "with an explicit deny in a permissions boundary",
        ),
        (
            Policies((ALLOWS,), session=(policy(PolicyKind.SESSION, action="ec2:*"),)),
            "because no session policy allows the secretsmanager:GetSecretValue action",
        ),
        (
            Policies((ALLOWS,), session=(policy(PolicyKind.SESSION, "Deny"),)),
            "with an explicit deny in a session policy",
        ),
        (
            Policies((ALLOWS,), scp=((FULL,), (policy(PolicyKind.SCP, action="ec2:*"),))),
            "because no service control policy allows the secretsmanager:GetSecretValue action",
        ),
        (
            Policies((ALLOWS,), scp=((FULL, policy(PolicyKind.SCP, "Deny")),)),
            "with an explicit deny in a service control policy",
        ),
        (
            Policies((ALLOWS,), rcp=((policy(PolicyKind.RCP, "Deny", Principal="*"),),)),
            "with an explicit deny in a resource control policy",
        ),
        (
            Policies((ALLOWS,), resource=policy(PolicyKind.RESOURCE, "Deny", Principal="*")),
            "with an explicit deny in a resource-based policy",
        ),
        (
            Policies((ALLOWS,), endpoint=(policy(PolicyKind.ENDPOINT, action="ec2:*", Principal="*"),)),
            "because no VPC endpoint policy allows the secretsmanager:GetSecretValue action",
        ),
        (
            Policies(
                (policy(PolicyKind.IDENTITY, "Deny"),), resource=policy(PolicyKind.RESOURCE, "Deny", Principal="*")
            ),
            "with an explicit deny in an identity-based policy",
        ),
    ],
)
def test_the_reason_names_the_deciding_kind_of_policy(policies: Policies, reason: str) -> None:
    decision = authorise(Request(USER, "secretsmanager:GetSecretValue", SECRET, A), policies)
    assert denial_text(decision) == (
        f"User: {USER.arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: {SECRET} {reason}"
    )


@pytest.mark.parametrize(
    ("identity", "names", "kind"),
    [
        (False, {"AWS": A}, "resource-based"),
        (False, {"AWS": USER.arn}, "identity-based"),
        (True, None, "resource-based"),
        (False, None, "resource-based"),
    ],
)
def test_across_accounts_the_named_side_is_as_observed(identity: bool, names: Any, kind: str) -> None:
    resource = None if names is None else policy(PolicyKind.RESOURCE, Principal=names)
    policies = Policies((ALLOWS,) if identity else (), resource=resource)
    decision = authorise(Request(USER, "sqs:SendMessage", QUEUE.replace(A, B), B), policies)
    assert f"because no {kind} policy allows" in denial_text(decision)


@pytest.mark.parametrize(
    ("caller", "action", "resource", "owner", "text"),
    [
        (
            USER,
            "s3:GetObject",
            "arn:aws:s3:::b/k",
            A,
            (
                f'User: {USER.arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" '
                "because no identity-based policy allows the s3:GetObject action"
            ),
        ),
        (USER, "s3:GetObject", "arn:aws:s3:::b/k", B, "Access Denied"),
        (Principal(PrincipalKind.ANONYMOUS, "anonymous"), "s3:GetObject", "arn:aws:s3:::b/k", B, "Access Denied"),
        (
            SESSION,
            "sts:AssumeRole",
            ROLE,
            A,
            f"User: {SESSION.arn} is not authorized to perform: sts:AssumeRole on resource: {ROLE}",
        ),
        (
            Principal(PrincipalKind.ROOT, f"arn:aws:iam::{A}:root", A),
            "sts:AssumeRole",
            ROLE,
            A,
            "Roles may not be assumed by root accounts.",
        ),
        (
            Principal(PrincipalKind.WEB_IDENTITY, "accounts.google.com"),
            "sts:AssumeRoleWithWebIdentity",
            ROLE,
            A,
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        ),
        (
            USER,
            "ec2:RunInstances",
            f"arn:aws:ec2:us-east-1:{A}:instance/*",
            A,
            (
                f"You are not authorized to perform this operation. User: {USER.arn} is not authorized to perform: "
                f"ec2:RunInstances on resource: arn:aws:ec2:us-east-1:{A}:instance/* "
                "because no identity-based policy allows the ec2:RunInstances action"
            ),
        ),
        (
            USER,
            "sqs:SendMessage",
            QUEUE,
            A,
            (
                f"User: {USER.arn} is not authorized to perform: sqs:sendmessage on resource: {QUEUE} "
                "because no identity-based policy allows the sqs:sendmessage action"
            ),
        ),
        (
            USER,
            "sns:Publish",
            f"arn:aws:sns:us-east-1:{A}:t",
            A,
            (
                f"User: {USER.arn} is not authorized to perform: SNS:Publish on resource: arn:aws:sns:us-east-1:{A}:t "
                "because no identity-based policy allows the SNS:Publish action"
            ),
        ),
    ],
)
def test_services_put_it_in_their_own_way(caller: Principal, action: str, resource: str, owner: str, text: str) -> None:
    assert denial_text(authorise(Request(caller, action, resource, owner), Policies())) == text
