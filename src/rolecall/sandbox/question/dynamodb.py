"""DynamoDB: tables by name or ARN, bulk and transaction calls by their single actions, PartiQL by its verbs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, Question
from rolecall.sandbox.question.dynamodb_items import item_keys
from rolecall.sandbox.question.general import check, general_question


def dynamodb_question(asking: Asking) -> Question:
    """Tables by name or ARN; bulk and transaction calls need the single action for each table; PartiQL has its own."""
    operation = asking.call.operation
    bulk = tuple(_dynamodb_bulk(asking))
    if bulk:
        return Question(bulk)
    if operation == "DescribeEndpoints":
        return general_question(asking)
    table, index = asking.text("TableName"), asking.text("IndexName")
    if not table:
        return general_question(asking)
    arn = _table(asking, table)
    return Question((_items(asking, asking.action, f"{arn}/index/{index}" if index else arn, [asking.call.params]),))


def _items(asking: Asking, action: str, arn: str, requests: list[Mapping[str, Any]]) -> Check:
    """A check on a table, with the condition keys for the items that these parts of the call are about."""
    return replace(check(asking, action, arn), keys=item_keys(asking.world.partition_key(arn), requests))


def _table(asking: Asking, name: str) -> str:
    return name if name.startswith("arn:") else asking.arn("dynamodb", f"table/{name}")


def _dynamodb_bulk(asking: Asking) -> Iterator[Check]:
    operation = asking.call.operation
    if operation in ("BatchGetItem", "BatchWriteItem"):
        for table, wanted in (asking.param("RequestItems") or {}).items():
            yield _items(asking, asking.action, _table(asking, table), _of_one_table(wanted))
    if operation in ("TransactGetItems", "TransactWriteItems"):
        names = {"Get": "GetItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
        for item in asking.param("TransactItems") or ():
            for kind, what in item.items():
                action = f"dynamodb:{names.get(kind, 'ConditionCheckItem')}"
                yield _items(asking, action, _table(asking, what.get("TableName", "")), [what])
    for statement in _partiql(asking):
        verb = statement.split(None, 1)[0].capitalize() if statement.strip() else "Select"
        yield check(asking, f"dynamodb:PartiQL{verb}", _partiql_table(asking, statement))


def _of_one_table(wanted: Any) -> list[Mapping[str, Any]]:
    """The parts of a bulk call about one table: its keys to get, or its items to put and keys to delete."""
    if isinstance(wanted, Mapping):
        return [wanted, *({"Key": key} for key in wanted.get("Keys") or ())]
    return [request for entry in wanted or () for request in entry.values() if isinstance(request, Mapping)]


def _partiql(asking: Asking) -> list[str]:
    operation = asking.call.operation
    if operation == "ExecuteStatement":
        return [asking.text("Statement")]
    entries: Any = asking.param("Statements") or asking.param("TransactStatements") or ()
    return [entry.get("Statement", "") for entry in entries] if "Execute" in operation else []


def _partiql_table(asking: Asking, statement: str) -> str:
    words = statement.replace("(", " ").split()
    markers = [i for i, word in enumerate(words) if word.lower() in ("from", "into", "update")]
    if not markers or markers[0] + 1 >= len(words):
        return asking.arn("dynamodb", "table/*")
    name, _, index = words[markers[0] + 1].rstrip(";").replace('"', "").replace("'", "").partition(".")
    return asking.arn("dynamodb", f"table/{name}" + (f"/index/{index}" if index else ""))
