"""Complaints about input values before anything is sent, in the words of Pulumi's provider (spec 2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rolecall.model.value import Value
from rolecall.providers.aws import documents
from rolecall.providers.aws.declaration import Validator
from rolecall.providers.aws.kinds import Policy

_PARTITION = re.compile(r"^aws(-[a-z]+)*$")
_REGION = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d{1,2}$")
_ACCOUNT = re.compile(r"^(aws|aws-managed|third-party|aws-marketplace|\d{12}|cw.{10})$")


def length(low: int, high: int) -> Validator:
    """Text of `low` to `high` characters."""

    def complain(name: str, value: Value) -> Iterable[str]:
        if isinstance(value, str) and not low <= len(value) <= high:
            yield f"expected length of {name} to be in the range ({low} - {high}), got {value}"

    return complain


def between(low: int, high: int) -> Validator:
    """A number from `low` to `high`."""

    def complain(name: str, value: Value) -> Iterable[str]:
        if isinstance(value, int | float) and not isinstance(value, bool) and not low <= value <= high:
            yield f"expected {name} to be in the range ({low} - {high}), got {value}"

    return complain


def pattern(expression: str, message: str) -> Validator:
    """Text that matches, or else the message."""
    compiled = re.compile(expression, re.ASCII)

    def complain(name: str, value: Value) -> Iterable[str]:
        if isinstance(value, str) and not compiled.search(value):
            yield f"invalid value for {name} ({message})"

    return complain


def unlike(expression: str, message: str) -> Validator:
    """Text that does not match, or else the message."""
    compiled = re.compile(expression)

    def complain(name: str, value: Value) -> Iterable[str]:
        if isinstance(value, str) and compiled.search(value):
            yield f"{name} {message}"

    return complain


def one_of(*choices: str) -> Validator:
    """One of a few words."""
    listed = " ".join(f'"{choice}"' for choice in choices)

    def complain(name: str, value: Value) -> Iterable[str]:
        if isinstance(value, str) and value not in choices:
            yield f"expected {name} to be one of [{listed}], got {value}"

    return complain


def policy(name: str, value: Value) -> Iterable[str]:
    """An IAM policy document."""
    if isinstance(value, str):
        yield from documents.problems(name, value)


def json_text(name: str, value: Value) -> Iterable[str]:
    """Any JSON."""
    if isinstance(value, str):
        yield from documents.json_problems(value, f'"{name}" contains an invalid JSON: ')


def arn(name: str, value: Value) -> Iterable[str]:
    """An ARN with all of its sections."""
    if not isinstance(value, str) or not value:
        return
    reason = _wrong_with_arn(value)
    if reason:
        yield f'"{name}" ({value}) is an invalid ARN: {reason}'


def _wrong_with_arn(text: str) -> str:
    sections = text.split(":", 5)
    if sections[0] != "arn":
        return "arn: invalid prefix"
    if len(sections) < 6:
        return "arn: not enough sections"
    _, partition, _, region, account, resource = sections
    if not partition:
        return "missing partition value"
    if not _PARTITION.match(partition):
        return f"invalid partition value (expecting to match regular expression: {_PARTITION.pattern})"
    if region and not _REGION.match(region):
        return f"invalid region value (expecting to match regular expression: {_REGION.pattern})"
    if account and not _ACCOUNT.match(account):
        return f"invalid account ID value (expecting to match regular expression: {_ACCOUNT.pattern})"
    return "" if resource else "missing resource value"


def complaints(kind: object, checks: Iterable[Validator], name: str, value: Value) -> Iterable[str]:
    """All that is wrong with one known value."""
    for check in checks:
        yield from check(name, value)
    if isinstance(kind, Policy) and not any(check in (policy, json_text) for check in checks):
        yield from policy(name, value)
