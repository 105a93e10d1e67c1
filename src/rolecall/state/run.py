"""A run's memory: the stack locked and opened, the journal while it lasts, checkpoints, and the end.

What `up` does, for example: `open_run`, give `Run.journal` to the engine, `finish`, `record`, `close`. Whatever
interrupts that leaves the journal, from which the next command recovers.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from rolecall.model.compatibility import PULUMI_VERSION
from rolecall.model.stack_name import StackName
from rolecall.secrets.sealer import Sealer
from rolecall.state import layout
from rolecall.state.backend import Backend, Stored
from rolecall.state.errors import StateChanged, StateError
from rolecall.state.format import Checkpoint, features_needed, snapshot_of, write_checkpoint
from rolecall.state.history import UpdateInfo
from rolecall.state.journal import ResourceWriter, StackJournal
from rolecall.state.journal_file import Head, batch, head_record
from rolecall.state.pacing import Pacing
from rolecall.state.reading import read_stored
from rolecall.state.recovery import Recovery, holding
from rolecall.state.secrets_in_state import Keeper
from rolecall.state.snapshot import Manifest, SecretsProvider, Snapshot, timestamp
from rolecall.state.soundness import SnapshotIntegrityError, check, problem_in
from rolecall.state.store import fingerprint

SealerFor = Callable[[tuple[str, Mapping[str, Any]] | None], Sealer]
"""Gives the sealer for what is written; called with the state's `secrets_providers`, or None."""
OpenState = Callable[[str, Mapping[str, Any]], Sealer]
"""Gives what opens a state that names this type and state of a secrets provider."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A stored state and what is in it."""

    stored: Stored
    snapshot: Snapshot
    sealer: Sealer
    keeper: Keeper
    same_key: bool
    seconds: float
    """How long it took."""


def read_stack(
    backend: Backend,
    name: StackName,
    sealer_for: SealerFor,
    *,
    open_state: OpenState | None = None,
    check_integrity: bool = True,
) -> Snapshot:
    """The snapshot of a stack, secrets opened, without holding its lock: for previews.

    A dead run's journal is recovered first if nobody else is at it. Raises NoSuchStack, CorruptState (with the reason),
    SnapshotIntegrityError, and what opening a secret raises.
    """
    return _open(backend, name, sealer_for, open_state, check_integrity).snapshot


def open_run(
    backend: Backend,
    name: StackName,
    sealer_for: SealerFor,
    *,
    open_state: OpenState | None = None,
    command: str = "up",
    check_integrity: bool = True,
) -> Run:
    """Locks a stack, recovers a dead run's journal, reads the state and begins a journal.

    Raises Locked, and what `read_stack` raises. `command` is what users call the operation.
    """
    exits = ExitStack()
    try:
        recoveries = exits.enter_context(holding(backend, name))
        opened = _open(backend, name, sealer_for, open_state, check_integrity)
        return Run(backend, name, opened, exits, command, recoveries, check_integrity)
    except BaseException:
        exits.close()
        raise


def _open(
    backend: Backend, name: StackName, sealer_for: SealerFor, open_state: OpenState | None, check_integrity: bool
) -> Opened:
    start = time.monotonic()
    stored = read_stored(backend, name)
    provider = stored.checkpoint.secrets_provider
    sealer = sealer_for((provider.type, provider.state or {}) if provider else None)
    same_key = provider is None or (provider.type == sealer.type and provider.state == dict(sealer.state))
    opener = sealer
    if provider is not None and not same_key and open_state is not None:
        opener = open_state(provider.type, provider.state or {})
    keeper = Keeper(sealer, opener)
    snapshot = snapshot_of(stored.checkpoint.latest or {}, keeper)
    if check_integrity:
        check(snapshot)
    return Opened(stored, snapshot, sealer, keeper, same_key, time.monotonic() - start)


