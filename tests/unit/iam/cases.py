"""Decision cases as JSON (`tests/data/iam/cases.json`) and how one becomes a request and its policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rolecall.iam import Context, Policies, Policy, PolicyKind, Principal, PrincipalKind, Request, parse_policy

FILE = Path(__file__).parents[2] / "data" / "iam" / "cases.json"
IDENTIFIED = ("user", "role-session", "federated-user", "root")


def load_cases() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(FILE.read_text())
    return cases


def request_of(case: dict[str, Any]) -> Request:
    asked = case["request"]
    kind = PrincipalKind(asked["principal_kind"])
    account = asked["principal"].split(":")[4] if kind in IDENTIFIED else None
    principal = Principal(
        kind,
        asked["principal"],
        account,
        issuer=asked.get("issuer"),
        unique_id="AIDAIDOFTHISCALLER000" if case["id"] == "TRU-30" else None,
        service_linked_role=asked.get("service_linked_role", False),
    )
    return Request(
        principal,
        asked["action"],
        asked["resource"],
        asked["resource_account"],
        Context(asked["context"]),
        principal_in_management_account=asked.get("principal_in_management_account", False),
        resource_in_management_account=asked.get("resource_in_management_account", False),
    )


def policies_of(case: dict[str, Any]) -> Policies:
    given = case["policies"]
    resource = _one(given["trust"], PolicyKind.TRUST) or _one(given["resource"], PolicyKind.RESOURCE)
    return Policies(
        identity=_many(given["identity"], PolicyKind.IDENTITY),
        boundary=_many(given["boundary"], PolicyKind.BOUNDARY),
        session=None if given["session"] is None else _many(given["session"], PolicyKind.SESSION),
        resource=resource,
        scp=tuple(_many(level, PolicyKind.SCP) for level in given["scp"]),
        rcp=tuple(_many(level, PolicyKind.RCP) for level in given["rcp"]),
    )


def _one(document: dict[str, Any] | None, kind: PolicyKind) -> Policy | None:
    return None if document is None else parse_policy(json.dumps(document), kind)


def _many(documents: list[dict[str, Any]], kind: PolicyKind) -> tuple[Policy, ...]:
    return tuple(parse_policy(json.dumps(document), kind) for document in documents)
