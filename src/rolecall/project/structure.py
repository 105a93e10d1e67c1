"""Getting, setting and removing what a path names inside a configuration value.

The rules, down to which mistakes are forgiven, are Pulumi's (sdk/go/common/resource/config/object.go): an element may
be appended but none left out, a scalar at the root gives way to a container, and no map may come to look like a secret.
Nothing is changed in place: the results are new values.
"""

from __future__ import annotations

from typing import Any

from rolecall.errors import RolecallError
from rolecall.project.property_path import Path, Segment, text_of
from rolecall.project.values import ConfigValue

_RESERVED = 'maps with the single key "secure" are reserved'


class CannotSet(RolecallError):
    """A value cannot be put, or taken away, where a path says."""


class Missing:
    """What is at a path where nothing is."""


MISSING = Missing()


def get(value: ConfigValue | Missing, path: Path) -> ConfigValue | Missing:
    """What is at the path, or MISSING."""
    for segment in path:
        if isinstance(value, list) and isinstance(segment, int):
            value = value[segment] if segment < len(value) else MISSING
        elif isinstance(value, dict) and isinstance(segment, str):
            value = value.get(segment, MISSING)
        else:
            return MISSING
    return value


def put(value: ConfigValue | Missing, root: Segment, path: Path, new: ConfigValue) -> ConfigValue:
    """`value`, which is at the key `root`, with `new` at the path inside it. Raises CannotSet."""
    return _put(value, (root,), path, new)


def _put(value: ConfigValue | Missing, prefix: Path, path: Path, new: ConfigValue) -> ConfigValue:
    if not path:
        return new
    head, rest = path[0], path[1:]
    container = _container(value, prefix, head)
    here = (*prefix, head)
    if isinstance(container, list):
        if not isinstance(head, int):
            raise CannotSet(f"{text_of(here)}: key for an array must be an int")
        if head > len(container):
            raise CannotSet(f"{text_of(here)}: array index out of range")
        items = [*container, None] if head == len(container) else list(container)
        items[head] = _put(items[head], here, rest, new)
        return items
    if not isinstance(head, str):
        raise CannotSet(f"{text_of(here)}: key for a map must be a string")
    if not rest and not container and head == "secure" and isinstance(new, str):
        raise CannotSet(_RESERVED)
    return {**container, head: _put(container.get(head), here, rest, new)}


def _container(value: ConfigValue | Missing, prefix: Path, head: Segment) -> list[Any] | dict[str, Any]:
    """The container to put something into: the value itself, or a new one where Pulumi makes one."""
    if isinstance(value, list | dict):
        return value
    if value is not None and not isinstance(value, Missing) and len(prefix) > 1:
        kind = "an array" if isinstance(head, int) else "a map"
        raise CannotSet(f"{text_of(prefix)}: expected {kind}")
    return [None] * (head + 1) if isinstance(head, int) else {}


def remove(value: ConfigValue, root: Segment, path: Path) -> ConfigValue:
    """`value` without what is at the path; unchanged if nothing is there. Raises CannotSet."""
    return _remove(value, (root,), path)


def _remove(value: ConfigValue, prefix: Path, path: Path) -> ConfigValue:
    head, rest = path[0], path[1:]
    here = (*prefix, head)
    if isinstance(value, list) and isinstance(head, int) and head < len(value):
        if not rest:
            return [*value[:head], *value[head + 1 :]]
        return [*value[:head], _remove(value[head], here, rest), *value[head + 1 :]]
    if isinstance(value, dict) and isinstance(head, str) and head in value:
        if rest:
            return {**value, head: _remove(value[head], here, rest)}
        left = {key: item for key, item in value.items() if key != head}
        if len(left) == 1 and isinstance(left.get("secure"), str):
            raise CannotSet(f"{text_of(here)}: {_RESERVED}")
        return left
    return value
