"""Parameters and answers as CloudTrail writes them: lowerCamelCase, JSON, and nothing that is secret.

Source: CloudTrail User Guide on what each service leaves out. The general rule for what no page names (a choice of
ours): members that the service model marks sensitive are hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
REMOVED = "<sensitiveDataRemoved>"
MASKED = "****"

_LEFT_OUT = re.compile(
    r"SecretAccessKey\Z|Password\Z|OldPassword\Z|NewPassword\Z|SAMLAssertion\Z|WebIdentityToken\Z|TokenCode\Z"
    r"|SecretString\Z|SecretBinary\Z|Plaintext\Z|CiphertextBlob\Z|PrivateKeyPlaintext\Z|AuthenticationCode[12]\Z"
    r"|Base32StringSeed\Z|QRCodePNG\Z|MessageBody\Z|Item\Z|ExpressionAttributeValues\Z|RequestItems\Z|Body\Z"
)
_REMOVED = re.compile(r"UserData\Z|KeyMaterial\Z|PrivateKey\Z|PublicKeyMaterial\Z")
_ONLY_FOR = {
    ("rds", "MasterUserPassword"): MASKED,
    ("ssm", "Value"): HIDDEN,
    ("sns", "Message"): None,
    ("lambda", "ZipFile"): None,
    ("kinesis", "Data"): None,
    ("sts", "SessionToken"): HIDDEN,  # AWS writes it out; nothing of ours needs it to be there
}
_EMPTIED = {("lambda", "Environment"), ("lambda", "Code")}
_S3_NAMES = {"Bucket": "bucketName", "Key": "key"}


def lower_camel(name: str) -> str:
    """A member's name with its first letter lowered, as CloudTrail has them."""
    return name[:1].lower() + name[1:]


def plain(service: str, value: Any, shape: Shape | None) -> Any:
    """JSON data for a value, without secrets."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        found = {}
        for name, item in value.items():
            kept, data = _member(service, name, item, shape.members.get(name))
            if kept:
                found[lower_camel(name)] = data
        return found
    if isinstance(shape, ListShape) and isinstance(value, list | tuple):
        return [plain(service, item, shape.member) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {str(key): plain(service, item, shape.value) for key, item in value.items()}
    return _scalar(value)


def _member(service: str, name: str, value: Any, shape: Shape | None) -> tuple[bool, Any]:
    if (service, name) in _ONLY_FOR:
        replacement = _ONLY_FOR[(service, name)]
        return replacement is not None, replacement
    if (service, name) in _EMPTIED:
        return True, {}
    if _LEFT_OUT.search(name) and not (service == "secretsmanager" and name == "ForceOverwriteReplicaSecret"):
        return False, None
    if _REMOVED.search(name):
        return True, REMOVED
    if shape is not None and shape.metadata.get("sensitive") and service not in ("iam", "sts"):
        return True, HIDDEN
    return True, plain(service, value, shape)


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%b %-d, %Y, %-I:%M:%S %p")
    if isinstance(value, bytes | bytearray):
        return None
    if isinstance(value, Mapping):
        return {str(key): _scalar(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_scalar(item) for item in value]
    if hasattr(value, "read"):
        return None
    return value


def request_parameters(service: str, operation: OperationModel, params: Mapping[str, Any]) -> dict[str, Any] | None:
    """The requestParameters of a record; None when the call has none."""
    if operation.name == "ChangePassword":
        return None
    found: dict[str, Any] = plain(service, params, operation.input_shape) or {}
    if service == "ec2":
        return _ec2_sets(found) or None
    return {name: value for name, value in found.items() if value is not None} or None


def s3_parameters(
    operation: OperationModel, params: Mapping[str, Any], query: tuple[tuple[str, str], ...], host: str
) -> dict[str, Any]:
    """S3 records its requests in a form of their own: bucket, key, host, the query's parameters, amz headers."""
    found: dict[str, Any] = {_S3_NAMES[name]: params[name] for name in _S3_NAMES if name in params}
    found["Host"] = host
    found |= {name: value for name, value in query if not name.startswith("X-Amz-")}
    shape = operation.input_shape
    for name, value in params.items():
        member = shape.members.get(name) if shape else None
        if member is None or name in _S3_NAMES:
            continue
        header = str(member.serialization.get("name", ""))
        if member.serialization.get("location") == "header" and header.startswith("x-amz-"):
            secret = "customer-key" in header and not header.endswith("MD5")
            found[header] = HIDDEN if secret else _scalar(value)
        elif "location" not in member.serialization and isinstance(value, Mapping) and member.type_name == "structure":
            found[name] = plain("s3", value, member)
    return found


def _ec2_sets(value: Any) -> Any:
    """EC2 wraps its lists: `{"instancesSet": {"items": [{"instanceId": …}]}}`."""
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, item in value.items():
        if not isinstance(item, list):
            found[name] = _ec2_sets(item)
        elif name.endswith("Ids"):
            key = name[:-1]
            found[f"{name[:-3]}sSet"] = {"items": [{key: entry} for entry in item]}
        else:
            found[f"{name.removesuffix('s')}Set"] = {"items": [_ec2_sets(entry) for entry in item]}
    return found
