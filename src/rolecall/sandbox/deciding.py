"""Asking: the checks of a call, put to the policy evaluator one by one, and the first that fails."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

from rolecall.iam import Decision, Outcome, Request, authorise, denial_text
from rolecall.sandbox import organizations
from rolecall.sandbox.call import ApiCall, Caller
from rolecall.sandbox.callers import principal_of
from rolecall.sandbox.lookups import Lookups
from rolecall.sandbox.policies import gather
from rolecall.sandbox.question import Check, ask
from rolecall.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out: the decisions taken, the one that denies the call, and single items that are denied."""

    decisions: tuple[tuple[Check, Decision], ...]
    denied: tuple[Check, Decision] | None = None
    denied_items: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """The denial in AWS's words."""
        return denial_text(self.denied[1]) if self.denied else ""


def decide(world: World, call: ApiCall, caller: Caller) -> Verdict:
    """Whether a caller may make a call. Stops at the first check that denies it."""
    question = ask(call, caller, Lookups(world))
    taken: list[tuple[Check, Decision]] = []
    items: list[str] = []
    for check in question.checks:
        decision = decide_check(world, caller, check)
        taken.append((check, decision))
        if decision.allowed:
            continue
        if check.item is None:
            return Verdict(tuple(taken), (check, decision))
        items.append(check.item)
    return Verdict(tuple(taken), None, tuple(items))


def decide_check(world: World, caller: Caller, check: Check) -> Decision:
    """One check."""
    request = Request(
        principal=principal_of(caller),
        action=check.action,
        resource=check.resource,
        account=check.account,
        context=check.context,
        principal_in_management_account=organizations.is_management(caller.account),
        resource_in_management_account=organizations.is_management(check.account or caller.account),
    )
    return authorise(request, gather(world, caller, check))


def authorization_message(call: ApiCall, caller: Caller, check: Check, decision: Decision) -> str:
    """What EC2 encodes in a denial and sts:DecodeAuthorizationMessage reads: opaque to its reader."""
    document: dict[str, Any] = {
        "allowed": False,
        "explicitDeny": decision.outcome is Outcome.EXPLICIT_DENY,
        "matchedStatements": {
            "items": [
                {"statementId": applied.statement.sid, "effect": str(applied.statement.effect).upper()}
                for applied in decision.statements
            ]
        },
        "failures": {"items": []},
        "context": {
            "principal": {"id": caller.unique_id, "name": caller.user_name or caller.unique_id, "arn": caller.arn},
            "action": check.action,
            "resource": check.resource,
            "conditions": {
                "items": [
                    {"key": key, "values": {"items": [{"value": item} for item in _listed(value)]}}
                    for key, value in check.context.items()
                ]
            },
        },
    }
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(document).encode())).decode()


def _listed(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def read_authorization_message(text: str) -> str | None:
    """The document in an encoded message, None for what is not one."""
    try:
        document = zlib.decompress(base64.urlsafe_b64decode(text), bufsize=1 << 16).decode()
        json.loads(document)
    except (ValueError, zlib.error):
        return None
    return document
