"""One contract for all stores."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from rolecall.state import file_store
from rolecall.state.file_store import FileStore
from rolecall.state.store import ABSENT, Conflict, MemoryStore, Store, StoreError


@pytest.fixture(params=["files", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return FileStore(tmp_path / "root") if request.param == "files" else MemoryStore()


def test_what_was_written_is_read(store: Store) -> None:
    version = store.write("a/b.json", b"one")
    blob = store.read("a/b.json")
    assert blob is not None
    assert (blob.data, blob.version) == (b"one", version)


def test_what_was_never_written_is_absent(store: Store) -> None:
    assert store.read("a/b.json") is None
    assert store.list("a/") == []
    assert store.delete("a/b.json") is False


def test_every_write_gives_another_version(store: Store) -> None:
    versions = {store.write("a", b"same") for _ in range(3)}
    assert len(versions) == 3


def test_a_conditional_write_succeeds_on_the_version_it_expects(store: Store) -> None:
    version = store.write("a", b"one")
    store.write("a", b"two", version)
    assert store.read("a").data == b"two"  # type: ignore[union-attr]


def test_a_conditional_write_refuses_another_version_and_writes_nothing(store: Store) -> None:
    old = store.write("a", b"one")
    store.write("a", b"two")
    with pytest.raises(Conflict):
        store.write("a", b"three", old)
    assert store.read("a").data == b"two"  # type: ignore[union-attr]


def test_creating_refuses_what_is_there(store: Store) -> None:
    store.write("a/lock", b"mine", ABSENT)
    with pytest.raises(Conflict):
        store.write("a/lock", b"yours", ABSENT)
    assert store.read("a/lock").data == b"mine"  # type: ignore[union-attr]


def test_what_was_deleted_is_gone(store: Store) -> None:
    store.write("a/b", b"one")
    assert store.delete("a/b") is True
    assert store.read("a/b") is None


def test_a_listing_has_all_keys_with_the_prefix_and_no_others(store: Store) -> None:
    for key in ("s/p/dev.json", "s/p/dev.json.bak", "s/p/devil.json", "s/q/dev.json", "t/x"):
        store.write(key, b"")
    assert [e.key for e in store.list("s/p/dev.json")] == ["s/p/dev.json", "s/p/dev.json.bak"]
    assert [e.key for e in store.list("s/")] == ["s/p/dev.json", "s/p/dev.json.bak", "s/p/devil.json", "s/q/dev.json"]


def test_a_log_grows_and_is_read_like_a_blob(store: Store) -> None:
    log = store.log("j/run")
    log.append(b"one\n")
    log.append(b"two\n")
    log.close()
    again = store.log("j/run")
    again.append(b"three\n")
    again.close()
    assert store.read("j/run").data == b"one\ntwo\nthree\n"  # type: ignore[union-attr]
    assert [e.key for e in store.list("j/")] == ["j/run"]


def test_a_log_that_was_deleted_does_not_come_back_by_appending(store: Store) -> None:
    log = store.log("j/run")
    store.delete("j/run")
    log.append(b"late\n")
    log.close()
    assert store.read("j/run") is None


def test_files_and_directories_are_private(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "root")
    os.umask(0o022)
    store.write("a/b", b"x")
    store.write("a/lock", b"x", ABSENT)
    store.log("a/log").close()
    for name in ("b", "lock", "log"):
        assert stat.S_IMODE((tmp_path / "root/a" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "root/a").stat().st_mode) == 0o700


def test_checksums_that_pulumi_keeps_beside_files_are_hidden_and_go_with_the_content(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    for name in ("a", "b"):
        store.write(name, b"one")
        (tmp_path / f"{name}.attrs").write_text("{}")
    assert [e.key for e in store.list("")] == ["a", "b"]
    store.write("a", b"two")
    store.delete("b")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a"]


def test_a_full_disk_leaves_the_old_content_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path)
    store.write("a", b"old")

    def full(_descriptor: int, _data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(file_store.os, "write", full)
    with pytest.raises(StoreError, match="No space left on device") as refusal:
        store.write("a", b"new")
    with pytest.raises(StoreError):
        store.write("fresh", b"new", ABSENT)
    monkeypatch.undo()
    assert "disk is full" in refusal.value.hint
    assert store.read("a").data == b"old"  # type: ignore[union-attr]
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_really_full_disk_is_a_clear_error() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    log = FileStore(Path("/dev")).log("full")
    with pytest.raises(StoreError, match="No space left on device"):
        log.append(b"x")
    log.close()


def test_keys_cannot_leave_the_directory(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        FileStore(tmp_path / "root").read("../outside")
