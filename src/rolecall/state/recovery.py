"""After a crash: the journal of a dead run becomes a checkpoint, with what was under way as pending operations.

Only when the checkpoint is written do journal and lock go. If somebody changed the state in the meantime (the real CLI
after a `cancel`), theirs stays, and whatever the dead run had created and they do not know is added as an interrupted
creation, which is how both tools remember things that may exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from rolecall.model.resource import PendingOperation, Resource
from rolecall.model.stack_name import StackName
from rolecall.model.value import EMPTY
from rolecall.state import layout, locks
from rolecall.state.backend import Backend
from rolecall.state.errors import CorruptState
from rolecall.state.fold import Fold
from rolecall.state.format import Checkpoint, deployment_of, features_needed, snapshot_of
from rolecall.state.journal_file import Recorded, read_journal
from rolecall.state.secrets_in_state import Keeper
from rolecall.state.snapshot import Manifest, Snapshot
from rolecall.state.store import fingerprint


@dataclass(frozen=True, slots=True)
class DeadRun:
    """A journal whose run is over without having finished. `recorded` is None when it died before its first record."""

    key: str
    recorded: Recorded | None


@dataclass(frozen=True, slots=True)
class Remains:
    """What dead processes left of a stack: journals, oldest first, and the keys of locks."""

    runs: tuple[DeadRun, ...] = ()
    locks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was recovered, for telling the user. `interrupted`: operations whose outcome nobody knows.

    `merged`: the state had been changed since, and was kept.
    """

    command: str
    time: str
    resources: int
    interrupted: tuple[PendingOperation, ...]
    merged: bool = False

    def __str__(self) -> str:
        """One sentence, and a line for each interrupted operation."""
        count = len(self.interrupted)
        text = f"recovered what `{self.command}` had done when it was interrupted (begun {self.time})"
        if self.merged:
            text += "; the state has been changed since, and what it does not know is kept as pending"
        if count:
            text += f"; {count} operation{'s' if count != 1 else ''} may or may not have happened:"
        return text + "".join(f"\n  * {o.resource.urn}, interrupted while {o.kind}" for o in self.interrupted)


def remains_of(backend: Backend, name: StackName) -> Remains:
    """What dead processes left of this stack. A run is dead if its lock is gone, or if the lock's process is.

    Raises CorruptState for a damaged journal.
    """
    found = locks.find_locks(backend.store, name)
    dead = tuple(lock.key for lock in found if lock.is_of_the_dead)
    living = {lock.key for lock in found} - set(dead)
    ours = layout.lock(name, backend.identity)
    runs = []
    for journal in sorted(backend.store.list(layout.journals(name)), key=lambda entry: entry.modified):
        blob = backend.store.read(journal.key)
        if blob is None:
            continue
        recorded = read_journal(blob.data, backend.url_of(journal.key))
        # Without a first record there is no telling whose it is: its owner (not us) may be about to write that.
        if not living - {ours} if recorded is None else recorded.head.lock not in living:
            runs.append(DeadRun(journal.key, recorded))
    return Remains(tuple(runs), dead)


@contextmanager
def holding(backend: Backend, name: StackName) -> Iterator[list[Recovery]]:
    """Holds a stack's lock; dead runs are recovered first, and named. Raises Locked, CorruptState."""
    remains = remains_of(backend, name)
    with backend.locked(name, ignoring=remains.locks):
        yield _recover_all(backend, name)


def recover_if_dead(backend: Backend, name: StackName) -> list[Recovery]:
    """For those who only read: recovers dead runs unless someone else holds the stack."""
    remains = remains_of(backend, name)
    if not remains.runs:
        return []
    try:
        with backend.locked(name, ignoring=remains.locks):
            return _recover_all(backend, name)
    except locks.Locked:
        return []


def _recover_all(backend: Backend, name: StackName) -> list[Recovery]:
    """Brings the state up to what dead runs had done, then removes their journals and locks. Needs the lock.

    Looks once more at what there is: before we had the lock, another command may have done the same.
    """
    remains = remains_of(backend, name)
    found = []
    for run in remains.runs:
        if run.recorded is not None and run.recorded.entries:
            recovery = _recover(backend, name, run.recorded)
            if recovery is not None:
                found.append(recovery)
                backend.warn(str(recovery))
        backend.store.delete(run.key)
    for lock in remains.locks:
        backend.store.delete(lock)
    return found


def _recover(backend: Backend, name: StackName, recorded: Recorded) -> Recovery | None:
    stored = backend.load(name)
    if stored is None or recorded.checkpoint is None:
        raise CorruptState(
            f"there is a journal of an interrupted run of stack {name}, but no state for it",
            hint=f"see {backend.url_of(layout.journals(name))}",
        )
    base = snapshot_of(recorded.checkpoint.latest or {}, Keeper())
    fold = Fold(base)
    for entry in recorded.entries:
        fold.apply(entry)
    folded = replace(fold.snapshot(), secrets_provider=recorded.secrets_provider or base.secrets_provider)
    expected = fingerprint(stored.data) in recorded.announced | {recorded.head.base}
    result = folded if expected else _merged(stored.checkpoint, base, folded)
    written = _checkpoint(stored.checkpoint, replace(result, manifest=Manifest.now()))
    backend.save(name, written, replacing=stored)
    head = recorded.head
    return Recovery(head.command, head.time, len(result.resources), result.pending, merged=not expected)


def _checkpoint(around: Checkpoint, snapshot: Snapshot) -> Checkpoint:
    return around.with_deployment(deployment_of(snapshot, Keeper()), features_needed(snapshot))


def _merged(present: Checkpoint, base: Snapshot, folded: Snapshot) -> Snapshot:
    """The present state, and as pending what the dead run had made or begun and the present state does not know."""
    current = snapshot_of(present.latest or {}, Keeper())
    foreign_key = current.secrets_provider != folded.secrets_provider
    known = {(r.urn, r.id) for r in (*current.resources, *base.resources)}
    urns = {r.urn for r in current.resources}
    pending = {(o.resource.urn, o.kind) for o in current.pending}

    def kept(resource: Resource) -> Resource:
        # Secrets sealed with another key cannot be carried over; what finds the thing again can.
        return replace(resource, inputs=EMPTY, outputs=EMPTY, replacement_trigger=None) if foreign_key else resource

    created = [
        PendingOperation(kept(r), "creating")
        for r in folded.resources
        if r.custom and r.id and not r.is_provider and not r.external and (r.urn, r.id) not in known
    ]
    begun = [
        replace(o, resource=kept(o.resource))
        for o in folded.pending
        if o.kind != "creating" or o.resource.urn not in urns
    ]
    added = [o for o in (*created, *begun) if (o.resource.urn, o.kind) not in pending]
    return replace(current, pending=(*current.pending, *added))
