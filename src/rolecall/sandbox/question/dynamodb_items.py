"""DynamoDB's condition keys about items: which partition keys a call touches, and which attributes it names.

Source: "Using IAM policy conditions for fine-grained access control", DynamoDB Developer Guide.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rolecall.sandbox.question.check import KeyValue

_EXPRESSIONS = (
    "ProjectionExpression", "KeyConditionExpression", "FilterExpression", "ConditionExpression", "UpdateExpression",
)  # fmt: skip
_BY_NAME = ("Item", "Key", "KeyConditions", "QueryFilter", "ScanFilter", "Expected", "AttributeUpdates")
_NAME = re.compile(r"(?<![\w.:#])(#?[A-Za-z_]\w*)(\s*\()?")
_WORDS = frozenset(["set", "remove", "add", "delete", "and", "or", "not", "between", "in"])
_EQUALS = re.compile(r"(?<![\w.:#])(#?\w+)\s*=\s*(:\w+)|(:\w+)\s*=\s*(#?\w+)")


def item_keys(partition_key: str | None, requests: Sequence[Mapping[str, Any]]) -> dict[str, KeyValue]:
    """`dynamodb:LeadingKeys` and `dynamodb:Attributes` for parts of a call that are about one table or index.

    Each is absent where the call names none: a scan has no leading keys.
    """
    keys: dict[str, KeyValue] = {}
    leading = tuple(dict.fromkeys(_leading(partition_key, requests))) if partition_key else ()
    if leading:
        keys["dynamodb:LeadingKeys"] = leading
    attributes = tuple(dict.fromkeys(name for request in requests for name in _attributes(request)))
    if attributes:
        keys["dynamodb:Attributes"] = attributes
    return keys


def _leading(partition_key: str, requests: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for request in requests:
        for named in ("Item", "Key"):
            value = (request.get(named) or {}).get(partition_key)
            if value is not None:
                yield from _text(value)
        condition = (request.get("KeyConditions") or {}).get(partition_key) or {}
        for value in condition.get("AttributeValueList") or ():
            yield from _text(value)
        yield from _compared(partition_key, request)


def _compared(partition_key: str, request: Mapping[str, Any]) -> Iterator[str]:
    """The values that a key condition such as `#id = :mine AND begins_with(sort, :s)` asks of the partition key."""
    values = request.get("ExpressionAttributeValues") or {}
    for match in _EQUALS.finditer(request.get("KeyConditionExpression") or ""):
        name, value = (match[1], match[2]) if match[1] else (match[4], match[3])
        if _resolved(name, request) == partition_key and value in values:
            yield from _text(values[value])


def _text(value: Mapping[str, Any]) -> Iterator[str]:
    for inner in value.values():
        yield base64.b64encode(inner).decode() if isinstance(inner, bytes) else str(inner)


def _resolved(name: str, request: Mapping[str, Any]) -> str:
    return str((request.get("ExpressionAttributeNames") or {}).get(name, name))


def _attributes(request: Mapping[str, Any]) -> Iterator[str]:
    for named in _BY_NAME:
        yield from request.get(named) or {}
    yield from request.get("AttributesToGet") or ()
    for named in _EXPRESSIONS:
        for name, call in _NAME.findall(request.get(named) or ""):
            if not call and (named == "ProjectionExpression" or name.lower() not in _WORDS):
                yield _resolved(name, request)
