"""The sandbox's memory: a snapshot a service, taken when it is quiet and at the end, and read back at the start.

moto keeps everything in memory, and calls cannot be replayed faithfully (clocks, randomness), so its objects themselves
are saved. A snapshot is private to its user, replaced at once, tagged with moto's version, and read through a list of
allowed classes. What cannot be saved is named, never skipped silently.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import moto
from moto import backends
from moto.core.base_backend import BackendDict

from rolecall.sandbox.pickling import Forgetful, dump, load, refill
from rolecall.sandbox.trail.journal import Entry, Journal
from rolecall.sandbox.world import OwnState, World

_OWN = "own"
_TAG = {"moto": moto.__version__, "format": 1}


class Memory:
    """The snapshots of one world in a directory."""

    def __init__(self, directory: Path, world: World, journal: Journal) -> None:
        self._directory = directory
        self._world = world
        self._journal = journal
        self._saved_changes = world.changes
        self._digests: dict[str, int] = {}
        self._failing: dict[str, str] = {}
        self._lost_since = 0
        """The number of the last record that the snapshot knows of."""

    @property
    def is_dirty(self) -> bool:
        """Whether something may have changed since the last snapshot."""
        return self._world.changes != self._saved_changes

    @property
    def unwritten(self) -> tuple[str, ...]:
        """What the last snapshot lacks, each with the reason."""
        return tuple(f"{name} ({reason})" for name, reason in sorted(self._failing.items()))

    def services(self) -> Iterator[str]:
        """The services that have been used."""
        for name, _ in _live():
            yield name

    def will_forget(self) -> tuple[str, ...]:
        """The services that a stop would lose, found by trying."""
        if self.is_dirty:
            self.save()
        return self.unwritten

    def save(self) -> None:
        """Writes what changed. The world stands still meanwhile."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._world.lock:
            changes, records = self._world.changes, self._journal.number
            pickled: dict[str, bytes] = {}
            self._failing = {}
            for name, accounts in _live():
                try:
                    pickled[name] = dump({a: dict(regions) for a, regions in accounts.items()})
                except Forgetful as problem:
                    self._failing[name] = str(problem)
            pickled[_OWN] = dump({"state": self._world.own, "account": self._world.account, "records": records})
        if not self._write_all(pickled):
            return
        for stale in self._directory.glob("*.snapshot"):
            if stale.stem not in pickled:
                stale.unlink()
        self._saved_changes = changes

    def _write_all(self, pickled: dict[str, bytes]) -> bool:
        """Writes what differs from the files; whether all could be. If not, the world stays dirty."""
        whole = True
        for name, data in pickled.items():
            if self._digests.get(name) == hash(data):
                continue
            try:
                self._write(name, data)
            except OSError as problem:
                self._failing[name] = f"cannot be written: {problem.strerror}"
                whole = False
            else:
                self._digests[name] = hash(data)
        return whole

    def _write(self, name: str, data: bytes) -> None:
        path = self._directory / f"{name}.snapshot"
        temporary = path.with_suffix(".writing")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(json.dumps({**_TAG, "service": name}).encode() + b"\n" + data)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        temporary.replace(path)

    def restore(self) -> tuple[str, ...]:
        """Reads every snapshot back. Returns what the user must be told: services left behind, calls lost."""
        notes: list[str] = []
        for path in sorted(self._directory.glob("*.snapshot")):
            problem = self._restore_one(path)
            if problem:
                notes.append(problem)
                kept = path.with_suffix(".unreadable")
                path.replace(kept)
        notes.append(_lost(self._journal.after(self._lost_since)))
        self._saved_changes = self._world.changes
        return tuple(note for note in notes if note)

    def _restore_one(self, path: Path) -> str:
        with path.open("rb") as file:
            try:
                tag: dict[str, Any] = json.loads(file.readline())
                if {name: tag.get(name) for name in _TAG} != _TAG:
                    return f"the snapshot of {path.stem} was made with moto {tag.get('moto')}: not restored"
                data = load(file)
            except (ValueError, EOFError, KeyError, AttributeError, pickle.UnpicklingError, ImportError) as problem:
                return f"the snapshot of {path.stem} cannot be read ({problem}): not restored"
        if path.stem == _OWN:
            if not isinstance(data["state"], OwnState) or data["account"] != self._world.account:
                return "the sandbox's own state belongs to another account: not restored"
            self._world.own = data["state"]
            self._lost_since = int(data["records"])
            return ""
        accounts: Any = backends.get_backend(path.stem)  # type: ignore[call-overload]
        for account, regions in data.items():
            target = accounts[account]
            for region, backend in regions.items():
                refill(backend, type(backend)(region, account))
                dict.__setitem__(target, region, backend)
        if path.stem == "s3":
            _find_buckets_again(data)
        return ""

    def clear(self) -> None:
        """Forgets every snapshot."""
        for path in self._directory.glob("*.*"):
            with suppress(FileNotFoundError):
                path.unlink()
        self._digests = {}
        self._failing = {}


def _find_buckets_again(data: dict[str, Any]) -> None:
    """Bucket names are global: moto keeps their accounts beside the backends."""
    from moto.s3.models import s3_backends  # noqa: PLC0415

    for account, partitions in data.items():
        for partition, backend in partitions.items():
            for name in backend.buckets:
                s3_backends.bucket_accounts[name] = (partition, account)


def _live() -> Iterator[tuple[str, Any]]:
    """The services in use, with moto's accounts of each."""
    instances: list[Any] = vars(BackendDict)["_instances"]
    for accounts in list(instances):
        used = {account: regions for account, regions in accounts.items() if len(regions)}
        if used:
            yield _package_name(accounts), used


def _package_name(accounts: Any) -> str:
    """moto's name for `get_backend`."""
    package = str(accounts.backend.__module__).split(".")[1]
    return {"awslambda": "lambda", "moto_api": "moto_api._internal"}.get(package, package)


def _lost(entries: list[Entry]) -> str:
    """What was done after the last snapshot and is gone: the daemon was killed."""
    writes = [
        e["record"]["eventName"] for e in entries if not e["record"]["readOnly"] and "errorCode" not in e["record"]
    ]
    if not writes:
        return ""
    counted: dict[str, int] = {}
    for name in writes:
        counted[name] = counted.get(name, 0) + 1
    names = ", ".join(f"{name} x{count}" if count > 1 else name for name, count in counted.items())
    return f"{len(writes)} change(s) made after the last snapshot are lost, because the sandbox was killed: {names}"
