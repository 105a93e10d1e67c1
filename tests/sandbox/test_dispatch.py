"""What runs is what was authorised: requests that could be read in two ways are refused, or run as the one decided."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.sandbox.test_signatures import FORM, exchange, send
from tests.sandbox_fixture import RunningSandbox

QUERY = {"sts", "iam", "sns"}


@pytest.fixture
def lister(sandbox: RunningSandbox) -> dict[str, Any]:
    """A user who may list users and nothing else."""
    iam = sandbox.client("iam")
    iam.create_user(UserName="lister")
    allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}}
    iam.put_user_policy(UserName="lister", PolicyName="list", PolicyDocument=json.dumps(allow))
    key: dict[str, Any] = iam.create_access_key(UserName="lister")["AccessKey"]
    return key


def signed(
    sandbox: RunningSandbox, key: dict[str, Any], service: str, path: str, body: bytes, headers: dict[str, str]
) -> AWSRequest:
    request = AWSRequest("POST", sandbox.endpoint + path, headers=dict(headers), data=body)
    SigV4Auth(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), service, "us-east-1").add_auth(request)
    return request


def users(sandbox: RunningSandbox) -> set[str]:
    return {user["UserName"] for user in sandbox.client("iam").list_users()["Users"]}


LIST = b"Action=ListUsers&Version=2010-05-08"


def test_the_honest_call_passes_and_the_forbidden_one_does_not(sandbox: RunningSandbox, lister: dict[str, Any]) -> None:
    assert send(sandbox, signed(sandbox, lister, "iam", "/", LIST, FORM))[0] == 200
    create = b"Action=CreateUser&UserName=evil&Version=2010-05-08"
    assert send(sandbox, signed(sandbox, lister, "iam", "/", create, FORM))[0] == 403


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/?Action=CreateUser&UserName=evil", LIST, {}),
        ("/?Action=ListUsers", b"Action=CreateUser&UserName=evil&Version=2010-05-08", {}),
        ("/", LIST + b"&Action=CreateUser&UserName=evil", {}),
        ("/", LIST, {"X-Amz-Target": "IAM.CreateUser", "UserName": "evil"}),
        ("/", LIST + b"&UserName=evil", {"X-Amz-Target": "CreateUser"}),
        ("/", LIST, {"x-moto-account-id": "123456789012"}),
        ("/service/IAM/operation/CreateUser", LIST, {}),
    ],
)
def test_contradictions_never_create_a_user(
    sandbox: RunningSandbox, lister: dict[str, Any], path: str, body: bytes, headers: dict[str, str]
) -> None:
    status, _, answer = send(sandbox, signed(sandbox, lister, "iam", path, body, {**FORM, **headers}))
    assert status in (200, 400, 403, 404), answer
    assert users(sandbox) == {"lister"}


def test_a_signature_for_one_service_cannot_be_used_for_another(
    sandbox: RunningSandbox, lister: dict[str, Any]
) -> None:
    status, _, answer = send(sandbox, signed(sandbox, lister, "sts", "/", LIST, FORM))
    assert status == 400
    assert b"InvalidAction" in answer


def test_the_region_of_the_user_agent_or_host_does_not_move_a_call(sandbox: RunningSandbox) -> None:
    root = {"AccessKeyId": sandbox.run.key_id, "SecretAccessKey": sandbox.run.secret}
    target = {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"}
    agent = {"User-Agent": "aws-sdk region/eu-west-1 sqs.eu-west-1.amazonaws.com"}
    assert send(sandbox, signed(sandbox, root, "sqs", "/", b'{"QueueName": "q"}', {**target, **agent}))[0] == 200
    assert len(sandbox.client("sqs", region="us-east-1").list_queues()["QueueUrls"]) == 1
    assert "QueueUrls" not in sandbox.client("sqs", region="eu-west-1").list_queues()


def test_the_back_doors_of_moto_are_closed(sandbox: RunningSandbox) -> None:
    for path in ("/moto-api/", "/moto-api/data.json", "/moto-api/reset"):
        assert exchange(sandbox, "POST", sandbox.endpoint + path, {}, None)[0] == 404


def test_only_loopback_names_are_answered(sandbox: RunningSandbox) -> None:
    port = sandbox.run.port
    for host, served in (
        (f"127.0.0.1:{port}", True),
        (f"localhost:{port}", True),
        (f"bucket.s3.localhost:{port}", True),
        (f"attacker.example:{port}", False),
        ("127.0.0.1", False),
        (f"127.0.0.1.attacker.example:{port}", False),
    ):
        status = exchange(sandbox, "GET", f"{sandbox.endpoint}/_rolecall/health", {"Host": host}, None)[0]
        assert (status == 200) is served, host


def test_the_daemon_obeys_only_the_holder_of_its_token(sandbox: RunningSandbox) -> None:
    for headers in ({}, {"x-rolecall-token": "guess"}, {"x-rolecall-token": sandbox.run.token, "Origin": "http://a"}):
        assert exchange(sandbox, "POST", f"{sandbox.endpoint}/_rolecall/reset", headers, b"{}")[0] == 403


def test_a_bucket_named_in_the_host_is_the_bucket_of_the_call(sandbox: RunningSandbox) -> None:
    sandbox.client("s3").create_bucket(Bucket="named-in-host")
    sandbox.client("s3").put_object(Bucket="named-in-host", Key="k", Body=b"hello")
    url = sandbox.client("s3", signature_version="s3v4").generate_presigned_url(
        "get_object", Params={"Bucket": "named-in-host", "Key": "k"}
    )
    assert exchange(sandbox, "GET", url, {}, None)[2] == b"hello"
    status = exchange(sandbox, "GET", url, {"Host": f"other-bucket.s3.localhost:{sandbox.run.port}"}, None)[0]
    assert status == 403


def test_an_operation_that_moto_overlooks_is_not_run_as_another(sandbox: RunningSandbox) -> None:
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="overlooked")
    with pytest.raises(ClientError) as failure:
        s3.get_bucket_metadata_configuration(Bucket="overlooked")
    assert failure.value.response["Error"]["Code"] == "NotImplemented"
