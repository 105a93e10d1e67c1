"""Telling whether the process that left something behind still runs, on whatever machine it was.

Neither a host's name nor a process id says enough: names are shared, ids are reused, and containers on one host number
their processes each for themselves. In doubt a process is alive, and its lock holds.
"""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

_STARTED = 19
"""Position of the start time (in clock ticks since boot) among the fields that follow the command in /proc/PID/stat."""


@dataclass(frozen=True, slots=True)
class Birth:
    """When and where a process began. Parts that the system does not tell are empty."""

    machine: str
    boot: str
    namespace: str
    ticks: str

    @classmethod
    def of(cls, pid: int) -> Birth:
        """The birth of a process of this machine, as far as we may see it."""
        return cls(
            machine=_machine(),
            boot=_read("/proc/sys/kernel/random/boot_id"),
            namespace=_link("/proc/self/ns/pid"),
            ticks=_ticks(pid),
        )

    @classmethod
    def parse(cls, text: str) -> Birth:
        """Reads what `str` gave. An unknown form tells nothing."""
        parts = text.split("/")
        return cls(*parts) if len(parts) == 4 else cls("", "", "", "")

    def __str__(self) -> str:
        return "/".join((self.machine, self.boot, self.namespace, self.ticks))


def is_dead(pid: int, birth: Birth, host: str, this_host: str) -> bool:
    """Whether the process with this id, birth and host is certainly gone."""
    ours = Birth.of(pid)
    if not (birth.boot and ours.boot):
        # Systems without /proc: no containers that share a name, so the name has to do.
        return sys.platform != "linux" and host == this_host and not _exists(pid)
    if birth.boot != ours.boot:
        return bool(birth.machine) and birth.machine == ours.machine
    if birth.namespace != ours.namespace:
        return False
    return not _exists(pid) or bool(birth.ticks and ours.ticks and birth.ticks != ours.ticks)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _machine() -> str:
    """The machine, by a text from which its own id cannot be told."""
    identity = _read("/etc/machine-id")
    return hashlib.sha256(f"rolecall:{identity}".encode()).hexdigest()[:16] if identity else ""


def _ticks(pid: int) -> str:
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[_STARTED] if len(fields) > _STARTED else ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""
