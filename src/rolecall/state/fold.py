"""Journal entries folded over a base snapshot: which resources there are now, and which operations are under way.

The resources made in this run come first, in the order in which they were finished; then those of the base that nothing
has superseded. That keeps the order topological: what a resource refers to was finished before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rolecall.model.journal import Begun, Done, Entry, Marked, Rebased
from rolecall.model.resource import PendingOperation, Resource
from rolecall.state.errors import CorruptState
from rolecall.state.rewriting import normalized
from rolecall.state.snapshot import Snapshot
from rolecall.state.soundness import Ledger


class Fold:
    """The state of a run so far. Applying an entry costs the same however large the stack is (but for Rebased)."""

    def __init__(self, base: Snapshot) -> None:
        self._origin = base
        self._base: list[Resource | None] = list(base.resources)
        self._new: list[Resource | None] = []
        self._under_way: dict[int, PendingOperation] = {}
        # Other kinds of interrupted operation are resolved by the next run's own look at the resource.
        self._carried = tuple(o for o in base.pending if o.kind == "creating")
        self._ledger = Ledger()

    def apply(self, entry: Entry) -> str:
        """Takes an entry in. Returns the rule of soundness that it breaks, or an empty text.

        Raises CorruptState for an entry that cannot follow what came before it.
        """
        if isinstance(entry, Begun):
            self._under_way[entry.operation] = entry.pending
            return ""
        if isinstance(entry, Rebased):
            self._base = list(entry.base)
            if entry.pending is not None:
                self._carried = entry.pending
            return ""
        if isinstance(entry, Marked):
            self._mark(entry)
            return ""
        return self._done(entry)

    def _done(self, entry: Done) -> str:
        if entry.operation and self._under_way.pop(entry.operation, None) is None:
            raise CorruptState(f"the journal ends operation {entry.operation}, which it never began")
        if entry.marked is not None:
            self._mark(entry.marked)
        if entry.removed is not None:
            self._present(self._base, entry.removed)
            self._base[entry.removed] = None
        if entry.removed_new is not None:
            self._ledger.remove(self._present(self._new, entry.removed_new))
            self._new[entry.removed_new] = None
        return self._add(entry.added, entry.removed_new) if entry.added is not None else ""

    def _add(self, added: Resource, index: int | None) -> str:
        problem = next(self._ledger.problems(added), "")
        self._ledger.add(added)
        if index is None:
            self._new.append(added)
        else:
            self._new[index] = added
        return problem

    def _mark(self, entry: Marked) -> None:
        self._present(self._base, entry.index)
        self._base[entry.index] = entry.resource

    @staticmethod
    def _present(resources: list[Resource | None], index: int) -> Resource:
        found = resources[index] if 0 <= index < len(resources) else None
        if found is None:
            raise CorruptState(f"the journal changes entry {index}, which is not there")
        return found

    @property
    def resources(self) -> Iterable[Resource]:
        """The resources as they are now, still with aliases."""
        return (r for part in (self._new, self._base) for r in part if r is not None)

    @property
    def pending(self) -> tuple[PendingOperation, ...]:
        """What is under way, and the interrupted creations of earlier runs that nobody has resolved."""
        return (*self._under_way.values(), *self._carried)

    def snapshot(self) -> Snapshot:
        """The snapshot to store, were the run to end here. Manifest and secrets provider are those of the base."""
        resources, pending = normalized(self.resources, self.pending)
        return replace(self._origin, resources=resources, pending=pending)
