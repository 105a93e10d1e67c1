"""Calls and callers made short, and a small world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rolecall.sandbox.call import ApiCall, Caller, HttpFacts, Session
from rolecall.sandbox.question import Check, Question, World, ask

ACCOUNT, OTHER = "000000424242", "000000999999"
NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
ALICE = Caller(
    "user", f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT, "AIDAALICE", user_name="alice", tags={"team": "red"}
)
SESSION = Session("role", "ASIA1", "secret", "token", ACCOUNT, NOON, NOON, name="ci", issuer_id="AROAAPP")
CI = Caller(
    "role",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/app/ci",
    ACCOUNT,
    "AROAAPP:ci",
    issuer_arn=f"arn:aws:iam::{ACCOUNT}:role/team/app",
    issuer_id="AROAAPP",
    session=SESSION,
)


@dataclass(frozen=True)
class Known(World):
    """A world with the few things that a test says exist."""

    roles: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    tagged: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    objects: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, str] = field(default_factory=dict)
    profiles: Mapping[str, str] = field(default_factory=dict)

    def role_arn(self, account: str, name: str) -> str | None:
        return self.roles.get(name)

    def user_arn(self, account: str, name: str) -> str | None:
        return self.users.get(name)

    def bucket_owner(self, bucket: str) -> str | None:
        return self.owners.get(bucket)

    def tags(self, arn: str, account: str) -> Mapping[str, str] | None:
        return self.tagged.get(arn)

    def object_tags(self, bucket: str, key: str, version: str | None) -> Mapping[str, str] | None:
        return self.objects.get((bucket, key))

    def key_arn(self, account: str, region: str, key_id: str) -> str | None:
        return self.keys.get(key_id)

    def permissions_boundary(self, arn: str) -> str | None:
        return self.bounds.get(arn)

    def instance_profile_role(self, account: str, name: str) -> str | None:
        return self.profiles.get(name)


def question(
    name: str,
    params: Mapping[str, Any] | None = None,
    *,
    caller: Caller = ALICE,
    world: World | None = None,
    **http: Any,
) -> Question:
    """What must be asked for `service:Operation`."""
    service, _, operation = name.partition(":")
    facts = HttpFacts(
        http.get("method", "POST"),
        http.get("path", "/"),
        (),
        http.get("headers", {"user-agent": "test"}),
        "203.0.113.9",
    )
    call = ApiCall(service, operation, params or {}, "eu-west-1", facts, NOON, "request-1", "json")
    return ask(call, caller, world or World())


def asked(*args: Any, **more: Any) -> list[str]:
    """The checks as `action resource`."""
    return [f"{check.action} {check.resource}" for check in question(*args, **more).checks]


def only(*args: Any, **more: Any) -> Check:
    """The single check of a call."""
    (check,) = question(*args, **more).checks
    return check
