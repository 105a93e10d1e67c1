"""Children end when we say so, and when we die."""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from rolecall.providers.child import lines_of, spawn

POLITE = """
import sys, time
try:
    print('up', flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit(3)
"""
TEN_SECONDS = 10_000
linux = pytest.mark.skipif(sys.platform != "linux", reason="process descriptors are Linux's")


def has_ended(descriptor: int) -> bool:
    """Whether the process of a descriptor ends within a while (a zombie has ended)."""
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(TEN_SECONDS))


@linux
def test_a_child_that_ignores_an_interrupt_is_killed_with_all_it_started(tmp_path: Path) -> None:
    async def main() -> int:
        script = "trap '' INT; sleep 300 & echo $!; wait"
        child = await spawn(["/bin/sh", "-c", script], directory=str(tmp_path), environment=os.environ)
        grandchild = os.pidfd_open(int(await anext(aiter(lines_of(child.stdout)))))
        assert await child.stop(0.1) == -9
        return grandchild

    assert has_ended(asyncio.run(main()))


def test_an_interrupted_child_may_end_in_its_own_way(tmp_path: Path) -> None:
    async def main() -> None:
        child = await spawn([sys.executable, "-c", POLITE], directory=str(tmp_path), environment=os.environ)
        await anext(aiter(lines_of(child.stdout)))
        assert await child.stop(30) == 3

    asyncio.run(main())


def test_lines_are_whole_whatever_their_length_and_end() -> None:
    async def main() -> list[str]:
        stream = asyncio.StreamReader()
        stream.feed_data(b"one\r\n\ntwo \xff" + b"x" * 200_000 + b"\nlast")
        stream.feed_eof()
        return [line async for line in lines_of(stream)]

    assert asyncio.run(main()) == ["one", "", "two \ufffd" + "x" * 200_000, "last"]


def test_a_command_that_does_not_exist_ends_as_in_a_shell(tmp_path: Path) -> None:
    async def main() -> int:
        child = await spawn(["/nonexistent/command"], directory=str(tmp_path), environment=os.environ)
        return await child.wait()

    if sys.platform == "linux":
        assert asyncio.run(main()) == 127
    else:
        with pytest.raises(FileNotFoundError):
            asyncio.run(main())


@linux
def test_a_child_dies_when_we_are_killed() -> None:
    ours = (
        "import asyncio,os,sys\n"
        "from rolecall.providers.child import spawn\n"
        "async def main():\n"
        "    child = await spawn(['/bin/sh','-c','echo up; sleep 300'], directory='/', environment=os.environ)\n"
        "    await child.stdout.readline()\n"
        "    print(child.pid, flush=True)\n"
        "    await child.wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", ours], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = os.pidfd_open(int(process.stdout.readline()))
        process.kill()
    assert has_ended(child)
