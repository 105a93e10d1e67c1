"""getPolicyDocument: a policy in the program's words, merged from several, as text (spec 4.2). Calls nothing."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rolecall.model.provider import ProviderFailed
from rolecall.model.value import Map, map_of
from rolecall.providers.aws.documents import escaped
from rolecall.providers.aws.values import plain
from rolecall.providers.aws.work import Surroundings

OLD_VERSION = "2008-10-17"
NEW_VERSION = "2012-10-17"
_ORDER = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")

Statement = dict[str, Any]


def get_policy_document(around: Surroundings, args: Map) -> Map:
    """Renders the document. Raises ProviderFailed for repeated Sids and for text that is not JSON."""
    given: dict[str, Any] = plain(args)
    document = build(given)
    text = escaped(json.dumps(document, indent=2, ensure_ascii=False))
    compact = escaped(json.dumps(document, separators=(",", ":"), ensure_ascii=False))
    echoed = {**given, "version": given.get("version") or NEW_VERSION}
    if "statements" in given:
        echoed["statements"] = [_echo(block) for block in given["statements"] or ()]
    return map_of({**echoed, "id": str(zlib.crc32(text.encode())), "json": text, "minifiedJson": compact})


def build(given: Mapping[str, Any]) -> dict[str, Any]:
    """The document as data, in the order in which its keys are written."""
    document: dict[str, Any] = {}
    sids: set[str] = set()
    sources = [given.get("sourceJson"), *(given.get("sourcePolicyDocuments") or ())]
    for number, text in enumerate((source for source in sources if source), 1):
        source = _parsed(text, f"merging source document {number}")
        _refuse_repeated(source, sids, number)
        _merge(document, source)
    _merge(document, _own(given))
    for text in (*(given.get("overridePolicyDocuments") or ()), given.get("overrideJson")):
        if text:
            _merge(document, _parsed(text, "merging override document"))
    return _ordered(document)


def _parsed(text: str, doing: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ProviderFailed(f"writing IAM Policy Document: {doing}: {error}") from error
    if not isinstance(document, dict):
        raise ProviderFailed(f"writing IAM Policy Document: {doing}: not a JSON object")
    statements = document.get("Statement") or []
    return {**document, "Statement": statements if isinstance(statements, list) else [statements]}


def _refuse_repeated(source: Mapping[str, Any], sids: set[str], document: int) -> None:
    for number, statement in enumerate(source["Statement"], 1):
        sid = statement.get("Sid")
        if sid and sid in sids:
            raise ProviderFailed(
                f"writing IAM Policy Document: merging source document {document}: duplicate Sid ({sid}) in "
                f"source_policy_documents (statement {number}). Remove the Sid or ensure Sids are unique."
            )
        sids.update([sid] if sid else [])


def _merge(document: dict[str, Any], other: Mapping[str, Any]) -> None:
    """Another document on top: its Id wins, the newer Version, and statements with a known Sid take its place."""
    if other.get("Id"):
        document["Id"] = other["Id"]
    document["Version"] = max(str(document.get("Version", "")), str(other.get("Version", "")))
    statements: list[Statement] = document.setdefault("Statement", [])
    for statement in other.get("Statement", ()):
        place = _place_of(statement, statements)
        if place is None:
            statements.append(statement)
        else:
            statements[place] = statement


def _place_of(statement: Statement, statements: list[Statement]) -> int | None:
    sid = statement.get("Sid")
    return next((i for i, held in enumerate(statements) if sid and held.get("Sid") == sid), None)


def _own(given: Mapping[str, Any]) -> dict[str, Any]:
    version = given.get("version") or NEW_VERSION
    statements = [_statement(block, version) for block in given.get("statements") or ()]
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    for sid in sids:
        if sids.count(sid) > 1:
            raise ProviderFailed(
                f"writing IAM Policy Document: duplicate Sid ({sid}). Remove the Sid or ensure the Sid is unique."
            )
    return {"Version": version, "Id": given.get("policyId"), "Statement": statements}


def _statement(block: Mapping[str, Any], version: str) -> Statement:
    effect = block.get("effect") or "Allow"
    if effect not in ("Allow", "Deny"):
        raise ProviderFailed(f'expected effect to be one of ["Allow" "Deny"], got {effect}')
    return {
        "Sid": block.get("sid") or "",
        "Effect": effect,
        "Action": _set(block.get("actions")),
        "NotAction": _set(block.get("notActions")),
        "Resource": _set(_variables(block.get("resources"), version)),
        "NotResource": _set(_variables(block.get("notResources"), version)),
        "Principal": _principals(block.get("principals"), version),
        "NotPrincipal": _principals(block.get("notPrincipals"), version),
        "Condition": _conditions(block.get("conditions"), version),
    }


def _set(values: Iterable[str] | None) -> Any:
    unique = sorted(set(values or ()), reverse=True)
    return unique[0] if len(unique) == 1 else unique or None


def _variables(values: Iterable[str] | None, version: str) -> Iterator[str]:
    """`&{...}` stands for a policy variable, as `${...}` means something to the writer's own language."""
    for value in values or ():
        if version == OLD_VERSION and "&{" in value:
            raise ProviderFailed(
                f"writing IAM Policy Document: found &{{ sequence in ({value}), which is not supported in document "
                f"version {OLD_VERSION}"
            )
        yield value.replace("&{", "${")


def _principals(blocks: Iterable[Mapping[str, Any]] | None, version: str) -> Any:
    listed = list(blocks or ())
    if len(listed) == 1 and listed[0].get("type") == "*" and list(listed[0].get("identifiers") or ()) == ["*"]:
        return "*"
    merged: dict[str, set[str]] = {}
    for block in listed:
        merged.setdefault(block["type"], set()).update(_variables(block.get("identifiers"), version))
    return {kind: _set(merged[kind]) for kind in sorted(merged)} or None


def _conditions(blocks: Iterable[Mapping[str, Any]] | None, version: str) -> Any:
    gathered: dict[str, dict[str, list[str]]] = {}
    for block in blocks or ():
        values = gathered.setdefault(block["test"], {}).setdefault(block["variable"], [])
        values += _variables((str(value) for value in block.get("values") or ()), version)
    rendered = {
        test: {key: values[0] if len(values) == 1 else values for key, values in sorted(keys.items())}
        for test, keys in sorted(gathered.items())
    }
    return rendered or None


def _ordered(document: Mapping[str, Any]) -> dict[str, Any]:
    ordered: dict[str, Any] = {"Version": document["Version"]} if document.get("Version") else {}
    if document.get("Id"):
        ordered["Id"] = document["Id"]
    statements = [
        {key: statement[key] for key in _ORDER if statement.get(key) not in (None, "", [], {})}
        for statement in document.get("Statement", ())
    ]
    if statements:
        ordered["Statement"] = statements
    return ordered


def _echo(block: Mapping[str, Any]) -> dict[str, Any]:
    return {**block, "effect": block.get("effect") or "Allow"}
