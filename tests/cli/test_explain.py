"""`rolecall explain`: a real account's denial from the two files that the AWS CLI prints."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.cli.command_line import CommandLine

A = "111111111111"
ROLE = f"arn:aws:iam::{A}:role/team/ci"
SESSION = f"arn:aws:sts::{A}:assumed-role/ci/run-1"
BUCKET_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::ci-*"}],
}
ACCOUNT: dict[str, Any] = {
    "UserDetailList": [
        {"Arn": f"arn:aws:iam::{A}:user/ann", "UserName": "ann", "GroupList": ["admins"], "AttachedManagedPolicies": []}
    ],
    "GroupDetailList": [
        {
            "Arn": f"arn:aws:iam::{A}:group/admins",
            "GroupName": "admins",
            "GroupPolicyList": [],
            "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}],
        }
    ],
    "RoleDetailList": [
        {
            "Arn": ROLE,
            "RoleName": "ci",
            "Tags": [{"Key": "team", "Value": "red"}],
            "AssumeRolePolicyDocument": quote(
                json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}]})
            ),
            "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": BUCKET_POLICY}],
            "AttachedManagedPolicies": [],
        }
    ],
    "Policies": [
        {
            "Arn": "arn:aws:iam::aws:policy/AdministratorAccess",
            "PolicyVersionList": [
                {
                    "IsDefaultVersion": True,
                    "Document": {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
                    },
                }
            ],
        }
    ],
}


def event(reason: str, **changes: Any) -> dict[str, Any]:
    record = {
        "eventID": "e-1",
        "eventTime": "2026-11-24T12:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "CreateBucket",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.9",
        "errorCode": "AccessDenied",
        "errorMessage": f"User: {SESSION} is not authorized to perform: s3:CreateBucket "
        f'on resource: "arn:aws:s3:::web" {reason}',
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROACI:run-1",
            "arn": SESSION,
            "accountId": A,
            "sessionContext": {
                "sessionIssuer": {"arn": ROLE},
                "attributes": {"creationDate": "2026-11-24T11:59:00Z", "mfaAuthenticated": "false"},
            },
        },
        **changes,
    }
    return {"Events": [{"EventId": "e-1", "CloudTrailEvent": json.dumps(record)}]}


IDENTITY = "because no identity-based policy allows the s3:CreateBucket action"


@pytest.fixture
def files(bare: CommandLine) -> CommandLine:
    (bare.directory / "account.json").write_text(json.dumps(ACCOUNT))
    return bare


def explained(files: CommandLine, found: dict[str, Any], *flags: str) -> str:
    (files.directory / "event.json").write_text(json.dumps(found))
    return files.out("explain", "--event", "event.json", "--account", "account.json", *flags)


def test_the_near_miss_and_the_smallest_grant_are_told(files: CommandLine) -> None:
    text = explained(files, event(IDENTITY))
    assert text.startswith(f"{SESSION} may not s3:CreateBucket on arn:aws:s3:::web: no identity-based policy allows it")
    assert "role/team/ci/inline \"own\", statement 'Own'" in text
    assert "fails only in its resource" in text
    assert '"Resource": "arn:aws:s3:::web"' in text
    assert f"AWS said   {IDENTITY}" in text


def test_json_has_the_context_that_the_record_tells(files: CommandLine) -> None:
    found = json.loads(explained(files, event(IDENTITY), "--json"))
    assert found["decision"] == "ImplicitDeny"
    assert found["request"]["context"]["aws:SourceIp"] == "203.0.113.9"
    assert found["request"]["context"]["aws:PrincipalTag/team"] == "red"
    assert found["unknown"] == []


def test_what_the_files_cannot_tell_is_said(files: CommandLine) -> None:
    text = explained(files, event("with an explicit deny in a service control policy"))
    assert "AWS names a service control policy, which is not in these files" in text


def test_a_refused_assume_role_is_explained_with_the_trust_policy(files: CommandLine) -> None:
    ann = f"arn:aws:iam::{A}:user/ann"
    found = event(
        "",
        eventSource="sts.amazonaws.com",
        eventName="AssumeRole",
        errorMessage=f"User: {SESSION} is not authorized to perform: sts:AssumeRole on resource: {ROLE}",
    )
    text = explained(files, found)
    assert "may not sts:AssumeRole" in text
    assert '"Action": "sts:AssumeRole"' in text
    assert ann not in text


def test_a_file_without_a_denial_says_so(files: CommandLine) -> None:
    (files.directory / "event.json").write_text("[]")
    done = files("explain", "--event", "event.json", "--account", "account.json")
    assert (done.code, "no denied call" in done.err) == (1, True)
    assert files("explain", "--event", "account.json").code != 0
    (files.directory / "event.json").write_text(json.dumps(event(IDENTITY)))
    wrong = files("explain", "--event", "event.json", "--account", "event.json")
    assert "get-account-authorization-details" in wrong.err
