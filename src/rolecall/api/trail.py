"""The trail, from the sandbox or from an AWS account, as entries with whole chains of identities."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rolecall.api.sandbox import require
from rolecall.audit.trail import Entry, Filter, as_line, link
from rolecall.sandbox import client

__all__ = ["Entry", "Filter", "as_line", "follow_sandbox", "from_aws", "from_sandbox"]

_PAGES = 200
_WAIT_SECONDS = 20.0


def from_sandbox(environ: Mapping[str, str] | None = None, wanted: Filter | None = None) -> list[Entry]:
    """The running sandbox's records, data events too, oldest first; read as its administrator. Raises SandboxError."""
    answer = client.ask(require(environ), "trail")
    return (wanted or Filter()).select([_entry(item) for item in answer["entries"]])


def _entry(item: Mapping[str, Any]) -> Entry:
    return Entry(item["record"], tuple(item["chain"]))


def follow_sandbox(environ: Mapping[str, str] | None = None, wanted: Filter | None = None) -> Iterator[Entry]:
    """The sandbox's records as they come, without end; begins with those that are there."""
    run = require(environ)
    chosen = wanted or Filter()
    after = 0
    while True:
        answer = client.ask(run, "trail", {"after": after, "wait": _WAIT_SECONDS}, timeout=_WAIT_SECONDS + 30)
        yield from chosen.select([_entry(item) for item in answer["entries"]])
        after = max([after, *(int(item["number"]) for item in answer["entries"])])


def from_aws(profile: str, region: str = "", wanted: Filter | None = None) -> list[Entry]:
    """An account's management events by LookupEvents, oldest first, as the profile. Raises roles.errors.RoleError."""
    from rolecall.roles.chain import Chain, Connection, Profile
    from rolecall.roles.sessions import Sessions

    chosen = wanted or Filter()
    sessions = Sessions()
    session = sessions.open(Chain(base=Profile(profile)), Connection(region=region))
    attributes = [{"AttributeKey": "EventName", "AttributeValue": chosen.event}] if chosen.event else []
    records: list[Mapping[str, Any]] = []
    more: dict[str, str] = {}
    try:
        for _ in range(_PAGES):
            answer = session.call("cloudtrail", "lookup_events", LookupAttributes=attributes, **more)
            records += [json.loads(event["CloudTrailEvent"]) for event in answer["Events"]]
            if not answer.get("NextToken"):
                break
            more = {"NextToken": answer["NextToken"]}
    finally:
        sessions.close()
    return chosen.select(link(reversed(records)))
