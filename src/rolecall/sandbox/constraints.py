"""Parameters that the service model rules out, refused in AWS's words; moto takes most of them.

Required members are checked for every service, lengths, ranges and patterns for IAM, whose model states what its
servers enforce (`Member must have length less than or equal to 64`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from rolecall.sandbox.call import ApiCall
from rolecall.sandbox.refusal import Refused, validation
from rolecall.sandbox.refusal import Shape as Manner

_STRICT = frozenset({"iam"})


def check(call: ApiCall, operation: OperationModel, manner: Manner) -> None:
    """Raises Refused for parameters that cannot be."""
    if operation.input_shape is None:
        return
    found = list(_problems(call.params, operation.input_shape, "", call.service in _STRICT))
    if not found:
        return
    count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
    raise _refused(manner, count + "; ".join(found))


def _refused(manner: Manner, message: str) -> Refused:
    return validation(manner, message)


def _problems(value: Any, shape: Shape, path: str, strict: bool) -> Iterator[str]:
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for name in shape.required_members:
            if value.get(name) is None and not _may_be_absent(shape.members[name]):
                yield f"Value null at '{_at(path, name)}' failed to satisfy constraint: Member must not be null"
        for name, item in value.items():
            member = shape.members.get(name)
            if member is not None:
                yield from _problems(item, member, _at(path, name), strict)
    elif isinstance(shape, ListShape) and isinstance(value, list | tuple):
        for index, item in enumerate(value, 1):
            yield from _problems(item, shape.member, f"{path}.{index}.member", strict)
    elif strict and isinstance(value, str):
        yield from _text(value, shape, path)
    elif strict and isinstance(value, int) and not isinstance(value, bool):
        yield from _number(value, shape, path)


def _may_be_absent(shape: Shape) -> bool:
    """Payloads that are blobs, and headers: an empty body is a body."""
    return shape.type_name == "blob" or shape.serialization.get("location") in ("header", "headers")


def _at(path: str, name: str) -> str:
    lowered = name[:1].lower() + name[1:]
    return f"{path}.{lowered}" if path else lowered


def _text(value: str, shape: Shape, path: str) -> Iterator[str]:
    metadata = shape.metadata
    if "max" in metadata and len(value) > metadata["max"]:
        yield _failed(value, path, f"Member must have length less than or equal to {metadata['max']}")
    elif "min" in metadata and len(value) < metadata["min"]:
        yield _failed(value, path, f"Member must have length greater than or equal to {metadata['min']}")
    pattern = metadata.get("pattern")
    if pattern and not _compiled(pattern, value):
        yield _failed(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _number(value: int, shape: Shape, path: str) -> Iterator[str]:
    metadata = shape.metadata
    if "max" in metadata and value > metadata["max"]:
        yield _failed(value, path, f"Member must have value less than or equal to {metadata['max']}")
    elif "min" in metadata and value < metadata["min"]:
        yield _failed(value, path, f"Member must have value greater than or equal to {metadata['min']}")


def _failed(value: object, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


@lru_cache(maxsize=256)
def _regular(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _compiled(pattern: str, value: str) -> bool:
    regular = _regular(pattern)
    return regular is None or regular.fullmatch(value) is not None
