"""The scenario of Pulumi's "AWS Resources Using AssumeRole" page, by any AWS client over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox_fixture import RunningSandbox

SESSION = {"RoleSessionName": "PulumiSession", "ExternalId": "PulumiApplication"}


class Story:
    """The page's cast: a user without permissions, and a role that trusts it."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.iam = sandbox.client("iam")
        self.user = self.iam.create_user(UserName="somebody@example.com")["User"]
        self.key = self.iam.create_access_key(UserName="somebody@example.com")["AccessKey"]
        trust = {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": self.user["Arn"]},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "PulumiApplication"}},
            },
        }
        self.role = self.iam.create_role(RoleName="allow-s3-management", AssumeRolePolicyDocument=json.dumps(trust))[
            "Role"
        ]
        allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
        self.iam.put_role_policy(
            RoleName="allow-s3-management", PolicyName="allow-s3", PolicyDocument=json.dumps(allow)
        )

    def assume(self, key: dict[str, Any], **changed: Any) -> dict[str, Any]:
        asked = {"RoleArn": self.role["Arn"], **SESSION, **changed}
        answer = self.sandbox.client("sts", key).assume_role(**asked)
        credentials: dict[str, Any] = answer["Credentials"]
        return credentials


@pytest.fixture
def story(sandbox: RunningSandbox) -> Story:
    return Story(sandbox)


def code_of(failure: pytest.ExceptionInfo[ClientError]) -> str:
    return str(failure.value.response["Error"]["Code"])


def test_the_user_without_a_policy_is_refused_and_told_why(story: Story) -> None:
    with pytest.raises(ClientError) as failure:
        story.sandbox.client("s3", story.key).create_bucket(Bucket="my-bucket-91ab33e")
    assert failure.value.response["Error"] == {
        "Code": "AccessDenied",
        "Message": "User: arn:aws:iam::000000424242:user/somebody@example.com is not authorized to perform: "
        's3:CreateBucket on resource: "arn:aws:s3:::my-bucket-91ab33e" because no identity-based policy allows the '
        "s3:CreateBucket action",
    }
    assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_the_same_user_makes_the_bucket_through_the_role(story: Story) -> None:
    story.sandbox.client("s3", story.assume(story.key)).create_bucket(Bucket="my-bucket-91ab33e")
    buckets = story.sandbox.client("s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets] == ["my-bucket-91ab33e"]


def test_the_trail_names_the_role_session_as_the_maker_of_the_bucket(story: Story) -> None:
    story.sandbox.client("s3", story.assume(story.key)).create_bucket(Bucket="my-bucket-91ab33e")
    found = story.sandbox.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": "my-bucket-91ab33e"}]
    )["Events"]
    assert [event["EventName"] for event in found] == ["CreateBucket"]
    identity = json.loads(found[0]["CloudTrailEvent"])["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["arn"] == "arn:aws:sts::000000424242:assumed-role/allow-s3-management/PulumiSession"
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == story.role["Arn"]
    assert found[0]["Username"] == "PulumiSession"


def test_a_wrong_or_missing_external_id_is_refused(story: Story) -> None:
    for changed in ({"ExternalId": "another"}, {"ExternalId": "pulumiapplication"}):
        with pytest.raises(ClientError) as failure:
            story.assume(story.key, **changed)
        assert code_of(failure) == "AccessDenied"
    with pytest.raises(ClientError) as failure:
        story.sandbox.client("sts", story.key).assume_role(RoleArn=story.role["Arn"], RoleSessionName="x1")
    assert code_of(failure) == "AccessDenied"


def test_another_user_may_not_assume_the_role_even_with_every_permission(story: Story) -> None:
    story.iam.create_user(UserName="mallory")
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    story.iam.put_user_policy(UserName="mallory", PolicyName="all", PolicyDocument=json.dumps(everything))
    key = story.iam.create_access_key(UserName="mallory")["AccessKey"]
    with pytest.raises(ClientError) as failure:
        story.assume(key)
    assert code_of(failure) == "AccessDenied"
    assert str(failure.value).endswith(
        "User: arn:aws:iam::000000424242:user/mallory is not authorized to perform: sts:AssumeRole on resource: "
        + story.role["Arn"]
    )


def test_a_user_made_again_under_the_same_name_is_somebody_else(story: Story) -> None:
    story.iam.delete_access_key(UserName="somebody@example.com", AccessKeyId=story.key["AccessKeyId"])
    story.iam.delete_user(UserName="somebody@example.com")
    story.iam.create_user(UserName="somebody@example.com")
    key = story.iam.create_access_key(UserName="somebody@example.com")["AccessKey"]
    with pytest.raises(ClientError) as failure:
        story.assume(key)
    assert code_of(failure) == "AccessDenied"
    shown = story.iam.get_role(RoleName="allow-s3-management")["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"]["Principal"] == {"AWS": story.user["UserId"]}


def test_a_trust_policy_for_nobody_is_refused_when_it_is_saved(story: Story) -> None:
    nobody = "arn:aws:iam::000000424242:user/nobody"
    trust = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": nobody}, "Action": "sts:AssumeRole"},
    }
    with pytest.raises(ClientError) as failure:
        story.iam.create_role(RoleName="orphan", AssumeRolePolicyDocument=json.dumps(trust))
    assert failure.value.response["Error"]["Code"] == "MalformedPolicyDocument"
    assert failure.value.response["Error"]["Message"] == f'Invalid principal in policy: "AWS":"{nobody}"'


def test_the_root_user_may_not_assume_roles(story: Story) -> None:
    with pytest.raises(ClientError) as failure:
        story.sandbox.client("sts").assume_role(RoleArn=story.role["Arn"], **SESSION)
    assert failure.value.response["Error"]["Message"] == "Roles may not be assumed by root accounts."
