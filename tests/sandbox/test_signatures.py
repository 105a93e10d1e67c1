"""Signatures: what is accepted, and how everything else is refused, in the shape of each protocol."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.sandbox_fixture import RunningSandbox

IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

CALLS: dict[str, tuple[str, str, dict[str, str], bytes]] = {
    "sts": ("POST", "/", FORM, IDENTITY),
    "ec2": ("POST", "/", FORM, b"Action=DescribeVpcs&Version=2016-11-15"),
    "dynamodb": (
        "POST",
        "/",
        {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"},
        b"{}",
    ),
    "lambda": ("GET", "/2015-03-31/functions/", {}, b""),
    "s3": ("GET", "/", {}, b""),
    "monitoring": (
        "POST",
        "/service/GraniteServiceVersion20100801/operation/ListMetrics",
        {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"},
        b"\xa0",
    ),
}


def send(sandbox: RunningSandbox, request: AWSRequest) -> tuple[int, dict[str, str], bytes]:
    prepared = request.prepare()
    return exchange(sandbox, prepared.method, prepared.url, dict(prepared.headers), prepared.body or b"")


def exchange(
    sandbox: RunningSandbox, method: str, url: str, headers: dict[str, Any], body: Any
) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", sandbox.run.port, timeout=20)
    try:
        connection.request(method, url.removeprefix(sandbox.endpoint), body, headers)
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def unsigned(sandbox: RunningSandbox, service: str) -> AWSRequest:
    method, path, headers, body = CALLS[service]
    return AWSRequest(method=method, url=sandbox.endpoint + path, headers=dict(headers), data=body)


def signed(sandbox: RunningSandbox, service: str, key: str = "", secret: str = "") -> AWSRequest:
    request = unsigned(sandbox, service)
    credentials = Credentials(key or sandbox.run.key_id, secret or sandbox.run.secret)
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    kind(credentials, service, "us-east-1").add_auth(request)
    return request


def error_code(service: str, headers: dict[str, str], body: bytes) -> str:
    if service in ("sts", "ec2", "s3"):
        found = re.search(rb"<Code>(.*?)</Code>", body)
        return found[1].decode() if found else ""
    if service == "monitoring":
        found = re.search(rb"\x66__type.(.*?)\x67message", body, re.DOTALL)
        return re.sub(rb"[^A-Za-z]", b"", found[1]).decode() if found else ""
    if service == "lambda":
        return headers["x-amzn-errortype"]
    return str(json.loads(body)["__type"]).rpartition("#")[2]


@pytest.mark.parametrize("service", CALLS)
def test_a_signed_call_of_every_protocol_passes(sandbox: RunningSandbox, service: str) -> None:
    assert send(sandbox, signed(sandbox, service))[0] == 200


@pytest.mark.parametrize(
    ("service", "status", "code"),
    [
        ("sts", 403, "SignatureDoesNotMatch"),
        ("ec2", 401, "AuthFailure"),
        ("dynamodb", 400, "InvalidSignatureException"),
        ("lambda", 403, "InvalidSignatureException"),
        ("s3", 403, "SignatureDoesNotMatch"),
        ("monitoring", 400, "InvalidSignatureException"),
    ],
)
def test_a_wrong_secret_is_refused_as_each_protocol_does(
    sandbox: RunningSandbox, service: str, status: int, code: str
) -> None:
    answer = send(sandbox, signed(sandbox, service, secret="x" * 40))
    assert (answer[0], error_code(service, answer[1], answer[2])) == (status, code)


@pytest.mark.parametrize(
    ("service", "status", "code"),
    [
        ("sts", 403, "MissingAuthenticationToken"),
        ("dynamodb", 400, "MissingAuthenticationTokenException"),
        ("ec2", 400, "MissingParameter"),
        ("s3", 403, "AccessDenied"),
        ("monitoring", 400, "MissingAuthenticationTokenException"),
    ],
)
def test_an_unsigned_call_is_refused_as_each_protocol_does(
    sandbox: RunningSandbox, service: str, status: int, code: str
) -> None:
    answer = send(sandbox, unsigned(sandbox, service))
    assert (answer[0], error_code(service, answer[1], answer[2])) == (status, code)


@pytest.mark.parametrize(
    ("service", "status", "code"),
    [
        ("sts", 403, "InvalidClientTokenId"),
        ("ec2", 401, "AuthFailure"),
        ("dynamodb", 400, "UnrecognizedClientException"),
        ("lambda", 403, "UnrecognizedClientException"),
        ("s3", 403, "InvalidAccessKeyId"),
    ],
)
def test_deleted_and_inactive_keys_are_unknown_ones(
    sandbox: RunningSandbox, service: str, status: int, code: str
) -> None:
    iam = sandbox.client("iam")
    iam.create_user(UserName="u")
    iam.put_user_policy(
        UserName="u",
        PolicyName="all",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    )
    key = iam.create_access_key(UserName="u")["AccessKey"]
    assert send(sandbox, signed(sandbox, service, key["AccessKeyId"], key["SecretAccessKey"]))[0] == 200
    iam.update_access_key(UserName="u", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    answer = send(sandbox, signed(sandbox, service, key["AccessKeyId"], key["SecretAccessKey"]))
    assert (answer[0], error_code(service, answer[1], answer[2])) == (status, code)
    iam.delete_access_key(UserName="u", AccessKeyId=key["AccessKeyId"])
    answer = send(sandbox, signed(sandbox, service, key["AccessKeyId"], key["SecretAccessKey"]))
    assert (answer[0], error_code(service, answer[1], answer[2])) == (status, code)


def test_a_real_looking_key_is_refused_with_the_way_out(sandbox: RunningSandbox) -> None:
    _, _, body = send(sandbox, signed(sandbox, "sts", "AKIAY34FZKBOKMUTVV7A", "s" * 40))
    assert b"InvalidClientTokenId" in body
    assert b"not a key of this sandbox" in body
    assert b"rolecall sandbox env" in body


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_off_by_more_than_fifteen_minutes_is_refused(
    sandbox: RunningSandbox, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_: moment.replace(tzinfo=None))
    for service, code in (("sts", "SignatureDoesNotMatch"), ("s3", "RequestTimeTooSkewed"), ("ec2", "RequestExpired")):
        answer = send(sandbox, signed(sandbox, service))
        assert error_code(service, answer[1], answer[2]) == code


def test_a_byte_changed_anywhere_in_a_signed_request_is_refused(sandbox: RunningSandbox) -> None:
    prepared = signed(sandbox, "sts").prepare()
    raw = prepared.body if isinstance(prepared.body, bytes) else prepared.body.encode()
    path = prepared.url.removeprefix(sandbox.endpoint)
    for position in range(len(raw)):
        changed = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        assert exchange(sandbox, "POST", path, dict(prepared.headers), changed)[0] != 200, changed
    for name in ("X-Amz-Date", "Authorization", "Content-Type"):
        value = prepared.headers[name]
        text = value.decode() if isinstance(value, bytes) else value
        for position in range(len(text)):
            flipped = text[:position] + chr(ord(text[position]) ^ 1) + text[position + 1 :]
            if flipped.strip() == text.strip():
                continue
            headers = {**dict(prepared.headers), name: flipped}
            assert exchange(sandbox, "POST", path, headers, raw)[0] != 200, (name, flipped)


def test_a_presigned_url_works_until_it_expires_and_only_as_signed(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = sandbox.client("s3", signature_version="s3v4")
    s3.create_bucket(Bucket="presigned")
    s3.put_object(Bucket="presigned", Key="a b+c/d.txt", Body=b"hello")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "a b+c/d.txt"}, ExpiresIn=60)
    assert exchange(sandbox, "GET", url, {}, None)[2] == b"hello"
    assert exchange(sandbox, "GET", url.replace("d.txt", "e.txt"), {}, None)[0] == 403
    assert exchange(sandbox, "DELETE", url, {}, None)[0] == 403
    long_ago = datetime.now(UTC) - timedelta(seconds=61)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_: long_ago.replace(tzinfo=None))
    old = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "a b+c/d.txt"}, ExpiresIn=60)
    status, _, body = exchange(sandbox, "GET", old, {}, None)
    assert status == 403
    assert b"<Message>Request has expired</Message>" in body


def test_a_presigned_call_of_another_service_passes(sandbox: RunningSandbox) -> None:
    request = AWSRequest("GET", f"{sandbox.endpoint}/?Action=GetCallerIdentity&Version=2011-06-15")
    credentials = Credentials(sandbox.run.key_id, sandbox.run.secret)
    SigV4QueryAuth(credentials, "sts", "us-east-1", expires=60).add_auth(request)
    assert b":root</Arn>" in send(sandbox, request)[2]


def test_session_keys_need_their_own_token(sandbox: RunningSandbox) -> None:
    key = dict(sandbox.client("sts").get_session_token()["Credentials"])
    assert sandbox.client("sts", key).get_caller_identity()["Arn"].endswith(":root")
    for token in (None, "another"):
        with pytest.raises(ClientError) as failure:
            sandbox.client("sts", {**key, "SessionToken": token}).get_caller_identity()
        assert failure.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_headers_that_are_not_signed_are_refused(sandbox: RunningSandbox) -> None:
    prepared = signed(sandbox, "s3").prepare()
    headers = {**dict(prepared.headers), "x-amz-acl": "public-read"}
    status, _, body = exchange(sandbox, "GET", prepared.url, headers, None)
    assert status == 403
    assert b"<HeadersNotSigned>x-amz-acl</HeadersNotSigned>" in body


def test_streamed_uploads_arrive_whole_and_a_broken_chunk_is_refused(sandbox: RunningSandbox) -> None:
    s3 = sandbox.client("s3", request_checksum_calculation="when_supported")
    s3.create_bucket(Bucket="streamed")
    s3.put_object(Bucket="streamed", Key="k", Body=b"x" * 100_000, ChecksumAlgorithm="SHA256")
    assert s3.get_object(Bucket="streamed", Key="k")["Body"].read() == b"x" * 100_000
    body = b"5;chunk-signature=" + b"0" * 64 + b"\r\nhello\r\n0;chunk-signature=" + b"0" * 64 + b"\r\n\r\n"
    request = AWSRequest("PUT", f"{sandbox.endpoint}/streamed/broken", data=body)
    request.headers["x-amz-content-sha256"] = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    request.headers["x-amz-decoded-content-length"] = "5"
    auth = S3SigV4Auth(Credentials(sandbox.run.key_id, sandbox.run.secret), "s3", "us-east-1")
    auth.payload = lambda _: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"  # type: ignore[method-assign]
    auth.add_auth(request)
    status, _, answer = send(sandbox, request)
    assert (status, b"SignatureDoesNotMatch" in answer) == (403, True)
