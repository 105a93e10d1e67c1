"""A warm sandbox that forks a fresh one on request, so that no test pays for imports or needs to reset a world.

Lines in: `fork HOME` and `end PID`. Lines out: the child's process id once it serves (its run file says more), `ended`.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def warm() -> None:
    """Loads what nearly every test needs: moto's first services and botocore's models of them."""
    from rolecall.sandbox import door, services
    from rolecall.sandbox.gate import Gate
    from rolecall.sandbox.question import reference
    from rolecall.sandbox.trail.journal import Journal
    from rolecall.sandbox.world import World

    Gate(World(), Journal())
    for name in ("iam", "s3", "sts", "cloudtrail"):
        services.model_of(name)
        if name != "sts":
            door._urls(name)
    for prefix in ("iam", "s3", "sts"):
        reference.reference_of(prefix)


def serve(home: Path, ready: int) -> None:
    """The child: one sandbox, until it is killed. It must not outlive the parent."""
    from rolecall.sandbox.daemon import Daemon
    from rolecall.sandbox.home import Home

    where = Home(home / "sandbox")
    where.make()
    daemon = Daemon(where, None, persistent=False)
    daemon.announce()
    os.write(ready, b"x")
    os.close(ready)
    daemon.server.serve_forever(poll_interval=0.5)


def fork(home: Path) -> int:
    """Starts a child and returns when it serves."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(2, 1)
        serve(home, writer)
        os._exit(0)
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)
    return pid


def main() -> None:
    """Forks until the input ends, then ends the children that are left."""
    warm()
    children: set[int] = set()
    print("ready", flush=True)
    for line in sys.stdin:
        verb, _, rest = line.strip().partition(" ")
        if verb == "fork":
            children.add(pid := fork(Path(rest)))
            print(pid, flush=True)
        elif verb == "end":
            os.kill(int(rest), signal.SIGKILL)
            os.waitpid(int(rest), 0)
            children.discard(int(rest))
            print("ended", flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
