"""How strings and numbers are written in views: as Go writes them, since scripts compare the output with Pulumi's."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

from rolecall.model.value import Value, value_of

_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_ESCAPES |= {'"': '\\"', "\\": "\\\\"}


def quoted(text: str) -> str:
    """The text as a Go string literal (`%q`)."""
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    """The text as it stands between the quotes of a Go string literal."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return "".join(_ESCAPES.get(c) or (c if c.isprintable() else _code(c)) for c in text)


def number_text(number: int | float) -> str:
    """A number: integers in full, fractions with the fewest digits that name them (`%g`)."""
    if isinstance(number, int):
        return str(number)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    if number.is_integer():
        return f"{number:.0f}"
    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    assert isinstance(exponent, int)
    power = len(digits) + exponent - 1
    if -4 <= power < 6:
        return f"{Decimal(repr(number)):f}"
    mantissa = str(digits[0]) + ("." + "".join(map(str, digits[1:])) if len(digits) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"


def truncated(text: str) -> str:
    """The text cut to three lines of 150 characters."""
    lines = text.split("\n")
    cut = [line if len(line) <= 150 else line[:150] + "..." for line in lines[:3]]
    return "\n".join(cut) + ("\n..." if len(lines) > 3 else "")


def decoded(text: str) -> tuple[Value, str] | None:
    """The object or list that a string holds as JSON, or over several lines as YAML, and which of them; else None."""
    stripped = text.strip()
    if stripped.startswith(("{", "[")):
        try:
            return _structure(json.loads(stripped), "json")
        except ValueError:
            pass
    if "\n" not in stripped and "\r" not in stripped:
        return None
    return _structure(_from_yaml(stripped), "yaml")


def _structure(data: Any, kind: str) -> tuple[Value, str] | None:
    if not isinstance(data, dict | list):
        return None
    try:
        return value_of(data), kind
    except TypeError:
        return None


def _from_yaml(text: str) -> Any:
    if ":" not in text and "-" not in text and "{" not in text and "[" not in text:
        return None
    from ruamel.yaml import YAML  # noqa: PLC0415 - only for a text of several lines that may be YAML
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, TypeError):
        return None


def _code(character: str) -> str:
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
