"""Fixtures of command tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine, prepare


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """A project without a stack."""
    return prepare(tmp_path, monkeypatch, capsys)


@pytest.fixture
def run(bare: CommandLine) -> CommandLine:
    """A project with the stack `dev` selected."""
    bare.out("stack", "init", "dev")
    return bare
