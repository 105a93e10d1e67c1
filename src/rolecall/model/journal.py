"""What the engine tells its memory: the intent before a provider is asked to change the world, and the result after.

The engine makes entries; `state` writes them ahead, replays them after a crash and folds them into snapshots.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from rolecall.model.resource import PendingOperation, Resource


@dataclass(frozen=True, slots=True)
class Begun:
    """A provider is about to be asked. Must be durable before it is."""

    operation: int
    pending: PendingOperation


@dataclass(frozen=True, slots=True)
class Done:
    """An operation ended. `operation`: the Begun it ends, or 0 for a step that needed no provider (same, replace).

    `removed`: index in the base snapshot of the entry that this supersedes or deletes, if there is one. `removed_new`:
    index, among the resources added in this run, of one that is superseded (its outputs were registered, or it was
    deleted again). `added`: the new state, if there is one. `elidable`: nothing changed that is
    worth a write of its own.
    """

    operation: int
    removed: int | None = None
    removed_new: int | None = None
    added: Resource | None = None
    elidable: bool = False


@dataclass(frozen=True, slots=True)
class Rebased:
    """The base snapshot was changed by a refresh: the resources as they now are, in order."""

    base: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """An entry of the base snapshot changed in place: its replacement exists (`delete`), or it was deleted before its
    replacement (`pending_replacement`)."""

    index: int
    resource: Resource


Entry: TypeAlias = Begun | Done | Rebased | Marked


class Journal(Protocol):
    """Where entries go. `append` returns when the entry is durable (or, for an elidable one, will be with the next).

    Raises RolecallError when it cannot be written: the run then stops, and what is under way is recorded as pending.
    """

    async def append(self, entry: Entry) -> None: ...
