"""The condition operators: how one value of a request compares with one value of a policy, family by family."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from rolecall.iam.glob import Glob, Text, compile_parts, split_at_colons
from rolecall.iam.match import ARN_PARTS
from rolecall.iam.request import Context
from rolecall.iam.variables import Template

Comparison: TypeAlias = Callable[[str, Template, Context], bool]
"""(request value, policy value, context) -> whether they match in the operator's positive sense."""

Number: TypeAlias = tuple[int, int]
"""A decimal number as (digits, places after the point)."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. `negated` ones hold where the positive comparison matches no policy value.

    `variables` says whether `${…}` in policy values means anything, `text` whether it compares texts.
    """

    name: str
    matches: Comparison
    negated: bool = False
    variables: bool = False
    text: bool = False


def _equals(value: str, expected: Template, context: Context) -> bool:
    return value == expected.plain(context)


def _equals_ignoring_case(value: str, expected: Template, context: Context) -> bool:
    plain = expected.plain(context)
    return plain is not None and value.lower() == plain.lower()


def _like(value: str, expected: Template, context: Context) -> bool:
    glob = expected.glob(context)
    return glob is not None and glob.matches(value)


def _bool(value: str, expected: Template, context: Context) -> bool:
    plain = expected.plain(context)
    return plain is not None and value.lower() == plain.lower() and value.lower() in ("true", "false")


def _arn_like(value: str, expected: Template, context: Context) -> bool:
    actual = value.split(":", ARN_PARTS - 1)
    if len(actual) < ARN_PARTS or actual[0] != "arn":
        return False
    parts = expected.expand(context)
    if parts is None:
        return False
    wanted = _segments(parts)
    return len(wanted) == ARN_PARTS and all(glob.matches(text) for glob, text in zip(wanted, actual, strict=True))


@lru_cache(maxsize=1024)
def _segments(parts: tuple[Text, ...]) -> tuple[Glob, ...]:
    return tuple(compile_parts(segment) for segment in split_at_colons(parts, ARN_PARTS - 1))


def _binary(value: str, expected: Template, _: Context) -> bool:
    actual, wanted = _decoded(value), _decoded(expected.text)
    return actual is not None and actual == wanted


@lru_cache(maxsize=256)
def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _ip(value: str, expected: Template, _: Context) -> bool:
    address, network = ip_network(value), ip_network(expected.text)
    if address is None or network is None or address.version != network.version:
        return False
    return address.network_address in network and address.prefixlen >= network.prefixlen


_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_CIDR = re.compile(r"[0-9A-Fa-f:.]+(/[0-9]{1,3})?")


@lru_cache(maxsize=1024)
def ip_network(text: str) -> _Network | None:
    """The network that an address or CIDR stands for; host bits are ignored, and a lone address is its own network."""
    if not _CIDR.fullmatch(text):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


_LONGEST = 100  # beyond that a number is noise, and Python would refuse to read it

_NUMBER = re.compile(r"([+-]?)(\d+)(?:\.(\d*))?|([+-]?)\.(\d+)", re.ASCII)


@lru_cache(maxsize=1024)
def parse_number(text: str) -> Number | None:
    """A whole or decimal number, exactly; None for anything else."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None or len(text) > _LONGEST:
        return None
    places = found[3] or found[5] or ""
    digits = int((found[2] or "") + places)
    return (-digits if "-" in (found[1], found[4]) else digits, len(places))


_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(Z|z|[+-]\d\d(?::?\d\d)?)?)?)?)?",
    re.ASCII,
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)[Tt](\d\d)(\d\d)(\d\d)(?:[.,](\d+))?(Z|z|[+-]\d\d(?::?\d\d)?)?", re.ASCII)


@lru_cache(maxsize=1024)
def parse_instant(text: str) -> Number | None:
    """An instant as seconds since 1970: from ISO 8601 (year to fractions; no zone means UTC) or epoch seconds."""
    found = _DATE.fullmatch(text.strip()) or _COMPACT.fullmatch(text.strip())
    if found is None or len(text) > _LONGEST:
        return parse_number(text)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        moment = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
        offset = _offset(zone)
    except ValueError:
        return None
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) - offset
    places = fraction or ""
    return (seconds * 10 ** len(places) + int(places or 0), len(places))


def _offset(zone: str | None) -> int:
    """Seconds east of UTC; ValueError for an offset that is none."""
    if zone is None or zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(zone)
    return (-1 if zone[0] == "-" else 1) * (hours * 3600 + minutes * 60)


def _ordered(parse: Callable[[str], Number | None], holds: Callable[[int, int], bool]) -> Comparison:
    def compare(value: str, expected: Template, _: Context) -> bool:
        left, right = parse(value), parse(expected.text)
        if left is None or right is None:
            return False
        places = max(left[1], right[1])
        return holds(left[0] * 10 ** (places - left[1]), right[0] * 10 ** (places - right[1]))

    return compare


_ORDERS: dict[str, Callable[[int, int], bool]] = {
    "Equals": lambda left, right: left == right,
    "LessThan": lambda left, right: left < right,
    "LessThanEquals": lambda left, right: left <= right,
    "GreaterThan": lambda left, right: left > right,
    "GreaterThanEquals": lambda left, right: left >= right,
}


def _family(prefix: str, parse: Callable[[str], Number | None]) -> list[Operator]:
    ordered = [Operator(prefix + name, _ordered(parse, holds)) for name, holds in _ORDERS.items()]
    return [*ordered, Operator(f"{prefix}NotEquals", _ordered(parse, _ORDERS["Equals"]), negated=True)]


def _pair(name: str, opposite: str, matches: Comparison, *, variables: bool, text: bool = False) -> list[Operator]:
    return [
        Operator(name, matches, variables=variables, text=text),
        Operator(opposite, matches, negated=True, variables=variables, text=text),
    ]


_ALL = [
    *_pair("StringEquals", "StringNotEquals", _equals, variables=True, text=True),
    *_pair(
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        _equals_ignoring_case,
        variables=True,
        text=True,
    ),
    *_pair("StringLike", "StringNotLike", _like, variables=True, text=True),
    *_pair("ArnEquals", "ArnNotEquals", _arn_like, variables=True),
    *_pair("ArnLike", "ArnNotLike", _arn_like, variables=True),
    *_pair("IpAddress", "NotIpAddress", _ip, variables=False),
    *_family("Numeric", parse_number),
    *_family("Date", parse_instant),
    Operator("Bool", _bool, variables=True),
    Operator("BinaryEquals", _binary),
]

OPERATORS: dict[str, Operator] = {operator.name.lower(): operator for operator in _ALL}
"""Every operator that compares values, by its name in lower case. `Null` asks for presence and is not among them."""
