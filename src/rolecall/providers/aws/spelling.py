"""Provider inputs as they arrive: nested ones as JSON text, in either spelling, with secrets inside (spec 1.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from rolecall.model.encoding import SECRET, SIGNATURE, UNKNOWN_TEXTS
from rolecall.model.value import Map, Value, has_secrets, has_unknowns
from rolecall.providers.aws.values import plain

TEXTS = frozenset(
    {
        "accessKey", "customCaBundle", "ec2MetadataServiceEndpoint", "ec2MetadataServiceEndpointMode", "httpProxy",
        "httpsProxy", "noProxy", "profile", "region", "retryMode", "s3UsEast1RegionalEndpoint", "secretKey",
        "sharedCredentialsFile", "stsRegion", "tagPolicyCompliance", "token", "version", "pluginDownloadURL",
    }
)  # fmt: skip
"""Inputs that are strings; all others are JSON text."""

FLAGS = frozenset(
    {
        "insecure", "s3ForcePathStyle", "s3UsePathStyle", "skipCredentialsValidation", "skipGetEc2Platforms",
        "skipMetadataApiCheck", "skipRegionValidation", "skipRequestingAccountId", "useDualstackEndpoint",
        "useFipsEndpoint",
    }
)  # fmt: skip
NUMBERS = frozenset({"maxRetries", "tokenBucketRateLimiterCapacity"})
LISTS = frozenset(
    {
        "allowedAccountIds", "assumeRoles", "endpoints", "forbiddenAccountIds", "sharedConfigFiles",
        "sharedCredentialsFiles", "userAgents",
    }
)  # fmt: skip
OBJECTS = frozenset({"assumeRole", "assumeRoleWithWebIdentity", "defaultTags", "ignoreTags"})

KNOWN = TEXTS | FLAGS | NUMBERS | LISTS | OBJECTS

_USERS_OWN = frozenset({"tags"})
"""Maps whose keys are the user's words."""


class BadInput(ValueError):
    """An input that cannot be read; the text says which and why."""


def camel(key: str) -> str:
    """`role_arn` and `roleArn` alike as `roleArn`; `lambda_` as `lambda`."""
    head, *rest = key.rstrip("_").split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def read(inputs: Mapping[str, Value]) -> dict[str, Any]:
    """The inputs as plain data under camelCase names, JSON decoded and secrets opened. Raises BadInput."""
    found: dict[str, Any] = {}
    for key, value in inputs.items():
        name = camel(key)
        if value is None or name.startswith("__"):
            continue
        data = plain(value)
        found[name] = data if name in TEXTS else _decoded(name, data)
    return {name: _shaped(name, data) for name, data in found.items() if data is not None}


def _decoded(name: str, data: Any) -> Any:
    if not isinstance(data, str):
        return _respelled(data)
    if data == "":
        return None
    try:
        return _respelled(json.loads(data))
    except ValueError:
        if name in LISTS or name in OBJECTS:
            raise BadInput(f"could not parse the value of {name} as JSON: {_glimpse(data)}") from None
        return data


def _glimpse(text: str) -> str:
    return re.sub(r"[A-Za-z0-9/+]{30,}", "...", text[:60])


def _respelled(data: Any, users_own: bool = False) -> Any:
    if isinstance(data, list):
        return [_respelled(item) for item in data]
    if not isinstance(data, dict):
        return data
    if data.get(SIGNATURE) == SECRET:
        return _respelled(data.get("value"))
    if users_own:
        return {key: _respelled(value) for key, value in data.items()}
    return {camel(key): _respelled(value, camel(key) in _USERS_OWN) for key, value in data.items()}


def _shaped(name: str, data: Any) -> Any:
    if name in FLAGS:
        return _flag(name, data)
    if name in NUMBERS:
        return _number(name, data)
    if name in LISTS and not isinstance(data, list):
        if name == "endpoints" and isinstance(data, dict):
            return [data]
        raise BadInput(f"expected aws:{name} to be an array, got {_kind(data)}")
    if name in OBJECTS:
        return _object(name, data)
    return data


def _flag(name: str, data: Any) -> bool:
    if isinstance(data, bool):
        return data
    if str(data).lower() in ("true", "1", "false", "0", ""):
        return str(data).lower() in ("true", "1")
    raise BadInput(f"expected aws:{name} to be a boolean, got {_kind(data)}")


def _number(name: str, data: Any) -> int:
    try:
        return int(float(data))
    except (TypeError, ValueError):
        raise BadInput(f"expected aws:{name} to be a number, got {_kind(data)}") from None


def _object(name: str, data: Any) -> dict[str, Any]:
    if isinstance(data, list):
        data = data[0] if data else {}
    if not isinstance(data, dict):
        raise BadInput(f"expected aws:{name} to be an object, got {_kind(data)}")
    return data


def _kind(data: Any) -> str:
    kinds = {str: "string", bool: "bool", int: "number", float: "number", dict: "object", list: "array"}
    return kinds.get(type(data), "null")


def is_unknown(value: Value) -> bool:
    """Whether an input is not known yet, also when only something inside its JSON is."""
    if has_unknowns(value):
        return True
    data = plain(value)
    return isinstance(data, str) and any(text in data for text in UNKNOWN_TEXTS)


def holds_secret(value: Value) -> bool:
    """Whether an input is or holds a secret, also inside its JSON."""
    return has_secrets(value) or (isinstance(value, str) and SECRET in value)


def encoded(name: str, value: Value) -> Value:
    """An input as it is answered: strings as they are, everything else as JSON text."""
    if isinstance(value, str) or not isinstance(value, bool | int | float | tuple | Map):
        return value
    return value if name in TEXTS else json.dumps(plain(value), sort_keys=True)
