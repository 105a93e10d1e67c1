"""Child processes that outlive neither us nor their purpose: programs, provider plugins and installers.

Each runs in a session of its own, so that Ctrl-C at the terminal reaches us and we decide what becomes of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

GRACE_SECONDS = 5.0
_CHUNK = 1 << 16
_TIE = Path(__file__).with_name("tie.py")


class Child:
    """A running child with its standard output and error piped to us. `spawn` makes one."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal, None while it runs."""
        return self._process.returncode

    @property
    def stdout(self) -> asyncio.StreamReader:
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def stderr(self) -> asyncio.StreamReader:
        assert self._process.stderr is not None
        return self._process.stderr

    async def wait(self) -> int:
        """Its exit status once it ended, negative for a signal."""
        return await self._process.wait()

    async def stop(self, grace: float = GRACE_SECONDS) -> int:
        """Interrupt it and all it started, kill what is left after `grace` seconds; its exit status."""
        if self._process.returncode is None:
            self._signal(signal.SIGINT)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), grace)
        self._signal(signal.SIGKILL)  # also when it ended by itself: what it started may be left
        return await self._process.wait()

    def kill(self) -> None:
        """Kill it and all it started, now."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


async def spawn(command: Sequence[str], *, directory: str, environment: Mapping[str, str]) -> Child:
    """Start a command that dies with us. Raises OSError when it cannot be started."""
    process = await asyncio.create_subprocess_exec(
        *_tied(command),
        cwd=directory,
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    return Child(process)


def _tied(command: Sequence[str]) -> list[str]:
    """The command, started through `tie.py` where the system can tie a child's life to its parent's (Linux).

    Doing that between fork and exec in this process would be shorter, but is not safe with gRPC's threads in it.
    """
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", str(_TIE), str(os.getpid()), *command]


async def lines_of(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """The lines of a stream without their ends, however long; the last one also when it does not end."""
    rest = b""
    while chunk := await stream.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace").removesuffix("\r")
    if rest:
        yield rest.decode("utf-8", "replace")
