"""How CloudTrail names calls: event sources, event names, which calls are data events, which only read.

Source: CloudTrail User Guide (record contents, data events) and the services' own pages on logging.
"""

from __future__ import annotations

import re

from rolecall.sandbox.question.reference import access_level

_SOURCES = {
    "cloudwatch": "monitoring",
    "s3control": "s3",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "stepfunctions": "states",
    "efs": "elasticfilesystem",
    "emr": "elasticmapreduce",
    "opensearch": "es",
    "ses": "ses",
    "sesv2": "ses",
    "application-autoscaling": "autoscaling",
    "resourcegroupstaggingapi": "tagging",
    "apigatewayv2": "apigateway",
    "dynamodbstreams": "dynamodb",
    "neptune": "rds",
    "docdb": "rds",
    "sso-admin": "sso",
    "service-quotas": "servicequotas",
    "amp": "aps",
}

_S3_NAMES = {
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "ListObjectsV2": "ListObjects",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
}

_LAMBDA_2 = frozenset(
    {"GetFunction", "UpdateFunctionConfiguration", "UpdateFunctionCode", "GetFunctionConfiguration", "AddPermission",
     "RemovePermission", "GetPolicy"}
)  # fmt: skip

_DATA = {
    "s3": re.compile(
        r"(Get|Put|Delete|Head|Copy|Restore|Select|List)Objects?(V2|Versions|Acl|Tagging|Attributes|LegalHold|Retention|"
        r"Torrent|Content)?\Z|HeadBucket\Z|.*Multipart.*|UploadPart(Copy)?\Z|ListParts\Z"
    ),
    "lambda": re.compile(r"Invoke"),
    "dynamodb": re.compile(r"(Get|Put|Update|Delete)Item\Z|Batch(Get|Write)Item|Query\Z|Scan\Z|Transact|.*Statement\Z"),
    "sqs": re.compile(r"(Send|Receive|Delete)Message|ChangeMessageVisibility"),
    "sns": re.compile(r"Publish"),
    "kinesis": re.compile(r"PutRecord|GetRecords|GetShardIterator"),
}

_READ_ONLY = re.compile(
    r"(Get|List|Describe|Head|Lookup|Query|Scan|BatchGet|Check|Decode|Search|Simulate|Generate.*Report)"
    r"|AssumeRole|(Encrypt|Decrypt|GenerateDataKey|GenerateRandom|ReEncrypt|Verify|Sign)\w*\Z"
)


def event_source(service: str, signing_name: str) -> str:
    """The event source of a service."""
    return f"{_SOURCES.get(service, signing_name)}.amazonaws.com"


def event_name(service: str, operation: str, api_version: str) -> str:
    """The event name of an operation."""
    if service == "s3":
        return _S3_NAMES.get(operation, operation)
    if service == "lambda" and operation != "Invoke":
        return f"{operation}{api_version.replace('-', '')}{'v2' if operation in _LAMBDA_2 else ''}"
    if service == "cloudfront":
        return f"{operation}{api_version.replace('-', '_')}"
    return operation


def is_data_event(service: str, operation: str) -> bool:
    """Whether a call is about what a resource holds and not about the resource; such calls are not in the history."""
    pattern = _DATA.get(service)
    if pattern is None or (service == "s3" and operation in ("DeleteObjectTagging", "PutObjectLockConfiguration")):
        return operation == "DeleteObjectTagging"
    return pattern.match(operation) is not None


def is_read_only(service: str, operation: str) -> bool:
    """Whether a call changes nothing."""
    if service in ("sts", "kms"):
        return _READ_ONLY.match(operation) is not None
    level = access_level(service, operation)
    if level is not None:
        return level in ("List", "Read")
    return _READ_ONLY.match(operation) is not None
