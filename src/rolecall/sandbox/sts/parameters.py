"""The parameters of STS calls, checked as the service checks them. Source: the STS API reference and its model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rolecall.sandbox.refusal import Refused

_NAME = re.compile(r"[\w+=,.@-]*\Z", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]*\Z", re.ASCII)
_TOKEN_CODE = re.compile(r"[0-9]{6}\Z")


def _invalid(name: str, value: object, constraint: str) -> Refused:
    member = name[:1].lower() + name[1:]
    message = f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    return Refused("ValidationError", message, 400)


def required(params: Mapping[str, Any], name: str) -> str:
    """A parameter that must be there."""
    value = params.get(name)
    if not value:
        member = name[:1].lower() + name[1:]
        raise Refused(
            "ValidationError",
            f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: "
            "Member must not be null",
            400,
        )
    return str(value)


def text(params: Mapping[str, Any], name: str, shortest: int, longest: int, *, external: bool = False) -> str:
    """An optional text of limited length and characters; "" when it is absent."""
    value = params.get(name)
    if value is None:
        return ""
    if len(value) < shortest:
        raise _invalid(name, value, f"Member must have length greater than or equal to {shortest}")
    if len(value) > longest:
        raise _invalid(name, value, f"Member must have length less than or equal to {longest}")
    pattern = _EXTERNAL_ID if external else _NAME
    if not pattern.match(value):
        shown = r"[\w+=,.@:\/-]*" if external else r"[\w+=,.@-]*"
        raise _invalid(name, value, f"Member must satisfy regular expression pattern: {shown}")
    return str(value)


def role_arn(params: Mapping[str, Any]) -> str:
    """The ARN of the role to assume."""
    value = required(params, "RoleArn")
    if len(value) < 20:
        raise _invalid("RoleArn", value, "Member must have length greater than or equal to 20")
    if not re.match(r"arn:[\w-]+:iam::\d{12}:role/.+\Z", value):
        raise Refused("ValidationError", f"{value} is invalid", 400)
    return value


def duration(params: Mapping[str, Any], default: int, longest: int) -> int:
    """DurationSeconds, between 900 and the call's maximum."""
    value = params.get("DurationSeconds")
    if value is None:
        return default
    if value < 900:
        raise _invalid("DurationSeconds", value, "Member must have value greater than or equal to 900")
    if value > longest:
        raise _invalid("DurationSeconds", value, f"Member must have value less than or equal to {longest}")
    return int(value)


def tags(params: Mapping[str, Any]) -> dict[str, str]:
    """The session tags that are passed."""
    found: dict[str, str] = {}
    listed = params.get("Tags") or []
    if len(listed) > 50:
        raise _invalid("Tags", len(listed), "Member must have length less than or equal to 50")
    for tag in listed:
        key, value = tag.get("Key", ""), tag.get("Value", "")
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise _invalid("Tags", key, "Member must have length less than or equal to 128")
        if key.lower() in {name.lower() for name in found}:
            raise Refused(
                "InvalidParameterValue",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                400,
            )
        found[key] = value
    return found


def transitive(params: Mapping[str, Any], passed: Mapping[str, str], incoming: Mapping[str, str]) -> dict[str, str]:
    """The tags that go on to sessions assumed from the new one."""
    lowered = {key.lower(): key for key in passed}
    inherited = {key.lower() for key in incoming}
    if any(key in inherited for key in lowered):
        raise Refused(
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
            "the calling session.",
            400,
        )
    found = dict(incoming)
    for key in params.get("TransitiveTagKeys") or ():
        if key.lower() not in lowered:
            raise Refused(
                "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.", 400
            )
        found[lowered[key.lower()]] = passed[lowered[key.lower()]]
    return found


def token_code(params: Mapping[str, Any]) -> str:
    """The six digits of a second factor; "" when none were sent."""
    value = params.get("TokenCode")
    if value is not None and not _TOKEN_CODE.match(value):
        raise _invalid("TokenCode", value, r"Member must satisfy regular expression pattern: [\d]*")
    return str(value or "")
