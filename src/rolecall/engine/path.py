"""Property paths: `a.b["c"][0].*`, as ignoreChanges, replaceOnChanges, hideDiffs and detailed diffs use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from rolecall.model.value import Map, Output, Secret, Value

WILDCARD: Final = "*"


class Wildcard:
    """The element `*`, as against a property that is called `*`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return WILDCARD


ANY = Wildcard()
Element: TypeAlias = str | int | Wildcard
Path: TypeAlias = tuple[Element, ...]


class BadPath(ValueError):
    """A text that is not a property path."""


def parse(text: str) -> Path:
    """The elements of a path. Raises BadPath. Names stand bare or as `["..."]` with `\\"` for a quote."""
    elements: list[Element] = []
    rest = text
    while rest:
        if rest[0] == ".":
            rest = rest[1:]
            if not rest or rest[0] == ".":
                raise BadPath(f"an empty name in {text!r}")
            continue
        if rest[0] == "[":
            element, rest = _bracketed(rest, text)
        else:
            end = min((i for i in (rest.find("."), rest.find("[")) if i >= 0), default=len(rest))
            name, rest = rest[:end], rest[end:]
            element = ANY if name == WILDCARD else name
        elements.append(element)
    return tuple(elements)


def _bracketed(rest: str, text: str) -> tuple[Element, str]:
    if rest.startswith('["'):
        name, at = [], 2
        while at < len(rest) and rest[at] != '"':
            at += rest[at] == "\\" and rest[at + 1 : at + 2] == '"'
            name.append(rest[at])
            at += 1
        if rest[at : at + 2] != '"]':
            raise BadPath(f"a quoted name that does not end in {text!r}")
        return "".join(name), rest[at + 2 :]
    inner, bracket, after = rest[1:].partition("]")
    if not bracket:
        raise BadPath(f"a bracket that is not closed in {text!r}")
    if inner == WILDCARD:
        return ANY, after
    if not inner.isdecimal():
        raise BadPath(f"an index that is not a number in {text!r}")
    return int(inner), after


def contains(outer: Path, inner: Path) -> bool:
    """Whether `inner` is `outer` or lies below it."""
    if len(outer) > len(inner):
        return False
    return all(isinstance(o, Wildcard) or o == i for o, i in zip(outer, inner, strict=False))


def join(path: str, key: str | int) -> str:
    """The text of a path one element longer, quoted where a bare name would be read otherwise."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not key or any(c in key for c in '.["]'):
        quoted = key.replace('"', '\\"')
        return f'{path}["{quoted}"]'
    return f"{path}.{key}" if path else key


def reset(path: Path, old: Value, new: Value) -> tuple[Value, bool]:
    """`new` with what `path` leads to as it is in `old`, and whether the two match along the path.

    The rules are those of ignoreChanges (Pulumi's PropertyPath.Reset): a leaf missing in old is deleted from new;
    arrays of different lengths, or a container that only old has, do not match; secrets are looked through, and what is
    copied out of one stays secret. What was copied before a mismatch was found stays copied.
    """
    return _reset(path, old, new, secret=False)


def _reset(path: Path, old: Value, new: Value, *, secret: bool) -> tuple[Value, bool]:
    """`secret`: the surroundings of old are secret and those of new are not."""
    if isinstance(new, Secret | Output):
        inner, matches = _reset(path, _open(old), new.value, secret=False)
        return Secret(inner), matches
    if isinstance(old, Secret | Output):
        return _reset(path, old.value, new, secret=True)
    head, rest = path[0], path[1:]
    if isinstance(head, Wildcard):
        return _reset_all(rest, old, new, secret)
    if isinstance(head, int):
        return _reset_item(head, rest, old, new, secret)
    return _reset_key(head, rest, old, new, secret)


def _reset_key(key: str, rest: Path, old: Value, new: Value, secret: bool) -> tuple[Value, bool]:
    has_old = isinstance(old, Map) and key in old
    had = old[key] if isinstance(old, Map) and has_old else None
    if not isinstance(new, Map):
        return new, not has_old if not rest else not isinstance(old, Map)
    if not rest:
        return (new.with_({key: _keep(had, secret)}) if has_old else new.without(key)), True
    if not isinstance(old, Map):
        return new, False
    if key not in new:
        return new, not has_old
    inner, matches = _reset(rest, had, new[key], secret=secret)
    return new.with_({key: inner}), matches


def _reset_item(index: int, rest: Path, old: Value, new: Value, secret: bool) -> tuple[Value, bool]:
    if not isinstance(old, tuple) or not isinstance(new, tuple):
        return new, not isinstance(old, tuple) and not isinstance(new, tuple)
    if index >= len(old) or index >= len(new):
        return new, not rest and index >= len(old) and index >= len(new)
    matches = True
    if rest:
        item, matches = _reset(rest, old[index], new[index], secret=secret)
    else:
        item = _keep(old[index], secret)
    return (*new[:index], item, *new[index + 1 :]), matches


def _reset_all(rest: Path, old: Value, new: Value, secret: bool) -> tuple[Value, bool]:
    if isinstance(new, tuple) and isinstance(old, tuple):
        pairs = [
            _reset(rest, o, n, secret=secret) if rest else (_keep(o, secret), True)
            for o, n in zip(old, new, strict=False)
        ]
        return (*(value for value, _ in pairs), *new[len(pairs) :]), len(old) == len(new) and all(ok for _, ok in pairs)
    if isinstance(new, Map) and isinstance(old, Map):
        if not rest:
            return Map({key: _keep(had, secret) for key, had in old.items()}), True
        inner = {key: _reset(rest, had, new[key], secret=secret) for key, had in old.items() if key in new}
        matches = old.keys() <= new.keys() and all(ok for _, ok in inner.values())
        return new.with_({key: value for key, (value, _) in inner.items()}), matches
    return new, not rest and isinstance(new, Map | tuple)


def _keep(value: Value, secret: bool) -> Value:
    return Secret(value) if secret and not isinstance(value, Secret) else value


def _open(value: Value) -> Value:
    while isinstance(value, Secret | Output):
        value = value.value
    return value


def ignoring_changes(paths: Sequence[str], old: Map, new: Map) -> tuple[Map, tuple[str, ...]]:
    """`new` with every path as in `old`, and the paths along which the two do not match. What is no path is skipped."""
    failed: list[str] = []
    for text in paths:
        try:
            path = parse(text)
        except BadPath:
            continue
        if not path:
            continue
        changed, matches = reset(path, old, new)
        assert isinstance(changed, Map)
        new = changed
        if not matches:
            failed.append(text)
    return new, tuple(failed)
