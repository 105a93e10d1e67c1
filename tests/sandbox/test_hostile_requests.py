"""Requests that say two things at once, or hide one: nothing runs that was not signed and decided."""

from __future__ import annotations

import base64
import gzip
import socket
import zlib

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.sandbox.test_signatures import FORM, IDENTITY, exchange, send
from tests.sandbox_fixture import RunningSandbox

UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
CRC = base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()


def raw(sandbox: RunningSandbox, data: bytes) -> bytes:
    """The status line that answers these bytes; the sender then says no more."""
    with socket.create_connection(("127.0.0.1", sandbox.run.port), timeout=10) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % sandbox.run.port + data)
        return line.makefile("rb").readline().strip()


def signed(sandbox: RunningSandbox, request: AWSRequest, service: str, region: str = "us-east-1") -> AWSRequest:
    SigV4Auth(Credentials(sandbox.run.key_id, sandbox.run.secret), service, region).add_auth(request)
    return request


def upload(sandbox: RunningSandbox, trailer: str, *, announced: str = "x-amz-checksum-crc32", size: str = "5") -> bytes:
    """What S3 answers to an upload of `hello` whose chunks and trailer are not signed."""
    body = f"{size}\r\nhello\r\n0\r\n{trailer}\r\n".encode()
    request = AWSRequest("PUT", f"{sandbox.endpoint}/target/key", data=body)
    request.headers["x-amz-content-sha256"] = UNSIGNED_TRAILER
    request.headers["x-amz-decoded-content-length"] = "5"
    if announced:
        request.headers["x-amz-trailer"] = announced
    auth = S3SigV4Auth(Credentials(sandbox.run.key_id, sandbox.run.secret), "s3", "us-east-1")
    auth.payload = lambda request: UNSIGNED_TRAILER  # type: ignore[method-assign]
    auth.add_auth(request)
    return send(sandbox, request)[2]


def test_a_trailer_cannot_bring_headers_that_were_not_signed(sandbox: RunningSandbox) -> None:
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="target")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="secret", Body=b"secret")
    assert upload(sandbox, f"x-amz-checksum-crc32:{CRC}\r\n") == b""
    for smuggled in ("x-amz-copy-source:/vault/secret", "x-amz-tagging:a=b"):
        for announced in ("x-amz-checksum-crc32", f"x-amz-checksum-crc32,{smuggled.partition(':')[0]}"):
            answer = upload(sandbox, f"{smuggled}\r\nx-amz-checksum-crc32:{CRC}\r\n", announced=announced)
            assert b"MalformedTrailerError" in answer
    assert s3.get_object(Bucket="target", Key="key")["Body"].read() == b"hello"
    assert s3.get_object_tagging(Bucket="target", Key="key")["TagSet"] == []


def test_a_checksum_that_was_announced_cannot_be_left_out(sandbox: RunningSandbox) -> None:
    sandbox.client("s3").create_bucket(Bucket="target")
    assert b"MalformedTrailerError" in upload(sandbox, "")
    assert b"BadDigest" in upload(sandbox, "x-amz-checksum-crc32:AAAAAA==\r\n")


@pytest.mark.parametrize("size", ["-5", "0x5", "+5", "0_5", ""])
def test_the_size_of_a_chunk_is_hex_and_nothing_else(sandbox: RunningSandbox, size: str) -> None:
    sandbox.client("s3").create_bucket(Bucket="target")
    assert b"InvalidRequest" in upload(sandbox, f"x-amz-checksum-crc32:{CRC}\r\n", size=size)
    head = b"Transfer-Encoding: chunked\r\n\r\n" + size.encode() + b"\r\nhello\r\n0\r\n\r\n"
    assert raw(sandbox, head).startswith(b"HTTP/1.1 400")


def test_a_body_that_is_only_announced_takes_no_memory(sandbox: RunningSandbox) -> None:
    assert raw(sandbox, b"Content-Length: 99999999999999999999999\r\n\r\n").startswith(b"HTTP/1.1 413")
    assert raw(sandbox, b"Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\n").startswith(b"HTTP/1.1 413")


