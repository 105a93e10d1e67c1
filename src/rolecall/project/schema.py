"""What keys of a project file may hold. Unknown keys at the top are the user's own and pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

_TYPE_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
_CONFIG_TYPES = ("string", "integer", "boolean", "array", "object")

Check = Callable[[str, Any], Iterable[str]]
"""Gives what is wrong with a value at a path, as lines of the form `#/path: message`."""


def checked(data: Any) -> Mapping[str, Any]:
    """A project file's data, if it can be a project. Raises ValueError with Pulumi's words for what is wrong."""
    if not isinstance(data, dict):
        raise ValueError(f"expected project to be an object, was '{_type_name(data)}'")
    if "name" not in data:
        close = closest("name", data)
        raise ValueError("project is missing a 'name' attribute" + (f"; found '{close}' instead" if close else ""))
    if not isinstance(data["name"], str) or not data["name"]:
        raise ValueError("project is missing a non-empty string 'name' attribute")
    problems = [line for key, check in _TOP.items() if data.get(key) is not None for line in check(key, data[key])]
    if problems:
        count = "1 error" if len(problems) == 1 else f"{len(problems)} errors"
        raise ValueError(f"{count} occurred:\n" + "\n".join(f"\t* #/{line}" for line in problems) + "\n\n")
    return data


def _of(*kinds: type) -> Check:
    def check(path: str, value: Any) -> Iterable[str]:
        fits = isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds)
        if not fits:
            yield f"{path}: {_expected(kinds, value)}"

    return check


def _object(**fields: Check) -> Check:
    def check(path: str, value: Any) -> Iterable[str]:
        if not isinstance(value, dict):
            yield f"{path}: {_expected((dict,), value)}"
            return
        for key, item in value.items():
            if key not in fields:
                close = closest(str(key), fields)
                hint = f"; did you mean '{close}'?" if close else f"; the allowed attributes are {_listed(fields)}"
                yield f"{path}: additionalProperties '{key}' not allowed{hint}"
            elif item is not None:
                yield from fields[key](f"{path}/{key}", item)

    return check


def _runtime(path: str, value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return ()
    if not isinstance(value, dict):
        return (f"{path}: {_expected((str, dict), value)}",)
    if not isinstance(value.get("name"), str):
        return (f"{path}: missing properties: 'name'",)
    return _object(name=_of(str), options=_of(dict))(path, value)


def _config(path: str, value: Any) -> Iterable[str]:
    if not isinstance(value, str | dict):
        yield f"{path}: {_expected((str, dict), value)}"
    if not isinstance(value, dict):
        return
    for key, entry in value.items():
        if isinstance(entry, dict):
            yield from _declaration(f"{path}/{key}", entry)


def _declaration(path: str, entry: dict[str, Any]) -> Iterable[str]:
    anything: Check = lambda _path, _value: ()  # noqa: E731  (a check that has nothing to say)
    yield from _object(
        type=_config_type,
        description=_of(str),
        items=_of(dict),
        default=anything,
        value=anything,
        secret=_of(bool),
    )(path, entry)


def _config_type(path: str, value: Any) -> Iterable[str]:
    if value not in _CONFIG_TYPES:
        quoted = ", ".join(f'"{name}"' for name in _CONFIG_TYPES)
        yield f"{path}: value must be one of {quoted}"


def _refresh(path: str, value: Any) -> Iterable[str]:
    if value != "always":
        yield f'{path}: value must be "always"'


def _list_of(item_check: Check) -> Check:
    def check(path: str, value: Any) -> Iterable[str]:
        if not isinstance(value, list):
            yield f"{path}: {_expected((list,), value)}"
            return
        for index, item in enumerate(value):
            yield from item_check(f"{path}/{index}", item)

    return check


def _packages(path: str, value: Any) -> Iterable[str]:
    if not isinstance(value, dict):
        yield f"{path}: {_expected((dict,), value)}"
        return
    for name, entry in value.items():
        if not isinstance(entry, str | dict):
            yield f"{path}/{name}: {_expected((str, dict), entry)}"


_PLUGINS = _list_of(_object(name=_of(str), version=_of(str), path=_of(str)))

_TOP: Mapping[str, Check] = {
    "runtime": _runtime,
    "main": _of(str),
    "description": _of(str),
    "author": _of(str),
    "website": _of(str),
    "license": _of(str),
    "config": _config,
    "stackConfigDir": _of(str),
    "template": _of(dict),
    "backend": _object(url=_of(str)),
    "options": _object(refresh=_refresh),
    "packages": _packages,
    "plugins": _object(providers=_PLUGINS, languages=_PLUGINS, analyzers=_PLUGINS),
    "requiredPulumiVersion": _of(str),
}


def _expected(kinds: tuple[type, ...], value: Any) -> str:
    return f"expected {' or '.join(_TYPE_NAMES[kind] for kind in kinds)}, but got {_type_name(value)}"


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    kind = bool if isinstance(value, bool) else next((k for k in _TYPE_NAMES if isinstance(value, k)), type(value))
    return "number" if kind in (int, float) else _TYPE_NAMES.get(kind, kind.__name__)


def _listed(names: Iterable[str]) -> str:
    quoted = sorted(f"'{name}'" for name in names)
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]


def closest(word: str, names: Iterable[object], limit: int = 2) -> str:
    """The name that a misspelt word most likely means: at most `limit` edits away, ignoring case; else nothing."""
    best, found = limit + 1, ""
    for name in sorted(map(str, names)):
        distance = edit_distance(word.lower(), name.lower())
        if distance < best:
            best, found = distance, name
    return found


def edit_distance(a: str, b: str) -> int:
    """How many insertions, deletions and substitutions make one word of the other."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]
