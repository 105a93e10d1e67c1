"""Locks, settings, layout and the small texts around them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rolecall.model.stack_name import StackName
from rolecall.state import layout, locks, tags
from rolecall.state.backend import Backend, BackendSettings, open_backend, parse_time
from rolecall.state.compression import compress, decompress
from rolecall.state.errors import CorruptState, NoSuchStack, StackExists, StateError, UnsupportedState
from rolecall.state.file_store import FileStore
from rolecall.state.format import read_checkpoint, read_export
from rolecall.state.history import UpdateInfo, entries
from rolecall.state.json_text import InvalidJSON, dumps, loads
from rolecall.state.locks import Locked
from rolecall.state.pacing import Pacing
from rolecall.state.process import Birth, is_dead
from rolecall.state.store import MemoryStore
from rolecall.state.url import parse_file_url
from tests.unit.state.samples import NAME, CountingSealer, backend_with, snapshot_with, thing


def backend(store: MemoryStore | None = None, **settings: object) -> Backend:
    return Backend("memory://", store or MemoryStore(), BackendSettings(**settings))  # type: ignore[arg-type]


# Locks


def test_two_that_come_at_once_both_step_back_or_one_stays() -> None:
    store = MemoryStore()

    class Racing(MemoryStore):
        """Another process takes the lock between our look and our write."""

        def write(self, key: str, data: bytes, expected: str | None = None) -> str:
            if "/locks/" in key:
                store.write(layout.lock(NAME, "theirs"), b'{"pid": 1, "username": "ann", "hostname": "there"}')
            return store.write(key, data, expected)

        read, list, delete = store.read, store.list, store.delete  # type: ignore[assignment]

    with pytest.raises(Locked, match="ann@there"):
        locks.acquire(Racing(), NAME, "ours", str)
    assert [e.key for e in store.list(layout.locks(NAME))] == [layout.lock(NAME, "theirs")]


def test_a_lock_can_be_taken_again_by_its_holder_and_is_given_back_at_the_end() -> None:
    one = backend()
    with one.locked(NAME):
        with one.locked(NAME):
            pass
        assert len(one.store.list(layout.locks(NAME))) == 1
    assert one.store.list(layout.locks(NAME)) == []


def test_a_lock_that_cannot_be_read_still_locks() -> None:
    one = backend()
    one.store.write(layout.lock(NAME, "broken"), b"")
    with pytest.raises(Locked, match="currently locked by 1 lock"):
        one.lock(NAME)


def test_pulumi_can_read_our_lock() -> None:
    one = backend()
    one.lock(NAME)
    (listed,) = one.store.list(layout.locks(NAME))
    blob = one.store.read(listed.key)
    assert blob
    content = json.loads(blob.data)
    assert content["pid"] == os.getpid()
    assert datetime.fromisoformat(content["timestamp"].replace("Z", "+00:00")).tzinfo is not None
    assert isinstance(content["username"], str)
    assert isinstance(content["hostname"], str)


def test_this_process_is_alive() -> None:
    birth = Birth.of(os.getpid())
    assert not is_dead(os.getpid(), birth, "h", "h")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_process_id_that_was_given_away_again_is_not_the_same_process() -> None:
    birth = Birth.of(os.getpid())
    assert is_dead(os.getpid(), Birth(birth.machine, birth.boot, birth.namespace, "1"), "h", "h")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_in_doubt_a_process_is_alive() -> None:
    birth = Birth.of(os.getpid())
    nobody = 2**22 + 1
    assert is_dead(nobody, birth, "h", "h")
    assert not is_dead(nobody, Birth(birth.machine, birth.boot, "pid:[another container]", birth.ticks), "h", "h")
    assert not is_dead(nobody, Birth("another machine", "another boot", birth.namespace, birth.ticks), "h", "h")
    assert not is_dead(nobody, Birth("", "another boot", birth.namespace, birth.ticks), "h", "h")
    assert not is_dead(nobody, Birth.parse("nonsense"), "h", "h")


# Stacks


def test_a_stack_is_made_once() -> None:
    one = backend()
    one.create(NAME, None)
    with pytest.raises(StackExists, match="stack 'organization/proj/dev' already exists"):
        one.create(NAME, None)
    assert one.stacks() == [NAME]
    assert one.stacks("other") == []


def test_a_stack_that_is_not_there_is_named() -> None:
    for act in (backend().require, backend().remove, backend().cancel):
        with pytest.raises(NoSuchStack, match="no stack named 'dev' found") as refusal:
            act(NAME)
        assert refusal.value.exit_code == 6


def test_a_renamed_stack_takes_history_and_tags_along() -> None:
    one = backend_with(snapshot_with(thing("a")), CountingSealer())
    tags.write(one.store, NAME, {"owner": "me"})
    one.record(NAME, UpdateInfo("update", 1, 2, "succeeded", resource_changes={"create": 1}))
    new = StackName("proj", "prod")
    one.rename(NAME, new)
    assert not one.exists(NAME)
    assert tags.read(one.store, new) == {"owner": "me"}
    assert [entry["resourceChanges"] for entry in entries(one.store, new)] == [{"create": 1}]
    assert entries(one.store, NAME) == []


def test_history_is_newest_first_and_comes_in_pages() -> None:
    one = backend_with(snapshot_with(), CountingSealer())
    for number in range(5):
        one.record(NAME, UpdateInfo("update", number, number, "succeeded"))
    assert [e["startTime"] for e in entries(one.store, NAME)] == [4, 3, 2, 1, 0]
    assert [e["startTime"] for e in entries(one.store, NAME, 2, 2)] == [2, 1]
    assert entries(one.store, NAME, 2, 9) == []


def test_after_an_operation_there_is_a_backup_unless_unwanted() -> None:
    one = backend_with(snapshot_with(), CountingSealer())
    one.record(NAME, UpdateInfo("update", 1, 2, "succeeded"))
    assert len(one.store.list(layout.backups(NAME))) == 1
    without = Backend("memory://", one.store, BackendSettings(backups=False))
    without.record(NAME, UpdateInfo("update", 1, 2, "succeeded"))
    assert len(one.store.list(layout.backups(NAME))) == 1


def test_the_most_recently_written_variant_of_a_state_counts(tmp_path: Path) -> None:
    one = Backend("file://x", FileStore(tmp_path), BackendSettings())
    one.create(NAME, {"manifest": {}, "metadata": {}})
    zipped = compress(b'{"version":3,"checkpoint":{"stack":"newer"}}', ".gz")
    one.store.write(layout.checkpoint(NAME, ".gz"), zipped)
    os.utime(tmp_path / layout.checkpoint(NAME), (1, 1))
    assert one.require(NAME).checkpoint.stack == "newer"


# Settings and URLs


def test_settings_come_from_either_spelling() -> None:
    read = BackendSettings.from_environment
    assert read({"PULUMI_DIY_BACKEND_GZIP": "1"}).extension == ".gz"
    assert read({"PULUMI_SELF_MANAGED_STATE_ZSTD": "TRUE"}).extension == ".zst"
    assert read({"PULUMI_RETAIN_CHECKPOINTS": "true"}).retain_checkpoints
    assert not read({"PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true"}).backups
    assert read({"PULUMI_DIY_BACKEND_GZIP": "yes"}) == BackendSettings()
    with pytest.raises(StateError, match="cannot both be set"):
        read({"PULUMI_DIY_BACKEND_GZIP": "1", "PULUMI_DIY_BACKEND_ZSTD": "1"})


def test_a_file_url_is_shown_as_pulumi_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ann")
    assert parse_file_url("file:///a/b").of("c") == "file:///a/b/c?no_tmp_dir=true"
    assert parse_file_url("file://rel").path == tmp_path / "rel"
    assert parse_file_url("file://~").path == Path("/home/ann")
    assert parse_file_url("file:///a?no_tmp_dir=false").of("c") == "file:///a/c"


@pytest.mark.parametrize("url", ["s3://bucket", "https://api.pulumi.com", "nonsense"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(StateError, match=url.split(":")[0]):
        open_backend(url)


# Reading


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "unexpected end of JSON input"),
        (b"{broken", "invalid character 'b' looking for beginning of object key string"),
        (b'{"a" 1}', "invalid character '1' after object key"),
        (b'{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        (b'{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        (b"[1,]", "invalid character ']' looking for beginning of value"),
        (b"[1 2]", "invalid character '2' after array element"),
        (b"[1", "unexpected end of JSON input"),
        (b"trux", "invalid character 'x' in literal true (expecting 'e')"),
        (b"{} {}", "invalid character '{' after top-level value"),
        (b'"\x01"', "invalid character '\\x01' in string literal"),
        (b'"\\q"', "invalid character 'q' in string escape code"),
        (b'"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"),
        (b"-x", "invalid character 'x' in numeric literal"),
        (b"1.x", "invalid character 'x' after decimal point in numeric literal"),
        (b"1ex", "invalid character 'x' in exponent of numeric literal"),
        (b"'", "invalid character '\\'' looking for beginning of value"),
        (b"01", "invalid character '1' after top-level value"),
    ],
)
def test_what_is_wrong_with_a_text_is_said_as_go_says_it(text: bytes, message: str) -> None:
    with pytest.raises(InvalidJSON) as refusal:
        loads(text)
    assert str(refusal.value) == message


def test_what_is_not_unicode_is_replaced_as_go_does() -> None:
    assert loads(b'"\\ud800x"') == "\ufffdx"


def test_numbers_beyond_64_bits_are_written_as_floats() -> None:
    assert json.loads(dumps({"a": [10**20, 5]})) == {"a": [1e20, 5]}


@pytest.mark.parametrize("version", [1, 2, None])
def test_old_checkpoints_are_understood(version: int | None) -> None:
    inner = {"stack": "s", "latest": {"manifest": {}, "resources": [{"urn": "u", "custom": False, "type": "t"}]}}
    document = inner if version is None else {"version": version, "checkpoint": inner}
    checkpoint = read_checkpoint(json.dumps(document).encode())
    assert (checkpoint.version, checkpoint.stack, len(checkpoint.resources)) == (3, "s", 1)


def test_indented_and_compressed_states_are_understood() -> None:
    text = json.dumps({"version": 3, "checkpoint": {"stack": "s"}}, indent=4).encode()
    assert read_checkpoint(compress(text, ".gz")).stack == "s"


def test_newer_states_are_refused() -> None:
    with pytest.raises(UnsupportedState, match="version 5"):
        read_checkpoint(b'{"version":5,"checkpoint":{}}')
    with pytest.raises(UnsupportedState, match="version 5"):
        read_export(b'{"version":5,"deployment":{}}')
    with pytest.raises(UnsupportedState, match="too old"):
        read_export(b'{"deployment":{}}')
    with pytest.raises(UnsupportedState, match="teleport"):
        read_checkpoint(b'{"version":4,"features":["teleport"],"checkpoint":{}}')


@pytest.mark.parametrize("text", [b"[]", b'"x"', b'{"version":3}', b'{"version":3,"checkpoint":{"latest":[]}}'])
def test_what_is_json_but_no_state_is_corrupt(text: bytes) -> None:
    with pytest.raises(CorruptState):
        read_checkpoint(text)


def test_damaged_compression_is_corrupt() -> None:
    with pytest.raises(CorruptState):
        decompress(b"\x1f\x8b\x08nonsense")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T09:00:00.123456789Z", datetime(2026, 1, 31, 9, 0, 0, 123456, UTC)),
        ("2026-01-31T10:00:00+01:00", datetime(2026, 1, 31, 9, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
    ],
)
def test_times_of_go_are_read(text: str, expected: datetime | None) -> None:
    assert parse_time(text) == expected


# Checkpoints on the way


def test_checkpoints_take_at_most_a_twentieth_of_the_time() -> None:
    now = [0.0]
    pacing = Pacing(lambda: now[0])
    spent = 0.0
    for _ in range(50):
        now[0] += pacing.wait()
        with pacing.spending():
            now[0] += 0.3
            spent += 0.3
        assert spent <= 0.05 * now[0] + 0.3, "but for the first, whose cost nobody knows"
    assert spent >= 0.045 * now[0], "and they do take it"


def test_a_copy_of_a_state_file_can_be_imported_and_what_is_no_export_never_passes_for_an_empty_state() -> None:
    state = b'{"version":3,"checkpoint":{"stack":"organization/shop/prod","latest":{"resources":[{"urn":"u"}]}}}'
    assert (read_export(state).latest or {})["resources"] == [{"urn": "u"}]
    with pytest.raises(CorruptState, match="no 'deployment'"):
        read_export(b'{"version":3,"resources":[]}')


def test_a_state_that_cannot_be_read_is_named_with_where_older_ones_are() -> None:
    one = backend_with(snapshot_with(), CountingSealer())
    [key] = [listed.key for listed in one.store.list(layout.checkpoint(NAME)) if listed.key.endswith(".json")]
    one.store.write(key, b"{broken")
    with pytest.raises(CorruptState) as refusal:
        one.load(NAME)
    assert key in refusal.value.excerpt
    assert f"{key.rpartition('/')[2]}.bak" in refusal.value.excerpt
