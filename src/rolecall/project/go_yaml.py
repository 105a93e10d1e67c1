"""YAML as Pulumi's reader takes it: which plain scalars are numbers, booleans or times, and what merge keys mean.

The rules are those of the Go package `yaml.v3`, which differ from YAML 1.1 and 1.2 both: `yes` is text, `0o17` and
`017` are numbers, `2001-01-01` is a time. What a scalar is decides how a configuration value reads, and how it is
written.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rolecall.model.json_text import positional, shortest_digits

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INTEGER = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)\Z")
_TIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d?):(\d\d?)(\.\d{1,9})?(?:[ \t]*(Z|[-+]\d\d?(?::\d\d)?))?)?\Z"
)
_OLD_BOOLEANS = frozenset(
    ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF")
)
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_INT64 = range(-(2**63), 2**64)
_MERGE = "<<"
_MAX_DEPTH = 200


class BadYaml(ValueError):
    """Text that is not YAML, or not one that can be read. Lines and columns count from 1; 0 when they are not known.

    `text` is the message as `yaml.v3` gives it, with its own idea of the line.
    """

    def __init__(self, text: str, line: int = 0, column: int = 0) -> None:
        super().__init__(text)
        self.line = line
        self.column = column


def compose(text: str) -> Node | None:
    """The nodes of the first document, or None when there is none. Raises BadYaml."""
    yaml = YAML(typ="safe", pure=True)
    try:
        node: Node | None = next(iter(yaml.compose_all(text)), None)
    except MarkedYAMLError as error:
        raise _bad(error) from error
    except YAMLError as error:
        raise BadYaml(f"yaml: {error}") from error
    return node


def plain(node: Node | None, depth: int = 0) -> Any:
    """The plain data of a node: dict, list, str, int, float, bool, None; times as Go prints them. Raises BadYaml."""
    if node is None:
        return None
    if depth > _MAX_DEPTH:
        raise BadYaml("yaml: document is nested too deeply", *_place(node))
    if isinstance(node, ScalarNode):
        return resolve(node.value) if _is_plain(node) else node.value
    if isinstance(node, SequenceNode):
        return [plain(item, depth + 1) for item in node.value]
    assert isinstance(node, MappingNode)
    data: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        if isinstance(key_node, ScalarNode) and key_node.value == _MERGE and _is_plain(key_node):
            for source in _merge_sources(value_node, depth):
                merged = {**source, **merged}
            continue
        key = go_text(plain(key_node, depth + 1))
        line = key_node.start_mark.line + 1
        if key in data:
            raise BadYaml(
                f'yaml: unmarshal errors:\n  line {line}: mapping key "{key}" already defined at line {lines[key]}',
                *_place(key_node),
            )
        lines[key] = line
        data[key] = plain(value_node, depth + 1)
    return {**{k: v for k, v in merged.items() if k not in data}, **data} if merged else data


def _merge_sources(node: Node, depth: int) -> Iterator[dict[str, Any]]:
    nodes = node.value if isinstance(node, SequenceNode) else [node]
    for source in nodes:
        data = plain(source, depth + 1)
        if not isinstance(data, dict):
            raise BadYaml("yaml: map merge requires map or sequence of maps as the value", *_place(node))
        yield data


def _is_plain(node: ScalarNode) -> bool:
    return not node.style and not (node.tag or "").startswith("!")


def _place(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def resolve(text: str) -> Any:
    """The value that an unquoted scalar stands for."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    when = _TIME.match(text)
    if when:
        shown = _time(when)
        if shown is not None:
            return Time(shown)
    number = text.replace("_", "")
    integer = _INTEGER.match(number)
    if integer:
        value = _integer(integer)
        if value in _INT64:
            return value
        return float(value)
    if _FLOAT.match(number):
        return float(number)
    return text


class Time(str):
    """A time, as text in the form in which Go prints one."""

    __slots__ = ()


def _integer(match: re.Match[str]) -> int:
    sign, digits = match.groups()
    lowered = digits.lower()
    if lowered.startswith("0x"):
        value = int(digits, 16)
    elif lowered.startswith("0b"):
        value = int(digits, 2)
    elif len(digits) > 1 and digits[0] == "0":
        value = int(lowered.replace("o", ""), 8)
    else:
        value = int(digits)
    return -value if sign == "-" else value


def _time(match: re.Match[str]) -> str | None:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        offset = _offset(zone)
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), 0, offset
        )
    except ValueError:
        return None
    digits = (fraction or "").rstrip("0").rstrip(".")
    numeric = moment.strftime("%z")
    name = "UTC" if offset is UTC else numeric
    return f"{moment.strftime('%Y-%m-%d %H:%M:%S')}{digits} {numeric} {name}"


def _offset(zone: str | None) -> timezone:
    if zone is None or zone == "Z":
        return UTC
    hours, _, minutes = zone[1:].partition(":")
    delta = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-delta if zone[0] == "-" else delta)


def go_text(value: Any) -> str:
    """A scalar as Go's `%v` prints it: what a number or boolean at the top of a configuration reads as."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return go_float(value)
    return str(value)


def go_float(value: float) -> str:
    """A float as Go's `%v` prints it: the shortest digits, an exponent below 1e-4 and from 1e21 on."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    sign = "-" if value < 0 else ""
    digits, power = shortest_digits(value)
    if -4 <= power < 21:
        return sign + positional(digits, power)
    rest = "." + digits[1:] if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{'-' if power < 0 else '+'}{abs(power):02d}"


def reads_as_text(text: str) -> bool:
    """Whether the text, written unquoted, reads as that text to this version of YAML and to older ones."""
    if text in _OLD_BOOLEANS or _BASE_60.match(text):
        return False
    value = resolve(text)
    return isinstance(value, str) and not isinstance(value, Time)


def _bad(error: MarkedYAMLError) -> BadYaml:
    problem = str(error.problem or error.context or "cannot be read")
    expected = re.match(r"expected (.*), but (?:got|found) ", problem)
    if expected:
        what = {"<block end>": "key", "'-'": "'-' indicator"}.get(expected.group(1), expected.group(1))
        problem = f"did not find expected {what}"
    problem = problem.replace("mapping values are not allowed here", "mapping values are not allowed in this context")
    mark, context = error.problem_mark, error.context_mark
    line = mark.line + 1 if mark else 0
    column = mark.column + 1 if mark else 0
    # yaml.v3 counts parser errors from 0, and prefers the line where the enclosing construct began.
    shown = context.line if context and context.line else (mark.line if mark else 0)
    if type(error).__name__ == "ScannerError":
        shown += 1
    where = f"line {shown}: " if shown else ""
    return BadYaml(f"yaml: {where}{problem}", line, column)
