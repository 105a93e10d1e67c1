"""A run: journal, checkpoints, its end, and what a crash leaves to recover."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from rolecall.model.journal import Begun, Done, Entry, Marked, Rebased
from rolecall.model.resource import PendingOperation
from rolecall.model.value import Output, Secret, map_of
from rolecall.secrets.sealer import SecretsError
from rolecall.state import layout
from rolecall.state.backend import Backend
from rolecall.state.errors import CorruptState, StateChanged
from rolecall.state.file_store import FileStore
from rolecall.state.locks import Locked
from rolecall.state.recovery import recover_if_dead, remains_of
from rolecall.state.run import Run, open_run, read_stack
from rolecall.state.snapshot import SecretsProvider, Snapshot
from rolecall.state.soundness import SnapshotIntegrityError, check
from rolecall.state.store import MemoryStore, StoreError
from tests.unit.state.samples import (
    NAME,
    PREFIX,
    CountingSealer,
    backend_with,
    provider,
    root,
    save,
    snapshot_with,
    thing,
)


@pytest.fixture
def sealer() -> CountingSealer:
    return CountingSealer()


@pytest.fixture
def backend(sealer: CountingSealer) -> Backend:
    return backend_with(snapshot_with(thing("a"), thing("b", "a")), sealer)


@pytest.fixture
def run(backend: Backend, sealer: CountingSealer) -> Iterator[Run]:
    with open_run(backend, NAME, lambda _: sealer) as run:
        yield run


def do(run: Run, *entries: Entry, finish: bool = True) -> Snapshot | None:
    async def main() -> Snapshot | None:
        for entry in entries:
            await run.journal.append(entry)
        return await run.finish() if finish else None

    return asyncio.run(main())


def stored(backend: Backend, sealer: CountingSealer) -> Snapshot:
    return read_stack(backend, NAME, lambda _: sealer)


def names(snapshot: Snapshot) -> list[str]:
    return [r.urn.name for r in snapshot.resources]


SAMES = [Done(0, removed=i, added=r, elidable=True) for i, r in enumerate([root(), provider()])]


def test_new_resources_come_first_then_what_nobody_has_superseded(run: Run, backend: Backend) -> None:
    do(run, *SAMES, Begun(1, PendingOperation(thing("c"), "creating")), Done(1, added=thing("c")))
    assert names(stored(backend, CountingSealer())) == ["proj-dev", "default", "c", "a", "b"]


def test_registered_outputs_take_the_place_of_the_resource_they_belong_to(run: Run) -> None:
    component = replace(thing("box"), custom=False, id="", provider=None)
    child = thing("child", parent=component.urn)
    with_outputs = replace(component, outputs=map_of({"url": "x"}))
    snapshot = do(
        run, *SAMES, Done(0, added=component), Done(0, added=child), Done(0, removed_new=2, added=with_outputs)
    )
    assert snapshot is not None
    assert names(snapshot)[:4] == ["proj-dev", "default", "box", "child"]
    assert snapshot.resources[2].outputs == {"url": "x"}


def test_what_was_deleted_again_is_gone_and_later_indices_stay(run: Run) -> None:
    snapshot = do(run, *SAMES, Done(0, added=thing("c")), Done(0, added=thing("d")), Done(0, removed_new=2),
                  Done(0, removed_new=3, added=thing("d", value="y")))  # fmt: skip
    assert snapshot is not None
    assert names(snapshot) == ["proj-dev", "default", "d", "a", "b"]
    assert snapshot.resources[2].inputs == {"value": "y"}


def test_a_failed_operation_is_not_pending_any_more(run: Run) -> None:
    snapshot = do(run, *SAMES, Begun(1, PendingOperation(thing("c"), "creating")), Done(1))
    assert snapshot is not None
    assert snapshot.pending == ()


def test_a_replaced_resource_is_marked_in_place(run: Run) -> None:
    old = replace(thing("b", "a"), delete=True)
    snapshot = do(
        run, *SAMES, Done(0, removed=2, added=thing("a")), Done(0, added=thing("b", "a"), marked=Marked(3, old))
    )
    assert snapshot is not None
    assert [(r.urn.name, r.delete) for r in snapshot.resources][-2:] == [("b", False), ("b", True)]


def test_references_follow_a_resource_that_was_found_under_a_former_name(run: Run) -> None:
    former = thing("a").urn
    renamed = thing("new-a", aliases=(former,))
    snapshot = do(run, *SAMES, Done(0, removed=2, added=renamed))
    assert snapshot is not None
    assert snapshot.resources[2].aliases == ()
    assert snapshot.resources[3].dependencies == (renamed.urn,)
    check(snapshot)


def test_a_refresh_replaces_the_base_and_may_resolve_interrupted_creations(sealer: CountingSealer) -> None:
    interrupted = PendingOperation(thing("lost"), "creating")
    backend = backend_with(snapshot_with(thing("a"), pending=(interrupted,)), sealer)
    with open_run(backend, NAME, lambda _: sealer) as run:
        base = (root(), provider(), thing("a", value="drifted"))
        kept = do(run, Rebased(base))
    assert kept is not None
    assert [o.resource.urn for o in kept.pending] == [interrupted.resource.urn]
    with open_run(backend, NAME, lambda _: sealer) as run:
        cleared = do(run, Rebased(base, pending=()))
    assert cleared is not None
    assert cleared.pending == ()
    assert stored(backend, sealer).resources[2].inputs == {"value": "drifted"}


def test_only_interrupted_creations_are_carried_over(sealer: CountingSealer) -> None:
    pending = (PendingOperation(thing("c"), "creating"), PendingOperation(thing("a"), "updating"))
    backend = backend_with(snapshot_with(thing("a"), pending=pending), sealer)
    with open_run(backend, NAME, lambda _: sealer) as run:
        do(run, *SAMES)
    assert [o.kind for o in stored(backend, sealer).pending] == ["creating"]


def test_unchanged_secrets_keep_their_sealed_text(sealer: CountingSealer) -> None:
    backend = backend_with(snapshot_with(thing("a", value=Secret("hush"))), sealer)
    before = backend.require(NAME).checkpoint.resources[2]["inputs"]
    with open_run(backend, NAME, lambda _: sealer) as run:
        do(run, *SAMES, Done(0, removed=2, added=thing("a", value=Secret("hush"), protect=True)))
    after = backend.require(NAME).checkpoint.resources[2]
    assert (after["inputs"], after["protect"]) == (before, True)


def test_no_secret_is_in_plain_text_in_journal_or_state(backend: Backend, sealer: CountingSealer) -> None:
    with open_run(backend, NAME, lambda _: sealer) as run:
        do(run, *SAMES, Begun(1, PendingOperation(thing("c", value=Secret("hush")), "creating")), finish=False)
        do(run, Done(1, added=thing("c", value=Secret("hush"))), finish=False)
        assert b"hush" not in b"".join(backend.store.read(e.key).data for e in backend.store.list(".pulumi/"))  # type: ignore[union-attr]


def test_an_output_value_that_is_secret_is_sealed_like_any_secret(run: Run, backend: Backend) -> None:
    made = replace(thing("c"), outputs=map_of({"key": Output("hush", secret=True)}))
    do(run, *SAMES, Begun(1, PendingOperation(made, "creating")), Done(1, added=made))
    assert b"hush" not in backend.require(NAME).data
    assert stored(backend, CountingSealer()).resources[2].outputs == {"key": Secret("hush")}


def test_a_state_sealed_with_another_key_is_sealed_anew_in_journal_and_state(sealer: CountingSealer) -> None:
    backend = backend_with(snapshot_with(thing("a", value=Secret("hush"))), sealer)
    new = CountingSealer("two")
    with open_run(backend, NAME, lambda _: new, open_state=lambda _t, _s: sealer) as run:
        do(run, *SAMES, finish=False)
        do(run, Done(0, added=thing("c", value=Secret("hush"))), finish=False)
    backend.identity = "next process"
    recover_if_dead(backend, NAME)
    assert backend.require(NAME).checkpoint.secrets_provider == SecretsProvider("passphrase", {"salt": "two"})
    assert stored(backend, new).resources[2].inputs == {"value": Secret("hush")}


def test_a_finished_run_leaves_no_journal_and_no_lock(run: Run, backend: Backend) -> None:
    do(run, *SAMES, Done(0, added=thing("c")))
    run.close()
    assert backend.store.list(f"{layout.ROOT}/journal/") == []
    assert backend.store.list(f"{layout.ROOT}/locks/") == []


def test_a_run_that_did_nothing_does_not_write_the_state(run: Run, backend: Backend) -> None:
    before = backend.require(NAME)
    do(run)
    assert backend.require(NAME) == before


def test_the_state_before_a_run_is_kept_beside_it(run: Run, backend: Backend) -> None:
    before = backend.require(NAME)
    do(run, *SAMES, Done(0, added=thing("c")))
    assert backend.store.read(f"{before.key}.bak").data == before.data  # type: ignore[union-attr]


def test_an_unsound_entry_stops_the_run_but_is_written(run: Run, backend: Backend, sealer: CountingSealer) -> None:
    async def main() -> None:
        with pytest.raises(SnapshotIntegrityError, match="refers to missing resource"):
            await run.journal.append(Done(0, added=thing("c", "ghost", provider=None, parent=None)))
        with pytest.raises(SnapshotIntegrityError, match="already written, but is invalid"):
            await run.finish()

    asyncio.run(main())
    raw = backend.require(NAME).checkpoint.latest
    assert raw is not None
    assert raw["resources"][0]["urn"] == thing("c").urn
    assert "refers to" in raw["metadata"]["integrity_error"]["error"]
    with pytest.raises(SnapshotIntegrityError, match="refusing to use it"):
        stored(backend, sealer)


def test_a_sound_state_says_nothing_of_former_trouble(sealer: CountingSealer) -> None:
    backend = backend_with(snapshot_with(metadata={"integrity_error": {"error": "old"}, "note": 1}), sealer)
    with open_run(backend, NAME, lambda _: sealer) as run:
        do(run, *SAMES)
    assert stored(backend, sealer).metadata == {"note": 1}


def test_a_state_that_someone_else_wrote_meanwhile_is_not_overwritten(
    run: Run, backend: Backend, sealer: CountingSealer
) -> None:
    do(run, *SAMES, Done(0, added=thing("c")), finish=False)
    save(backend, snapshot_with(thing("theirs")), sealer)
    with pytest.raises(StateChanged) as refusal:
        asyncio.run(run.finish())
    run.close()
    assert names(stored(backend, sealer)) == ["proj-dev", "default", "theirs"]
    aside = backend.store.list(layout.backups(NAME))[0].key
    assert aside in refusal.value.detail
    assert b"Thing::c" in backend.store.read(aside).data  # type: ignore[union-attr]


def test_a_stack_that_another_holds_cannot_be_opened(run: Run, backend: Backend, sealer: CountingSealer) -> None:
    other = Backend(backend.url, backend.store, backend.settings)
    with pytest.raises(Locked, match="currently locked by 1 lock"):
        open_run(other, NAME, lambda _: sealer)
    assert len(backend.store.list(layout.locks(NAME))) == 1


# After a crash


def crashed(backend: Backend, sealer: CountingSealer, *entries: Entry) -> None:
    """Leaves what a killed run leaves: lock and journal. The next process is another one."""
    run = open_run(backend, NAME, lambda _: sealer)
    do(run, *entries, finish=False)
    lock = layout.lock(NAME, backend.identity)
    lock_file = backend.store.read(lock)
    assert lock_file
    run.close()
    backend.store.write(lock, json.dumps(json.loads(lock_file.data) | {"pid": _pid_of_nobody()}).encode())
    backend.identity = "next process"


def _pid_of_nobody() -> int:
    import subprocess

    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


CREATED = [
    *SAMES,
    Begun(1, PendingOperation(thing("c"), "creating")),
    Begun(2, PendingOperation(thing("d", value=Secret("hush")), "creating")),
    Done(1, added=thing("c")),
]


def test_the_next_command_recovers_what_a_dead_run_did(backend: Backend, sealer: CountingSealer) -> None:
    crashed(backend, sealer, *CREATED)
    with open_run(backend, NAME, lambda _: sealer) as run:
        (recovery,) = run.recoveries
        assert names(run.snapshot) == ["proj-dev", "default", "c", "a", "b"]
        assert [(o.resource.urn.name, o.kind) for o in run.snapshot.pending] == [("d", "creating")]
        assert run.snapshot.pending[0].resource.inputs == {"value": Secret("hush")}
        assert f"{PREFIX}probe:index:Thing::d, interrupted while creating" in str(recovery)
        do(run)
    assert backend.store.list(f"{layout.ROOT}/journal/") == []
    assert backend.store.list(f"{layout.ROOT}/locks/") == []


def test_reading_recovers_too(backend: Backend, sealer: CountingSealer) -> None:
    crashed(backend, sealer, *CREATED)
    assert "c" in names(stored(backend, sealer))
    assert backend.store.list(f"{layout.ROOT}/locks/") == []


def test_recovery_needs_no_passphrase(backend: Backend, sealer: CountingSealer) -> None:
    crashed(backend, sealer, *CREATED)
    assert len(recover_if_dead(backend, NAME)) == 1


def test_recovering_twice_changes_nothing(backend: Backend, sealer: CountingSealer) -> None:
    crashed(backend, sealer, *CREATED)
    journal = backend.store.list(layout.journals(NAME))[0].key
    content = backend.store.read(journal)
    assert content
    recover_if_dead(backend, NAME)
    once = stored(backend, sealer)
    backend.store.write(journal, content.data)
    (again,) = recover_if_dead(backend, NAME)
    twice = stored(backend, sealer)
    assert again.merged
    assert (twice.resources, twice.pending) == (once.resources, once.pending)


def test_a_run_killed_after_a_checkpoint_on_the_way_is_recovered(backend: Backend, sealer: CountingSealer) -> None:
    run = open_run(backend, NAME, lambda _: sealer)

    async def main() -> None:
        for entry in CREATED:
            await run.journal.append(entry)
        await run._write_checkpoint()
        await run.journal.append(Done(2, added=thing("d")))

    asyncio.run(main())
    on_the_way = backend.require(NAME)
    assert [r["urn"][-1] for r in on_the_way.checkpoint.resources if "Thing" in r["urn"]] == ["c", "a", "b"]
    run.close()
    backend.identity = "next process"
    (recovery,) = recover_if_dead(backend, NAME)
    assert not recovery.merged
    assert names(stored(backend, sealer)) == ["proj-dev", "default", "c", "d", "a", "b"]
    assert stored(backend, sealer).pending == ()


def test_a_finished_run_tells_the_state_that_a_checkpoint_on_the_way_has_stored(
    run: Run, backend: Backend, sealer: CountingSealer
) -> None:
    async def main() -> Snapshot:
        for entry in CREATED:
            await run.journal.append(entry)
        await run.journal.append(Done(2, added=thing("d")))
        await run._checkpoint_on_the_way()
        return await run.finish()

    assert names(asyncio.run(main())) == names(stored(backend, sealer))
    assert "d" in names(stored(backend, sealer))


def test_an_unsound_checkpoint_on_the_way_is_reported_at_the_end(run: Run) -> None:
    async def main() -> None:
        await run.journal.append(Done(0, removed=2))  # "b" depends on it
        await run._checkpoint_on_the_way()
        await run.finish()

    with pytest.raises(SnapshotIntegrityError, match="missing resource"):
        asyncio.run(main())


def test_a_state_that_was_changed_since_stays_and_learns_what_may_exist(
    backend: Backend, sealer: CountingSealer
) -> None:
    crashed(backend, sealer, *CREATED)
    save(backend, snapshot_with(thing("theirs")), sealer)
    (recovery,) = recover_if_dead(backend, NAME)
    snapshot = stored(backend, sealer)
    assert recovery.merged
    assert names(snapshot) == ["proj-dev", "default", "theirs"]
    assert [(o.resource.urn.name, o.resource.id) for o in snapshot.pending] == [("c", "c-1"), ("d", "d-1")]


def test_secrets_of_a_dead_run_do_not_follow_it_into_a_state_with_another_key(
    backend: Backend, sealer: CountingSealer
) -> None:
    crashed(backend, sealer, *CREATED)
    theirs = CountingSealer("two")
    save(backend, snapshot_with(thing("theirs")), theirs)
    recover_if_dead(backend, NAME)
    snapshot = stored(backend, theirs)  # all of it can be opened with their key
    assert [(o.resource.urn.name, o.resource.id) for o in snapshot.pending] == [("c", "c-1"), ("d", "d-1")]


def test_a_live_run_is_left_alone(backend: Backend, sealer: CountingSealer) -> None:
    with open_run(backend, NAME, lambda _: sealer) as run:
        do(run, *CREATED, finish=False)
        backend.identity = "another process"
        assert remains_of(backend, NAME).runs == ()
        assert names(stored(backend, sealer)) == ["proj-dev", "default", "a", "b"]


def test_after_cancel_the_next_command_recovers(backend: Backend, sealer: CountingSealer) -> None:
    crashed(backend, sealer, *CREATED)
    assert backend.cancel(NAME) == 1
    with open_run(backend, NAME, lambda _: sealer) as run:
        assert "c" in names(run.snapshot)


@pytest.mark.parametrize("torn", [b"0", b'12345678 [{"begun": 3', b"12345678 [{}]\n"])
def test_a_torn_end_of_a_journal_is_left_out(backend: Backend, sealer: CountingSealer, torn: bytes) -> None:
    crashed(backend, sealer, *CREATED)
    log = backend.store.log(backend.store.list(layout.journals(NAME))[0].key)
    log.append(torn)
    assert "c" in names(stored(backend, sealer))


@pytest.mark.parametrize("torn", [b"", b"0badc0de [{"], ids=["in the middle", "before a torn end"])
def test_damage_that_no_crash_leaves_is_refused_and_nothing_is_lost(
    backend: Backend, sealer: CountingSealer, torn: bytes
) -> None:
    crashed(backend, sealer, *CREATED)
    key = backend.store.list(layout.journals(NAME))[0].key
    blob = backend.store.read(key)
    assert blob
    lines = blob.data.split(b"\n")
    if torn:
        lines = [*lines[:3], torn]  # a whole line is damaged although another was begun after it
    lines[2] = lines[2][:-5] + b"xxxx]"
    damaged = b"\n".join(lines)
    backend.store.write(key, damaged)
    before = backend.require(NAME)
    with pytest.raises(CorruptState, match="line 3") as refusal:
        open_run(backend, NAME, lambda _: sealer)
    assert key in refusal.value.summary
    assert backend.store.read(key).data == damaged  # type: ignore[union-attr]
    assert backend.require(NAME) == before
    assert len(backend.store.list(layout.locks(NAME))) == 1


def test_an_empty_journal_of_a_run_that_died_at_once_is_removed(backend: Backend, sealer: CountingSealer) -> None:
    backend.store.write(layout.journal(NAME, "1-1"), b"")
    with open_run(backend, NAME, lambda _: sealer) as run:
        assert run.recoveries == []
        assert [e.key for e in backend.store.list(layout.journals(NAME))] == [run._key]


# Writing in groups


class CountingStore(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.appends = 0

    def extend(self, key: str, data: bytes) -> None:
        self.appends += 1
        super().extend(key, data)


def test_entries_that_wait_together_become_durable_together(sealer: CountingSealer) -> None:
    store = CountingStore()
    backend = backend_with(snapshot_with(), sealer, store)
    with open_run(backend, NAME, lambda _: sealer) as run:
        before = store.appends

        async def main() -> None:
            await asyncio.gather(
                *(run.journal.append(Begun(i, PendingOperation(thing(f"t{i}"), "creating"))) for i in range(1, 201))
            )

        asyncio.run(main())
        assert store.appends - before <= 3


def test_an_elidable_entry_waits_for_the_next_one(sealer: CountingSealer) -> None:
    store = CountingStore()
    backend = backend_with(snapshot_with(), sealer, store)
    with open_run(backend, NAME, lambda _: sealer) as run:
        before = store.appends
        do(run, *SAMES, finish=False)
        assert store.appends == before
        do(run, Begun(1, PendingOperation(thing("c"), "creating")), finish=False)
        assert store.appends == before + 1


class FailingLog:
    def __init__(self) -> None:
        self.appended = b""
        self.full = False

    def append(self, data: bytes) -> None:
        if self.full:
            raise StoreError("could not append: No space left on device")
        self.appended += data

    def close(self) -> None:
        pass


def test_a_journal_that_cannot_be_written_stops_the_run_and_takes_nothing_more(
    backend: Backend, sealer: CountingSealer
) -> None:
    with open_run(backend, NAME, lambda _: sealer) as run:
        log = FailingLog()
        run.journal._log = log
        do(run, Begun(1, PendingOperation(thing("c"), "creating")), finish=False)
        log.full = True
        for number in (2, 3):
            with pytest.raises(StoreError, match="No space left"):
                do(run, Begun(number, PendingOperation(thing("d"), "creating")), finish=False)
        log.full = False
        with pytest.raises(StoreError):
            do(run, Begun(4, PendingOperation(thing("e"), "creating")), finish=False)
        before = log.appended
        asyncio.run(run.finish())
        assert log.appended == before
    assert [o.resource.urn.name for o in stored(backend, sealer).pending] == ["c", "d"]


def test_a_key_that_cannot_be_had_for_the_journal_stops_the_run_instead_of_stalling_it(sealer: CountingSealer) -> None:
    class Locked(CountingSealer):
        def encrypt(self, plaintext: str) -> str:
            raise SecretsError("failed to encrypt")

    backend = backend_with(snapshot_with(replace(thing("a"), outputs=map_of({"key": Secret("x")}))), sealer)
    with open_run(backend, NAME, lambda _: Locked("two"), open_state=lambda *_: sealer) as run:

        async def main() -> None:
            await run.journal.append(Begun(1, PendingOperation(thing("c"), "creating")))

        with pytest.raises(SecretsError, match="failed to encrypt"):
            asyncio.run(asyncio.wait_for(main(), 10))


def test_a_real_directory_works_the_same(tmp_path_factory: pytest.TempPathFactory, sealer: CountingSealer) -> None:
    backend = backend_with(snapshot_with(thing("a")), sealer, FileStore(tmp_path_factory.mktemp("backend")))
    crashed(backend, sealer, *CREATED)
    with open_run(backend, NAME, lambda _: sealer) as run:
        assert names(run.snapshot) == ["proj-dev", "default", "c", "a"]
        do(run, *SAMES, Done(0, added=thing("e")))
    assert "e" in names(stored(backend, sealer))
