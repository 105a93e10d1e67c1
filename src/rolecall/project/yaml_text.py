"""Writes plain data as YAML that looks like what Pulumi's writer (Go's yaml.v3) makes of it.

Block style, two spaces, sequences indented below their key. A string is quoted where it would read as something else,
and written as a literal block where it has several lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cmp_to_key
from itertools import takewhile
from typing import Any

from rolecall.project import go_yaml

_STEP = "  "
_SIMPLE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*\Z")
_SPECIAL = re.compile(r"[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]")
"""What the writer cannot show as it is; a tab is among it."""


def emit(data: Mapping[str, Any]) -> str:
    """The YAML of a mapping that is not empty, with a newline at its end."""
    return "".join(line + "\n" for line in lines(data))


def lines(data: Any) -> list[str]:
    """The lines of a value, beginning at column 0."""
    if isinstance(data, Mapping) and data:
        return [line for key, value in data.items() for line in _entry(key, value)]
    if isinstance(data, list | tuple) and data:
        return [line for item in data for line in _item(item)]
    return scalar(data).split("\n")


def _entry(key: str, value: Any) -> list[str]:
    inner = lines(value)
    name = _one_line(str(key))
    if isinstance(value, Mapping | list | tuple) and value:
        return [f"{name}:", *indented(inner, _STEP)]
    return [f"{name}: {inner[0]}", *inner[1:]]


def _item(value: Any) -> list[str]:
    inner = lines(value)
    margin = _STEP if isinstance(value, Mapping | list | tuple) else ""
    return [f"- {inner[0]}", *indented(inner[1:], margin)]


def indented(text_lines: list[str], margin: str) -> list[str]:
    """Lines further to the right; empty ones stay empty."""
    return [margin + line if line else line for line in text_lines]


def scalar(value: Any) -> str:
    """A scalar or empty collection as it stands after its key. A literal block has more lines, indented once."""
    if isinstance(value, str):
        return _literal(value) if _is_literal(value) else _one_line(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    if value is None:
        return "null"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return ".inf" if value > 0 else "-.inf"
    return ".nan" if value != value else go_yaml.go_text(value)


def _one_line(text: str) -> str:
    if "\n" in text or not go_yaml.reads_as_text(text) or _SPECIAL.search(text):
        return _double_quoted(text)
    if _SIMPLE.match(text) or _reads_back(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _reads_back(text: str) -> bool:
    """Whether the text may stand unquoted, as a key and as a value."""
    try:
        node = go_yaml.compose(f"{text}: {text}\n")
    except go_yaml.BadYaml:
        return False
    pairs = getattr(node, "value", None)
    if not isinstance(pairs, list) or len(pairs) != 1 or not isinstance(pairs[0], tuple):
        return False
    return all(part.value == text and part.style is None for part in pairs[0])


def _double_quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _SPECIAL.sub(lambda match: _escaped(ord(match.group())), quoted)


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_literal(text: str) -> bool:
    return "\n" in text and " \n" not in text and not text.endswith(" ") and not _SPECIAL.search(text)


def _literal(text: str) -> str:
    hint = str(len(_STEP)) if text[0] in " \n" else ""
    content = text.removesuffix("\n").split("\n")
    keep = text == "\n" or text.endswith("\n\n")
    chomp = "+" if keep else "" if text.endswith("\n") else "-"
    return "\n".join([f"|{hint}{chomp}", *indented(content, _STEP)])


def ordered(data: Any) -> Any:
    """The same data with the keys of every mapping in the order in which yaml.v3 writes them."""
    if isinstance(data, Mapping):
        return {key: ordered(data[key]) for key in sorted(data, key=cmp_to_key(_compare))}
    if isinstance(data, list | tuple):
        return [ordered(item) for item in data]
    return data


def _compare(a: str, b: str) -> int:
    """Which key comes first: numbers inside keys count as numbers, and other signs come before letters."""
    if a == b:
        return 0
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if at is None:
        return len(a) - len(b)
    x, y = a[at], b[at]
    if x.isalpha() and y.isalpha():
        return -1 if x < y else 1
    if x.isalpha() or y.isalpha():
        after_digit = at > 0 and a[at - 1].isdigit()
        return -1 if x.isalpha() == after_digit else 1
    first, second = _number(a, at), _number(b, at)
    if first != second:
        return -1 if first < second else 1
    return -1 if x < y else 1


def _number(text: str, at: int) -> tuple[int, int]:
    """The number that goes on at a position, and the number of its digits there."""
    digits = "".join(takewhile(str.isdecimal, text[at:]))
    leading = text[:at][::-1]
    inside = any(digit != "0" for digit in takewhile(str.isdecimal, leading))
    return int(("1" if inside else "0") + digits), len(digits)
