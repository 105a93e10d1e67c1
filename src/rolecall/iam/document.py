"""The outer shape of a policy document: JSON without duplicate members, and only the elements the language has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rolecall.iam.errors import MalformedPolicy

SYNTAX = "Syntax errors in policy."

_DOCUMENT = {"Version", "Id", "Statement"}
_STATEMENT = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
}
_PRINCIPAL = {"AWS", "Service", "Federated", "CanonicalUser"}
_EITHER_OR = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))


def read_document(text: str) -> dict[str, Any]:
    """The JSON object of a policy text. Raises MalformedPolicy for anything else, and for duplicate members."""
    try:
        document = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise MalformedPolicy(SYNTAX, where=f"the text: {error}") from error
    if not isinstance(document, dict):
        raise MalformedPolicy(SYNTAX, where="the text: not a JSON object")
    return document


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has a member twice")
    return members


def statements_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements of a document of sound shape, also where it has a single one outside a list."""
    found = document["Statement"]
    return list(found) if isinstance(found, list) else [found]


def check_shape(document: Mapping[str, Any]) -> None:
    """Raises MalformedPolicy unless every element is known, of the right JSON type, and in conflict with no other."""
    _refuse_strangers(document, _DOCUMENT, "the document")
    for name in ("Version", "Id"):
        if name in document and not isinstance(document[name], str):
            raise MalformedPolicy(SYNTAX, where=name)
    statements = document.get("Statement")
    if isinstance(statements, list) and statements:
        for index, statement in enumerate(statements):
            _check_statement(statement, f"Statement[{index}]")
    elif isinstance(statements, dict):
        _check_statement(statements, "Statement")
    else:
        raise MalformedPolicy(SYNTAX, where="Statement")


def _check_statement(statement: Any, where: str) -> None:
    if not isinstance(statement, dict):
        raise MalformedPolicy(SYNTAX, where=where)
    _refuse_strangers(statement, _STATEMENT, where)
    for one, other in _EITHER_OR:
        if one in statement and other in statement:
            raise MalformedPolicy(SYNTAX, where=f"{where}: {one} and {other}")
    if not isinstance(statement.get("Effect"), str):
        raise MalformedPolicy(SYNTAX, where=f"{where}.Effect")
    if not isinstance(statement.get("Sid", ""), str):
        raise MalformedPolicy(SYNTAX, where=f"{where}.Sid")
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if name in statement and not _is_texts(statement[name]):
            raise MalformedPolicy(SYNTAX, where=f"{where}.{name}")
    for name in ("Principal", "NotPrincipal"):
        if name in statement:
            _check_principal(statement[name], f"{where}.{name}")
    if "Condition" in statement:
        _check_conditions(statement["Condition"], f"{where}.Condition")


def _check_principal(principal: Any, where: str) -> None:
    if isinstance(principal, str):
        return
    if not isinstance(principal, dict) or not principal:
        raise MalformedPolicy(SYNTAX, where=where)
    _refuse_strangers(principal, _PRINCIPAL, where)
    for name, values in principal.items():
        if not _is_texts(values):
            raise MalformedPolicy(SYNTAX, where=f"{where}.{name}")


def _check_conditions(block: Any, where: str) -> None:
    if not isinstance(block, dict):
        raise MalformedPolicy(SYNTAX, where=where)
    for operator, keys in block.items():
        if not isinstance(keys, dict):
            raise MalformedPolicy(SYNTAX, where=f"{where}.{operator}")
        for key, values in keys.items():
            items = values if isinstance(values, list) else [values]
            if not all(isinstance(item, str | bool | int | float) for item in items):
                raise MalformedPolicy(SYNTAX, where=f"{where}.{operator}.{key}")


def _refuse_strangers(members: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in members:
        if name not in known:
            raise MalformedPolicy(SYNTAX, where=f"{where}: `{name}`")


def _is_texts(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def texts(value: str | list[str]) -> tuple[str, ...]:
    """String-or-list as a tuple: the two mean the same everywhere."""
    return (value,) if isinstance(value, str) else tuple(value)
