"""Which condition keys a check has, and which it has not: absent is not empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from rolecall.sandbox.call import ANONYMOUS
from tests.unit.question.calls import ACCOUNT, ALICE, CI, NOON, OTHER, SESSION, Known, only, question

ROLE = f"arn:aws:iam::{ACCOUNT}:role/x"


def test_a_user_with_long_term_keys() -> None:
    context = only("s3:ListBuckets").context
    assert context["aws:username"] == "alice"
    assert context["aws:PrincipalArn"] == ALICE.arn
    assert context["aws:PrincipalType"] == "User"
    assert context["aws:PrincipalTag/team"] == "red"
    assert context["aws:PrincipalAccount"] == ACCOUNT
    assert context["aws:CurrentTime"] == "2026-11-24T12:00:00Z"
    assert context["aws:SourceIp"] == "203.0.113.9"
    assert context["aws:RequestedRegion"] == "eu-west-1"
    assert context["aws:SecureTransport"] == "true"
    for absent in (
        "aws:TokenIssueTime",
        "aws:MultiFactorAuthPresent",
        "aws:TagKeys",
        "aws:SourceIdentity",
        "s3:prefix",
    ):
        assert absent not in context


def test_a_role_session_is_its_role_and_has_no_user_name() -> None:
    context = only("s3:ListBuckets", caller=CI).context
    assert context["aws:PrincipalArn"] == CI.issuer_arn
    assert context["aws:userid"] == "AROAAPP:ci"
    assert context["aws:MultiFactorAuthPresent"] == "false"
    assert context["aws:TokenIssueTime"] == "2026-11-24T12:00:00Z"
    assert "aws:username" not in context
    assert "aws:MultiFactorAuthAge" not in context


def test_a_session_made_with_a_second_factor_says_how_old_it_is() -> None:
    caller = replace(CI, session=replace(SESSION, mfa=NOON - timedelta(seconds=30), source_identity="me"))
    context = only("s3:ListBuckets", caller=caller).context
    assert context["aws:MultiFactorAuthPresent"] == "true"
    assert context["aws:MultiFactorAuthAge"] == "30"
    assert context["aws:SourceIdentity"] == "me"


def test_the_anonymous_have_hardly_any_keys() -> None:
    context = only("s3:GetObject", {"Bucket": "b", "Key": "k"}, caller=ANONYMOUS).context
    assert "aws:PrincipalArn" not in context
    assert "s3:authType" not in context


def test_global_services_are_asked_in_us_east_1() -> None:
    assert only("iam:ListUsers").context["aws:RequestedRegion"] == "us-east-1"


def test_listing_a_bucket_tells_what_was_asked_for_and_only_that() -> None:
    context = only("s3:ListObjectsV2", {"Bucket": "b", "Prefix": "", "MaxKeys": 10}).context
    assert context["s3:prefix"] == ""
    assert context["s3:max-keys"] == "10"
    assert "s3:delimiter" not in context


def test_tags_in_the_request_and_on_the_resource() -> None:
    world = Known(tagged={ROLE: {"env": "prod"}})
    check = question("iam:TagRole", {"RoleName": "x", "Tags": [{"Key": "a", "Value": "b"}]}, world=world).checks[0]
    assert check.context["aws:RequestTag/a"] == "b"
    assert check.context["aws:TagKeys"] == ("a",)
    assert check.context["aws:ResourceTag/env"] == "prod"
    assert check.context["iam:ResourceTag/env"] == "prod"
    removed = only("iam:UntagRole", {"RoleName": "x", "TagKeys": ["a"]}).context
    assert removed["aws:TagKeys"] == ("a",)
    assert "aws:RequestTag/a" not in removed


def test_object_tags_are_keys_of_s3() -> None:
    world = Known(objects={("b", "k"): {"team": "red"}}, owners={"b": OTHER})
    context = only("s3:GetObject", {"Bucket": "b", "Key": "k"}, world=world).context
    assert context["s3:ExistingObjectTag/team"] == "red"
    assert context["aws:ResourceAccount"] == OTHER
    tagged = question("s3:PutObject", {"Bucket": "b", "Key": "k", "Tagging": "a=1&b="}).checks[0].context
    assert tagged["s3:RequestObjectTag/a"] == "1"
    assert tagged["s3:RequestObjectTagKeys"] == ("a", "b")


def test_iam_says_which_policy_and_which_boundary() -> None:
    world = Known(bounds={ROLE: f"arn:aws:iam::{ACCOUNT}:policy/Limits"})
    context = only(
        "iam:AttachRolePolicy", {"RoleName": "x", "PolicyArn": "arn:aws:iam::aws:policy/P"}, world=world
    ).context
    assert context["iam:PolicyARN"] == "arn:aws:iam::aws:policy/P"
    assert context["iam:PermissionsBoundary"] == f"arn:aws:iam::{ACCOUNT}:policy/Limits"
    made = only("iam:CreateUser", {"UserName": "u", "PermissionsBoundary": "arn:x"}).context
    assert made["iam:PermissionsBoundary"] == "arn:x"


def test_assuming_a_role_tells_what_a_trust_policy_may_ask() -> None:
    params = {"RoleArn": ROLE, "RoleSessionName": "s", "ExternalId": "e", "TransitiveTagKeys": ["a"]}
    context = only("sts:AssumeRole", params).context
    assert context["sts:RoleSessionName"] == "s"
    assert context["sts:ExternalId"] == "e"
    assert context["sts:TransitiveTagKeys"] == ("a",)
    assert "sts:SourceIdentity" not in context
    assert "aws:MultiFactorAuthPresent" not in context
    with_mfa = only("sts:AssumeRole", {**params, "SerialNumber": "arn:x", "TokenCode": "123456"}).context
    assert with_mfa["aws:MultiFactorAuthPresent"] == "true"


def test_a_source_identity_sticks_to_the_chain() -> None:
    caller = replace(CI, session=replace(SESSION, source_identity="me"))
    checks = question("sts:AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "s"}, caller=caller).checks
    assert [check.action for check in checks] == ["sts:AssumeRole", "sts:SetSourceIdentity"]
    assert checks[0].context["sts:SourceIdentity"] == "me"


def test_ec2_tags_each_kind_of_resource_by_itself() -> None:
    specifications = [
        {"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "1"}]},
        {"ResourceType": "volume", "Tags": [{"Key": "b", "Value": "2"}]},
    ]
    checks = question(
        "ec2:RunInstances", {"ImageId": "ami-1", "InstanceType": "t3.micro", "TagSpecifications": specifications}
    ).checks
    by_resource = {(c.action, c.resource.rpartition(":")[2]): c.context for c in checks}
    assert by_resource["ec2:RunInstances", "instance/*"]["aws:TagKeys"] == ("a",)
    assert by_resource["ec2:RunInstances", "volume/*"]["aws:RequestTag/b"] == "2"
    assert "aws:TagKeys" not in by_resource["ec2:RunInstances", "image/ami-1"]
    assert by_resource["ec2:CreateTags", "instance/*"]["ec2:CreateAction"] == "RunInstances"
    assert by_resource["ec2:RunInstances", "instance/*"]["ec2:InstanceType"] == "t3.micro"
