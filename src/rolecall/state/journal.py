"""Writing the journal during a run: entries become durable in groups, before whoever appended them goes on.

Many operations end at about the same time; whatever is waiting when the disk is free becomes durable together. The disk
is waited for on a thread of its own, never on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from rolecall.model.journal import Done, Entry
from rolecall.model.resource import Resource
from rolecall.state.fold import Fold
from rolecall.state.format import assemble, fragment
from rolecall.state.journal_file import announcement, base_record, batch, entry_record
from rolecall.state.json_text import dumps
from rolecall.state.resources import resource_json, write_resource
from rolecall.state.secrets_in_state import Keeper
from rolecall.state.snapshot import SecretsProvider, Snapshot
from rolecall.state.soundness import SnapshotIntegrityError
from rolecall.state.store import Log


class ResourceWriter:
    """Writes resources as JSON with their secrets sealed, each one once."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._written: dict[int, tuple[Resource, bytes]] = {}

    def json(self, resource: Resource) -> bytes:
        """The resource's entry. Remembered by identity, which the entry here keeps from being reused."""
        found = self._written.get(id(resource))
        if found is None:
            found = (resource, resource_json(write_resource(resource, self._keeper)))
            self._written[id(resource)] = found
        return found[1]

    def deployment(self, snapshot: Snapshot) -> bytes:
        """The deployment of a snapshot."""
        pending = [{"resource": fragment(self.json(o.resource)), "type": o.kind, **o.extra} for o in snapshot.pending]
        return dumps(assemble(snapshot, [fragment(self.json(r)) for r in snapshot.resources], pending))


class StackJournal:
    """The journal of one run; implements `model.journal.Journal`. Belongs to one event loop."""

    def __init__(
        self,
        log: Log,
        base: Snapshot,
        base_json: Callable[[], bytes],
        sealed_with: SecretsProvider | None,
        writer: ResourceWriter,
        *,
        check_integrity: bool = True,
    ) -> None:
        """`base_json`: the checkpoint that entries refer to, asked for when the first of them becomes durable."""
        self.fold = Fold(base)
        self._log = log
        self._writer = writer
        self._check_integrity = check_integrity
        self._base: Callable[[], bytes] | None = lambda: base_record(base_json(), sealed_with)
        self._waiting: list[bytes] = []
        self._promises: list[asyncio.Future[None]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "rolecall-journal")
        self._broken: Exception | None = None
        self.dirty = False
        """Whether something happened that no checkpoint has."""
        self.has_entries = False
        """Whether anything happened in this run."""
        self.on_durable: Callable[[], None] = lambda: None
        """Called on the loop after entries became durable."""

    async def append(self, entry: Entry) -> None:
        """See `model.journal.Journal`. Raises SnapshotIntegrityError for an unsound entry, which is written first."""
        if self._broken is not None:
            raise self._broken
        problem = self.fold.apply(entry)
        self.has_entries = True
        self._waiting.append(entry_record(entry, self._writer.json))
        self.dirty = True
        if not (isinstance(entry, Done) and entry.elidable and not problem):
            await self._durable()
        if problem and self._check_integrity:
            raise SnapshotIntegrityError(problem, reading=False)

    async def announce(self, fingerprint: str) -> None:
        """Says, durably, that a checkpoint is about to be written."""
        if self._broken is not None:
            raise self._broken
        self._waiting.append(announcement(fingerprint))
        await self._durable()

    async def _durable(self) -> None:
        promise = asyncio.get_running_loop().create_future()
        self._promises.append(promise)
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        # What is being written is written whatever happens to who waits for it.
        await asyncio.shield(promise)

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._promises:
            promises, self._promises = self._promises, []
            try:
                if self._base is not None:
                    self._waiting.insert(0, self._base())
                    self._base = None
                records, self._waiting = self._waiting, []
                await loop.run_in_executor(self._thread, self._log.append, batch(records))
            except Exception as error:
                # Whatever it is (a key that cannot be had, a bug): who waits must hear of it, or would wait for ever.
                self._break(error, promises)
                break
            for promise in promises:
                promise.set_result(None)
            self.on_durable()
        self._flushing = None

    def _break(self, error: Exception, promises: list[asyncio.Future[None]]) -> None:
        # After half a line nothing more may be appended: it would look like damage in the middle.
        self._broken = error
        for promise in (*promises, *self._promises):
            promise.set_exception(error)
            promise.exception()  # some are waited for by nobody any more
        self._promises = []

    @property
    def is_broken(self) -> bool:
        return self._broken is not None

    async def settle(self) -> None:
        """Waits for what is being written."""
        while self._flushing is not None:
            await self._flushing

    def close(self) -> None:
        """Lets go of the log and the thread; what is being written is waited for."""
        self._thread.shutdown(wait=True)
        self._log.close()
