"""The sandbox's life, for commands and programs: start, find, stop, empty, and the environment that leads a client to it.

Nothing here imports moto or boto3: finding a running sandbox costs what Python costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key. The secret never shows in a repr."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, proven to be ours.

    `environment` is what a client needs (AWS_ENDPOINT_URL, keys, region, config files of the sandbox's own), `unset` what
    must go from its environment so that nothing may reach a real account.
    """

    endpoint: str
    account: str
    region: str
    pid: int
    credentials: Credentials
    environment: Mapping[str, str] = field(hash=False, repr=False)
    unset: tuple[str, ...] = ()

    def scrub(self, environ: Mapping[str, str]) -> dict[str, str]:
        """A copy of `environ` in which every AWS setting is the sandbox's."""
        kept = {name: value for name, value in environ.items() if name not in self.unset}
        return {**kept, **self.environment}


def home(environ: Mapping[str, str] | None = None) -> Path:
    """Where the sandbox keeps its run file, snapshot, trail and log: `$ROLECALL_HOME/sandbox`, else `~/.rolecall/sandbox`."""
    raise AssertionError


def find_running(where: Path | None = None) -> Sandbox | None:
    """The running sandbox, or None. A port that somebody else serves, or a stale run file, is not a sandbox."""
    raise AssertionError


def ensure_running(where: Path | None = None) -> Sandbox:
    """The running sandbox, started if there is none. Raises SandboxError when it cannot be started."""
    raise AssertionError