def test_packed_bodies_unpack_within_bounds(sandbox: RunningSandbox) -> None:
    def call(body: bytes) -> tuple[int, bytes]:
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "DynamoDB_20120810.ListTables",
            "Content-Encoding": "gzip",
        }
        answer = send(sandbox, signed(sandbox, AWSRequest("POST", sandbox.endpoint, headers, body), "dynamodb"))
        return answer[0], answer[2]

    assert call(gzip.compress(b"{}"))[0] == 200
    assert call(gzip.compress(b"{}")[:-4])[0] == 400
    assert b"64 MiB" in call(gzip.compress(b" " * (65 << 20)))[1]


def test_entities_are_refused_in_every_encoding(sandbox: RunningSandbox) -> None:
    sandbox.client("s3").create_bucket(Bucket="target")
    text = (
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY x "yy">]>'
        "<Tagging><TagSet><Tag><Key>&x;</Key><Value>v</Value></Tag></TagSet></Tagging>"
    )
    for encoding in ("utf-16", "utf-16-be", "utf-8"):
        body = text.replace("utf-16", "utf-8" if encoding == "utf-8" else "utf-16").encode(encoding)
        request = AWSRequest("PUT", f"{sandbox.endpoint}/target?tagging", data=body)
        S3SigV4Auth(Credentials(sandbox.run.key_id, sandbox.run.secret), "s3", "us-east-1").add_auth(request)
        assert b"MalformedXML" in send(sandbox, request)[2]


@pytest.mark.parametrize("more", [b"&RoleArn=%ff", b"&RoleArn=\xff\xfe", b"&%ff=x"])
def test_parameters_that_are_not_text_are_refused(sandbox: RunningSandbox, more: bytes) -> None:
    body = b"Action=AssumeRole&Version=2011-06-15&RoleSessionName=s" + more
    status, _, answer = send(sandbox, signed(sandbox, AWSRequest("POST", sandbox.endpoint, FORM, body), "sts"))
    assert (status, b"MalformedQueryString" in answer) == (400, True)


def test_an_index_that_is_no_number_is_no_index(sandbox: RunningSandbox) -> None:
    body = "Action=ListUsers&Version=2010-05-08&Tags.member.\u00b2.Key=a".encode()
    assert send(sandbox, signed(sandbox, AWSRequest("POST", sandbox.endpoint, FORM, body), "iam"))[0] == 200
    body = "Action=CreateUser&Version=2010-05-08&UserName=u&Tags.member.\u00b2.Key=a".encode()
    assert send(sandbox, signed(sandbox, AWSRequest("POST", sandbox.endpoint, FORM, body), "iam"))[0] == 200


@pytest.mark.parametrize("region", ["us-mars-1", "xx-bogus-9", "us-east"])
def test_a_region_that_does_not_exist_is_refused(sandbox: RunningSandbox, region: str) -> None:
    answer = send(sandbox, signed(sandbox, AWSRequest("POST", sandbox.endpoint, FORM, IDENTITY), "sts", region))
    assert b"Credential should be scoped to a valid region" in answer[2]
    with pytest.raises(ClientError) as failure:
        sandbox.client("sqs", region=region).list_queues()
    assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500


def test_a_bucket_in_the_host_is_read_whole(sandbox: RunningSandbox) -> None:
    s3 = sandbox.client("s3")
    for bucket in ("mine", "mine.s3bucket"):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="k", Body=bucket.encode())
    for host in ("mine.s3bucket", "mine.s3bucket.s3", "mine.s3bucket.s3.us-east-1", "mine.s3bucket.s3-us-east-1"):
        request = AWSRequest("GET", f"http://{host}.localhost:{sandbox.run.port}/k")
        S3SigV4Auth(Credentials(sandbox.run.key_id, sandbox.run.secret), "s3", "us-east-1").add_auth(request)
        headers = {**dict(request.prepare().headers), "Host": f"{host}.localhost:{sandbox.run.port}"}
        assert exchange(sandbox, "GET", "/k", headers, None)[2] == b"mine.s3bucket"
