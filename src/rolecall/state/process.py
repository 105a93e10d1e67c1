"""Telling whether the process that left something behind still runs. Process ids are reused; start times are not."""

from __future__ import annotations

import os
from pathlib import Path

_STARTED = 19
"""Position of the start time (in clock ticks since boot) among the fields that follow the command in /proc/PID/stat."""


def start_of(pid: int) -> str:
    """A text that tells this process from any other that has or had its id; empty where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{fields[_STARTED]}"
    except (OSError, IndexError):
        return ""


def is_alive(pid: int, started: str) -> bool:
    """Whether the process that had this id and start is still running. In doubt it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    now = start_of(pid)
    return not started or not now or now == started
