"""IAM policy documents as text: what is sent, what is stored, and when two of them mean the same.

The rules are those of Pulumi's provider (spec 2.6): a refresh must not show AWS's re-ordering, an update must not be
made for a change of layout.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_ACCOUNT = re.compile(r"^\d{12}$")
_ROOT = re.compile(r"^arn:[^:]+:iam::(\d{12}):root$")
_VERSION = "2012-10-17"


def normalised(text: str) -> str:
    """The document compact, with sorted keys and Go's escapes. Text that is not JSON stays as it is."""
    if not text.strip():
        return text
    try:
        return _compact(json.loads(text))
    except ValueError:
        return text


def legacy_normalised(text: str) -> str:
    """`normalised`, with the current Version in front: AWS's old parser of inline policies wants it first."""
    compact = normalised(text)
    marker = f'"Version":"{_VERSION}"'
    if not compact.startswith("{") or marker not in compact or compact.startswith("{" + marker):
        return compact
    try:
        document = json.loads(compact)
    except ValueError:
        return compact
    if document.get("Version") != _VERSION:
        return compact
    rest = _compact({key: value for key, value in document.items() if key != "Version"})
    return "{" + marker + ("," if rest != "{}" else "") + rest[1:]


def _compact(document: Any) -> str:
    return escaped(json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def escaped(text: str) -> str:
    """JSON text with the characters escaped that Go escapes for HTML."""
    for character, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(character, escape)
    return text


def equivalent(one: str, other: str) -> bool:
    """Whether two policy texts mean the same; unparsable text means only itself."""
    if one == other or (_is_blank(one) and _is_blank(other)):
        return True
    try:
        first, second = json.loads(one), json.loads(other)
    except ValueError:
        return False
    first, second = _unwrapped(first), _unwrapped(second)
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        return False
    same_head = all(first.get(key, "") == second.get(key, "") for key in ("Version", "Id"))
    return same_head and _same_statements(_listed(first.get("Statement")), _listed(second.get("Statement")))


def _is_blank(text: str) -> bool:
    return text.strip() in ("", "{}")


def _unwrapped(document: Any) -> Any:
    return document[0] if isinstance(document, list) and len(document) == 1 else document


def _same_statements(ones: list[Any], others: list[Any]) -> bool:
    if len(ones) != len(others):
        return False
    return all(any(_same_statement(a, b) for b in others) for a in ones) and all(
        any(_same_statement(a, b) for a in ones) for b in others
    )


def _same_statement(one: Any, other: Any) -> bool:
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return bool(one == other)
    if one.get("Sid", "") != other.get("Sid", ""):
        return False
    if str(one.get("Effect", "")).lower() != str(other.get("Effect", "")).lower():
        return False
    lists = ("Action", "NotAction", "Resource", "NotResource")
    if any(sorted(_texts(one.get(key))) != sorted(_texts(other.get(key))) for key in lists):
        return False
    if not all(_same_principals(one.get(key), other.get(key)) for key in ("Principal", "NotPrincipal")):
        return False
    return _conditions(one.get("Condition")) == _conditions(other.get("Condition"))


def _same_principals(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return _principal_sets(one) == _principal_sets(other)
    if isinstance(one, str) and isinstance(other, str):
        return _account_form(one) == _account_form(other)
    return not one and not other


def _principal_sets(principals: Mapping[str, Any]) -> dict[str, set[str]]:
    sets = {kind: {_account_form(text) for text in _texts(value)} for kind, value in principals.items()}
    return {kind: values for kind, values in sets.items() if values}


def _account_form(principal: str) -> str:
    root = _ROOT.match(principal)
    return root[1] if root else principal


def _conditions(conditions: Any) -> dict[str, dict[str, set[str]]]:
    if not isinstance(conditions, Mapping):
        return {}
    return {
        operator: {key: set(_texts(value)) for key, value in wants.items()}
        for operator, wants in conditions.items()
        if isinstance(wants, Mapping)
    }


def _texts(value: Any) -> list[str]:
    return [_text(item) for item in _listed(value)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def problems(key: str, text: str) -> Iterable[str]:
    """What is wrong with a text that should be an IAM policy; the texts are those of Pulumi's provider."""
    if text == "":
        yield f'"{key}" is an empty string, which is not a valid JSON value'
        return
    wrong = f'"{key}" contains an invalid JSON policy: '
    if text[0].isspace():
        yield wrong + "leading space characters are not allowed"
    elif text[0] == '"':
        yield wrong + "contains a JSON-encoded string, not a JSON-encoded object" + _string_hint(text)
    elif text[0] == "[":
        yield wrong + "contains a JSON array, not a JSON object"
    elif text[0] != "{":
        yield wrong + "not a JSON object"
    else:
        yield from json_problems(text, wrong)


def json_problems(text: str, prefix: str) -> Iterable[str]:
    """The complaint of a JSON parser, if it has one."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        yield f"{prefix}{error.msg}, at byte offset {len(text[: error.pos].encode())}"


def _string_hint(text: str) -> str:
    if text.rstrip().rstrip('"').endswith(".json"):
        return " (have you passed a JSON-encoded filename instead of the content of that file?)"
    return " (have you double-encoded your JSON data?)"
