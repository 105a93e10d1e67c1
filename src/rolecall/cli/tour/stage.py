"""Where the tour plays: a temporary home, backend and sandbox, and the running of rolecall's own commands in it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rolecall.errors import RolecallError

PATIENCE = 120.0
"""Seconds after which one command of the tour is taken to hang."""


class TourFailed(RolecallError):
    """A command of the tour did not do what the story needs, or a claim did not hold."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One command that was run. `seconds` is wall time."""

    args: tuple[str, ...]
    exit: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def shown(self) -> str:
        """The command as a person would type it."""
        return " ".join(("rolecall", *self.args))

    def events(self) -> list[dict[str, Any]]:
        """The engine events of a run with `--json`: one JSON object a line."""
        return [json.loads(line) for line in self.stdout.splitlines() if line.startswith("{")]


@dataclass(slots=True)
class Stage:
    """A place of its own for the tour. `environ` is what every command sees; after `raise_curtain`, the sandbox's."""

    programs: Path
    directory: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="rolecall-tour-")))
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environ = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("AWS_", "PULUMI_", "ROLECALL_"))
            },
            "HOME": str(self.directory),
            "ROLECALL_HOME": str(self.directory / "rolecall"),
            "PULUMI_HOME": str(self.directory / "pulumi"),
            "PULUMI_BACKEND_URL": f"file://{self.directory}",
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(12),
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
        }

    def raise_curtain(self) -> dict[str, Any]:
        """Copies the programs, starts the sandbox, points every later command at it; answers the sandbox's health."""
        for name in ("create-role", "assume-role"):
            shutil.copytree(self.programs / name, self.directory / name)
        self.run("sandbox", "start")
        variables = json.loads(self.run("sandbox", "env", "--format", "json").stdout)
        for name, value in variables.items():
            self.environ.pop(name, None)
            if value is not None:
                self.environ[name] = value
        return {"endpoint": self.environ["AWS_ENDPOINT_URL"]}

    def run(self, *args: str, program: str = "", keys: Mapping[str, str] | None = None, must: bool = True) -> Ran:
        """Runs one command of rolecall in a program's directory. With `must`, raises TourFailed when it fails."""
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "rolecall", *args],
            cwd=self.directory / program,
            env={**self.environ, **(keys or {})},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
        ran = Ran(args, done.returncode, done.stdout, done.stderr, time.monotonic() - began)
        if must and ran.exit != 0:
            raise TourFailed(f"`{ran.shown}` failed with exit code {ran.exit}", detail=tail(ran))
        return ran

    def strike(self) -> None:
        """Stops the sandbox and removes all that the tour made."""
        self.run("sandbox", "stop", must=False)
        shutil.rmtree(self.directory, ignore_errors=True)


def tail(ran: Ran, lines: int = 20) -> str:
    """The last lines that a command printed: what a person would look at first."""
    messages = [
        event["diagnosticEvent"]["message"].rstrip()
        for event in (ran.events() if "--json" in ran.args else [])
        if event.get("diagnosticEvent", {}).get("severity") == "error"
    ]
    text = messages or [line for line in (ran.stdout + ran.stderr).splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in text[-lines:])
