"""Property values without their marks: looking inside secrets, putting the marks back, and what counts as nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rolecall.model.value import (
    UNKNOWN,
    Map,
    Output,
    Reference,
    Secret,
    Unknown,
    Value,
    has_secrets,
    has_unknowns,
    transform,
    unwrap,
)

DEFAULTS = "__defaults"
"""The input under which Pulumi's provider keeps the names of inputs that a default filled."""


def opened(properties: Mapping[str, Value]) -> Map:
    """Properties without secret and output marks, bookkeeping, nulls and resource references (which become ids)."""
    plain = unwrap(Map({k: dereferenced(v) for k, v in properties.items()}))
    assert isinstance(plain, Map)
    return without_bookkeeping(plain)


def dereferenced(value: Value) -> Value:
    """A value in which resources are their ids: what a program means that gives a resource where text is wanted."""
    return transform(value, lambda v: v.id if isinstance(v, Reference) else v)


def without_bookkeeping(value: Map) -> Map:
    """A map without `__defaults` and its like, at any depth, and without nulls at the top."""
    cleaned = transform(value, lambda v: v.without(DEFAULTS, "__name") if isinstance(v, Map) else v)
    assert isinstance(cleaned, Map)
    return Map({k: v for k, v in cleaned.items() if v is not None and not k.startswith("__")})


def converted(value: Value, change: Callable[[Value], Value]) -> Value:
    """`change` applied to the value beneath its marks; an unknown anywhere inside makes the whole unknown."""
    if has_unknowns(value):
        return Secret(UNKNOWN) if has_secrets(value) else UNKNOWN
    if not has_secrets(value) and not isinstance(value, Output):
        return change(value)
    result = change(unwrap(value))
    return Secret(result) if has_secrets(value) else result


def is_unknown(value: Value) -> bool:
    """Whether a value is unknown as a whole, secret or not."""
    plain = unwrap(value) if isinstance(value, Secret | Output) else value
    return isinstance(plain, Unknown)


def is_nothing(value: Value) -> bool:
    """Whether a value is as good as absent: null, "", false, 0, or empty. Upstream's zero values."""
    return value is None or value is False or value in ("", 0, ()) or (isinstance(value, Map) and not value)


def plain(value: Value) -> Any:
    """A value as ordinary Python data (dicts, lists)."""
    if isinstance(value, Map):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    if isinstance(value, Secret | Output):
        return plain(value.value)
    return value


def dig(data: Any, path: str) -> Any:
    """What is at a dotted path of nested dicts, or None. A number is a place in a list. The empty path is the whole."""
    if not path:
        return data
    for key in path.split("."):
        if isinstance(data, list | tuple) and key.isdigit():
            data = data[int(key)] if int(key) < len(data) else None
            continue
        if not isinstance(data, Mapping):
            return None
        data = data.get(key)
    return data


def plant(data: dict[str, Any], path: str, value: Any) -> None:
    """Puts a value at a dotted path of nested dicts."""
    *parents, last = path.split(".")
    for key in parents:
        data = data.setdefault(key, {})
    data[last] = value
