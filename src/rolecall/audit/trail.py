"""CloudTrail records as evidence: who was behind each call, what it touched, and whether it was refused.

A record names a role session but not who assumed the role; the AssumeRole record that made the session's key does. So
the whole chain of a call is found by linking keys, on AWS as in the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Record = Mapping[str, Any]

_DENIED = (
    "AccessDenied",
    "AccessDeniedException",
    "Client.UnauthorizedOperation",
    "UnauthorizedOperation",
    "AuthorizationError",
)
_ASSUMING = ("AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetFederationToken")
_NAMING = (
    "bucketName", "roleName", "userName", "groupName", "policyArn", "policyName", "functionName", "tableName",
    "queueName", "queueUrl", "topicArn", "keyId", "secretId", "logGroupName", "roleArn", "name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One call: its record, and the ARNs from the base identity to the session that made it."""

    record: Record = field(hash=False)
    chain: tuple[str, ...]

    @property
    def denied(self) -> bool:
        """Whether it was refused for want of permission."""
        return str(self.record.get("errorCode", "")) in _DENIED

    @property
    def time(self) -> datetime:
        """When it was made."""
        return datetime.strptime(self.record["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)

    @property
    def resource(self) -> str:
        """What it was about: an ARN, a name, or nothing that the record tells."""
        resources = self.record.get("resources") or ()
        parameters = self.record.get("requestParameters") or {}
        if self.record["eventSource"] == "s3.amazonaws.com" and parameters.get("bucketName"):
            key = parameters.get("key")
            return f"{parameters['bucketName']}/{key}" if key else str(parameters["bucketName"])
        for resource in resources:
            return str(resource.get("ARN") or resource.get("ARNPrefix") or "")
        return next((str(parameters[name]) for name in _NAMING if isinstance(parameters.get(name), str)), "")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are wanted. `limit` 0 means all; otherwise the latest."""

    event: str = ""
    user: str = ""
    resource: str = ""
    denied: bool = False
    writes: bool = False
    limit: int = 0

    def select(self, entries: Sequence[Entry]) -> list[Entry]:
        """The wanted ones, in the order given."""
        found = [entry for entry in entries if self.wants(entry)]
        return found[-self.limit :] if self.limit else found

    def wants(self, entry: Entry) -> bool:
        """Whether an entry is wanted."""
        record = entry.record
        return (
            (not self.event or record["eventName"] == self.event)
            and (not self.user or any(self.user in (arn, arn.rpartition("/")[2]) for arn in entry.chain))
            and (not self.resource or _names(entry, self.resource))
            and (not self.denied or entry.denied)
            and (not self.writes or not record.get("readOnly"))
        )


def _names(entry: Entry, wanted: str) -> bool:
    arns = {str(item.get("ARN", "")) for item in entry.record.get("resources") or ()}
    parameters = entry.record.get("requestParameters") or {}
    names = {str(value) for value in parameters.values() if isinstance(value, str)}
    return wanted in arns | names | {entry.resource} or any(arn.endswith((f":{wanted}", f"/{wanted}")) for arn in arns)


def caller_of(record: Record) -> str:
    """The caller's own ARN, or what the record has in its place."""
    identity = record["userIdentity"]
    return str(
        identity.get("arn")
        or identity.get("invokedBy")
        or identity.get("principalId")
        or identity.get("accountId")
        or "?"
    )


def link(records: Iterable[Record]) -> list[Entry]:
    """Entries for records (oldest first), with the chains that the AssumeRole records among them tell."""
    made: dict[str, tuple[str, ...]] = {}
    entries: list[Entry] = []
    for record in records:
        identity = record["userIdentity"]
        before = made.get(str(identity.get("accessKeyId", "")), ())
        own = caller_of(record)
        chain = before if before and before[-1] == own else (own,)
        entries.append(Entry(record, chain))
        if record["eventName"] in _ASSUMING:
            _remember(record, chain, made)
    return entries


def _remember(record: Record, chain: tuple[str, ...], made: dict[str, tuple[str, ...]]) -> None:
    answer = record.get("responseElements") or {}
    key = str((answer.get("credentials") or {}).get("accessKeyId", ""))
    session = (answer.get("assumedRoleUser") or answer.get("federatedUser") or {}).get("arn")
    if key and session:
        made[key] = (*chain, str(session))


def short(arn: str) -> str:
    """An ARN as a reader wants it: `user/bob`, `role/ci (run-8)`, `root`."""
    resource = arn.split(":", 5)[-1]
    if resource.startswith("assumed-role/"):
        _, role, session = resource.split("/", 2)
        return f"role/{role} ({session})"
    return resource


def as_line(entry: Entry) -> str:
    """One line for a person: time, event, who (through which roles), what, and how it ended."""
    record = entry.record
    who = " → ".join(short(arn) for arn in entry.chain)
    clock = entry.time.astimezone().strftime("%H:%M:%S")
    outcome = "" if not record.get("errorCode") else "DENIED" if entry.denied else str(record["errorCode"])
    source = str(record["eventSource"]).partition(".")[0]
    text = f"{clock}  {source + ':' + str(record['eventName']):<34} {who:<58} {entry.resource}"
    return f"{text}  {outcome}".rstrip()
