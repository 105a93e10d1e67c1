"""However a run goes and wherever its journal ends, folding it loses nothing and gives a sound snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.model.journal import Begun, Done, Entry, Marked
from rolecall.model.resource import PendingOperation, Resource
from rolecall.model.urn import URN
from rolecall.state.fold import Fold
from rolecall.state.format import deployment_of, snapshot_of
from rolecall.state.journal_file import Head, base_record, batch, entry_record, head_record, read_journal
from rolecall.state.json_text import dumps
from rolecall.state.resources import resource_json, write_resource
from rolecall.state.secrets_in_state import Keeper
from rolecall.state.snapshot import Snapshot
from rolecall.state.soundness import problem_in
from tests.properties.state_strategies import MANIFEST, resource_lists
from tests.unit.state.samples import CountingSealer


@dataclass
class History:
    """A run as an engine would do it: entries, and after each of them the ids of what exists for certain."""

    base: Snapshot
    entries: list[Entry] = field(default_factory=list)
    certain: list[frozenset[str]] = field(default_factory=list)
    exists: set[str] = field(default_factory=set)
    operation: int = 0
    renamed: dict[URN, URN] = field(default_factory=dict)
    replaced: list[int] = field(default_factory=list)

    def say(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.certain.append(frozenset(self.exists))

    def begin(self, pending: PendingOperation) -> int:
        self.operation += 1
        self.say(Begun(self.operation, pending))
        return self.operation

    def now(self, resource: Resource) -> Resource:
        """The resource as the program registers it: referring to others by their present names."""

        def to(urns: tuple[URN, ...]) -> tuple[URN, ...]:
            return tuple(self.renamed.get(u, u) for u in urns)

        return replace(
            resource,
            dependencies=to(resource.dependencies),
            replace_with=to(resource.replace_with),
            property_dependencies={k: to(v) for k, v in resource.property_dependencies.items()},
        )

    def same(self, index: int, old: Resource) -> None:
        self.say(Done(0, removed=index, added=self.now(old), elidable=True))

    def rename(self, index: int, old: Resource) -> None:
        urn = URN(f"{old.urn}-renamed")
        self.renamed[old.urn] = urn
        self.say(Done(0, removed=index, added=replace(self.now(old), urn=urn, aliases=(old.urn,))))

    def update(self, index: int, old: Resource) -> None:
        new = replace(self.now(old), protect=not old.protect)
        self.say(Done(self.begin(PendingOperation(new, "updating")), removed=index, added=new))

    def fail(self, index: int, old: Resource) -> None:
        self.say(Done(self.begin(PendingOperation(self.now(old), "updating"))))
        self.same(index, old)

    def replace(self, index: int, old: Resource) -> None:
        new = replace(self.now(old), id=f"{old.id}-{index}-new")
        operation = self.begin(PendingOperation(new, "creating"))
        self.exists.add(new.id)
        self.say(Done(operation, added=new, marked=Marked(index, replace(old, delete=True))))
        self.replaced.append(index)

    def recreate(self, index: int, old: Resource) -> None:
        """Deleted before its replacement is made."""
        operation = self.begin(PendingOperation(old, "deleting"))
        self.exists.discard(old.id)
        self.say(Done(operation, marked=Marked(index, replace(old, pending_replacement=True))))
        new = replace(self.now(old), id=f"{old.id}-{index}-new")
        operation = self.begin(PendingOperation(new, "creating"))
        self.exists.add(new.id)
        self.say(Done(operation, removed=index, added=new))

    def delete_replaced(self) -> None:
        for index in reversed(self.replaced):
            old = replace(self.base.resources[index], delete=True)
            operation = self.begin(PendingOperation(old, "deleting"))
            self.exists.discard(old.id)
            self.say(Done(operation, removed=index))


@st.composite
def histories(draw: Any) -> History:
    """An update: each resource of the base is kept, updated, replaced, renamed or fails, in order."""
    resources = draw(resource_lists(min_size=1))
    resources = [replace(r, id=f"{r.id}-{index}") if index > 1 else r for index, r in enumerate(resources)]
    history = History(Snapshot(tuple(resources), manifest=MANIFEST), exists={r.id for r in resources if r.id})
    for index, old in enumerate(resources):
        fates = [history.same, history.rename, history.update, history.fail, history.replace, history.recreate]
        fate = draw(st.sampled_from(fates)) if index > 1 else history.same
        fate(index, old)
    history.delete_replaced()
    return history


@settings(max_examples=60, deadline=None)
@given(histories())
def test_every_prefix_of_a_journal_folds_to_a_sound_snapshot_with_all_that_exists(history: History) -> None:
    fold = Fold(history.base)
    for entry, certain in zip(history.entries, history.certain, strict=True):
        assert fold.apply(entry) == ""
        snapshot = fold.snapshot()
        assert problem_in(snapshot.resources) == ""
        known = {r.id for r in snapshot.resources} | {o.resource.id for o in snapshot.pending}
        assert certain <= known
        assert not any(r.aliases for r in snapshot.resources)


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_a_journal_cut_anywhere_gives_back_what_was_durable(history: History, data: Any) -> None:
    keeper = Keeper(CountingSealer())
    base = dumps({"version": 3, "checkpoint": {"stack": "s", "latest": deployment_of(history.base, keeper)}})
    head = Head("s", "lock", "now", "up", "")

    def written(resource: Resource) -> bytes:
        return resource_json(write_resource(resource, keeper))

    lines = [batch([head_record(head)]), batch([base_record(base, None)])]
    lines += [batch([entry_record(entry, written)]) for entry in history.entries]
    content = b"".join(lines)
    cut = data.draw(st.integers(len(lines[0]) + len(lines[1]), len(content)))
    whole = content[:cut].count(b"\n") - 2
    recorded = read_journal(content[:cut], "here")
    assert recorded is not None
    assert recorded.checkpoint is not None
    assert len(recorded.entries) == whole
    fold, expected = Fold(snapshot_of(recorded.checkpoint.latest or {}, Keeper())), Fold(history.base)
    for entry in recorded.entries:
        fold.apply(entry)
    for entry in history.entries[:whole]:
        expected.apply(entry)
    recovered = deployment_of(fold.snapshot(), Keeper())
    assert snapshot_of(recovered, Keeper(CountingSealer())).resources == expected.snapshot().resources
    assert snapshot_of(recovered, Keeper(CountingSealer())).pending == expected.snapshot().pending
