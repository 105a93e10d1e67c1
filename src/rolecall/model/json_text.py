"""JSON as Go's encoder writes it, so that texts of ours and of Pulumi's are equal: order, numbers, escapes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

_HTML = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
_LINES = {0x2028: "\\u2028", 0x2029: "\\u2029"}


def compact(data: Any, *, html: bool = True, sort: bool = True) -> str:
    """One line without spaces. Like `json.Marshal`, `<`, `>` and `&` are escaped unless `html` is off."""
    return _write(data, "", "", html, sort)


def indented(data: Any, indent: int = 2, *, html: bool = False, sort: bool = True) -> str:
    """One entry a line, `indent` spaces deeper at each level; no newline at the end.

    `sort` orders the keys of maps, as Go does for maps but not for its records.
    """
    return _write(data, "\n", " " * indent, html, sort)


def _write(data: Any, newline: str, step: str, html: bool, sort: bool) -> str:
    if isinstance(data, Mapping):
        items = sorted(data.items()) if sort else data.items()
        colon = ": " if newline else ":"
        inner = newline + step if newline else ""
        parts = [_string(str(key), html) + colon + _write(value, inner, step, html, sort) for key, value in items]
        return _enclosed("{", parts, "}", newline, inner)
    if isinstance(data, list | tuple):
        inner = newline + step if newline else ""
        return _enclosed("[", [_write(item, inner, step, html, sort) for item in data], "]", newline, inner)
    if isinstance(data, str):
        return _string(data, html)
    if isinstance(data, float):
        return _float(data)
    return json.dumps(data)


def _enclosed(opening: str, parts: list[str], closing: str, newline: str, inner: str) -> str:
    if not parts:
        return opening + closing
    return opening + inner + ("," + inner).join(parts) + newline + closing


def _string(text: str, html: bool) -> str:
    quoted = json.dumps(text, ensure_ascii=False).translate(_LINES)
    return quoted.translate(_HTML) if html else quoted


def _float(value: float) -> str:
    """The shortest digits that give the float back; an exponent below 1e-6 and from 1e21 on, without leading zeros."""
    if not math.isfinite(value):
        raise ValueError(f"JSON has no {value}")
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    sign = "-" if value < 0 else ""
    digits, power = shortest_digits(value)
    if power < -6 or power >= 21:
        rest = "." + digits[1:] if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{rest}e{'-' if power < 0 else '+'}{abs(power)}"
    return sign + positional(digits, power)


def shortest_digits(value: float) -> tuple[str, int]:
    """The fewest significant digits that give a finite float back, and the power of ten of the first of them."""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole) if whole.strip("0") else len(digits) - len(fraction)
    return digits.rstrip("0") or "0", int(exponent or 0) + leading - 1


def positional(digits: str, power: int) -> str:
    """Digits and the power of their first one, without an exponent: `("15", -1)` is `0.15`."""
    if power < 0:
        return "0." + "0" * (-power - 1) + digits
    if len(digits) <= power + 1:
        return digits + "0" * (power + 1 - len(digits))
    return f"{digits[: power + 1]}.{digits[power + 1 :]}"
