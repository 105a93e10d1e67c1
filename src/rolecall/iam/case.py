"""Authorisation questions as plain data, one JSON object each: the form in which cases are exchanged.

{"request": {"principal", "principal_kind", "issuer"?, "unique_id"?, "account"?, "action", "resource",
             "resource_account", "context", "principal_in_management_account"?, "resource_in_management_account"?,
             "service_linked_role"?},
 "policies": {"identity": [document], "boundary": [document], "session": null | [document], "resource": null | document,
              "trust": null | document, "scp": [[document]], "rcp": [[document]], "endpoint"?: null | [document]}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rolecall.iam.authorise import authorise
from rolecall.iam.errors import MalformedPolicy
from rolecall.iam.parse import parse_policy
from rolecall.iam.policies import Policies
from rolecall.iam.policy import Policy, PolicyKind
from rolecall.iam.request import IDENTIFIED, Context, Principal, PrincipalKind, Request


class MalformedCase(MalformedPolicy):
    """A question that does not have the form of one."""


def read_request(case: Mapping[str, Any]) -> Request:
    """The request of a case. Raises MalformedCase."""
    try:
        return _request(case["request"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedCase(f"not a question: {error!r}") from error


def _request(asked: Mapping[str, Any]) -> Request:
    kind = PrincipalKind(asked["principal_kind"])
    arn: str = asked["principal"]
    own = arn.split(":")[4] if kind in IDENTIFIED and arn.count(":") >= 5 else None
    principal = Principal(
        kind,
        arn,
        asked.get("account", own),
        issuer=asked.get("issuer"),
        unique_id=asked.get("unique_id"),
        service_linked_role=bool(asked.get("service_linked_role")),
    )
    return Request(
        principal,
        asked["action"],
        asked["resource"],
        asked.get("resource_account"),
        Context(asked.get("context") or {}),
        principal_in_management_account=bool(asked.get("principal_in_management_account")),
        resource_in_management_account=bool(asked.get("resource_in_management_account")),
    )


def read_policies(case: Mapping[str, Any]) -> Policies:
    """The policies of a case, each named by its place. Raises MalformedPolicy."""
    try:
        about_role = str(case["request"]["action"]).lower().startswith("sts:")
        return _policies(case.get("policies") or {}, about_role)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedCase(f"not a set of policies: {error!r}") from error


def _policies(given: Mapping[str, Any], about_role: bool) -> Policies:
    session, endpoint = given.get("session"), given.get("endpoint")
    trust = given.get("trust")
    trusted = about_role and trust is not None
    resource = _one(trust, PolicyKind.TRUST) if trusted else _one(given.get("resource"), PolicyKind.RESOURCE)
    return Policies(
        identity=_many(given.get("identity"), PolicyKind.IDENTITY),
        boundary=_many(given.get("boundary"), PolicyKind.BOUNDARY),
        session=None if session is None else _many(session, PolicyKind.SESSION),
        resource=resource,
        scp=tuple(_many(level, PolicyKind.SCP) for level in given.get("scp") or ()),
        rcp=tuple(_many(level, PolicyKind.RCP) for level in given.get("rcp") or ()),
        endpoint=None if endpoint is None else _many(endpoint, PolicyKind.ENDPOINT),
    )


def _one(document: Any, kind: PolicyKind) -> Policy | None:
    return None if document is None else _parsed(json.dumps(document), kind, kind.value)


def _many(documents: Any, kind: PolicyKind) -> tuple[Policy, ...]:
    return tuple(_parsed(json.dumps(each), kind, f"{kind.value} {n + 1}") for n, each in enumerate(documents or ()))


@lru_cache(maxsize=16384)
def _parsed(text: str, kind: PolicyKind, name: str) -> Policy:
    return parse_policy(text, kind, name)


def answer(case: Mapping[str, Any]) -> dict[str, Any]:
    """Decides a case. Something malformed in it is answered as a denial with an `error`, never raised."""
    try:
        decision = authorise(read_request(case), read_policies(case))
    except MalformedPolicy as error:
        return {"id": case.get("id"), "decision": "ImplicitDeny", "error": str(error)}
    return {
        "id": case.get("id"),
        "decision": decision.outcome.value,
        "decidedBy": None if decision.decided_by is None else decision.decided_by.value,
        "blockedBy": [kind.value for kind in decision.blocked_by],
        "statements": [
            {"policy": applied.policy.name, "sid": applied.statement.sid, "index": applied.statement.index}
            for applied in decision.statements
        ],
        "rule": decision.rule.value,
    }
