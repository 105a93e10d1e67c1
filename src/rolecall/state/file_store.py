"""A store in a directory, as Pulumi lays it out for `file://` backends: private, atomic and durable.

Each blob is a file, written to a temporary file, flushed to disk and renamed over the old one, so that a full disk or a
kill leaves the old content. Pulumi keeps `NAME.attrs` beside some files (a checksum for its own library); those are not
listed, and dropped with the content that they describe.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from rolecall.state.store import ABSENT, Blob, Conflict, Listed, Log, StoreError

_ATTRIBUTES = ".attrs"
_TEMPORARY = ".rolecall-tmp-"
_PRIVATE_FILE, _PRIVATE_DIRECTORY = 0o600, 0o700


class FileStore:
    """Blobs as files under a directory, which is made when something is written."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, key: str) -> Blob | None:
        path = self._path(key)
        try:
            with path.open("rb") as file:
                return Blob(file.read(), _version(os.fstat(file.fileno())))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            _fail("read", path, error)

    def write(self, key: str, data: bytes, expected: str | None = None) -> str:
        path = self._path(key)
        try:
            _make_directory(path.parent)
            if expected == ABSENT:
                return self._create(key, path, data)
            if expected is not None and expected != _version_at(path):
                raise Conflict(key)
            return self._replace(path, data)
        except OSError as error:
            _fail("write", path, error)

    def _create(self, key: str, path: Path, data: bytes) -> str:
        # No temporary file: in a directory of locks that would be one more lock to others.
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE_FILE)
        except FileExistsError as error:
            raise Conflict(key) from error
        try:
            _write_out(descriptor, data)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        _sync_directory(path.parent)
        return _version_at(path)

    def _replace(self, path: Path, data: bytes) -> str:
        temporary = path.parent / f"{_TEMPORARY}{os.urandom(8).hex()}"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE_FILE)
            _write_out(descriptor, data)
            temporary.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        _attributes_of(path).unlink(missing_ok=True)
        _sync_directory(path.parent)
        return _version_at(path)

    def delete(self, key: str) -> bool:
        path = self._path(key)
        try:
            _attributes_of(path).unlink(missing_ok=True)
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            _fail("delete", path, error)
        return True

    def list(self, prefix: str) -> list[Listed]:
        folder, _, start = prefix.rpartition("/")
        base = self._path(folder) if folder else self.root
        try:
            found = [
                Listed(f"{folder}/{name}" if folder else name, modified) for name, modified in _files_under(base, start)
            ]
        except OSError as error:
            _fail("list", base, error)
        return sorted(found, key=lambda listed: listed.key)

    def log(self, key: str) -> Log:
        path = self._path(key)
        try:
            _make_directory(path.parent)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _PRIVATE_FILE)
            _sync_directory(path.parent)
        except OSError as error:
            _fail("open", path, error)
        return _FileLog(descriptor, path)

    def _path(self, key: str) -> Path:
        if any(part in ("", ".", "..") for part in key.split("/")):
            raise StoreError(f"not a key of a store: {key!r}")
        return self.root / key


class _FileLog:
    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path

    def append(self, data: bytes) -> None:
        try:
            _write_all(self._descriptor, data)
            os.fdatasync(self._descriptor) if hasattr(os, "fdatasync") else os.fsync(self._descriptor)
        except OSError as error:
            _fail("append to", self._path, error)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _write_out(descriptor: int, data: bytes) -> None:
    try:
        _write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _make_directory(path: Path) -> None:
    if path.is_dir():
        return
    _make_directory(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=_PRIVATE_DIRECTORY)
        _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems cannot flush a directory; what they promise without is all there is to have.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _attributes_of(path: Path) -> Path:
    return path.with_name(path.name + _ATTRIBUTES)


def _version(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"


def _version_at(path: Path) -> str:
    try:
        return _version(path.stat())
    except FileNotFoundError:
        return ABSENT


def _files_under(base: Path, start: str) -> Iterator[tuple[str, datetime]]:
    """Files below a directory whose path relative to it begins with `start`."""
    try:
        entries = list(os.scandir(base))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if not entry.name.startswith(start):
            continue
        if entry.is_dir():
            for name, modified in _files_under(Path(entry.path), ""):
                yield f"{entry.name}/{name}", modified
        elif not entry.name.endswith(_ATTRIBUTES) and not entry.name.startswith(_TEMPORARY):
            with contextlib.suppress(FileNotFoundError):
                yield entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC)


def _fail(verb: str, path: Path, error: OSError) -> NoReturn:
    hints = {
        errno.ENOSPC: "the disk is full; the state that was there before is unchanged: make room and run again",
        errno.EDQUOT: "the disk quota is used up; the state that was there before is unchanged",
        errno.EACCES: "check who owns it, and its permissions",
        errno.EROFS: "the file system is read-only",
    }
    reason = error.strerror or str(error)
    raise StoreError(f"could not {verb} {path}: {reason}", hint=hints.get(error.errno or 0, "")) from error
