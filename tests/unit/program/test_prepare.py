"""A program's environment is made when it is missing, and its types are checked when it asks for that."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from rolecall.model.goal import LogLine
from rolecall.program.prepare import NotPrepared, install_dependencies, prepare
from rolecall.program.source import NoProgram, Program
from tests.fakes.engine import interpreter_first

PYTHON = """#!/bin/sh
# A python whose `-m venv` and `-m pip` write down what they were asked, and nothing else.
echo "$@" >> "{log}"
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi
if [ -n "$FAIL_ON" ] && [ "$3 $4" = "$FAIL_ON" ]; then echo "no such package"; exit 1; fi
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    log = tmp_path / "log"
    python = tmp_path / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(PYTHON.format(log=log))
    python.chmod(0o755)
    monkeypatch.setenv("PATH", interpreter_first(str(python)))
    return log


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def project(tmp_path: Path, **options: object) -> Program:
    root = tmp_path / "project"
    root.mkdir(exist_ok=True)
    (root / "requirements.txt").write_text("pulumi\n")
    return Program(root, root, options=options)


def test_a_missing_environment_is_made_and_filled_once(tmp_path: Path, log: Path) -> None:
    program, said = project(tmp_path, virtualenv="venv"), list[LogLine]()
    asyncio.run(prepare(program, said.append))
    root = program.root
    assert lines(log) == [
        f"-m venv {root}/venv",
        "-m pip install --upgrade pip setuptools wheel",
        f"-m pip install -r {root}/requirements.txt",
    ]
    assert any("Creating virtual environment" in line.message for line in said)
    asyncio.run(prepare(program, said.append))
    assert len(lines(log)) == 3


def test_an_installation_that_fails_shows_the_command_and_its_output(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIL_ON", "install -r")
    with pytest.raises(NotPrepared) as caught:
        asyncio.run(prepare(project(tmp_path, virtualenv="venv"), lambda line: None))
    assert "-m pip install -r" in caught.value.summary and "exit status 1" in caught.value.summary
    assert caught.value.detail == "no such package"


def test_without_an_environment_nothing_is_installed_unless_asked(tmp_path: Path, log: Path) -> None:
    program = project(tmp_path)
    asyncio.run(prepare(program, lambda line: None))
    assert lines(log) == []
    asyncio.run(install_dependencies(program, lambda line: None))
    assert lines(log) == [f"-m pip install -r {program.root}/requirements.txt"]


def test_uv_installs_into_the_environment_that_the_program_will_run_in(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = tmp_path / "bin" / "uv"
    uv.write_text(f'#!/bin/sh\necho "$UV_PROJECT_ENVIRONMENT $@" >> "{log}"\n')
    uv.chmod(0o755)
    program = project(tmp_path, toolchain="uv", virtualenv="mine")
    asyncio.run(prepare(program, lambda line: None))
    assert lines(log) == [f"{program.root}/mine sync"]


def test_a_type_error_stops_the_run_with_the_checkers_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", interpreter_first(sys.executable))
    program = project(tmp_path, typechecker="mypy")
    (program.root / "__main__.py").write_text("number: int = 1\n")
    asyncio.run(prepare(program, lambda line: None))
    (program.root / "__main__.py").write_text("number: int = 'text'\n")
    with pytest.raises(NotPrepared, match="mypy found errors") as caught:
        asyncio.run(prepare(program, lambda line: None))
    assert "__main__.py:1: error: Incompatible types" in caught.value.detail


def test_a_type_checker_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", interpreter_first(sys.executable))
    with pytest.raises(NotPrepared, match="the type checker pyright is not installed"):
        asyncio.run(prepare(project(tmp_path, typechecker="pyright"), lambda line: None))


def test_an_unknown_type_checker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoProgram, match="unsupported typechecker 'pylint'"):
        asyncio.run(prepare(project(tmp_path, typechecker="pylint"), lambda line: None))
