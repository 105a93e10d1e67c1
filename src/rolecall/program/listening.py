"""Where a run's services listen: a unix socket that nobody else can reach, or loopback where that cannot be."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from pathlib import Path

_LONGEST = 100
"""Bytes that a socket's path may have: the kernel allows 107 (103 on macOS)."""
_NAME = "rolecall.sock"
_PREFIX = "rolecall-run-"
FORCE_TCP = "ROLECALL_TCP"
"""Set to 1 where a plugin cannot speak over unix sockets."""


class Listening:
    """A place to listen at, private to this user. `close` removes what was made for it."""

    def __init__(self) -> None:
        self._directory = None if os.environ.get(FORCE_TCP) == "1" else _private_directory()

    @property
    def bind(self) -> str:
        """What a server binds to."""
        return "127.0.0.1:0" if self._directory is None else f"unix:{self._directory / _NAME}"

    def address(self, port: int) -> str:
        """What clients are told, once the server has bound `port`."""
        return f"127.0.0.1:{port}" if self._directory is None else self.bind

    def close(self) -> None:
        """Remove the socket and its directory."""
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)


def _private_directory() -> Path | None:
    """A new directory with mode 0700 whose path is short enough; None when there is no place for one."""
    for place in (None, os.environ.get("XDG_RUNTIME_DIR"), "/tmp", "/var/tmp"):  # noqa: S108 (mkdtemp makes it private)
        try:
            made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        except OSError:
            continue
        _remove_abandoned(made.parent)
        if len(os.fsencode(made / _NAME)) <= _LONGEST:
            return made
        made.rmdir()
    return None


def _remove_abandoned(place: Path) -> None:
    """Remove what runs that were killed left in `place`: sockets of this user at which nobody listens any more."""
    for directory in place.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if directory.stat().st_uid == os.getuid() and _is_abandoned(directory / _NAME):
                (directory / _NAME).unlink()
                directory.rmdir()


def _is_abandoned(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False
