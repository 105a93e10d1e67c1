"""The checks that IAM makes of any document: syntax, version, what its older parser refuses, names, actions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rolecall.iam.conditions import is_operator, parse_operator
from rolecall.iam.document import SYNTAX, check_shape
from rolecall.iam.errors import MalformedPolicy
from rolecall.iam.operators import parse_instant
from rolecall.iam.validation.elements import action_values, numbered, resource_values

LEGACY = "The policy failed legacy parsing"
_CHARACTERS = re.compile("[\t\n\r\x20-\xff]*")


def check_syntax(document: Mapping[str, Any]) -> None:
    """Known members of the right types, and condition operators that exist."""
    check_shape(document)
    for index, statement in numbered(document):
        for operator in statement.get("Condition", {}):
            if not is_operator(operator):
                raise MalformedPolicy(SYNTAX, where=f"Statement[{index}].Condition: `{operator}`")


def check_version_2012(document: Mapping[str, Any]) -> None:
    """Documents of IAM itself must be of 2012."""
    if document.get("Version") != "2012-10-17":
        raise MalformedPolicy("Policy document must be version 2012-10-17 or greater.", where="Version")


def check_legacy(document: Mapping[str, Any]) -> None:
    """What IAM's older parser refuses, without saying what it was."""
    for index, statement in numbered(document):
        where = f"Statement[{index}]"
        if statement["Effect"] not in ("Allow", "Deny"):
            raise MalformedPolicy(LEGACY, where=f"{where}.Effect")
        for value in resource_values(statement):
            parts = value.split(":")
            if value.startswith("arn:") and ((len(parts) < 6 and "::" in value) or (len(parts) > 2 and not parts[2])):
                raise MalformedPolicy(LEGACY, where=f"{where}.Resource: `{value}`")
        for operator, keys in statement.get("Condition", {}).items():
            if not parse_operator(operator)[1].startswith("date"):
                continue
            for value in (v for values in keys.values() for v in (values if isinstance(values, list) else [values])):
                if parse_instant(str(value)) is None:
                    raise MalformedPolicy(LEGACY, where=f"{where}.Condition.{operator}: `{value}`")


def check_unique_sids(document: Mapping[str, Any]) -> None:
    """No two statements of one name."""
    sids = [statement["Sid"] for _, statement in numbered(document) if statement.get("Sid")]
    for sid in sids:
        if sids.count(sid) > 1:
            raise MalformedPolicy("Statement IDs (SID) in a single policy must be unique.", where=f"`{sid}`")


def check_has_actions(document: Mapping[str, Any]) -> None:
    """Every statement says what it is about."""
    for index, statement in numbered(document):
        if not action_values(statement):
            raise MalformedPolicy("Policy statement must contain actions.", where=f"Statement[{index}]")


def check_actions(document: Mapping[str, Any]) -> None:
    """Actions are `vendor:name`."""
    for index, statement in numbered(document):
        for value in action_values(statement):
            problem = _action_problem(value)
            if problem:
                raise MalformedPolicy(problem, where=f"Statement[{index}].Action: `{value}`")


def _action_problem(value: str) -> str:
    if value == "*":
        return ""
    vendor, colon, name = value.partition(":")
    if not colon:
        return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
    if ":" in name:
        return "Actions/Condition can contain only one colon."
    if not re.fullmatch(r"[A-Za-z0-9.*?-]+", vendor):
        return f"Vendor {vendor} is not valid"
    return ""


def check_has_resources(document: Mapping[str, Any]) -> None:
    """Every statement says what it is about, of resources."""
    for index, statement in numbered(document):
        if not resource_values(statement):
            raise MalformedPolicy("Policy statement must contain resources.", where=f"Statement[{index}]")


def check_sids(document: Mapping[str, Any]) -> None:
    """Letters and digits only."""
    for _, statement in numbered(document):
        if not re.fullmatch("[0-9A-Za-z]*", statement.get("Sid", "")):
            raise MalformedPolicy(
                "Statement IDs (SID) must be alpha-numeric. "  # codespell:ignore
                "Check that your input satisfies the regular expression "
                "[0-9A-Za-z]*",
                where=f"`{statement['Sid']}`",
            )


def check_names_no_principal(document: Mapping[str, Any]) -> None:
    """A policy that is attached to its principal does not name one."""
    for index, statement in numbered(document):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise MalformedPolicy("Policy document should not specify a principal.", where=f"Statement[{index}]")


def check_characters(text: str) -> bool:
    """Whether a document consists of the characters IAM takes; if not it answers ValidationError."""
    return _CHARACTERS.fullmatch(text) is not None
