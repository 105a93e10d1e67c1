"""Which Python a program runs with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from rolecall.program.interpreter import Interpreter, NoInterpreter, find_interpreter, toolchain_of
from rolecall.program.source import NoProgram, Program


def program(root: Path, directory: Path | None = None, **options: object) -> Program:
    return Program(root, directory or root, options=options)


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def found(wanted: Program, variables: Mapping[str, str]) -> Interpreter:
    return asyncio.run(find_interpreter(wanted, variables))


def test_a_named_environment_is_relative_to_the_project_file(tmp_path: Path) -> None:
    python = executable(tmp_path / "venv" / "bin" / "python")
    wanted = program(tmp_path, tmp_path / "src", virtualenv="venv")
    assert found(wanted, {}) == Interpreter(str(python), tmp_path / "venv")


def test_an_environment_is_active_for_the_program(tmp_path: Path) -> None:
    interpreter = Interpreter("python", tmp_path)
    variables = interpreter.variables({"PATH": "/usr/bin", "PYTHONHOME": "/x", "VIRTUAL_ENV": "/old", "A": "1"})
    assert variables == {"PATH": f"{tmp_path}/bin:/usr/bin", "VIRTUAL_ENV": str(tmp_path), "A": "1"}
    assert Interpreter("python").variables({"VIRTUAL_ENV": "/old"}) == {"VIRTUAL_ENV": "/old"}


@pytest.mark.parametrize(
    ("made", "said"), [(True, "doesn't appear to be a virtual environment"), (False, "doesn't exist")]
)
def test_an_environment_that_is_none_is_named_with_what_to_do(tmp_path: Path, made: bool, said: str) -> None:
    if made:
        (tmp_path / "venv").mkdir()
    with pytest.raises(NoInterpreter) as caught:
        found(program(tmp_path, virtualenv="venv"), {})
    assert said in caught.value.summary and str(tmp_path / "venv") in caught.value.summary
    assert "-m venv" in caught.value.hint and "requirements.txt" in caught.value.hint


def test_without_an_environment_the_path_decides_and_python3_comes_first(tmp_path: Path) -> None:
    python = executable(tmp_path / "bin" / "python")
    variables = {"PATH": str(tmp_path / "bin")}
    assert found(program(tmp_path), variables).python == str(python)
    python3 = executable(tmp_path / "bin" / "python3")
    assert found(program(tmp_path), variables) == Interpreter(str(python3))


def test_a_command_can_be_named_and_is_then_the_only_one(tmp_path: Path) -> None:
    executable(tmp_path / "bin" / "python3")
    variables = {"PATH": str(tmp_path / "bin"), "PULUMI_PYTHON_CMD": "mypython"}
    with pytest.raises(NoInterpreter, match="'mypython' not found on PATH"):
        found(program(tmp_path), variables)
    named = executable(tmp_path / "bin" / "mypython")
    assert found(program(tmp_path), variables).python == str(named)


def test_the_nearest_lock_file_upwards_tells_the_tool(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert toolchain_of(program(tmp_path, inner)) == "pip"
    (tmp_path / "poetry.lock").touch()
    assert toolchain_of(program(tmp_path, inner)) == "poetry"
    (tmp_path / "a" / "uv.lock").touch()
    assert toolchain_of(program(tmp_path, inner)) == "uv"
    assert toolchain_of(program(tmp_path, inner, toolchain="pip")) == "pip"


def test_uv_keeps_its_environment_beside_the_lock_file_or_where_it_is_told(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    (tmp_path / "uv.lock").touch()
    beside = executable(tmp_path / ".venv" / "bin" / "python")
    assert found(program(tmp_path, inner), {}).python == str(beside)
    told = executable(inner / "elsewhere" / "bin" / "python")
    assert found(program(tmp_path, inner), {"UV_PROJECT_ENVIRONMENT": "elsewhere"}).python == str(told)


def test_poetry_is_asked_for_its_environment(tmp_path: Path) -> None:
    python = executable(tmp_path / "its" / "bin" / "python")
    poetry = executable(tmp_path / "bin" / "poetry")
    poetry.write_text(f'#!/bin/sh\ntest "$*" = "env info --path" && echo "{tmp_path}/its"\n')
    wanted = program(tmp_path, toolchain="poetry")
    assert found(wanted, {"PATH": str(poetry.parent)}).python == str(python)
    poetry.write_text("#!/bin/sh\necho no environment >&2; exit 1\n")
    with pytest.raises(NoInterpreter, match="poetry has no virtual environment"):
        found(wanted, {"PATH": str(poetry.parent)})
    with pytest.raises(NoInterpreter, match="poetry is not on the PATH"):
        found(wanted, {"PATH": ""})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"virtualenv": 1}, "virtualenv option must be a string"),
        ({"toolchain": ["pip"]}, "toolchain option must be a string"),
        ({"toolchain": "conda"}, "unsupported toolchain 'conda'"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path: Path, options: dict[str, object], said: str) -> None:
    with pytest.raises(NoProgram, match=said):
        found(program(tmp_path, **options), {})


@pytest.mark.parametrize(
    ("main", "directory", "entry"), [("", ".", "."), ("src", "src", "."), ("src/app.py", "src", "app.py")]
)
def test_main_names_a_directory_or_a_file(tmp_path: Path, main: str, directory: str, entry: str) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").touch()
    located = Program.locate(tmp_path, main, "python", {})
    assert (located.root, located.directory, located.entry) == (tmp_path, (tmp_path / directory).resolve(), entry)


@pytest.mark.parametrize(
    ("main", "runtime", "said"),
    [
        ("gone", "python", "project 'main' could not be read: stat .*/gone"),
        ("", "nodejs", "programs of runtime 'nodejs' cannot be run yet"),
        ("", "klingon", "no language plugin 'pulumi-language-klingon' found"),
    ],
)
def test_a_program_that_cannot_be_run_is_refused(tmp_path: Path, main: str, runtime: str, said: str) -> None:
    with pytest.raises(NoProgram, match=said):
        Program.locate(tmp_path, main, runtime, {})
