"""Paths into structured values: `outer.inner`, `names[0]`, `outer["with.dot"]`, `["root.name"][1]`."""

from __future__ import annotations

import re
from typing import TypeAlias

from rolecall.errors import RolecallError

Segment: TypeAlias = str | int
Path: TypeAlias = tuple[Segment, ...]

_SIMPLE = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*\Z")


class InvalidPath(RolecallError):
    """Text that is not a path."""


def parse(text: str) -> Path:
    """The elements of a path: names as str, indices as int. Raises InvalidPath."""
    segments: list[Segment] = []
    rest = text
    while rest:
        if rest[0] == "[":
            segment, rest = _bracketed(rest, text)
            segments.append(segment)
        elif rest[0] == "." and segments:
            rest = rest[1:]
            if not rest:
                raise InvalidPath(f"invalid config key path: {text!r} ends in a dot")
            if rest[0] != "[":
                name, rest = _name(rest)
                segments.append(name)
        else:
            name, rest = _name(rest)
            segments.append(name)
    return tuple(segments)


def _name(text: str) -> tuple[str, str]:
    end = next((i for i, character in enumerate(text) if character in ".["), len(text))
    return text[:end], text[end:]


def _bracketed(text: str, whole: str) -> tuple[Segment, str]:
    if text.startswith('["'):
        return _quoted(text[2:], whole)
    inside, bracket, rest = text[1:].partition("]")
    if not bracket:
        raise InvalidPath(f"invalid config key path: missing closing bracket in list access of {whole!r}")
    if not inside.isascii() or not inside.isdigit():
        raise InvalidPath(f"invalid config key path: invalid list index '{inside}' in {whole!r}")
    return int(inside), rest


def _quoted(text: str, whole: str) -> tuple[str, str]:
    characters: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\" and text[position + 1 : position + 2] == '"':
            characters.append('"')
            position += 2
            continue
        if character == '"':
            if text[position + 1 : position + 2] != "]":
                raise InvalidPath(f"invalid config key path: missing closing bracket in property access of {whole!r}")
            return "".join(characters), text[position + 2 :]
        characters.append(character)
        position += 1
    raise InvalidPath(f"invalid config key path: missing closing quote in property name of {whole!r}")


def text_of(path: Path) -> str:
    """The path as text that `parse` reads back."""
    parts: list[str] = []
    for segment in path:
        if isinstance(segment, int):
            parts.append(f"[{segment}]")
        elif _SIMPLE.match(segment):
            parts.append(f".{segment}" if parts else segment)
        else:
            escaped = segment.replace('"', '\\"')
            parts.append(f'["{escaped}"]')
    return "".join(parts)
