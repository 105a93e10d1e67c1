"""The whole table of how closely a resource policy names a caller, against what boundary and session policy say.

Source: "Policy evaluation for requests within a single account" and "…cross-account", IAM User Guide.
"""

from __future__ import annotations

from itertools import product
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
    authorise,
    parse_policy,
)

A, B = "111111111111", "222222222222"
OBJECT = "arn:aws:s3:::bucket/key"
USER = f"arn:aws:iam::{A}:user/alice"
ROLE = f"arn:aws:iam::{A}:role/team/app"
SESSION = f"arn:aws:sts::{A}:assumed-role/app/ci"
FEDERATED = f"arn:aws:sts::{A}:federated-user/feddie"
ROOT = f"arn:aws:iam::{A}:root"

CALLERS = {
    "user": Principal(PrincipalKind.USER, USER, A),
    "role session": Principal(PrincipalKind.ROLE_SESSION, SESSION, A, issuer=ROLE),
    "federated user": Principal(PrincipalKind.FEDERATED_USER, FEDERATED, A, issuer=USER),
    "root": Principal(PrincipalKind.ROOT, ROOT, A),
}

DIRECT, ISSUER, ACCOUNT, NONE = "direct", "issuer", "account", "none"
LEVELS: dict[tuple[str, str], str] = {
    ("user", "user"): DIRECT,
    ("user", "role"): NONE,
    ("user", "session"): NONE,
    ("user", "federated user"): NONE,
    ("user", "account id"): ACCOUNT,
    ("user", "account arn"): ACCOUNT,
    ("user", "everyone"): DIRECT,
    ("role session", "user"): NONE,
    ("role session", "role"): ISSUER,
    ("role session", "session"): DIRECT,
    ("role session", "federated user"): NONE,
    ("role session", "account id"): ACCOUNT,
    ("role session", "account arn"): ACCOUNT,
    ("role session", "everyone"): DIRECT,
    ("federated user", "user"): ISSUER,
    ("federated user", "role"): NONE,
    ("federated user", "session"): NONE,
    ("federated user", "federated user"): DIRECT,
    ("federated user", "account id"): ACCOUNT,
    ("federated user", "account arn"): ACCOUNT,
    ("federated user", "everyone"): DIRECT,
    ("root", "user"): NONE,
    ("root", "role"): NONE,
    ("root", "session"): NONE,
    ("root", "federated user"): NONE,
    ("root", "account id"): DIRECT,
    ("root", "account arn"): DIRECT,
    ("root", "everyone"): DIRECT,
}
NAMED: dict[str, Any] = {
    "user": {"AWS": USER},
    "role": {"AWS": ROLE},
    "session": {"AWS": SESSION},
    "federated user": {"AWS": FEDERATED},
    "account id": {"AWS": A},
    "account arn": {"AWS": ROOT},
    "everyone": "*",
}


def document(kind: PolicyKind, effect: str = "Allow", action: str = "s3:*", **more: Any) -> Policy:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind)


def limit(kind: PolicyKind, says: str) -> tuple[Policy, ...] | None:
    if says == "absent":
        return None
    return (document(kind, action="s3:*" if says == "allows" else "ec2:*"),)


def expected_inside(caller: str, level: str, identity: str, boundary: str, session: str) -> Outcome:
    """The table in words, for the same account."""
    if caller == "root" or level == DIRECT:
        return Outcome.ALLOW
    session_lets = session == "allows" or (session == "absent" and caller != "federated user")
    within = boundary != "silent" and session_lets
    granted = level == ISSUER or identity == "allows"
    return Outcome.ALLOW if granted and within else Outcome.IMPLICIT_DENY


def expected_across(caller: str, level: str, identity: str, boundary: str, session: str) -> Outcome:
    """The table in words, across accounts: the resource's side and all of the caller's own."""
    if level == NONE:
        return Outcome.IMPLICIT_DENY
    if caller == "root":
        return Outcome.ALLOW
    session_lets = session == "allows" or (session == "absent" and caller != "federated user")
    own = identity == "allows" and boundary != "silent" and session_lets
    return Outcome.ALLOW if own else Outcome.IMPLICIT_DENY


SAYS = ("absent", "silent", "allows")


@pytest.mark.parametrize("owner", [A, B], ids=["same account", "cross-account"])
@pytest.mark.parametrize(("caller", "named"), LEVELS, ids=lambda name: str(name))
def test_closeness_decides_what_limits_count(caller: str, named: str, owner: str) -> None:
    bucket = document(PolicyKind.RESOURCE, Principal=NAMED[named])
    expected = expected_inside if owner == A else expected_across
    for identity, boundary, session in product(("silent", "allows"), SAYS, SAYS):
        policies = Policies(
            identity=(document(PolicyKind.IDENTITY),) if identity == "allows" else (),
            boundary=limit(PolicyKind.BOUNDARY, boundary) or (),
            session=limit(PolicyKind.SESSION, session),
            resource=bucket,
        )
        decision = authorise(Request(CALLERS[caller], "s3:GetObject", OBJECT, owner), policies)
        wanted = expected(caller, LEVELS[caller, named], identity, boundary, session)
        assert decision.outcome is wanted, (identity, boundary, session)


@pytest.mark.parametrize(("caller", "named"), [pair for pair, level in LEVELS.items() if level != NONE])
def test_a_deny_hits_at_every_level(caller: str, named: str) -> None:
    bucket = document(PolicyKind.RESOURCE, effect="Deny", Principal=NAMED[named])
    policies = Policies(identity=(document(PolicyKind.IDENTITY),), resource=bucket)
    assert authorise(Request(CALLERS[caller], "s3:GetObject", OBJECT, A), policies).outcome is Outcome.EXPLICIT_DENY


@pytest.mark.parametrize(
    ("kind", "arn", "named"),
    [
        (PrincipalKind.SERVICE, "lambda.amazonaws.com", {"Service": "lambda.amazonaws.com"}),
        (PrincipalKind.WEB_IDENTITY, "accounts.google.com", {"Federated": "accounts.google.com"}),
        (
            PrincipalKind.SAML,
            f"arn:aws:iam::{A}:saml-provider/corp",
            {"Federated": f"arn:aws:iam::{A}:saml-provider/corp"},
        ),
        (PrincipalKind.ANONYMOUS, "anonymous", "*"),
    ],
)
def test_callers_without_policies_need_to_be_named(kind: PrincipalKind, arn: str, named: Any) -> None:
    request = Request(Principal(kind, arn), "s3:GetObject", OBJECT, A)
    assert authorise(request, Policies(resource=document(PolicyKind.RESOURCE, Principal=named))).allowed
    for other in ({"AWS": A}, {"AWS": USER}, {"Service": "ec2.amazonaws.com"}, {"Federated": "www.amazon.com"}):
        denied = authorise(request, Policies(resource=document(PolicyKind.RESOURCE, Principal=other)))
        assert denied.outcome is Outcome.IMPLICIT_DENY
