"""What AWS says to policies that it does not save, service by service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolecall.iam import MalformedPolicy, PolicyKind, validate_policy

PATHS = (
    "user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, "
    "saml-provider/, oidc-provider/, report/, access-report/"
)


def identity(**changes: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"} | changes
    return {"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]}


def trust(**changes: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111111111111"}} | changes
    return {"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]}


def bucket(**changes: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*",
        "Principal": "*",
    } | changes
    return {"Statement": [{k: v for k, v in statement.items() if v is not None}]}


SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
IDENTITY: list[tuple[Any, str]] = [
    ("", SYNTAX),
    ("{", SYNTAX),
    ("[]", SYNTAX),
    ('{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}', SYNTAX),
    ({**identity(), "Conditions": {}}, SYNTAX),
    ({"Version": "2012-10-17", "Statement": []}, SYNTAX),
    ({"Version": "2012-10-17"}, SYNTAX),
    (identity(NotAction="s3:x"), SYNTAX),
    (identity(Effect=None), SYNTAX),
    (identity(Condition={"StringLikes": {"a": "b"}}), SYNTAX),
    (identity(Condition={"NullIfExists": {"a": "true"}}), SYNTAX),
    (identity(Condition=[]), SYNTAX),
    (identity(Action={"a": 1}), SYNTAX),
    ({**identity(), "Version": "2008-10-17"}, "Policy document must be version 2012-10-17 or greater."),
    ({"Statement": identity()["Statement"]}, "Policy document must be version 2012-10-17 or greater."),
    (identity(Effect="allow"), LEGACY),
    (identity(Resource="arn:aws:s3::"), LEGACY),
    (identity(Resource="arn:aws::::x"), LEGACY),
    (identity(Condition={"DateLessThan": {"aws:CurrentTime": "soon"}}), LEGACY),
    (
        {"Version": "2012-10-17", "Statement": [identity(Sid="x")["Statement"][0], identity(Sid="x")["Statement"][0]]},
        "Statement IDs (SID) in a single policy must be unique.",
    ),
    (identity(Action=None), "Policy statement must contain actions."),
    (identity(Action=[]), "Policy statement must contain actions."),
    (identity(Resource="bucket"), 'Resource bucket must be in ARN format or "*".'),
    (identity(Resource="arn:foo:s3:::b"), 'Partition "foo" is not valid for resource "arn:foo:s3:*:*:b".'),
    (identity(Resource="arn:aws"), "Resource vendor must be fully qualified and cannot contain regexes."),
    (
        identity(Resource="arn:aws:iam:eu-west-1:1:user/x"),
        "IAM resource arn:aws:iam:eu-west-1:1:user/x cannot contain region information.",
    ),
    (
        identity(Resource="arn:aws:s3:eu-west-1::b"),
        "Resource arn:aws:s3:eu-west-1::b can not contain region information.",
    ),
    (identity(Resource="arn:aws:iam::1:u/x"), f'IAM resource path must either be "*" or start with {PATHS}.'),
    (identity(Action="s3"), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    (identity(Action="s3:a:b"), "Actions/Condition can contain only one colon."),
    (identity(Action="s 3:a"), "Vendor s 3 is not valid"),
    (identity(Resource=None), "Policy statement must contain resources."),
    (
        identity(Sid="a b"),
        (
            "Statement IDs (SID) must be alpha-numeric. "
            "Check that your input satisfies the regular expression [0-9A-Za-z]*"
        ),
    ),
    (identity(Principal="*"), "Policy document should not specify a principal."),
]
TRUST: list[tuple[Any, str]] = [
    ("{", "This policy contains invalid Json"),
    ({"Version": "2012-10-17", "Statement": []}, "Could not parse the policy: Statement is empty!"),
    (trust(Resource="*"), "Has prohibited field Resource"),
    (trust(Principal=None), "Missing required field Principal"),
    (
        trust(Principal={"AWS": []}),
        (
            "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: "
            "The passed in policy has a statement with no principals!"
        ),
    ),
    (
        trust(Principal={"AWS": "arn:aws:iam::111111111111:user/*"}),
        'Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:user/*"',
    ),
    (
        trust(Principal={"AWS": "arn:aws:iam::111111111111:group/g"}),
        'Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:group/g"',
    ),
    (trust(Principal={"Service": "*"}), 'Invalid principal in policy: "SERVICE":"*"'),
    (trust(Principal={"Federated": "*"}), 'Invalid principal in policy: "FEDERATED":"*"'),
    (trust(Action="s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
    (trust(Action="sts:Nonsense"), "AssumeRole policy may only specify STS AssumeRole actions."),
]
BUCKET: list[tuple[Any, str]] = [
    ("x", "Policies must be valid JSON and the first byte must be '{'"),
    ({}, "Missing required field Statement"),
    ({"Statement": []}, "Statement is empty!"),
    (bucket(Principal=None), "Missing required field Principal"),
    (bucket(Resource=None), "Missing required field Resource"),
    (bucket(Effect="allow"), "Invalid policy syntax."),
    (bucket(Principal={"AWS": "nobody"}), "Invalid principal in policy"),
    (bucket(Resource="arn:aws:s3:::other/*"), "Policy has invalid resource"),
    (bucket(Action="ec2:*"), "Policy has invalid action"),
    ({**bucket(), "Version": "2020-01-01"}, "The policy must contain a valid version string"),
    (bucket(Principal=None, NotPrincipal={"AWS": "111111111111"}), "Allow with NotPrincipal is not allowed."),
]


def refusal(document: Any, kind: PolicyKind, **where: str) -> MalformedPolicy:
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(MalformedPolicy) as refused:
        validate_policy(text, kind, **where)
    return refused.value


@pytest.mark.parametrize(("document", "message"), IDENTITY)
def test_iam_refuses_an_identity_policy_in_these_words(document: Any, message: str) -> None:
    error = refusal(document, PolicyKind.IDENTITY)
    assert (error.code, error.status, error.message) == ("MalformedPolicyDocument", 400, message)


@pytest.mark.parametrize(("document", "message"), TRUST)
def test_iam_refuses_a_trust_policy_in_these_words(document: Any, message: str) -> None:
    assert refusal(document, PolicyKind.TRUST).message == message


@pytest.mark.parametrize(("document", "message"), BUCKET)
def test_s3_refuses_a_bucket_policy_in_these_words(document: Any, message: str) -> None:
    error = refusal(document, PolicyKind.RESOURCE, service="s3", resource="arn:aws:s3:::b")
    assert (error.code, error.message) == ("MalformedPolicy", message)


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("kms", "MalformedPolicyDocumentException"),
        ("sqs", "InvalidAttributeValue"),
        ("sns", "InvalidParameter"),
        ("secretsmanager", "MalformedPolicyDocumentException"),
        ("ecr", "InvalidParameterException"),
    ],
)
def test_each_service_has_its_own_error_code(service: str, code: str) -> None:
    document = bucket(Action=f"{service}:*", Resource="*", Principal={"AWS": "nobody"})
    assert refusal(document, PolicyKind.RESOURCE, service=service).code == code


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (identity(), PolicyKind.IDENTITY),
        (identity(Action=["s3:Get*", "made-up:Action"], Sid="A1"), PolicyKind.IDENTITY),
        (identity(Resource=["arn:aws:s3:::b*", "arn:aws:iam::*:role/x", "arn:*:s3:::b"]), PolicyKind.IDENTITY),
        (identity(Condition={"ForAnyValue:StringLikeIfExists": {"made:Up": ["a", 1, True]}}), PolicyKind.IDENTITY),
        (identity(Condition={}), PolicyKind.IDENTITY),
        (trust(), PolicyKind.TRUST),
        (trust(Action=["sts:AssumeRole", "sts:TagSession", "sts:SetContext"]), PolicyKind.TRUST),
        (
            trust(Action="sts:*", Principal={"Service": ["ec2.amazonaws.com"], "Federated": "accounts.google.com"}),
            PolicyKind.TRUST,
        ),
        (trust(Principal="*"), PolicyKind.TRUST),
        ({"Statement": trust()["Statement"][0]}, PolicyKind.TRUST),
    ],
)
def test_what_aws_accepts_is_accepted(document: dict[str, Any], kind: PolicyKind) -> None:
    assert validate_policy(json.dumps(document), kind).statements


def test_an_rcp_of_a_customer_may_only_deny() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    assert validate_policy(json.dumps({"Version": "2012-10-17", "Statement": [deny]}), PolicyKind.RCP)
    allow = {**deny, "Effect": "Allow"}
    error = refusal({"Version": "2012-10-17", "Statement": [allow]}, PolicyKind.RCP)
    assert error.code == "MalformedPolicyDocumentException"
