"""Killed at any moment, a run loses nothing: whatever exists in the world is in the state, or pending there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rolecall.state import layout
from rolecall.state.backend import Backend, BackendSettings
from rolecall.state.file_store import FileStore
from rolecall.state.recovery import holding
from rolecall.state.run import read_stack
from rolecall.state.snapshot import Snapshot
from rolecall.state.soundness import check
from tests.unit.state.samples import NAME, CountingSealer, backend_with, snapshot_with, thing

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def doomed() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash.doomed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


@pytest.mark.parametrize("when", ["before", "within", "after"])
def test_whatever_the_moment_nothing_is_lost(doomed: subprocess.Popen[str], tmp_path: Path, when: str) -> None:
    operation = 0
    while True:
        operation += 1
        place = tmp_path / str(operation)
        backend_with(snapshot_with(thing("a"), thing("b", "a"), thing("c", "b")), CountingSealer(), FileStore(place))
        assert doomed.stdin
        assert doomed.stdout
        doomed.stdin.write(f"{place} {operation} {when}\n")
        doomed.stdin.flush()
        answer = doomed.stdout.readline().strip()
        everything_is_known(place, f"killed {when} operation {operation}")
        if answer != "killed":
            break
    assert answer == "ended 0"
    assert operation > 20, "the run must have had many moments to be killed at"


def everything_is_known(place: Path, moment: str) -> None:
    backend = Backend("file://test", FileStore(place), BackendSettings())
    with holding(backend, NAME):
        assert [e.key for e in backend.store.list(layout.journals(NAME))] == [], moment
        assert len(backend.store.list(layout.locks(NAME))) == 1, moment
    assert backend.store.list(layout.locks(NAME)) == [], moment
    snapshot = read_stack(backend, NAME, lambda _: CountingSealer())
    check(snapshot)
    exists, deleted = world(place)
    remembered = {r.id for r in snapshot.resources} | {o.resource.id for o in snapshot.pending}
    assert exists <= remembered, moment
    settled = {r.id for r in snapshot.resources} - {o.resource.id for o in snapshot.pending}
    assert not deleted & settled, f"{moment}: something deleted is taken for certain"
    assert pending_ids(snapshot) <= {"n1-1", "n2-1", "n3-1", "b-2", "b-1"}


def world(place: Path) -> tuple[set[str], set[str]]:
    """What exists, and what does not any more."""
    exists, deleted = {"a-1", "b-1", "c-1"}, set()
    file = place / "world"
    for line in file.read_text().splitlines() if file.exists() else []:
        if line[0] == "+":
            exists.add(line[1:])
        else:
            exists.discard(line[1:])
            deleted.add(line[1:])
    return exists, deleted


def pending_ids(snapshot: Snapshot) -> set[str]:
    return {o.resource.id for o in snapshot.pending}
