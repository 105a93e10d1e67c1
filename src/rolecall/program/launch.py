"""Starting a Python program and seeing it to its end: the process contract of Pulumi's Python host."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rolecall.model.goal import LogLine
from rolecall.model.run import RunInfo
from rolecall.program.interpreter import NoInterpreter, find_interpreter
from rolecall.program.source import Program
from rolecall.providers.child import Child, lines_of, spawn

Emit = Callable[[LogLine], None]

REPORTED = 32
_SHIM = Path(__file__).parent / "shim" / "run.py"
_STDOUT, _STDERR = 1, 2


@dataclass(frozen=True, slots=True)
class ProgramExit:
    """How a program ended. `message` says what went wrong; "" when nothing did, or when the user was told already."""

    code: int
    message: str = ""

    @property
    def succeeded(self) -> bool:
        return self.code == 0


async def launch(
    program: Program, run: RunInfo, address: str, emit: Emit, *, debug: bool = False, arguments: tuple[str, ...] = ()
) -> ProgramExit:
    """Run a program to its end, its output as log lines: `info`, and `info#err` for what it wrote to standard error.

    `address`: where monitor and engine are served. `debug`: let the SDK's debug log through. When the task is
    cancelled, the program is interrupted and, after five seconds, killed. Raises NoInterpreter.
    """
    interpreter = await find_interpreter(program, os.environ)
    command = [interpreter.python, "-u", str(_SHIM), *_options(program, run, address, debug), program.entry, *arguments]
    variables = interpreter.variables(os.environ)
    variables["PULUMI_CONFIG"] = json.dumps(run.config)
    variables["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(sorted(run.secret_keys))
    try:
        child = await spawn(command, directory=str(program.directory), environment=variables)
    except OSError as error:
        raise _cannot_start(error, interpreter.python) from error
    return await _see_through(child, emit)


def _options(program: Program, run: RunInfo, address: str, debug: bool) -> list[str]:
    given = {
        "monitor": address,
        "engine": address,
        "project": run.project,
        "root_directory": str(program.root),
        "stack": run.stack,
        "pwd": str(program.directory),
        "dry_run": "true" if run.dry_run else "false",
        "parallel": str(run.parallel),
        "organization": run.organization,
    }
    options = [word for name, value in given.items() if value for word in (f"--{name}", value)]
    return options if debug else [*options, "--mute_debug"]


def _cannot_start(error: OSError, python: str) -> NoInterpreter:
    if error.errno == errno.E2BIG:
        return NoInterpreter(
            "the stack's configuration is too large to be handed to the program",
            detail="it is handed over in one environment variable, of which the system allows some 128 KiB",
            hint="Move large values into files that the program reads.",
        )
    return NoInterpreter(f"cannot start {python}: {error.strerror or error}")


async def _see_through(child: Child, emit: Emit) -> ProgramExit:
    output = (
        asyncio.create_task(_forward(child.stdout, "info", _STDOUT, emit)),
        asyncio.create_task(_forward(child.stderr, "info#err", _STDERR, emit)),
    )
    try:
        code = await child.wait()
        child.kill()  # whatever it left behind holds our pipes open
        await asyncio.gather(*output)
    finally:
        for task in output:
            task.cancel()
        await _stop(child)
    return ProgramExit(code, _meaning(code))


async def _stop(child: Child) -> None:
    """Let it end within its five seconds; when we are told again meanwhile, at once."""
    try:
        await asyncio.shield(child.stop())
    except asyncio.CancelledError:
        child.kill()
        raise


async def _forward(
    stream: asyncio.StreamReader, severity: Literal["info", "info#err"], number: int, emit: Emit
) -> None:
    async for line in lines_of(stream):
        emit(LogLine(severity, line, stream=number))


def _meaning(code: int) -> str:
    if code in (0, REPORTED):
        return ""
    if code > 0:
        return f"program exited with non-zero exit code: {code}"
    return f"program exited unexpectedly: signal: {_signal_name(-code)}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
