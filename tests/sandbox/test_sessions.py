"""STS: durations, chains, session policies, tags, source identities, and what sessions may not do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox_fixture import RunningSandbox


def allow(action: str | list[str], resource: str = "*") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}


def trust(principal: str, action: str | list[str] = "sts:AssumeRole") -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Cast:
    """A user `alice` and the roles `first` (trusts alice) and `second` (trusts first's sessions)."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.iam = sandbox.client("iam")
        alice = self.iam.create_user(UserName="alice")["User"]["Arn"]
        self.alice = self.iam.create_access_key(UserName="alice")["AccessKey"]
        both = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
        self.first = self.iam.create_role(
            RoleName="first", AssumeRolePolicyDocument=trust(alice, both), MaxSessionDuration=7200
        )["Role"]["Arn"]
        self.second = self.iam.create_role(
            RoleName="second", AssumeRolePolicyDocument=trust(self.first, both), MaxSessionDuration=7200
        )["Role"]["Arn"]
        for name in ("first", "second"):
            self.iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(allow("*")))

    def assume(self, arn: str, key: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        sts = self.sandbox.client("sts", key or self.alice)
        answer: dict[str, Any] = sts.assume_role(RoleArn=arn, RoleSessionName="session", **more)
        return answer

    def key(self, arn: str, key: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        credentials: dict[str, Any] = self.assume(arn, key, **more)["Credentials"]
        return credentials


@pytest.fixture
def cast(sandbox: RunningSandbox) -> Cast:
    return Cast(sandbox)


def refused(failure: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    error = failure.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_role_chain_names_every_link_and_lasts_at_most_an_hour(cast: Cast) -> None:
    first = cast.key(cast.first, DurationSeconds=7200)
    second = cast.key(cast.second, first)
    arn = cast.sandbox.client("sts", second).get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::000000424242:assumed-role/second/session"
    with pytest.raises(ClientError) as failure:
        cast.key(cast.second, first, DurationSeconds=3601)
    assert refused(failure)[0] == "ValidationError"
    assert "1 hour session limit" in refused(failure)[1]


def test_a_session_may_not_outlast_what_the_role_allows(cast: Cast) -> None:
    with pytest.raises(ClientError) as failure:
        cast.key(cast.first, DurationSeconds=7201)
    assert "MaxSessionDuration" in refused(failure)[1]


def test_a_session_policy_limits_the_session(cast: Cast) -> None:
    key = cast.key(cast.first, Policy=json.dumps(allow("s3:ListAllMyBuckets")))
    cast.sandbox.client("s3", key).list_buckets()
    with pytest.raises(ClientError) as failure:
        cast.sandbox.client("iam", key).list_users()
    assert "no session policy allows" in refused(failure)[1]


def test_session_tags_are_principal_tags_and_transitive_ones_go_on(cast: Cast) -> None:
    document = allow("s3:ListAllMyBuckets")
    document["Statement"][0]["Condition"] = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    cast.iam.put_role_policy(RoleName="second", PolicyName="all", PolicyDocument=json.dumps(document))
    tags = [{"Key": "team", "Value": "red"}]
    passed_on = cast.key(cast.second, cast.key(cast.first, Tags=tags, TransitiveTagKeys=["team"]))
    cast.sandbox.client("s3", passed_on).list_buckets()
    not_passed_on = cast.key(cast.second, cast.key(cast.first, Tags=tags))
    with pytest.raises(ClientError):
        cast.sandbox.client("s3", not_passed_on).list_buckets()


def test_a_source_identity_sticks(cast: Cast) -> None:
    first = cast.key(cast.first, SourceIdentity="alice")
    assert cast.assume(cast.second, first)["SourceIdentity"] == "alice"
    with pytest.raises(ClientError) as failure:
        cast.assume(cast.second, first, SourceIdentity="bob")
    assert refused(failure)[0] == "AccessDenied"


def test_a_deleted_role_ends_its_sessions(cast: Cast) -> None:
    key = cast.key(cast.first)
    cast.iam.delete_role_policy(RoleName="first", PolicyName="all")
    cast.iam.delete_role(RoleName="first")
    with pytest.raises(ClientError) as failure:
        cast.sandbox.client("sts", key).get_caller_identity()
    assert refused(failure)[0] == "InvalidClientTokenId"


def test_trust_in_the_account_needs_an_identity_policy_too(cast: Cast) -> None:
    cast.iam.update_assume_role_policy(RoleName="first", PolicyDocument=trust("000000424242"))
    with pytest.raises(ClientError):
        cast.key(cast.first)
    document = json.dumps(allow("sts:AssumeRole", cast.first))
    cast.iam.put_user_policy(UserName="alice", PolicyName="assume", PolicyDocument=document)
    assert cast.key(cast.first)["AccessKeyId"].startswith("ASIA")


def test_a_role_that_does_not_exist_is_refused_like_one_that_does_not_trust(cast: Cast) -> None:
    missing = "arn:aws:iam::000000424242:role/missing"
    with pytest.raises(ClientError) as failure:
        cast.key(missing)
    alice = "arn:aws:iam::000000424242:user/alice"
    text = f"User: {alice} is not authorized to perform: sts:AssumeRole on resource: {missing}"
    assert refused(failure) == ("AccessDenied", text)


def test_a_federated_user_has_what_both_the_user_and_the_policy_allow(cast: Cast) -> None:
    both = ["s3:*", "sts:GetFederationToken"]
    cast.iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=json.dumps(allow(both)))
    sts = cast.sandbox.client("sts", cast.alice)
    key = sts.get_federation_token(Name="fed", Policy=json.dumps(allow("s3:ListAllMyBuckets")))["Credentials"]
    cast.sandbox.client("s3", key).list_buckets()
    with pytest.raises(ClientError):
        cast.sandbox.client("s3", key).create_bucket(Bucket="not-allowed")
    with pytest.raises(ClientError):
        cast.sandbox.client("s3", sts.get_federation_token(Name="none")["Credentials"]).list_buckets()


def test_session_credentials_may_not_make_further_session_tokens(cast: Cast) -> None:
    with pytest.raises(ClientError) as failure:
        cast.sandbox.client("sts", cast.key(cast.first)).get_session_token()
    assert refused(failure) == ("AccessDenied", "Cannot call GetSessionToken with session credentials")


def test_the_encoded_message_of_ec2_can_be_decoded(cast: Cast) -> None:
    with pytest.raises(ClientError) as failure:
        cast.sandbox.client("ec2", cast.alice).describe_vpcs()
    encoded = refused(failure)[1].rpartition("Encoded authorization failure message: ")[2]
    decoded = cast.sandbox.client("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"]
    assert json.loads(decoded)["context"]["action"] == "ec2:DescribeVpcs"


def test_a_user_without_a_name_in_the_call_is_the_caller(cast: Cast) -> None:
    cast.iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=json.dumps(allow("iam:*")))
    iam = cast.sandbox.client("iam", cast.alice)
    assert iam.get_user()["User"]["UserName"] == "alice"
    assert [key["AccessKeyId"] for key in iam.list_access_keys()["AccessKeyMetadata"]] == [cast.alice["AccessKeyId"]]


def test_a_permissions_boundary_limits_a_user(cast: Cast) -> None:
    cast.iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=json.dumps(allow("*")))
    boundary = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    cast.iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=boundary)
    cast.sandbox.client("s3", cast.alice).list_buckets()
    with pytest.raises(ClientError) as failure:
        cast.sandbox.client("s3", cast.alice).create_bucket(Bucket="beyond-the-boundary")
    assert "no permissions boundary allows" in refused(failure)[1]
