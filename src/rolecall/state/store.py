"""The port to where states are kept: named blobs with versions, conditional writes, and logs that only grow.

Keys are `/`-separated and relative. A directory of files and the memory implement it; an object store can: it has
conditional puts, and a log there is one object per append, which is why appends are batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from rolecall.state.errors import StateError


class StoreError(StateError):
    """The store could not be read or written. What was there before is still there."""


class Conflict(StateError):
    """A conditional write found another version (or something where nothing was expected) and wrote nothing."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} was changed by someone else in the meantime")
        self.key = key


@dataclass(frozen=True, slots=True)
class Blob:
    """Content with its version: an opaque text that is another after every write."""

    data: bytes
    version: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One key of a listing, and when its content was last written."""

    key: str
    modified: datetime


ABSENT = ""
"""The version of what is not there."""


class Log(Protocol):
    """A blob that grows at its end. Used by one thread at a time."""

    def append(self, data: bytes) -> None:
        """Returns when `data` is durable. Raises StoreError; a part of `data` may then be in the log."""
        ...

    def close(self) -> None:
        """Lets go of the log; it stays in the store."""
        ...


class Store(Protocol):
    """Blobs by key. All calls block; all but `Log` may be made from several threads."""

    def read(self, key: str) -> Blob | None:
        """The content, or None if there is none. Raises StoreError."""
        ...

    def write(self, key: str, data: bytes, expected: str | None = None) -> str:
        """Replaces the content at once and durably, and returns its version.

        `expected`: the version that must be there now (ABSENT: nothing), else Conflict. Raises StoreError.
        """
        ...

    def delete(self, key: str) -> bool:
        """Removes a blob or a log; False if there was none. Raises StoreError."""
        ...

    def list(self, prefix: str) -> list[Listed]:
        """All keys that start with `prefix`, sorted. Raises StoreError."""
        ...

    def log(self, key: str) -> Log:
        """Opens a log to append to, making it if there is none. Its content is read with `read`."""
        ...


class MemoryStore:
    """A store that lasts as long as the process: for tests and for stacks that nobody wants to keep."""

    def __init__(self) -> None:
        self._blobs: dict[str, tuple[bytes, int, datetime]] = {}
        self._writes = 0

    def read(self, key: str) -> Blob | None:
        found = self._blobs.get(key)
        return None if found is None else Blob(found[0], str(found[1]))

    def write(self, key: str, data: bytes, expected: str | None = None) -> str:
        present = self.read(key)
        if expected is not None and expected != (present.version if present else ABSENT):
            raise Conflict(key)
        self._put(key, data)
        return str(self._writes)

    def delete(self, key: str) -> bool:
        return self._blobs.pop(key, None) is not None

    def list(self, prefix: str) -> list[Listed]:
        return [Listed(key, self._blobs[key][2]) for key in sorted(self._blobs) if key.startswith(prefix)]

    def log(self, key: str) -> Log:
        if key not in self._blobs:
            self._put(key, b"")
        return _MemoryLog(self, key)

    def extend(self, key: str, data: bytes) -> None:
        """Appends to a blob; one that was deleted meanwhile stays deleted, as an unlinked file does."""
        if key in self._blobs:
            self._put(key, self._blobs[key][0] + data)

    def _put(self, key: str, data: bytes) -> None:
        self._writes += 1
        self._blobs[key] = (data, self._writes, datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class _MemoryLog:
    store: MemoryStore
    key: str

    def append(self, data: bytes) -> None:
        self.store.extend(self.key, data)

    def close(self) -> None:
        """Nothing to let go of."""


def copy(store: Store, source: str, target: str) -> bool:
    """Copies a blob over whatever is at `target`; False if there is no source."""
    blob = store.read(source)
    if blob is None:
        return False
    store.write(target, blob.data)
    return True


def delete_all(store: Store, prefix: str) -> None:
    """Removes everything under a prefix."""
    for listed in store.list(prefix):
        store.delete(listed.key)


def lines_of(data: bytes) -> Iterator[bytes]:
    """The lines of a log without their ends; the last one only if its end was written."""
    yield from data.split(b"\n")[:-1]


def fingerprint(data: bytes) -> str:
    """A text that is the same for the same content only."""
    import hashlib  # noqa: PLC0415 - only runs need it, and it loads OpenSSL

    return hashlib.sha256(data).hexdigest()
