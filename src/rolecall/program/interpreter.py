"""Which Python runs a program: that of a virtual environment that the project names or its tool keeps, or the PATH's.

The rules are Pulumi's: option `virtualenv`, option `toolchain` (pip, uv, poetry; else the nearest lock file decides),
the variables UV_PROJECT_ENVIRONMENT and PULUMI_PYTHON_CMD, then python3 and python on the PATH.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rolecall.errors import RolecallError
from rolecall.program.source import NoProgram, Program

TOOLCHAINS = ("pip", "uv", "poetry")
_BIN = "Scripts" if sys.platform == "win32" else "bin"
_PYTHON = "python.exe" if sys.platform == "win32" else "python"


class NoInterpreter(RolecallError):
    """No Python to run the program with."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python to run a program with, and the virtual environment it belongs to, if it is one that was asked for."""

    python: str
    environment: Path | None = None

    def variables(self, base: Mapping[str, str]) -> dict[str, str]:
        """`base` as the program is to see it: with the virtual environment active."""
        variables = dict(base)
        if self.environment is None:
            return variables
        variables.pop("PYTHONHOME", None)
        path = next((name for name in variables if name.upper() == "PATH"), "PATH")
        rest = variables.get(path, "")
        variables[path] = str(self.environment / _BIN) + (os.pathsep + rest if rest else "")
        variables["VIRTUAL_ENV"] = str(self.environment)
        return variables


def toolchain_of(program: Program) -> str:
    """The tool that keeps the program's dependencies: pip, uv or poetry. Raises NoProgram for any other."""
    named = program.option("toolchain")
    if named and named not in TOOLCHAINS:
        raise NoProgram(f"unsupported toolchain '{named}'", hint=f"Use one of {', '.join(TOOLCHAINS)}.")
    if named:
        return named
    for tool, lock in (("uv", "uv.lock"), ("poetry", "poetry.lock")):
        if above(program.directory, lock) is not None:
            return tool
    return "pip"


def above(directory: Path, name: str) -> Path | None:
    """The nearest directory, from `directory` upwards, that has a file called `name`."""
    return next((place for place in (directory, *directory.parents) if (place / name).is_file()), None)


async def environment_of(program: Program, variables: Mapping[str, str]) -> Path | None:
    """The virtual environment that the program is to run in, existing or not; None where none was asked for."""
    named = program.option("virtualenv")
    tool = toolchain_of(program)
    if tool == "poetry":
        return await _poetry_environment(program, variables)
    if named:
        return Path(program.root, named)
    if tool == "pip":
        return None
    if variables.get("UV_PROJECT_ENVIRONMENT"):
        return Path(program.directory, variables["UV_PROJECT_ENVIRONMENT"])
    home = above(program.directory, "uv.lock") or above(program.directory, "pyproject.toml") or program.directory
    return home / ".venv"


async def find_interpreter(program: Program, variables: Mapping[str, str]) -> Interpreter:
    """The Python to run the program with. Raises NoInterpreter when there is none, or the environment is not one."""
    environment = await environment_of(program, variables)
    if environment is not None:
        validate(environment, program)
        return Interpreter(str(python_in(environment)), environment)
    command = variables.get("PULUMI_PYTHON_CMD")
    tried = (command,) if command else ("python3", "python")
    for name in tried:
        found = shutil.which(name, path=variables.get("PATH"))
        if found:
            return Interpreter(found)
    raise NoInterpreter(
        f"no Python to run the program with: {' and '.join(repr(name) for name in tried)} not found on PATH",
        hint="Install Python 3, or name the project's virtual environment in Pulumi.yaml.",
    )


def python_in(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / _BIN / _PYTHON


def is_missing(environment: Path) -> bool:
    """Whether an environment is still to be made: not there, or an empty directory."""
    return not environment.exists() or (environment.is_dir() and not any(environment.iterdir()))


def validate(environment: Path, program: Program) -> None:
    """Raise NoInterpreter unless `environment` is a virtual environment."""
    if python_in(environment).is_file():
        return
    reason = "doesn't appear to be a virtual environment" if environment.exists() else "doesn't exist"
    raise NoInterpreter(
        f"the virtual environment '{environment}' {reason}",
        detail=f"{program.root / 'Pulumi.yaml'} names it (option 'virtualenv'), or the project's tool keeps it there",
        hint="Run `rolecall install` to make it, or do it yourself:\n"
        f"  python3 -m venv {environment}\n"
        f"  {python_in(environment)} -m pip install --upgrade pip setuptools wheel\n"
        f"  {python_in(environment)} -m pip install -r {program.directory / 'requirements.txt'}",
    )


async def _poetry_environment(program: Program, variables: Mapping[str, str]) -> Path:
    poetry = required_tool("poetry", variables)
    process = await asyncio.create_subprocess_exec(
        poetry, "env", "info", "--path", cwd=program.directory, env=dict(variables),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, error = await process.communicate()
    path = out.decode().strip()
    if process.returncode or not path:
        raise NoInterpreter(
            f"poetry has no virtual environment for {program.directory}",
            detail=error.decode("utf-8", "replace").strip(),
            hint="Run `rolecall install`, or `poetry install` in that directory.",
        )
    return Path(path)


def required_tool(name: str, variables: Mapping[str, str]) -> str:
    """The path of a toolchain's command. Raises NoInterpreter when it is not on the PATH."""
    found = shutil.which(name, path=variables.get("PATH"))
    if found is None:
        raise NoInterpreter(f"the project uses {name}, but {name} is not on the PATH", hint=f"Install {name}.")
    return found
