"""Semantic versions, and ranges of them as projects and programs write them to say which Pulumi they need.

The syntax is that of the Go library that Pulumi uses (blang/semver): a space means and, `||` or, `!` not equal.
"""

from __future__ import annotations

import re

Version = tuple[int, int, int, tuple[tuple[int, int | str], ...]]

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_CLAUSE = re.compile(r"(>=|<=|!=|==|>|<|!|=)?\s*([^\s<>=!]+)")
_FINAL = ((2, ""),)


def parse_version(text: str) -> Version:
    """A semantic version as something that compares in the right order. Raises ValueError when it is none."""
    match = _VERSION.fullmatch(text)
    if match is None:
        raise ValueError(f"not a version: '{text}'")
    major, minor, patch, pre = match.groups()
    identifiers: tuple[tuple[int, int | str], ...] = _FINAL
    if pre:
        identifiers = tuple((0, int(part)) if part.isdigit() else (1, part) for part in pre.split("."))
    return int(major), int(minor), int(patch), identifiers


def satisfies(version: str, range_: str) -> bool:
    """Whether a version lies in a range. Raises ValueError when the range is none."""
    found = parse_version(version)
    alternatives = [re.findall(_CLAUSE, part) for part in range_.split("||")]
    if not all(alternatives):
        raise ValueError(f"not a version range: '{range_}'")
    return any(all(_holds(found, operator, wanted) for operator, wanted in clauses) for clauses in alternatives)


def _holds(found: Version, operator: str, wanted: str) -> bool:
    try:
        low, high = _span(wanted)
    except ValueError:
        term = operator + wanted
        raise ValueError(
            f'Could not parse Range "{term}": Could not parse version "{wanted}" in "{term}": '
            "No Major.Minor.Patch elements found"
        ) from None
    if operator in ("", "=", "=="):
        return low <= found < high if high else found == low
    if operator in ("!", "!="):
        return not (low <= found < high) if high else found != low
    if operator == ">":
        return found >= high if high else found > low
    if operator == ">=":
        return found >= low
    if operator == "<":
        return found < low
    return found < high if high else found <= low


def _span(text: str) -> tuple[Version, Version | None]:
    """A version, or with wildcards (`3.x`, `3.2.x`) the first one and the first one after."""
    parts = text.removeprefix("v").split(".")
    numbers = [part for part in parts if part not in ("x", "X", "*")]
    if len(numbers) == len(parts):
        return parse_version(text), None
    if not numbers or len(parts) > 3 or not all(part.isdigit() for part in numbers):
        raise ValueError(f"not a version: '{text}'")
    low = [int(part) for part in numbers]
    high = [*low[:-1], low[-1] + 1]
    return _filled(low), _filled(high)


def _filled(numbers: list[int]) -> Version:
    major, minor, patch = (numbers + [0, 0])[:3]
    return major, minor, patch, ((0, -1),)
