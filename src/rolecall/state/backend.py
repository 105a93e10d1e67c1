"""A self-managed backend: stacks in a store, laid out as Pulumi does, so that both tools can work on it in turn."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rolecall.model.stack_name import InvalidName, StackName, check_stack_part
from rolecall.state import layout, locks, meta, tags
from rolecall.state.compression import compress, decompress
from rolecall.state.errors import CorruptState, NoSuchStack, StackExists, StackNotEmpty, StateChanged, StateError
from rolecall.state.file_store import FileStore
from rolecall.state.format import Checkpoint, read_checkpoint, write_checkpoint
from rolecall.state.renaming import moved_deployment
from rolecall.state.store import Conflict, Store, copy, delete_all
from rolecall.state.url import FileURL, parse_file_url

if TYPE_CHECKING:
    from rolecall.state.history import UpdateInfo

_SPELLINGS = ("PULUMI_DIY_BACKEND_", "PULUMI_SELF_MANAGED_STATE_")


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """How to keep state. `extension`: of files that are written (`.gz`, `.zst` or none)."""

    extension: str = ""
    retain_checkpoints: bool = False
    backups: bool = True
    legacy_layout: bool = False
    tolerate_legacy: bool = False
    warn_of_legacy: bool = True

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> BackendSettings:
        """Reads Pulumi's variables. Raises StateError if both compressions are asked for."""

        def on(name: str, *prefixes: str) -> bool:
            return any(environ.get(f"{p}{name}", "").lower() in ("1", "true") for p in (*_SPELLINGS, *prefixes))

        if on("GZIP") and on("ZSTD"):
            raise StateError("PULUMI_DIY_BACKEND_GZIP and PULUMI_DIY_BACKEND_ZSTD cannot both be set")
        return cls(
            extension=".gz" if on("GZIP") else ".zst" if on("ZSTD") else "",
            retain_checkpoints=on("RETAIN_CHECKPOINTS", "PULUMI_"),
            backups=not on("DISABLE_CHECKPOINT_BACKUPS", "PULUMI_"),
            legacy_layout=on("LEGACY_LAYOUT"),
            tolerate_legacy=on("IGNORE_DEPRECATION_ERROR"),
            warn_of_legacy=not on("NO_LEGACY_WARNING"),
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """A checkpoint as it was found: where, which version of the file, and its content without compression."""

    checkpoint: Checkpoint
    key: str
    version: str
    data: bytes


class Backend:
    """Stacks in one store. Blocking; one process may use it from several threads."""

    def __init__(self, url: str, store: Store, settings: BackendSettings, place: FileURL | None = None) -> None:
        """`place`: how to show keys to people, where that is not simply below the URL."""
        self.url = url
        self.store = store
        self.settings = settings
        self.identity = _random_uuid()
        """Whose locks are ours: one name per process and backend."""
        self.warn: Callable[[str], None] = lambda text: None
        """Told what the user should know although nothing failed: a recovery, files of the old layout."""
        self._place = place
        self._held: dict[StackName, int] = {}
        self._ready = False

    @property
    def name(self) -> str:
        """What commands call the one who manages the stacks: the machine, for a self-managed backend."""
        return locks.hostname() or "diy"

    def url_of(self, key: str) -> str:
        """A key as people can find it."""
        return self._place.of(key) if self._place else f"{self.url}/{key}"

    def _prepare(self) -> None:
        """Checks (and for a new backend, marks) the layout, once. Raises StateError."""
        if not self._ready:
            settings = self.settings
            strays = meta.ensure_project_layout(
                self.store, legacy=settings.legacy_layout, tolerate_legacy=settings.tolerate_legacy
            )
            self._ready = True
            if strays and settings.warn_of_legacy:
                names = "".join(f"\n  - {key.removeprefix(layout.STACKS + '/')}" for key in strays)
                self.warn(
                    f"Found legacy stack files in state store:{names}\nRun `pulumi state upgrade` with Pulumi's own "
                    "CLI to have them, or set PULUMI_DIY_BACKEND_NO_LEGACY_WARNING."
                )

    # What is there

    def exists(self, name: StackName) -> bool:
        """Whether there is such a stack."""
        self._prepare()
        return self._checkpoint_key(name) is not None

    def load(self, name: StackName) -> Stored | None:
        """The stored state of a stack, None if there is no such stack. Raises CorruptState, UnsupportedState."""
        self._prepare()
        key = self._checkpoint_key(name)
        blob = self.store.read(key) if key else None
        if key is None or blob is None:
            return None
        try:
            return Stored(read_checkpoint(blob.data), key, blob.version, decompress(blob.data))
        except CorruptState as error:
            error.excerpt = (
                f"The file is {self.url_of(key)}; it is left as it is.\n"
                f"The state before the last run is beside it ({key.rpartition('/')[2]}.bak), older ones are in "
                f"{self.url_of(layout.backups(name))}; `pulumi stack import --file` puts one back."
            )
            raise

    def require(self, name: StackName) -> Stored:
        """As `load`, but raises NoSuchStack."""
        stored = self.load(name)
        if stored is None:
            raise NoSuchStack(name.stack)
        return stored

    def stacks(self, project: str | None = None) -> list[StackName]:
        """All stacks, of one project or of all, sorted."""
        self._prepare()
        prefix = f"{layout.STACKS}/{project}/" if project else f"{layout.STACKS}/"
        names = {name for listed in self.store.list(prefix) if (name := layout.stack_of(listed.key)) is not None}
        return sorted(name for name in names if _is_valid(name))

    def _checkpoint_key(self, name: StackName) -> str | None:
        variants = [layout.checkpoint(name, extension) for extension in layout.EXTENSIONS]
        found = [listed for listed in self.store.list(variants[0]) if listed.key in variants]
        return max(found, key=lambda listed: listed.modified).key if found else None

    # Locks

    @contextmanager
    def locked(self, name: StackName, ignoring: Collection[str] = ()) -> Iterator[None]:
        """Holds the lock of a stack; within one process it may be taken again. Raises Locked."""
        self.lock(name, ignoring)
        try:
            yield
        finally:
            self.unlock(name)

    def lock(self, name: StackName, ignoring: Collection[str] = ()) -> None:
        """Takes the lock of a stack (again). Raises Locked. `ignoring`: keys of locks of the dead."""
        self._prepare()
        if not self._held.get(name):
            locks.acquire(self.store, name, self.identity, self.url_of, ignoring)
        self._held[name] = self._held.get(name, 0) + 1

    def unlock(self, name: StackName) -> None:
        """Gives the lock back, when it was given back as often as it was taken."""
        self._held[name] -= 1
        if not self._held[name]:
            del self._held[name]
            locks.release(self.store, name, self.identity)

    def cancel(self, name: StackName) -> int:
        """Removes all locks of a stack, whoever holds them, and returns their number. Raises NoSuchStack."""
        if not self.exists(name):
            raise NoSuchStack(name.stack)
        return locks.cancel(self.store, name)

    # Changes

    def save(
        self, name: StackName, checkpoint: Checkpoint, *, replacing: Stored | None = None, keep: bool = True
    ) -> Stored:
        """Writes the state of a stack, keeping what was there as `.bak` (unless `keep` is false: it was kept before).

        `replacing`: what is known to be there. If it is not any more, StateChanged is raised and nothing is written.
        The caller holds the lock.
        """
        data = write_checkpoint(checkpoint)
        return self.save_bytes(name, checkpoint, data, replacing=replacing, keep=keep)

    def save_bytes(
        self,
        name: StackName,
        checkpoint: Checkpoint,
        data: bytes,
        *,
        replacing: Stored | None = None,
        keep: bool = True,
    ) -> Stored:
        """As `save`, for a checkpoint that was written into `data` before."""
        extension = self.settings.extension
        target = layout.checkpoint(name, extension)
        present = replacing.key if replacing else self._checkpoint_key(name)
        if keep:
            copy(self.store, target, layout.backup_of(target))
        packed = compress(data, extension)
        expected = replacing.version if replacing is not None and replacing.key == target else None
        try:
            version = self.store.write(target, packed, expected)
        except Conflict as conflict:
            raise StateChanged(
                f"the state of stack {name} was changed by someone else while it was locked by this run",
                detail=f"it is at {self.url_of(target)}",
            ) from conflict
        if present is not None and present != target:
            copy(self.store, present, layout.backup_of(present))
            self.store.delete(present)
        if self.settings.retain_checkpoints:
            self.store.write(f"{target}.{time.time_ns()}", packed)
        return Stored(checkpoint, target, version, data)

    def create(self, name: StackName, deployment: Mapping[str, Any] | None) -> None:
        """Makes a stack, with an initial deployment or none. Raises StackExists, Locked."""
        with self.locked(name):
            if self.exists(name):
                raise StackExists(str(name))
            self.save(name, Checkpoint(str(name), None if deployment is None else dict(deployment)))

    def remove(self, name: StackName, *, force: bool = False, remove_backups: bool = False) -> None:
        """Forgets a stack: its state (kept as `.bak` unless `remove_backups`), tags and history.

        Raises NoSuchStack, Locked, and StackNotEmpty while resources are left, unless forced.
        """
        with self.locked(name):
            stored = self.require(name)
            rest = [resource for resource in stored.checkpoint.resources if resource.get("type") != _ROOT_STACK]
            if not force and (rest or len(stored.checkpoint.resources) > 1):
                raise StackNotEmpty(name.stack)
            if remove_backups:
                self.store.delete(layout.backup_of(stored.key))
                delete_all(self.store, layout.backups(name))
            else:
                copy(self.store, stored.key, layout.backup_of(stored.key))
            self.store.delete(stored.key)
            self.store.delete(layout.tags(name))
            delete_all(self.store, layout.history(name))

    def rename(self, old: StackName, new: StackName) -> None:
        """Makes a stack another one: state with all its URNs, tags and history. Raises StateError if `new` exists."""
        with self.locked(old):
            if self.exists(new):
                raise StateError(f"a stack named {new.shown(old.project)} already exists")
            stored = self.require(old)
            checkpoint = replace(stored.checkpoint, stack=str(new))
            if checkpoint.latest is not None:
                checkpoint = replace(checkpoint, latest=moved_deployment(checkpoint.latest, new.stack, new.project))
            self.save(new, checkpoint)
            copy(self.store, stored.key, layout.backup_of(stored.key))
            self.store.delete(stored.key)
            from rolecall.state import history  # noqa: PLC0415 - reading states does not need it

            history.move(self.store, old, new)
            tags.move(self.store, old, new)

    def record(self, name: StackName, update: UpdateInfo) -> None:
        """After an operation: an entry in the history, and a backup of the state as it is now."""
        from rolecall.state import history  # noqa: PLC0415 - reading states does not need it

        key = self._checkpoint_key(name)
        blob = self.store.read(key) if key else None
        if key is None or blob is None:
            raise NoSuchStack(name.stack)
        history.add(self.store, name, update, decompress(blob.data), self.settings.extension)
        if self.settings.backups:
            ending = key.removeprefix(layout.checkpoint(name).removesuffix(".json"))
            self.store.write(f"{layout.backups(name)}{name.stack}.{time.time_ns()}{ending}", blob.data)


_ROOT_STACK = "pulumi:pulumi:Stack"


def open_backend(url: str, settings: BackendSettings | None = None) -> Backend:
    """The backend at a URL. Nothing is read or made yet. Raises StateError for a URL that is not a directory's."""
    place = parse_file_url(url)
    return Backend(url, FileStore(place.path), settings or BackendSettings(), place)


def parse_time(text: str) -> datetime | None:
    """Reads RFC 3339 with any number of fraction digits; None for an empty or impossible text."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    seconds, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{seconds}.{(fraction or '')[:6]:0<6}{'+00:00' if zone == 'Z' else zone}")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.year > 1 else None


_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)")


def _random_uuid() -> str:
    """A version 4 UUID. (The module `uuid` takes longer to import than a state takes to read.)"""
    bits = bytearray(os.urandom(16))
    bits[6] = bits[6] & 0x0F | 0x40
    bits[8] = bits[8] & 0x3F | 0x80
    text = bits.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _is_valid(name: StackName) -> bool:
    try:
        check_stack_part(name.stack)
    except InvalidName:
        return False
    return True
