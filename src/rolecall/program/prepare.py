"""Making a program ready to run: its virtual environment, its dependencies, and the type checker it asks for."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rolecall.errors import RolecallError
from rolecall.model.goal import LogLine
from rolecall.program.interpreter import (
    environment_of,
    find_interpreter,
    is_missing,
    python_in,
    required_tool,
    toolchain_of,
)
from rolecall.program.source import NoProgram, Program
from rolecall.providers.child import lines_of, spawn

Emit = Callable[[LogLine], None]

TYPE_CHECKERS = ("mypy", "pyright")


class NotPrepared(RolecallError):
    """A command that was to make the program ready failed."""


async def prepare(program: Program, emit: Emit) -> None:
    """Make what a run needs and is not there yet; check types if the project asks for it.

    A virtual environment that the project names and that is missing is made and filled, as Pulumi does. Raises
    NotPrepared with the output of the command that failed, NoInterpreter, or NoProgram for options that make no sense.
    """
    checker = program.option("typechecker")
    if checker and checker not in TYPE_CHECKERS:
        raise NoProgram(f"unsupported typechecker '{checker}'", hint=f"Use one of {', '.join(TYPE_CHECKERS)}.")
    if toolchain_of(program) != "poetry":
        environment = await environment_of(program, os.environ)
        if environment is not None and is_missing(environment):
            await install_dependencies(program, emit)
    if checker:
        await _check_types(program, checker, emit)


async def install_dependencies(program: Program, emit: Emit) -> None:
    """Make the program's virtual environment if it names one, and install what the program requires.

    With pip and no `virtualenv` option the requirements go where the interpreter on the PATH puts them. Raises
    NotPrepared with the output of the command that failed.
    """
    tool = toolchain_of(program)
    if tool == "pip":
        await _install_with_pip(program, emit)
        return
    command = required_tool(tool, os.environ)
    emit(LogLine("info", f"Installing dependencies with {tool}..."))
    if tool == "poetry":
        await _run([command, "install", "--no-ansi", "--no-interaction"], program.directory, emit)
        return
    environment = await environment_of(program, os.environ)
    await _run([command, "sync"], program.directory, emit, {"UV_PROJECT_ENVIRONMENT": str(environment)})


async def _install_with_pip(program: Program, emit: Emit) -> None:
    environment = await environment_of(program, os.environ)
    if environment is None:
        python = (await find_interpreter(program, os.environ)).python
    else:
        python = str(python_in(environment))
        if is_missing(environment):
            emit(LogLine("info", f"Creating virtual environment {environment}..."))
            await _run([_base_python(), "-m", "venv", str(environment)], program.root, emit)
        emit(LogLine("info", "Updating pip, setuptools, and wheel in virtual environment..."))
        await _run([python, "-m", "pip", "install", "--upgrade", "pip", "setuptools", "wheel"], program.root, emit)
    requirements = program.directory / "requirements.txt"
    if requirements.is_file():
        emit(LogLine("info", f"Installing dependencies from {requirements}..."))
        await _run([python, "-m", "pip", "install", "-r", str(requirements)], program.directory, emit)


def _base_python() -> str:
    """The Python to make environments with: as for running programs without one, else ours."""
    named = os.environ.get("PULUMI_PYTHON_CMD")
    return (shutil.which(named) if named else None) or shutil.which("python3") or sys.executable


async def _check_types(program: Program, checker: str, emit: Emit) -> None:
    interpreter = await find_interpreter(program, os.environ)
    command = [interpreter.python, "-m", checker]
    if checker == "mypy" and interpreter.environment is not None:
        command += ["--exclude", os.path.relpath(interpreter.environment, program.directory)]
    probe = [interpreter.python, "-c", f"import {checker}"]
    if await _status(probe, program.directory, lambda line: None):
        raise NotPrepared(
            f"the type checker {checker} is not installed for {interpreter.python}",
            hint=f"Add {checker} to the program's requirements, or remove `typechecker` from Pulumi.yaml.",
        )
    try:
        await _run([*command, str(program.directory)], program.directory, emit)
    except NotPrepared as error:
        raise NotPrepared(f"{checker} found errors in the program", detail=error.detail) from error


async def _run(command: Sequence[str], directory: Path, emit: Emit, more: dict[str, str] | None = None) -> None:
    """Run a command to its end, its output shown as a passing status. Raises NotPrepared when it fails."""
    said: list[str] = []

    def keep(line: str) -> None:
        said.append(line)
        emit(LogLine("info", line, ephemeral=True))

    status = await _status(command, directory, keep, more)
    if status:
        shown = " ".join(command)
        raise NotPrepared(f"`{shown}` failed with exit status {status}", detail="\n".join(said))


async def _status(
    command: Sequence[str], directory: Path, keep: Callable[[str], None], more: dict[str, str] | None = None
) -> int:
    merged = ["/bin/sh", "-c", 'exec "$0" "$@" 2>&1', *command] if os.name == "posix" else list(command)
    child = await spawn(merged, directory=str(directory), environment={**os.environ, **(more or {})})
    try:
        async for line in lines_of(child.stdout):
            keep(line)
        return await child.wait()
    finally:
        await child.stop(0)
