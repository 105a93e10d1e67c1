"""S3: which actions a call needs, on the bucket or on the object, and what its parameters say as condition keys."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, unquote

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, KeyValue, Question
from rolecall.sandbox.question.general import general_question
from rolecall.sandbox.question.s3_names import BUCKET, KEYS, OBJECT, VERSIONED

_DIRECTORY = {"CreateSession": "CreateSession", "ListDirectoryBuckets": "ListAllMyDirectoryBuckets"}
_GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


def s3_question(asking: Asking) -> Question:
    """The checks of one S3 call."""
    operation = asking.call.operation
    if operation == "ListBuckets":
        return Question((Check("s3:ListAllMyBuckets", f"arn:{asking.call.partition}:s3:::*"),))
    if operation in _DIRECTORY:
        return general_question(asking, f"s3express:{_DIRECTORY[operation]}")
    if operation == "WriteGetObjectResponse":
        return general_question(asking, "s3-object-lambda:WriteGetObjectResponse")
    bucket = asking.text("Bucket")
    if not bucket:
        return Question((_check(asking, operation, "*"),), exact=False)
    if operation == "DeleteObjects":
        return Question(tuple(_deletions(asking, bucket)))
    if "Key" in asking.call.params:
        return Question(tuple(_object_checks(asking, bucket, asking.text("Key"))))
    return Question(tuple(_bucket_checks(asking, bucket)))


def bucket_arn(asking: Asking, bucket: str, key: str | None = None) -> str:
    """The ARN of a bucket, or of an object in it. The bucket parameter may also be the ARN of an access point."""
    if bucket.startswith("arn:"):
        return bucket if key is None else f"{bucket}/object/{key}"
    return f"arn:{asking.call.partition}:s3:::{bucket}" + ("" if key is None else f"/{key}")


def _check(
    asking: Asking,
    action: str,
    arn: str,
    because: str = "",
    *,
    item: str | None = None,
    keys: dict[str, KeyValue] | None = None,
) -> Check:
    bucket = arn.rpartition(":")[2].partition("/")[0] if ":s3:::" in arn else asking.text("Bucket")
    owner = asking.world.bucket_owner(bucket) or asking.owner_of(arn)
    return Check(f"s3:{action}", arn, owner, because=because, item=item, keys=keys or {})


def _bucket_checks(asking: Asking, bucket: str) -> Iterator[Check]:
    operation, arn = asking.call.operation, bucket_arn(asking, bucket)
    yield _check(asking, BUCKET.get(operation, operation), arn)
    if operation != "CreateBucket":
        return
    if asking.param("ACL") or any(asking.param(name) for name in _GRANTS):
        yield _check(asking, "PutBucketAcl", arn, "an ACL is set")
    if asking.param("ObjectLockEnabledForBucket"):
        yield _check(asking, "PutBucketVersioning", arn, "object lock is enabled")
        yield _check(asking, "PutBucketObjectLockConfiguration", arn, "object lock is enabled")
    if asking.param("ObjectOwnership"):
        yield _check(asking, "PutBucketOwnershipControls", arn, "the object ownership is set")
    if (asking.param("CreateBucketConfiguration") or {}).get("Tags"):
        yield _check(asking, "TagResource", arn, "tags are set")


def _object_checks(asking: Asking, bucket: str, key: str) -> Iterator[Check]:
    operation = asking.call.operation
    if operation == "RenameObject":
        yield Check("s3express:CreateSession", bucket_arn(asking, bucket))
        return
    arn = bucket_arn(asking, bucket, key)
    action = OBJECT.get(operation, operation)
    version = asking.text("VersionId")
    keys = _existing_tags(asking, bucket, key, version or None)
    if operation in ("CopyObject", "UploadPartCopy"):
        yield from _source_checks(asking)
    yield _check(asking, versioned(action) if version else action, arn, keys=keys)
    if operation == "GetObjectAttributes":
        yield _check(asking, "GetObjectVersion" if version else "GetObject", arn, "the object is read", keys=keys)
    if action == "PutObject" and operation in ("PutObject", "CopyObject", "CreateMultipartUpload"):
        yield from _header_checks(asking, arn)
    if operation in ("DeleteObject", "PutObjectRetention") and asking.param("BypassGovernanceRetention"):
        yield _check(asking, "BypassGovernanceRetention", arn, "governance retention is bypassed", keys=keys)


def versioned(action: str) -> str:
    """The form of an action for a named version: GetObjectTagging is GetObjectVersionTagging."""
    if action not in VERSIONED:
        return action
    verb, _, rest = action.partition("Object")
    return f"{verb}ObjectVersion{rest}"


def _header_checks(asking: Asking, arn: str) -> Iterator[Check]:
    """What else a write sets beside the object itself."""
    if asking.param("ACL") or any(asking.param(name) for name in _GRANTS):
        yield _check(asking, "PutObjectAcl", arn, "an ACL is set")
    if asking.param("Tagging"):
        yield _check(asking, "PutObjectTagging", arn, "tags are set")
    if asking.param("ObjectLockMode") or asking.param("ObjectLockRetainUntilDate"):
        yield _check(asking, "PutObjectRetention", arn, "a retention is set")
    if asking.param("ObjectLockLegalHoldStatus"):
        yield _check(asking, "PutObjectLegalHold", arn, "a legal hold is set")
    if asking.text("SSEKMSKeyId"):
        yield from _encryption_checks(asking, arn)


def _encryption_checks(asking: Asking, arn: str) -> Iterator[Check]:
    """What S3 asks of KMS as the caller. The key that S3 takes without being told one lets everybody in the account."""
    named, region = asking.text("SSEKMSKeyId"), asking.call.region
    known = asking.world.key_arn(asking.account, region, named)
    key = known or (named if named.startswith("arn:") else asking.arn("kms", f"key/{named}"))
    keys: dict[str, KeyValue] = {
        "kms:ViaService": f"s3.{region}.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": arn,
        "kms:EncryptionContextKeys": ("aws:s3:arn",),
    }
    actions = ["kms:GenerateDataKey", *(["kms:Decrypt"] if asking.call.operation == "CreateMultipartUpload" else [])]
    for action in actions:
        yield Check(action, key, asking.owner_of(key), keys=keys, because="the object is encrypted with a KMS key")


def copy_source(asking: Asking) -> tuple[str, str, str | None]:
    """Bucket, key and version that a copy reads: from `/bucket/key?versionId=…`, encoded, or the parsed structure."""
    source = asking.param("CopySource")
    if isinstance(source, dict):
        return source.get("Bucket", ""), source.get("Key", ""), source.get("VersionId")
    path, _, query = (source if isinstance(source, str) else "").partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    return bucket, key, parse_qs(f"versionId={query}")["versionId"][0] if query else None


def _source_checks(asking: Asking) -> Iterator[Check]:
    bucket, key, version = copy_source(asking)
    arn = bucket_arn(asking, bucket, key)
    keys = _existing_tags(asking, bucket, key, version)
    yield _check(asking, "GetObjectVersion" if version else "GetObject", arn, "the source is read", keys=keys)
    if keys and asking.call.operation == "CopyObject" and asking.text("TaggingDirective") != "REPLACE":
        action = "GetObjectVersionTagging" if version else "GetObjectTagging"
        yield _check(asking, action, arn, "the source's tags are copied", keys=keys)


def _existing_tags(asking: Asking, bucket: str, key: str, version: str | None) -> dict[str, KeyValue]:
    tags = asking.world.object_tags(bucket, key, version) or {}
    return {f"s3:ExistingObjectTag/{name}": value for name, value in tags.items()}


def _deletions(asking: Asking, bucket: str) -> Iterator[Check]:
    """One check for each key, which alone decides about that key."""
    for entry in (asking.param("Delete") or {}).get("Objects") or ():
        key, version = entry.get("Key", ""), entry.get("VersionId")
        action = "DeleteObjectVersion" if version else "DeleteObject"
        keys = _existing_tags(asking, bucket, key, version)
        if version:
            keys["s3:VersionId"] = version
        yield _check(asking, action, bucket_arn(asking, bucket, key), "the key is deleted", item=key, keys=keys)


def s3_keys(asking: Asking) -> dict[str, KeyValue]:
    """The condition keys of an S3 call that come from its parameters and headers."""
    keys: dict[str, KeyValue] = {}
    for parameter, key in KEYS.items():
        value = asking.param(parameter)
        if value is not None:
            keys[key] = value.isoformat() if hasattr(value, "isoformat") else str(value)
    source = asking.param("CopySource")
    if source is not None:
        bucket, name, _ = copy_source(asking)
        keys["s3:x-amz-copy-source"] = f"/{bucket}/{name}"
    configuration = asking.param("CreateBucketConfiguration") or {}
    if configuration.get("LocationConstraint"):
        keys["s3:LocationConstraint"] = str(configuration["LocationConstraint"])
    hashed = asking.call.http.headers.get("x-amz-content-sha256")
    if hashed:
        keys["s3:x-amz-content-sha256"] = hashed
    if asking.caller.kind != "anonymous":
        keys["s3:authType"] = "REST-QUERY-STRING" if asking.call.http.presigned else "REST-HEADER"
        keys["s3:signatureversion"] = "AWS4-HMAC-SHA256"
    return keys
