"""s3.BucketObject and BucketObjectv2: content from text, base64, an asset or an archive, put anew when it changes."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from rolecall.errors import RolecallError
from rolecall.model.value import Archive, Asset, Map, Value
from rolecall.providers.assets import archive_entries, asset_bytes
from rolecall.providers.aws import tags
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import (
    TAGS,
    TAGS_ALL,
    AutoName,
    Call,
    NotOfThatForm,
    Prop,
    ResourceType,
    Wait,
    output,
    switch,
)
from rolecall.providers.aws.failures import code_of
from rolecall.providers.aws.kinds import FLAG, MAP, MOMENT, Plain
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.parts import Tagging
from rolecall.providers.aws.values import is_nothing, plain
from rolecall.providers.aws.work import Work

GONE = ("404", "NotFound", "NoSuchKey", "NoSuchBucket")
NEW_BUCKET = Wait("NoSuchBucket", seconds=60)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)

CONTENT = ("source", "content", "contentBase64", "sourceHash", "etag")
HEADERS = {
    "bucketKeyEnabled": "BucketKeyEnabled",
    "cacheControl": "CacheControl",
    "contentDisposition": "ContentDisposition",
    "contentEncoding": "ContentEncoding",
    "contentLanguage": "ContentLanguage",
    "contentType": "ContentType",
    "kmsKeyId": "SSEKMSKeyId",
    "metadata": "Metadata",
    "serverSideEncryption": "ServerSideEncryption",
    "storageClass": "StorageClass",
    "websiteRedirect": "WebsiteRedirectLocation",
    "checksumAlgorithm": "ChecksumAlgorithm",
}
"""Inputs that only a new put changes."""
LOCKS = {
    "objectLockLegalHoldStatus": "ObjectLockLegalHoldStatus",
    "objectLockMode": "ObjectLockMode",
    "objectLockRetainUntilDate": "ObjectLockRetainUntilDate",
}


class Content(Plain):
    """An asset or archive; what it contains is told by its hash."""

    def alike(self, one: Value, other: Value) -> bool:
        if isinstance(one, Asset | Archive) and isinstance(other, Asset | Archive) and one.hash and other.hash:
            return one.hash == other.hash
        return one == other


class Etag(Plain):
    """An entity tag, with or without its quotes."""

    def clean(self, value: Value) -> Value:
        return value.strip('"') if isinstance(value, str) else value


def key_of(work: Work) -> str:
    """The key without the leading slashes that S3 would take for part of it."""
    return work.text("key").lstrip("/")


def body(work: Work) -> bytes:
    """The bytes to put. Raises RolecallError when they cannot be had."""
    source = work.wanted("source")
    if isinstance(source, Asset):
        return asset_bytes(source, work.around.directory)
    if isinstance(source, Archive):
        return zipped(source, work.around.directory)
    if isinstance(source, str) and source:
        return asset_bytes(Asset(path=source), work.around.directory)
    encoded = work.wanted("contentBase64")
    if isinstance(encoded, str):
        try:
            return base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise RolecallError("contentBase64 is not base64") from error
    content = work.wanted("content")
    return str(content).encode() if content is not None else b""


def zipped(archive: Archive, directory: str) -> bytes:
    """An archive as a zip that is the same for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in archive_entries(archive, directory):
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            target.writestr(info, content())
    return buffer.getvalue()


def _header(name: str) -> Callable[[Work], Any]:
    return lambda work: None if is_nothing(work.wanted(name)) else plain(work.wanted(name))


def _encryption(work: Work) -> Any:
    return work.wanted("serverSideEncryption") or ("aws:kms" if work.wanted("kmsKeyId") else None)


def _tagging(work: Work) -> str | None:
    return urlencode(sorted((k, str(v)) for k, v in tags.effective(work.wanted("tags"), work.around.settings).items()))


