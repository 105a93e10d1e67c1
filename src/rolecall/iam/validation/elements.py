"""Reading the raw statements of a document whose shape may not be checked yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rolecall.iam.document import statements_of, texts

Check = Callable[[Mapping[str, Any]], None]
"""Looks at a raw document and raises MalformedPolicy for the first thing it does not like."""


def numbered(document: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The statements with their places."""
    yield from enumerate(statements_of(document))


def action_values(statement: Mapping[str, Any]) -> tuple[str, ...]:
    """What Action or NotAction lists."""
    return texts(statement.get("Action", statement.get("NotAction", [])))


def resource_values(statement: Mapping[str, Any]) -> tuple[str, ...]:
    """What Resource or NotResource lists."""
    return texts(statement.get("Resource", statement.get("NotResource", [])))
