"""The history of a stack: one entry per finished operation, with the state as it then was."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rolecall.model.stack_name import StackName
from rolecall.state import layout
from rolecall.state.compression import compress, decompress
from rolecall.state.errors import CorruptState
from rolecall.state.json_text import InvalidJSON, dumps, loads
from rolecall.state.store import Store

UpdateKind = Literal["update", "preview", "refresh", "rename", "destroy", "import", "resource-import"]
UpdateResult = Literal["in-progress", "succeeded", "failed"]

_ENTRY = (".history.json", ".history.json.gz", ".history.json.zst")


@dataclass(frozen=True, slots=True)
class UpdateInfo:
    """What was done to a stack. Times in seconds since 1970.

    `config`: full keys to plain data as the stack's settings hold it (`{"secure": ...}` for secrets).
    `environment`: what is known about where it was done (Pulumi's keys, such as `git.head`).
    """

    kind: UpdateKind
    start_time: int
    end_time: int
    result: UpdateResult
    message: str = ""
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    config: Mapping[str, Any] = field(default_factory=dict, hash=False)
    resource_changes: Mapping[str, int] = field(default_factory=dict, hash=False)

    def to_json(self) -> bytes:
        """The content of a history file."""
        data = {
            "kind": self.kind,
            "startTime": self.start_time,
            "message": self.message,
            "environment": dict(sorted(self.environment.items())),
            "config": dict(sorted(self.config.items())),
            "version": 0,
            "result": self.result,
            "endTime": self.end_time,
        }
        if self.resource_changes:
            data["resourceChanges"] = dict(sorted(self.resource_changes.items()))
        return dumps(data)


def add(store: Store, name: StackName, update: UpdateInfo, checkpoint: bytes, extension: str) -> None:
    """Writes an entry and the checkpoint that goes with it. `extension`: how files are compressed."""
    stem = f"{layout.history(name)}{name.stack}-{time.time_ns()}"
    store.write(f"{stem}.history.json{extension}", compress(update.to_json(), extension))
    store.write(f"{stem}.checkpoint.json{extension}", compress(checkpoint, extension))


def entries(store: Store, name: StackName, page_size: int = 0, page: int = 1) -> list[dict[str, Any]]:
    """History entries as plain data, newest first. A page size of 0 means all of them.

    Raises CorruptState for an entry that cannot be read.
    """
    keys = [listed.key for listed in store.list(layout.history(name)) if listed.key.endswith(_ENTRY)]
    keys.reverse()
    if page_size > 0:
        start = (max(page, 1) - 1) * page_size
        keys = keys[start : start + page_size]
    return [entry for key in keys if (entry := _read(store, key)) is not None]


def _read(store: Store, key: str) -> dict[str, Any] | None:
    blob = store.read(key)
    if blob is None:
        return None
    try:
        data = loads(decompress(blob.data))
    except InvalidJSON as error:
        raise CorruptState(f"reading history file {key}: {error}") from error
    if not isinstance(data, dict):
        raise CorruptState(f"reading history file {key}: not a history entry")
    return data


def move(store: Store, old: StackName, new: StackName) -> None:
    """Makes the history of one stack that of another: files are named after the stack."""
    folder = layout.history(old)
    for listed in store.list(folder):
        file = listed.key.removeprefix(folder)
        stack, dash, rest = file.rpartition("-")
        blob = store.read(listed.key)
        if dash and stack == old.stack and blob is not None:
            store.write(f"{layout.history(new)}{new.stack}-{rest}", blob.data)
            store.delete(listed.key)
