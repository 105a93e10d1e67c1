"""The policy evaluator for users of the command line: streams of questions, one explained, a document checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from rolecall.errors import RolecallError
from rolecall.iam import MalformedPolicy, PolicyKind, data_of, explain, text_of, validate_policy
from rolecall.iam.case import answer, read_policies, read_request


class NotAQuestion(RolecallError):
    """Input that is not JSON of the expected form. Says the line."""


def answers(lines: Iterable[str]) -> Iterator[str]:
    """Answers questions, one JSON object a line each; blank lines are skipped. What is no question is denied."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield json.dumps(_answer(line, number), separators=(",", ":"))


def _answer(line: str, number: int) -> dict[str, Any]:
    try:
        return answer(_object(line, number))
    except NotAQuestion as error:
        return {"id": None, "decision": "ImplicitDeny", "error": error.summary}


def explanation(text: str, *, as_json: bool = False, everything: bool = False) -> tuple[bool, str]:
    """Whether one question is answered with yes, and why. Raises NotAQuestion and MalformedPolicy."""
    case = _object(text, 1)
    explained = explain(read_request(case), read_policies(case))
    shown = json.dumps(data_of(explained), indent=2) if as_json else text_of(explained, everything=everything)
    return explained.decision.allowed, shown


def check_document(text: str, kind: str, service: str, resource: str) -> None:
    """Checks a policy as the service that would save it does. Raises MalformedPolicy with its words."""
    try:
        wanted = PolicyKind(kind)
    except ValueError as error:
        raise RolecallError(f"no such kind of policy: {kind}", hint=f"one of {', '.join(PolicyKind)}") from error
    validate_policy(text, wanted, service=service, resource=resource)


def _object(text: str, line: int) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise NotAQuestion(f"line {line} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise NotAQuestion(f"line {line} is not a JSON object")
    return found


__all__ = ["MalformedPolicy", "NotAQuestion", "answers", "check_document", "explanation"]
