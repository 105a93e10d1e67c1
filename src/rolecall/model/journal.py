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
class Marked:
    """An entry of the base snapshot changed in place: its replacement exists (`delete`), it was deleted before its
    replacement (`pending_replacement`), or a refresh found it otherwise."""

    index: int
    resource: Resource


@dataclass(frozen=True, slots=True)
class Done:
    """An operation ended. `operation`: the Begun it ends, or 0 for a step that needed no provider (same, replace).

    `removed`: index in the base snapshot of the entry that this supersedes or deletes, if there is one. `removed_new`:
    index, among the resources added in this run, of one that was deleted again; together with `added` it means that
    `added` takes its place in the list and its index (its outputs were registered). `added` without `removed_new` goes
    to the end of the list of new resources, whose indices count from 0 in the order of such entries and never shift.
    `marked`: a change of the base that must become durable together with this. `elidable`: nothing changed that is
    worth a write of its own.

    An `added` resource with `aliases` was known under those URNs: whoever folds rewrites every reference to them (see
    Pulumi's snapshot normalisation) and drops the aliases.
    """

    operation: int
    removed: int | None = None
    removed_new: int | None = None
    added: Resource | None = None
    marked: Marked | None = None
    elidable: bool = False


@dataclass(frozen=True, slots=True)
class Rebased:
    """The base snapshot was changed by a refresh before anything else: the resources as they now are, in order.

    Indices of later entries are into this list. `pending`: the interrupted creations of earlier runs that are still
    unresolved; None when they are what they were.
    """

    base: tuple[Resource, ...]
    pending: tuple[PendingOperation, ...] | None = None


Entry: TypeAlias = Begun | Done | Rebased | Marked


class Journal(Protocol):
    """Where entries go. `append` returns when the entry is durable (or, for an elidable one, will be with the next).

    Raises RolecallError when it cannot be written: the run then stops, and what is under way is recorded as pending.
    """

    async def append(self, entry: Entry) -> None: ...
