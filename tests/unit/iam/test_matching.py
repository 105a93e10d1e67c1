"""Which actions and resources a pattern covers, and how request and policy texts are taken apart."""

from __future__ import annotations

import pytest

from rolecall.iam import Context, MalformedPolicy, PolicyKind, parse_policy
from rolecall.iam.glob import compile_glob
from rolecall.iam.match import Miss, ShortArns, action_pattern, parse_arn, resource_pattern

CONTEXT = Context({"aws:username": "alice", "aws:PrincipalTag/star": "*", "aws:TagKeys": ["alice"]})
ALICE = "arn:aws:s3:::homes/alice/x"


@pytest.mark.parametrize(
    ("pattern", "action", "covers"),
    [
        ("*", "s3:getobject", True),
        ("S3:GET*", "s3:getobject", True),
        ("s3:get", "s3:getobject", False),
        ("s3:getobjec?", "s3:getobject", True),
        ("s3:getobject?", "s3:getobject", False),
        ("s3:*", "s3-object-lambda:getobject", False),
        ("s?:*", "s3:getobject", True),
        ("*:getobject", "s3:getobject", True),
        ("s3:get object", "s3:getobject", False),
    ],
)
def test_actions_compare_without_regard_to_case(pattern: str, action: str, covers: bool) -> None:
    assert action_pattern(pattern).matches(action) is covers


@pytest.mark.parametrize(
    ("pattern", "arn", "miss"),
    [
        ("*", ALICE, None),
        ("**", "*", None),
        (ALICE, "*", Miss.WILDCARD_ONLY),
        ("arn:aws:s3:::homes/*", ALICE, None),
        ("arn:AWS:S3:::homes/*", ALICE, None),
        ("arn:aws:s3:::Homes/*", ALICE, Miss.RESOURCE),
        ("arn:aws-cn:s3:::homes/*", ALICE, Miss.PARTITION),
        ("arn:aws:sqs:::homes/*", ALICE, Miss.SERVICE),
        ("arn:aws:s3:us-east-1::homes/*", ALICE, Miss.REGION),
        ("arn:aws:s3::111111111111:homes/*", ALICE, Miss.ACCOUNT),
        ("arn:aws:s3:*:*:homes/*", ALICE, None),
        ("arn:aws:sqs::*:q", "arn:aws:sqs:us-east-1:1:q", Miss.REGION),
        ("arn:aws:s3:::homes/${aws:username}/*", ALICE, None),
        ("arn:aws:s3:::homes/${aws:userid}/*", ALICE, Miss.VARIABLE),
        ("arn:aws:s3:::homes/${aws:userid, 'alice'}/*", ALICE, None),
        ("arn:aws:s3:::homes/${aws:userid,'alice'}/*", ALICE, None),
        ("arn:aws:s3:::homes/${aws:TagKeys}/*", ALICE, Miss.VARIABLE),
        ("arn:aws:s3:::homes/${aws:PrincipalTag/star}/x", ALICE, Miss.RESOURCE),
        ("arn:aws:s3:::homes/${aws:PrincipalTag/star}/x", "arn:aws:s3:::homes/*/x", None),
        ("arn:aws:s3:::homes/${*}/x", ALICE, Miss.RESOURCE),
        ("arn:aws:s3:::homes/${aws:username", "arn:aws:s3:::homes/${aws:username", None),
        ("arn:aws:iam::${aws:username}:x", "arn:aws:iam::alice:x", Miss.ACCOUNT),
        ("arn:aws:s3", ALICE, None),
        ("arn:aws:sqs", ALICE, Miss.SERVICE),
        ("bucket", ALICE, Miss.SHORT_ARN),
    ],
)
def test_resources_compare_part_by_part(pattern: str, arn: str, miss: Miss | None) -> None:
    compiled = resource_pattern(pattern, variables=True, short_arns=ShortArns.PADDED)
    assert compiled.miss(parse_arn(arn), CONTEXT) is miss


@pytest.mark.parametrize(
    ("kind", "text", "matches"),
    [
        (PolicyKind.IDENTITY, "arn:aws:s3", True),
        (PolicyKind.BOUNDARY, "arn:aws:s3", True),
        (PolicyKind.SESSION, "arn:aws:s3:eu-west-1", False),
        (PolicyKind.SCP, "arn:aws:s3", False),
        (PolicyKind.SCP, "arn:aws:s*", True),
        (PolicyKind.SCP, "arn:*:s3", False),
        (PolicyKind.RESOURCE, "arn:aws:s3", False),
        (PolicyKind.RESOURCE, "arn:*:s3", True),
        (PolicyKind.RCP, "arn:aws:s*", False),
    ],
)
def test_short_arns_are_padded_by_kind_of_policy(kind: PolicyKind, text: str, matches: bool) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": text}
    if kind in (PolicyKind.RESOURCE, PolicyKind.RCP):
        statement["Principal"] = "*"
    pattern = (parse_policy({"Statement": statement}, kind).statements[0].resources or ())[0]
    assert pattern.matches(parse_arn(ALICE), CONTEXT) is matches


def test_many_stars_do_not_make_matching_slow() -> None:
    assert not compile_glob("*a" * 200 + "b").matches("a" * 20_000)


@pytest.mark.parametrize(
    "document",
    [
        "not json",
        "[]",
        "null",
        '{"Statement": "x"}',
        '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Extra": 1}]}',
        '{"Statement": [{"Effect": "Allow", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "s3:*"}]}',
        '{"Statement": [{"Effect": "Allow", "Resource": "*"}]}',
        '{"Statement": [{"Effect": "allow", "Action": "s3:*", "Resource": "*"}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "s3", "Resource": "*"}]}',
        '{"Version": "2012-10-18", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"a": {}}}}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"a": null}}}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}]}',
        "[" * 100_000,
    ],
)
def test_a_malformed_document_is_refused_before_evaluation(document: str) -> None:
    with pytest.raises(MalformedPolicy):
        parse_policy(document, PolicyKind.IDENTITY)
