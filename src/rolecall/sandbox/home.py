"""The sandbox's directory, and the run file in which a daemon says where it is: its port, pid, token and root key."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Home:
    """The files of one sandbox. Everything in it is private to its user."""

    path: Path

    @property
    def run_file(self) -> Path:
        """Who serves, while somebody does."""
        return self.path / "run.json"

    @property
    def lock(self) -> Path:
        """Held locked by the daemon for as long as it lives."""
        return self.path / "lock"

    @property
    def log(self) -> Path:
        """The daemon's log."""
        return self.path / "log"

    @property
    def port_file(self) -> Path:
        """The port of last time, so that exported settings stay true."""
        return self.path / "port"

    @property
    def trail(self) -> Path:
        """The trail, one JSON line a record."""
        return self.path / "trail.jsonl"

    @property
    def memory(self) -> Path:
        """The snapshots of services."""
        return self.path / "memory"

    @property
    def config(self) -> Path:
        """An AWS config file that knows nothing but the sandbox."""
        return self.path / "aws-config"

    @property
    def credentials(self) -> Path:
        """An empty AWS credentials file, so that no profile of a real account is found."""
        return self.path / "aws-credentials"

    @property
    def authorities(self) -> Path:
        """A bundle of certificate authorities that nobody's certificate is from; see `environment`."""
        return self.path / "no-authorities.pem"

    def make(self) -> None:
        """Creates the directory, private, and so the one it is in if that is new."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)


def home_of(environ: Mapping[str, str]) -> Home:
    """`$ROLECALL_HOME/sandbox`, else `~/.rolecall/sandbox`."""
    root = environ.get("ROLECALL_HOME")
    base = Path(root).expanduser() if root else Path(environ.get("HOME") or Path.home()) / ".rolecall"
    return Home(base.absolute() / "sandbox")


@dataclass(frozen=True, slots=True)
class Run:
    """A running daemon, as it describes itself."""

    pid: int
    port: int
    token: str = field(repr=False)
    account: str
    region: str
    key_id: str
    secret: str = field(repr=False)
    version: str

    @property
    def endpoint(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}"


def write_private(path: Path, text: str) -> None:
    """Replaces a file at once, readable by its owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def write_run(home: Home, run: Run) -> None:
    """Says where the daemon is."""
    write_private(home.run_file, json.dumps(asdict(run), indent=1) + "\n")


def read_run(home: Home) -> Run | None:
    """What the run file says, None without one or with one that cannot be read. It may be stale: ask the daemon."""
    try:
        data: dict[str, Any] = json.loads(home.run_file.read_text(encoding="utf-8"))
        return Run(**data)
    except (OSError, ValueError, TypeError):
        return None
