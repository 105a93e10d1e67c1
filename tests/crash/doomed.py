"""A run that is killed with SIGKILL at a chosen moment. Started by test_kill as a process; forks one child per moment.

Reads lines `DIRECTORY OPERATION WHEN` (kill at the OPERATIONth access that changes the store, `before`, `after`, or
`within` an append, which then is half written) and answers each with `killed` or, when there is no such moment any
more, `ended`. The world that the run changes is a file: what a provider did is a line in it, before its result is told.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from rolecall.model.journal import Begun, Done, Marked
from rolecall.model.resource import PendingOperation, Resource
from rolecall.state.backend import Backend, BackendSettings
from rolecall.state.file_store import FileStore
from rolecall.state.run import open_run
from rolecall.state.store import Log
from tests.unit.state.samples import NAME, CountingSealer, provider, root, thing

BASE = ("a", "b", "c")


class Fate:
    """Counts what changes the store and kills the process when its time has come."""

    def __init__(self, operation: int, when: str) -> None:
        self.left = operation
        self.when = when

    def comes(self) -> bool:
        self.left -= 1
        return self.left == 0

    def kill(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class DoomedLog:
    def __init__(self, log: Log, fate: Fate) -> None:
        self.log, self.fate = log, fate

    def append(self, data: bytes) -> None:
        doomed = self.fate.comes()
        if doomed and self.fate.when == "before":
            self.fate.kill()
        if doomed and self.fate.when == "within":
            self.log.append(data[: len(data) // 2])
            self.fate.kill()
        self.log.append(data)
        if doomed:
            self.fate.kill()

    def close(self) -> None:
        self.log.close()


class DoomedStore(FileStore):
    def __init__(self, root: Path, fate: Fate) -> None:
        super().__init__(root)
        self.fate = fate

    def write(self, key: str, data: bytes, expected: str | None = None) -> str:
        doomed = self.fate.comes()
        if doomed and self.fate.when in ("before", "within"):
            self.fate.kill()
        version = super().write(key, data, expected)
        if doomed:
            self.fate.kill()
        return version

    def delete(self, key: str) -> bool:
        doomed = self.fate.comes()
        if doomed and self.fate.when in ("before", "within"):
            self.fate.kill()
        found = super().delete(key)
        if doomed:
            self.fate.kill()
        return found

    def log(self, key: str) -> Log:
        return DoomedLog(super().log(key), self.fate)


async def work(directory: Path, fate: Fate) -> None:
    backend = Backend("file://test", DoomedStore(directory, fate), BackendSettings())
    sealer = CountingSealer()
    run = open_run(backend, NAME, lambda _: sealer)
    journal = run.journal

    def in_world(text: str) -> None:
        with (directory / "world").open("a") as world:
            world.write(text + "\n")

    async def create(number: int, resource: Resource, marked: Marked | None = None) -> None:
        await journal.append(Begun(number, PendingOperation(resource, "creating")))
        in_world(f"+{resource.id}")
        if fate.comes():  # inside the call, after its effect
            fate.kill()
        await journal.append(Done(number, added=resource, marked=marked))

    await journal.append(Done(0, removed=0, added=root(), elidable=True))
    await journal.append(Done(0, removed=1, added=provider(), elidable=True))
    await asyncio.gather(*(create(n, thing(f"n{n}")) for n in (1, 2, 3)))
    await run._write_checkpoint()
    old = thing("b", "a")
    await journal.append(Done(0, removed=2, added=thing("a"), elidable=True))
    from dataclasses import replace

    await create(4, replace(thing("b", "a"), id="b-2"), Marked(3, replace(old, delete=True)))
    await journal.append(Begun(5, PendingOperation(old, "deleting")))
    in_world("-b-1")
    await journal.append(Done(5, removed=3))
    await journal.append(Done(0, removed=4, added=thing("c"), elidable=True))
    await run.finish()
    run.close()


def main() -> None:
    for line in sys.stdin:
        directory, operation, when = line.split()
        child = os.fork()
        if not child:
            asyncio.run(work(Path(directory), Fate(int(operation), when)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else f"ended {os.WEXITSTATUS(status)}", flush=True)


if __name__ == "__main__":
    main()
