"""CloudTrail: what is recorded of a call, what is not, and how it is looked up."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.api import trail as api
from tests.sandbox_fixture import RunningSandbox


def lookup(sandbox: RunningSandbox, key: str, value: str, **more: Any) -> list[dict[str, Any]]:
    attribute = [{"AttributeKey": key, "AttributeValue": value}]
    events: list[dict[str, Any]] = sandbox.client("cloudtrail").lookup_events(LookupAttributes=attribute, **more)[
        "Events"
    ]
    return events


def record(event: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(event["CloudTrailEvent"])
    return data


def test_a_management_event_has_the_members_of_cloudtrails_version(sandbox: RunningSandbox) -> None:
    answer = sandbox.client("iam").create_user(UserName="u", Path="/team/")
    found = record(lookup(sandbox, "EventName", "CreateUser")[0])
    assert found["eventVersion"] == "1.11"
    assert found["requestParameters"] == {"userName": "u", "path": "/team/"}
    assert found["responseElements"]["user"]["arn"] == "arn:aws:iam::000000424242:user/team/u"
    assert found["requestID"] == answer["ResponseMetadata"]["RequestId"]
    assert (found["readOnly"], found["managementEvent"], found["eventCategory"]) == (False, True, "Management")
    assert (found["eventSource"], found["awsRegion"]) == ("iam.amazonaws.com", "us-east-1")
    assert found["userIdentity"]["type"] == "Root"


def test_secrets_are_in_no_record(sandbox: RunningSandbox) -> None:
    iam = sandbox.client("iam")
    iam.create_user(UserName="u")
    secret = iam.create_access_key(UserName="u")["AccessKey"]["SecretAccessKey"]
    iam.create_login_profile(UserName="u", Password="correct horse battery")
    session = sandbox.client("sts").get_session_token()["Credentials"]
    manager = sandbox.client("secretsmanager")
    manager.create_secret(Name="s", SecretString="open sesame")
    sandbox.client("ssm").put_parameter(Name="p", Value="hush hush", Type="SecureString")
    text = (sandbox.home / "sandbox" / "trail.jsonl").read_text()
    for hidden in (secret, "correct horse", session["SecretAccessKey"], "open sesame", "hush hush"):
        assert hidden not in text
    assert "CreateLoginProfile" in text


def test_a_denied_call_is_recorded_with_its_error_and_without_iams_parameters(sandbox: RunningSandbox) -> None:
    iam = sandbox.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    with pytest.raises(ClientError):
        sandbox.client("iam", key).delete_user(UserName="other")
    with pytest.raises(ClientError):
        sandbox.client("ec2", key).describe_vpcs()
    found = record(lookup(sandbox, "EventName", "DeleteUser")[0])
    assert found["errorCode"] == "AccessDenied"
    assert "is not authorized to perform: iam:DeleteUser" in found["errorMessage"]
    assert (found["requestParameters"], found["responseElements"]) == (None, None)
    assert record(lookup(sandbox, "EventName", "DescribeVpcs")[0])["errorCode"] == "Client.UnauthorizedOperation"


def test_calls_without_valid_credentials_leave_no_event(sandbox: RunningSandbox) -> None:
    with pytest.raises(ClientError):
        sandbox.client("iam", {"AccessKeyId": sandbox.run.key_id, "SecretAccessKey": "x" * 40}).list_users()
    assert lookup(sandbox, "EventName", "ListUsers") == []


def test_object_calls_are_data_events_that_the_history_does_not_show(sandbox: RunningSandbox) -> None:
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="data-events")
    s3.put_object(Bucket="data-events", Key="k", Body=b"x")
    assert lookup(sandbox, "EventName", "PutObject") == []
    entries = api.from_sandbox(sandbox.environ, api.Filter(event="PutObject"))
    assert entries[0].record["eventCategory"] == "Data"
    assert {item["type"] for item in entries[0].record["resources"]} == {"AWS::S3::Object", "AWS::S3::Bucket"}


def test_look_ups_are_paged_and_filtered_as_aws_does(sandbox: RunningSandbox) -> None:
    iam, trail = sandbox.client("iam"), sandbox.client("cloudtrail")
    for number in range(5):
        iam.create_user(UserName=f"u{number}")
    attribute = [{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}]
    first = trail.lookup_events(LookupAttributes=attribute, MaxResults=2)
    second = trail.lookup_events(LookupAttributes=attribute, MaxResults=3, NextToken=first["NextToken"])
    names = [record(event)["requestParameters"]["userName"] for event in (*first["Events"], *second["Events"])]
    assert names == ["u4", "u3", "u2", "u1", "u0"]
    assert "NextToken" not in second
    assert len(lookup(sandbox, "ResourceName", "u3")) == 1
    assert {event["ReadOnly"] for event in lookup(sandbox, "ReadOnly", "false")} == {"false"}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (
            {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "a"}] * 2},
            "InvalidLookupAttributesException",
        ),
        ({"MaxResults": 50, "NextToken": "bm9uZQ=="}, "InvalidNextTokenException"),
        ({"StartTime": 2_000_000_000, "EndTime": 1_000_000_000}, "InvalidTimeRangeException"),
    ],
)
def test_look_ups_that_make_no_sense_are_refused(sandbox: RunningSandbox, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as failure:
        sandbox.client("cloudtrail").lookup_events(**asked)
    assert failure.value.response["Error"]["Code"] == code


def run(sandbox: RunningSandbox, *arguments: str) -> str:
    command = [sys.executable, "-m", "rolecall", *arguments]
    done = subprocess.run(command, env=sandbox.environ, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_the_command_shows_chains_and_reads_as_administrator_whatever_keys_are_set(sandbox: RunningSandbox) -> None:
    iam = sandbox.client("iam")
    arn = iam.create_user(UserName="alice")["User"]["Arn"]
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    role = iam.create_role(RoleName="ci", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    session = sandbox.client("sts", key).assume_role(RoleArn=role, RoleSessionName="run-8")["Credentials"]
    with pytest.raises(ClientError):
        sandbox.client("s3", session).create_bucket(Bucket="refused-bucket")
    sandbox.environ["AWS_ACCESS_KEY_ID"], sandbox.environ["AWS_SECRET_ACCESS_KEY"] = "AKIAX", "y"
    line = run(sandbox, "trail", "--denied").strip()
    assert "user/alice → role/ci (run-8)" in line
    assert line.endswith("refused-bucket  DENIED")
    records = json.loads(run(sandbox, "trail", "--json", "--limit", "2"))
    assert [item["eventName"] for item in records] == ["AssumeRole", "CreateBucket"]