class Putting:
    """The object itself: put anew when its content or headers change; smaller things are changed in place."""

    properties = (*CONTENT, *HEADERS)

    def created(self, work: Work) -> None:
        """Everything is in the creating put; the SDK lines name the result differently."""
        work.id = id_of(work)

    def read(self, work: Work) -> dict[str, Value]:
        return {}

    def update(self, work: Work) -> None:
        if any(work.changed(name) for name in (*CONTENT, *HEADERS)):
            work.call(PUT)
            return
        place = {"Bucket": work.text("bucket"), "Key": key_of(work)}
        if work.wanted("acl") and work.old.get("acl") not in (None, work.wanted("acl")):
            work.raw("PutObjectAcl", {**place, "ACL": work.wanted("acl")})
        if work.changed("objectLockLegalHoldStatus"):
            work.raw("PutObjectLegalHold", {**place, "LegalHold": {"Status": work.wanted("objectLockLegalHoldStatus")}})
        if work.changed("objectLockMode") or work.changed("objectLockRetainUntilDate"):
            self._retain(work, place)

    def _retain(self, work: Work, place: dict[str, Any]) -> None:
        until, held = work.wanted("objectLockRetainUntilDate"), work.old.get("objectLockRetainUntilDate")
        retention = {"Mode": work.wanted("objectLockMode"), "RetainUntilDate": until} if until else {}
        shorter = isinstance(held, str) and (not isinstance(until, str) or until < held)
        params: dict[str, Any] = {**place, "Retention": retention}
        if shorter:
            params["BypassGovernanceRetention"] = True
        work.raw("PutObjectRetention", params)


def id_of(work: Work) -> str:
    """The key; in the newest SDKs the bucket stands before it."""
    bucket, key = work.text("bucket"), key_of(work)
    return f"{bucket}/{key}" if work.around.line >= _LONG_IDS else key


_LONG_IDS = Line(7, 14, 0)


def read(work: Work) -> dict[str, Value] | None:
    """The object's head. Content is not fetched: its entity tag tells of changes."""
    place = {"Bucket": work.text("bucket"), "Key": key_of(work)}
    try:
        head = work.raw("HeadObject", place)
    except ClientError as error:
        if code_of(error) in GONE:
            return None
        raise
    partition = work.around.session.partition(work.region) or "aws"
    return {
        "bucket": place["Bucket"],
        "etag": head.get("ETag", "").strip('"'),
        "arn": f"arn:{partition}:s3:::{place['Bucket']}/{place['Key']}",
        "versionId": head.get("VersionId") if head.get("VersionId") != "null" else None,
        "contentType": head.get("ContentType"),
        "cacheControl": head.get("CacheControl"),
        "contentDisposition": head.get("ContentDisposition"),
        "contentEncoding": head.get("ContentEncoding"),
        "contentLanguage": head.get("ContentLanguage"),
        "metadata": Map(head["Metadata"]) if head.get("Metadata") else None,
        "serverSideEncryption": head.get("ServerSideEncryption", "AES256"),
        "kmsKeyId": head.get("SSEKMSKeyId"),
        "bucketKeyEnabled": head.get("BucketKeyEnabled", False),
        "storageClass": head.get("StorageClass", "STANDARD"),
        "websiteRedirect": head.get("WebsiteRedirectLocation"),
        "objectLockLegalHoldStatus": head.get("ObjectLockLegalHoldStatus"),
        "objectLockMode": head.get("ObjectLockMode"),
        "objectLockRetainUntilDate": MOMENT.from_aws(head.get("ObjectLockRetainUntilDate")),
        **{name: head.get(api) for name, api in _CHECKSUMS.items()},
    }


_CHECKSUMS = {
    "checksumCrc32": "ChecksumCRC32",
    "checksumCrc32c": "ChecksumCRC32C",
    "checksumCrc64nvme": "ChecksumCRC64NVME",
    "checksumSha1": "ChecksumSHA1",
    "checksumSha256": "ChecksumSHA256",
}


def delete(work: Work) -> None:
    """Every version when the bucket keeps versions, else the key."""
    place: dict[str, Any] = {"Bucket": work.text("bucket"), "Key": key_of(work)}
    if not work.old.get("versionId"):
        work.raw("DeleteObject", place)
        return
    force = work.old.get("forceDestroy") is True
    listing = Call("ListObjectVersions", send={"Bucket": lambda w: w.text("bucket"), "Prefix": key_of})
    for page in work.pages(listing):
        for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            if entry["Key"] == place["Key"]:
                extra = {"BypassGovernanceRetention": True} if force else {}
                work.raw("DeleteObject", {**place, "VersionId": entry["VersionId"], **extra})


