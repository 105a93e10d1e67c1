"""The journal as it is written: one line per batch of records, each with a checksum, and how it is read after a crash.

A batch is what became durable together, so only the last line can be torn; it was never acknowledged, and reading
leaves it out. Anything else that does not fit is damage: reading refuses, and touches nothing.

Records: the head (who runs), the base (the checkpoint that everything refers to, so that the journal stands alone),
the entries of `model.journal`, and announcements (the fingerprint of a checkpoint that is about to be written).
Secrets in them are sealed as in the state.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from rolecall.model.journal import Begun, Done, Entry, Marked, Rebased
from rolecall.model.resource import PendingOperation, Resource
from rolecall.state.errors import CorruptState, UnsupportedState
from rolecall.state.format import Checkpoint, read_checkpoint
from rolecall.state.json_text import InvalidJSON, dumps, loads
from rolecall.state.resources import read_operation, read_resource
from rolecall.state.secrets_in_state import Keeper
from rolecall.state.snapshot import SecretsProvider

VERSION = 1


@dataclass(frozen=True, slots=True)
class Head:
    """Who keeps a journal. `lock`: key of the lock that is held with it, which tells whether its owner lives.

    `base`: fingerprint of the checkpoint that the run began with.
    """

    stack: str
    lock: str
    time: str
    command: str
    base: str


@dataclass(slots=True)
class Recorded:
    """What a journal says. `checkpoint` is None if the run died before it did anything."""

    head: Head
    checkpoint: Checkpoint | None = None
    secrets_provider: SecretsProvider | None = None
    entries: list[Entry] = field(default_factory=list)
    announced: set[str] = field(default_factory=set)


ResourceJSON = Callable[[Resource], bytes]
"""How a resource is written, with its secrets sealed."""


def head_record(head: Head) -> bytes:
    """The first record of every journal."""
    return dumps(
        {
            "journal": VERSION,
            "stack": head.stack,
            "lock": head.lock,
            "time": head.time,
            "command": head.command,
            "base": head.base,
        }
    )


def base_record(checkpoint_json: bytes, sealed_with: SecretsProvider | None) -> bytes:
    """The record that everything after it refers to. `sealed_with`: the key of secrets in later records."""
    record: dict[str, Any] = {"base": orjson.Fragment(checkpoint_json)}
    if sealed_with is not None:
        record["secrets_providers"] = {"type": sealed_with.type, "state": sealed_with.state}
    return dumps(record)


def announcement(fingerprint: str) -> bytes:
    """Said before a checkpoint with this fingerprint is written."""
    return dumps({"checkpoint": fingerprint})


def entry_record(entry: Entry, resource_json: ResourceJSON) -> bytes:
    """An entry of the engine."""

    def written(resource: Resource) -> orjson.Fragment:
        return orjson.Fragment(resource_json(resource))

    def operation(pending: PendingOperation) -> dict[str, Any]:
        return {"resource": written(pending.resource), "type": pending.kind, **pending.extra}

    if isinstance(entry, Begun):
        return dumps({"begun": entry.operation, "pending": operation(entry.pending)})
    if isinstance(entry, Marked):
        return dumps({"marked": entry.index, "resource": written(entry.resource)})
    if isinstance(entry, Rebased):
        record: dict[str, Any] = {"rebased": [written(r) for r in entry.base]}
        if entry.pending is not None:
            record["pending"] = [operation(o) for o in entry.pending]
        return dumps(record)
    record = {"done": entry.operation}
    if entry.removed is not None:
        record["removed"] = entry.removed
    if entry.removed_new is not None:
        record["removed_new"] = entry.removed_new
    if entry.added is not None:
        record["added"] = written(entry.added)
    if entry.marked is not None:
        record |= {"marked": entry.marked.index, "resource": written(entry.marked.resource)}
    return dumps(record)


def batch(records: Iterable[bytes]) -> bytes:
    """The line for records that become durable together."""
    content = b"[" + b",".join(records) + b"]"
    return b"%08x %b\n" % (zlib.crc32(content), content)


def read_journal(data: bytes, where: str) -> Recorded | None:
    """What a journal says, without its torn end. None if not even its head was written.

    Raises CorruptState for damage before the end, naming `where`, and UnsupportedState.
    """
    records = [(number, record) for number, line in enumerate(_whole_lines(data, where), 1) for record in line]
    if not records:
        return None
    recorded = Recorded(_head(records[0][1], where))
    keeper = Keeper()
    for number, record in records[1:]:
        try:
            _take(recorded, record, keeper)
        except (KeyError, TypeError, ValueError, CorruptState) as error:
            raise _damaged(where, number, str(error) or type(error).__name__) from error
    return recorded


def _whole_lines(data: bytes, where: str) -> list[list[dict[str, Any]]]:
    lines = data.split(b"\n")
    torn = lines.pop()
    batches = []
    for number, line in enumerate(lines, 1):
        records = _records(line)
        if records is None:
            if number == len(lines) and not torn:
                break
            raise _damaged(where, number, "its checksum does not fit")
        batches.append(records)
    return batches


def _records(line: bytes) -> list[dict[str, Any]] | None:
    checksum, _, content = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(content):
        return None
    try:
        records = loads(content)
    except InvalidJSON:
        return None
    return records if isinstance(records, list) else None


def _head(record: Mapping[str, Any], where: str) -> Head:
    if record.get("journal") != VERSION:
        raise UnsupportedState(f"the journal {where} was written by another version of rolecall")
    names = ("stack", "lock", "time", "command", "base")
    try:
        return Head(**{name: record[name] for name in names})
    except KeyError as error:
        raise _damaged(where, 1, f"its head lacks {error}") from error


def _take(recorded: Recorded, record: Mapping[str, Any], keeper: Keeper) -> None:
    if "base" in record:
        recorded.checkpoint = read_checkpoint(dumps(record["base"]))
        provider = record.get("secrets_providers")
        recorded.secrets_provider = SecretsProvider(provider["type"], provider["state"]) if provider else None
    elif "checkpoint" in record:
        recorded.announced.add(record["checkpoint"])
    else:
        recorded.entries.append(_entry(record, keeper))


def _entry(record: Mapping[str, Any], keeper: Keeper) -> Entry:
    if "begun" in record:
        return Begun(record["begun"], read_operation(record["pending"], keeper))
    if "rebased" in record:
        pending = record.get("pending")
        return Rebased(
            tuple(read_resource(r, keeper) for r in record["rebased"]),
            None if pending is None else tuple(read_operation(o, keeper) for o in pending),
        )
    marked = Marked(record["marked"], read_resource(record["resource"], keeper)) if "marked" in record else None
    if "done" in record:
        added = record.get("added")
        return Done(
            record["done"],
            record.get("removed"),
            record.get("removed_new"),
            None if added is None else read_resource(added, keeper),
            marked,
        )
    if marked is None:
        raise ValueError(f"an unknown record ({', '.join(record)})")
    return marked


def _damaged(where: str, line: int, reason: str) -> CorruptState:
    return CorruptState(
        f"the journal of an interrupted run is damaged: {where}, line {line}: {reason}",
        detail="Nothing was changed. The journal names resources that may exist without being in the state.",
        hint="compare it with what exists; then move it away to go on without it",
    )
