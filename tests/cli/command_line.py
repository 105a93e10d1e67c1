"""Runs commands in this process, as the entry point does: real arguments, environment, streams and files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rolecall.cli.invocation import Invocation
from rolecall.cli.main import execute


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class CommandLine:
    """A project's directory with a backend, a home and an environment of its own."""

    directory: Path
    environ: dict[str, str]
    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str] = field(repr=False)

    def __call__(
        self,
        *arguments: str,
        stdin: str = "",
        environ: Mapping[str, str | None] | None = None,
        program: str = "rolecall",
    ) -> Done:
        """Runs one command. `environ` changes variables for this command; None unsets one."""
        variables = {**self.environ, **(environ or {})}
        self.monkeypatch.chdir(self.directory)
        self.monkeypatch.setattr(
            "sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode("utf-8", "surrogateescape")), encoding="utf-8")
        )
        self.capture.readouterr()
        set_ = {name: value for name, value in variables.items() if value is not None}
        code = execute(arguments, Invocation(set_, program))
        streams = self.capture.readouterr()
        return Done(code, streams.out, streams.err)

    def out(self, *arguments: str, stdin: str = "") -> str:
        """What a command that must succeed prints."""
        done = self(*arguments, stdin=stdin)
        assert done.code == 0, done.err
        return done.out

    @property
    def settings(self) -> str:
        """The text of the settings of stack `dev`."""
        return (self.directory / "Pulumi.dev.yaml").read_text()


def prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> CommandLine:
    """A project `proj` without a stack."""
    for name in ("program", "home", "backend"):
        (tmp_path / name).mkdir()
    (tmp_path / "program" / "Pulumi.yaml").write_text("name: proj\nruntime: python\n")
    environ = {
        "HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "open sesame",
    }
    return CommandLine(tmp_path / "program", environ, monkeypatch, capture)
