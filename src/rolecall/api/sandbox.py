"""The sandbox's life, for commands and programs: start, find, stop, empty, and the environment that leads to it.

Nothing here imports moto or boto3: finding a running sandbox costs what Python costs.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from rolecall.sandbox import client, environment
from rolecall.sandbox.client import SandboxError
from rolecall.sandbox.home import Home, Run, home_of

START_SECONDS = 30.0
STOP_SECONDS = 30.0
_ALREADY_RUNNING = 75


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key. The secret never shows in a repr."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, proven to be ours.

    `environment` is what a client needs (AWS_ENDPOINT_URL, keys, region, config files of the sandbox's own), `unset`
    what must go from its environment so that nothing may reach a real account. `notes`: what a start has to say.
    """

    endpoint: str
    account: str
    region: str
    pid: int
    credentials: Credentials
    environment: Mapping[str, str] = field(hash=False, repr=False)
    unset: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    started_now: bool = False

    def scrub(self, environ: Mapping[str, str]) -> dict[str, str]:
        """A copy of `environ` in which every AWS setting is the sandbox's."""
        removed = set(environment.unset_names(environ, self.environment))
        kept = {name: value for name, value in environ.items() if name not in removed}
        return {**kept, **self.environment}


def home(environ: Mapping[str, str] | None = None) -> Path:
    """Where the sandbox keeps its files: `$ROLECALL_HOME/sandbox`, else `~/.rolecall/sandbox`."""
    return _home(environ).path


def _home(environ: Mapping[str, str] | None) -> Home:
    return home_of(os.environ if environ is None else environ)


def find_running(environ: Mapping[str, str] | None = None) -> Sandbox | None:
    """The running sandbox, or None. A port that somebody else serves, or a stale run file, is not a sandbox."""
    run = client.find(_home(environ))
    return None if run is None else _sandbox(_home(environ), run, environ)


def ensure_running(environ: Mapping[str, str] | None = None, port: int | None = None) -> Sandbox:
    """The running sandbox, started if there is none. Raises SandboxError when it cannot be started.

    `port` matters only when one is started; without it, the port of last time or any free one.
    """
    running = find_running(environ)
    return running if running is not None else _start(_home(environ), environ, port)


def _sandbox(
    where: Home, run: Run, environ: Mapping[str, str] | None, *, started: bool = False, notes: tuple[str, ...] = ()
) -> Sandbox:
    given = os.environ if environ is None else environ
    values = environment.settings(where, run, given)
    return Sandbox(
        endpoint=run.endpoint,
        account=run.account,
        region=run.region,
        pid=run.pid,
        credentials=Credentials(run.key_id, run.secret),
        environment=values,
        unset=environment.unset_names(given, values),
        notes=notes,
        started_now=started,
    )


def _start(where: Home, environ: Mapping[str, str] | None, port: int | None) -> Sandbox:
    if importlib.util.find_spec("moto") is None:
        raise SandboxError(
            "the sandbox needs moto, which is not installed here",
            hint="Install it with: pip install 'rolecall[sandbox]'",
        )
    where.make()
    command = [sys.executable, "-m", "rolecall.sandbox.daemon", str(where.path)]
    if port is not None:
        command += ["--port", str(port)]
    descriptor = os.open(where.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    begins = os.lseek(descriptor, 0, os.SEEK_END)
    with os.fdopen(descriptor, "wb") as log:
        run = _launch(where, command, log)
    if run is None:
        tail = where.log.read_bytes()[begins:].decode(errors="replace").strip().splitlines()[-15:]
        raise SandboxError("the sandbox did not start", detail="\n".join(tail), hint=f"Its log is {where.log}")
    status = client.ask(run, "status")
    return _sandbox(where, run, environ, started=True, notes=tuple(status.get("notes", ())))


def _launch(where: Home, command: list[str], log: BinaryIO) -> Run | None:
    """The run of the daemon that now serves: ours, or one that somebody else started at the same moment.

    The process that is started builds everything, forks the daemon, and ends. Another daemon may hold the lock because
    it is just starting, or just ending: then it is looked for, and if need be this one is tried again.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/", check=False
        )
        if done.returncode not in (0, _ALREADY_RUNNING):
            return None
        patience = deadline if done.returncode == 0 else time.monotonic() + 1
        while time.monotonic() < patience:
            run = client.find(where)
            if run is not None:
                return run
            time.sleep(0.02)
    return None


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a stop found: whether anything ran, and the services whose state is lost with it."""

    was_running: bool
    forgotten: tuple[str, ...] = ()


def stop(environ: Mapping[str, str] | None = None) -> Stopped:
    """Stops the sandbox after it has saved its memory. Raises SandboxError when it does not go."""
    where = _home(environ)
    run = client.find(where)
    if run is None:
        where.run_file.unlink(missing_ok=True)
        return Stopped(False)
    answer = client.ask(run, "stop", timeout=STOP_SECONDS)
    deadline = time.monotonic() + STOP_SECONDS
    while _alive(run.pid) and where.run_file.exists():
        if time.monotonic() > deadline:
            os.kill(run.pid, signal.SIGTERM)
            raise SandboxError(f"the sandbox (process {run.pid}) does not stop", hint=f"Its log is {where.log}")
        time.sleep(0.02)
    return Stopped(True, tuple(answer.get("forgotten", ())))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def require(environ: Mapping[str, str] | None = None) -> Run:
    """The running daemon, for what makes no sense without one. Raises SandboxError."""
    run = client.find(_home(environ))
    if run is None:
        raise SandboxError("no sandbox is running", hint="Start one with `rolecall sandbox start`.")
    return run


def status(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the daemon says of itself: started, records, services, forgotten, notes, unsaved."""
    return client.ask(require(environ), "status")


def reset(environ: Mapping[str, str] | None = None) -> Sandbox:
    """Empties the sandbox: resources, users, keys, trail. Its root key changes."""
    client.ask(require(environ), "reset")
    found = find_running(environ)
    if found is None:
        raise SandboxError("the sandbox was emptied but no longer answers", hint="See `rolecall sandbox logs`.")
    return found


def credentials(environ: Mapping[str, str] | None = None) -> Credentials:
    """The administrator's keys, for `credential_process`."""
    run = require(environ)
    return Credentials(run.key_id, run.secret)


def env_text(shell: str, environ: Mapping[str, str] | None = None) -> str:
    """The environment in the words of a shell (sh, bash, zsh, fish), or an AWS profile. Raises SandboxError."""
    given = os.environ if environ is None else environ
    run = require(environ)
    if shell == "profile":
        return environment.profile(run)
    values = environment.settings(_home(environ), run, given)
    removed = environment.unset_names(given, values)
    return (environment.as_fish if shell == "fish" else environment.as_shell)(values, removed)


def env_values(environ: Mapping[str, str] | None = None) -> dict[str, str | None]:
    """The environment as data; None means that a variable must go."""
    sandbox = find_running(environ)
    if sandbox is None:
        raise SandboxError("no sandbox is running", hint="Start one with `rolecall sandbox start`.")
    return {**dict.fromkeys(sandbox.unset), **sandbox.environment}


def log_path(environ: Mapping[str, str] | None = None) -> Path:
    """Where the daemon writes its log."""
    return _home(environ).log