class Run:
    """A stack that this process is changing. `snapshot` is what it was at the beginning; `journal` takes the changes.

    Made by `open_run`. Belongs to one event loop from the first entry on. Close it whatever happens.
    """

    def __init__(
        self,
        backend: Backend,
        name: StackName,
        opened: Opened,
        held: ExitStack,
        command: str,
        recoveries: list[Recovery],
        check_integrity: bool,
    ) -> None:
        self.backend = backend
        self.name = name
        self.snapshot = opened.snapshot
        self.recoveries = recoveries
        self._held = held
        self._command = command
        self._check_integrity = check_integrity
        self._provider = SecretsProvider(opened.sealer.type, dict(opened.sealer.state))
        self._writer = ResourceWriter(opened.keeper)
        self._stored = opened.stored
        self._saved = opened.snapshot
        self._kept_old = False
        self._key = layout.journal(name, f"{time.time_ns()}-{os.getpid()}")
        self.journal = self._begin(opened)
        # Reading and checking the state took about as long as checking and writing it will.
        self._pacing = Pacing(first=opened.seconds)
        self._checkpoint_task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._finished = False
        self.journal.on_durable = self._consider_checkpoint

    def _begin(self, opened: Opened) -> StackJournal:
        stored = opened.stored
        head = Head(
            stack=str(self.name),
            lock=layout.lock(self.name, self.backend.identity),
            time=timestamp(),
            command=self._command,
            base=fingerprint(stored.data),
        )
        log = self.backend.store.log(self._key)
        log.append(batch([head_record(head)]))
        return StackJournal(
            log,
            opened.snapshot,
            lambda: self._base_json(opened),
            self._provider,
            self._writer,
            check_integrity=self._check_integrity,
        )

    def _base_json(self, opened: Opened) -> bytes:
        """The base for the journal; sealed anew if this run seals with another key than the last one did."""
        checkpoint = opened.stored.checkpoint
        if checkpoint.latest is not None and opened.same_key:
            return write_checkpoint(checkpoint)
        _, data = self._written(replace(self.snapshot, secrets_provider=self._provider))
        return data

    # Checkpoints on the way

    def _consider_checkpoint(self) -> None:
        busy = self._checkpoint_task is not None or self._timer is not None
        if busy or self._pacing.stopped or not self.journal.dirty:
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._pacing.wait(), self._start_checkpoint)

    def _start_checkpoint(self) -> None:
        self._timer = None
        self._checkpoint_task = asyncio.create_task(self._checkpoint_on_the_way())

    async def _checkpoint_on_the_way(self) -> None:
        try:
            with self._pacing.spending():
                await self._write_checkpoint()
        except StateError:
            # Comes up again at the end, where it is reported; until then the journal has everything.
            self._pacing.stopped = True
            self.journal.dirty = True
        finally:
            self._checkpoint_task = None
        self._consider_checkpoint()

    async def _write_checkpoint(self) -> None:
        """Stores the state as it is now. Raises SnapshotIntegrityError after storing an unsound one, so marked."""
        self.journal.dirty = False
        try:
            snapshot = replace(self.journal.fold.snapshot(), manifest=Manifest.now(), secrets_provider=self._provider)
            problem = await asyncio.to_thread(problem_in, snapshot.resources) if self._check_integrity else ""
            snapshot = replace(snapshot, metadata=self._metadata(snapshot, problem))
            checkpoint, data = self._written(snapshot)
            if not self.journal.is_broken:
                await self.journal.announce(fingerprint(data))
            await asyncio.to_thread(self._save, checkpoint, data)
            self._saved = snapshot
        except BaseException:
            self.journal.dirty = True
            raise
        if problem:
            raise SnapshotIntegrityError(
                f"{self._stored.key}: snapshot integrity failure; it was already written, but is invalid "
                f"(backup available at {layout.backup_of(self._stored.key)}): {problem}",
                reading=False,
            )

    def _metadata(self, snapshot: Snapshot, problem: str) -> dict[str, Any]:
        rest = {k: v for k, v in snapshot.metadata.items() if k != "integrity_error"}
        if problem:
            rest["integrity_error"] = {
                "version": PULUMI_VERSION,
                "command": f"rolecall {self._command}",
                "error": problem,
            }
        return rest

    def _written(self, snapshot: Snapshot) -> tuple[Checkpoint, bytes]:
        deployment = self._writer.deployment(snapshot)
        features = features_needed(snapshot)
        envelope = self._stored.checkpoint.with_deployment(None, features)
        return envelope, write_checkpoint(envelope, deployment)

    def _save(self, checkpoint: Checkpoint, data: bytes) -> None:
        self._stored = self.backend.save_bytes(
            self.name, checkpoint, data, replacing=self._stored, keep=not self._kept_old
        )
        self._kept_old = True

    # The end

    async def finish(self) -> Snapshot:
        """Writes the last checkpoint and removes the journal. Returns the snapshot as it is stored now.

        Raises SnapshotIntegrityError if it is unsound (it is stored all the same), StateChanged if someone else wrote
        the state meanwhile (ours is kept as a backup), and StoreError; in both last cases the journal stays.
        """
        self._pacing.stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._checkpoint_task is not None:
            await asyncio.wait([self._checkpoint_task])
        await self.journal.settle()
        try:
            if self.journal.dirty:
                await self._write_checkpoint()
        except StateChanged as error:
            raise self._set_aside(error) from error
        except SnapshotIntegrityError:
            self._end_journal()
            raise
        self._end_journal()
        return self._saved

    def _set_aside(self, error: StateChanged) -> StateChanged:
        _, data = self._written(replace(self.journal.fold.snapshot(), manifest=Manifest.now()))
        key = f"{layout.backups(self.name)}{self.name.stack}.{time.time_ns()}.json"
        self.backend.store.write(key, data)
        return StateChanged(
            error.summary,
            detail=f"{error.detail}; what this run did is in {self.backend.url_of(key)}",
            hint="run `rolecall refresh`: what this run created and the state does not know becomes pending there",
        )

    def _end_journal(self) -> None:
        self.journal.close()
        self.backend.store.delete(self._key)
        self._finished = True

    def record(self, update: UpdateInfo) -> None:
        """Adds a finished operation to the history, and backs the state up. Raises StoreError."""
        self.backend.record(self.name, update)

    def close(self) -> None:
        """Gives the lock back. The journal of a run that began something and did not finish stays, to recover from."""
        self._pacing.stopped = True
        if self._timer is not None:
            self._timer.cancel()
        if not self._finished and not self.journal.has_entries:
            self._end_journal()
        elif not self._finished:
            self.journal.close()
            self._finished = True
        self._held.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
