"""Where records are kept: every one in a file, one JSON line each, and the recent ones in memory for look-ups."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

log = logging.getLogger(__name__)

KEPT = 50_000
"""Records in memory. Older ones stay in the file, for whoever reads it."""

Entry = dict[str, Any]
"""`number` counts from 1 over the sandbox's life, `record` is CloudTrail's, `chain` ARNs from the base identity on."""


class Journal:
    """The trail of one sandbox. `path` None keeps it in memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._number = 0
        self._path = path
        self._file: TextIO | None = None
        if path is not None:
            self._load(path)

    def _load(self, path: Path) -> None:
        if path.exists():
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    entry = _entry(line)
                    if entry is not None:
                        self._entries.append(entry)
                        self._number = max(self._number, int(entry["number"]))
        self._open(path, os.O_APPEND)

    def _open(self, path: Path, flag: int) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | flag, 0o600)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")

    @property
    def number(self) -> int:
        """The number of the last entry."""
        return self._number

    def add(self, record: dict[str, Any], chain: tuple[str, ...], denied: bool) -> None:
        """Keeps a record. It is with the operating system when this returns: a killed daemon loses none."""
        with self._changed:
            self._number += 1
            entry: Entry = {"number": self._number, "record": record, "chain": list(chain), "denied": denied}
            self._entries.append(entry)
            self._write(json.dumps(entry, separators=(",", ":")) + "\n")
            self._changed.notify_all()

    def _write(self, line: str) -> None:
        """Appends a line. On a full disk the call that it tells of has been made all the same: the line waits in the
        file's buffer for the next one, and in memory."""
        if self._file is None:
            return
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as problem:
            log.error("the trail cannot be written: %s", problem.strerror)

    def after(self, number: int, wait: float = 0) -> list[Entry]:
        """The entries later than a number, oldest first; waits up to so many seconds for one."""
        with self._changed:
            if wait and self._number <= number:
                self._changed.wait(wait)
            return [entry for entry in self._entries if entry["number"] > number]

    def newest_first(self) -> Iterator[Entry]:
        """The entries in memory, the latest first."""
        with self._lock:
            entries = list(self._entries)
        return reversed(entries)

    def clear(self) -> None:
        """Forgets everything, in the file too. Numbers go on."""
        with self._lock:
            self._entries.clear()
            if self._file is not None and self._path is not None:
                self._file.close()
                self._open(self._path, os.O_TRUNC)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            if self._file is not None:
                try:
                    self._file.close()
                except OSError as problem:
                    log.error("the end of the trail cannot be written: %s", problem.strerror)
                self._file = None


def _entry(line: str) -> Entry | None:
    """A line's entry; None for one that a killed daemon left half-written."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "number" in entry and "record" in entry else None