def identify(work: Work, id: str) -> dict[str, Value]:
    """`bucket/key`, also as an s3:// URL."""
    bucket, slash, key = id.removeprefix("s3://").partition("/")
    if not slash or not bucket or not key:
        raise NotOfThatForm(f"id {id} should be in format <bucket>/<key> or s3://<bucket>/<key>")
    return {"bucket": bucket, "key": key, "id": f"{bucket}/{key}" if work.around.line >= _LONG_IDS else key}


def _lower_case_keys(name: str, value: Value) -> Iterable[str]:
    for key in value if isinstance(value, Map) else ():
        if key != key.lower():
            yield f"Metadata must be lowercase only. Offending key: {key!r}"


PUT = Call(
    "PutObject",
    send={
        "Bucket": lambda work: work.text("bucket"),
        "Key": key_of,
        "Body": body,
        "ACL": lambda work: work.wanted("acl"),
        "Tagging": _tagging,
        **{parameter: _header(name) for name, parameter in {**HEADERS, **LOCKS}.items()},
        "ServerSideEncryption": _encryption,
    },
    waits=(NEW_BUCKET,),
)

BUCKET_OBJECT = ResourceType(
    type="aws:s3/bucketObject:BucketObject",
    title="S3 Object",
    service="s3",
    props=(
        Prop(name="bucket", required=True, replaces=True),
        Prop(name="key", replaces=True),
        Prop(name="source", kind=Content(), remembered=True, conflicts=("content", "contentBase64")),
        Prop(name="content", remembered=True, conflicts=("source", "contentBase64")),
        Prop(name="contentBase64", remembered=True, conflicts=("source", "content")),
        Prop(name="sourceHash", remembered=True),
        Prop(name="etag", kind=Etag(), computed=True),
        Prop(name="acl", default="private", remembered=True),
        Prop(name="bucketKeyEnabled", kind=FLAG, computed=True),
        Prop(name="cacheControl"),
        Prop(name="contentDisposition"),
        Prop(name="contentEncoding"),
        Prop(name="contentLanguage"),
        Prop(name="contentType", computed=True),
        Prop(name="kmsKeyId", computed=True),
        Prop(name="metadata", kind=MAP, checks=(_lower_case_keys,)),
        Prop(name="objectLockLegalHoldStatus", checks=(must.one_of("ON", "OFF"),)),
        Prop(name="objectLockMode", checks=(must.one_of("GOVERNANCE", "COMPLIANCE"),)),
        Prop(name="objectLockRetainUntilDate", kind=MOMENT),
        Prop(name="serverSideEncryption", computed=True),
        Prop(name="storageClass", computed=True),
        Prop(name="websiteRedirect"),
        switch("forceDestroy"),
        TAGS,
        TAGS_ALL,
        output("arn"),
        output("versionId", stable=False),
    ),
    autoname=AutoName("key", random=0),
    id="{key}",
    identify=identify,
    gone=GONE,
    create=PUT,
    read=read,
    parts=(
        Putting(),
        Tagging(
            "PutObjectTagging",
            "DeleteObjectTagging",
            {"Bucket": lambda work: work.text("bucket"), "Key": key_of},
            listing=Call("GetObjectTagging", send={"Bucket": lambda work: work.text("bucket"), "Key": key_of}),
            place="TagSet",
            whole="Tagging",
        ),
    ),
    delete=delete,
)

BUCKET_OBJECT_V2 = replace(
    BUCKET_OBJECT,
    type="aws:s3/bucketObjectv2:BucketObjectv2",
    props=(
        *(replace(p, default=None, computed=True) if p.name == "acl" else p for p in BUCKET_OBJECT.props),
        Prop(name="checksumAlgorithm", remembered=True),
        Prop(name="overrideProvider", kind=Plain(), remembered=True),
        *(output(name, stable=False) for name in _CHECKSUMS),
    ),
)
