"""The daemon's process: takes the lock, restores its memory, serves, and saves when it is told to go."""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rolecall import __version__
from rolecall.sandbox.admin import Admin, allowed_host
from rolecall.sandbox.authority import nobodys_authority
from rolecall.sandbox.client import PREFIX
from rolecall.sandbox.environment import write_config
from rolecall.sandbox.gate import Gate
from rolecall.sandbox.home import Home, Run, write_private, write_run
from rolecall.sandbox.memory import Memory
from rolecall.sandbox.message import Answer, RawRequest
from rolecall.sandbox.server import Server
from rolecall.sandbox.trail.journal import Journal
from rolecall.sandbox.world import REGION, World

log = logging.getLogger("rolecall.sandbox")

IDLE_SECONDS = 5.0
ALREADY_RUNNING = 75


class Daemon:
    """One sandbox: a world, its gate, its memory, and the server in front of them."""

    def __init__(self, home: Home, port: int | None, *, persistent: bool = True) -> None:
        self.home = home
        self.world = World()
        self.journal = Journal(home.trail)
        self.gate = Gate(self.world, self.journal)
        self.memory = Memory(home.memory, self.world, self.journal) if persistent else None
        self.notes = self.memory.restore() if self.memory else ()
        self.token = secrets.token_urlsafe(32)
        self.server, note = _bind(home, port, self.handle)
        self.notes = (*self.notes, *note)
        self.started = datetime.now(UTC)
        self._going = threading.Event()
        self._last_request = time.monotonic()
        self.admin = Admin(
            self.token,
            self._facts,
            {"stop": self._stop, "reset": self._reset, "status": self._status, "trail": self._trail, "key": self._key},
        )

    def handle(self, request: RawRequest) -> Answer:
        """Answers one request: an AWS call, or one of the daemon's own."""
        if not allowed_host(request.header("host"), self.server.port):
            text = f"This sandbox answers to 127.0.0.1:{self.server.port} and localhost only (Host header).\n"
            return Answer(421, {"content-type": "text/plain"}, text.encode())
        if request.path.startswith(PREFIX):
            return self.admin.handle(request)
        if request.path.startswith("/moto-api"):
            return Answer(404, {"content-type": "text/plain"}, b"closed\n")
        self._last_request = time.monotonic()
        return self.gate.handle(request)

    def serve(self) -> None:
        """Serves until told to stop, saving whenever it has been quiet for a while; then saves and returns."""
        self._save()
        self.announce()
        serving = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        serving.start()
        while not self._going.wait(1.0):
            quiet = time.monotonic() - self._last_request > IDLE_SECONDS
            if self.memory and self.memory.is_dirty and quiet:
                self._save()
                self._last_request = time.monotonic()  # when it could not be saved: not again at once
        self.server.shutdown()
        self.server.server_close()
        self._save()
        self.journal.close()
        self.home.run_file.unlink(missing_ok=True)

    def _save(self) -> None:
        """Writes the snapshot, or says in the log what of it could not be written."""
        if self.memory is None:
            return
        self.memory.save()
        for lost in self.memory.unwritten:
            log.error("the snapshot of %s", lost)

    def announce(self) -> None:
        """Writes the run file: from here on clients find us."""
        root = self.world.root_key
        run = Run(
            os.getpid(), self.server.port, self.token, self.world.account, REGION, root.key_id, root.secret, __version__
        )
        write_config(self.home, run)
        write_private(self.home.authorities, nobodys_authority())
        write_run(self.home, run)

    def go(self) -> None:
        """Ends `serve`."""
        self._going.set()

    def _facts(self) -> Mapping[str, Any]:
        return {"account": self.world.account, "region": REGION, "version": __version__}

    def _status(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        with self.world.lock:
            return {
                "started": self.started.isoformat(timespec="seconds"),
                "records": self.journal.number,
                "notes": list(self.notes),
                "forgotten": list(self.memory.will_forget()) if self.memory else ["everything"],
                "services": list(self.memory.services()) if self.memory else [],
                "unsaved": self.memory.is_dirty if self.memory else True,
            }

    def _stop(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        with self.world.lock:
            forgotten = list(self.memory.will_forget()) if self.memory else ["everything"]
        self.go()
        return {"forgotten": forgotten}

    def _reset(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        with self.world.lock:
            self.world.reset()
            self.journal.clear()
            if self.memory:
                self.memory.clear()
            self.notes = ()
            self.announce()
        return {}

    def _trail(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        entries = self.journal.after(int(asked.get("after", 0)), float(asked.get("wait", 0)))
        return {"entries": entries, "last": self.journal.number}

    def _key(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        root = self.world.root_key
        return {"key_id": root.key_id, "secret": root.secret}


def _bind(home: Home, port: int | None, handle: Any) -> tuple[Server, tuple[str, ...]]:
    """The server on the port that was asked for, that of last time, or any. An asked-for port must be free."""
    if port is not None:
        server = Server(port, handle)
    else:
        remembered = _remembered(home)
        try:
            server = Server(remembered, handle)
        except OSError:
            server = Server(0, handle)
            note = f"port {remembered} is in use by something else now; serving on {server.port}"
            home.port_file.write_text(f"{server.port}\n")
            return server, (f"{note}. Run `rolecall sandbox env` again in open shells.",)
    home.port_file.write_text(f"{server.port}\n")
    return server, ()


def _remembered(home: Home) -> int:
    try:
        return int(home.port_file.read_text())
    except (OSError, ValueError):
        return 0


def _lock(home: Home) -> int | None:
    """The lock's descriptor, None when another daemon holds it."""
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def main() -> int:
    """Runs a daemon until it is stopped: `python -m rolecall.sandbox.daemon HOME [--port N]`."""
    parser = argparse.ArgumentParser(prog="rolecall-sandbox")
    parser.add_argument("home", type=Path)
    parser.add_argument("--port", type=int)
    options = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    os.umask(0o077)
    home = Home(options.home)
    home.make()
    held = _lock(home)
    if held is None:
        log.info("another daemon serves %s", home.path)
        return ALREADY_RUNNING
    try:
        daemon = Daemon(home, options.port)
    except OSError as problem:
        log.error("cannot serve on port %s: %s", options.port, problem.strerror)
        return 1
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: daemon.go())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if os.fork():
        return 0  # whoever started us need not wait for the daemon, and it is nobody's child
    log.info("serving on %s, account %s", daemon.server.port, daemon.world.account)
    for note in daemon.notes:
        log.warning("%s", note)
    daemon.serve()
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
