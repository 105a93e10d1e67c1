"""Scalars of requests: text to the Python value that a shape of botocore's model stands for."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape
from botocore.utils import parse_timestamp


class Unparsable(Exception):
    """A request whose parameters are not what its operation takes. `AWS` calls that a SerializationException."""


def scalar(text: str, shape: Shape) -> Any:
    """The value of a text: in a query, a header, a label or XML. Raises Unparsable."""
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        if kind == "boolean":
            return _boolean(text)
        if kind == "timestamp":
            return timestamp(text)
        if kind == "blob":
            return base64.b64decode(text, validate=False)
    except (ValueError, binascii.Error, OverflowError) as problem:
        raise Unparsable(f"Unable to parse '{text[:100]}' as {kind}") from problem
    return text


def _boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in ("true", "1"):
        return True
    if lowered in ("false", "0", ""):
        return False
    raise ValueError(text)


def timestamp(value: Any) -> datetime:
    """An aware datetime (UTC) from ISO 8601 or RFC 1123 text or epoch seconds. Raises ValueError."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    parsed: datetime = parse_timestamp(value)
    return parsed.astimezone(UTC)


def wire_name(shape: Shape, member: str) -> str:
    """The name of a member on the wire."""
    name = shape.serialization.get("name", member)
    return str(name)
