"""Starts the command that the arguments name, and turns whatever it raises into a message and an exit code."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from rolecall.cli import arguments, helptext
from rolecall.cli.frame import Command, Group, unknown_command
from rolecall.cli.globals import GLOBAL_FLAGS
from rolecall.cli.invocation import Invocation, is_terminal
from rolecall.cli.problems import UsageProblem
from rolecall.cli.registry import COMMANDS, named
from rolecall.errors import RolecallError
from rolecall.model import compatibility

INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a shell reports of a program that SIGINT or SIGPIPE ended."""

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)

ABOUT = """rolecall runs Pulumi programs as the role that will really run them, and proves who did what.

To try the whole story on an AWS inside this machine, run `rolecall tour`. In a project of your own:

    - rolecall stack init : make a stack
    - rolecall up         : deploy your program
    - rolecall destroy    : take down what was deployed"""


def run() -> NoReturn:
    """Runs the command line of this process and exits."""
    program = "pulumi" if Path(sys.argv[0]).name.startswith("pulumi") else "rolecall"
    code = execute(sys.argv[1:], Invocation(os.environ, program))
    try:
        _flush()
    except BrokenPipeError:
        code = _silence_stdout()
    except OSError as error:
        print(f"error: could not write: {error.strerror}", file=sys.stderr)
        _silence_stdout()
        code = code or 1
    sys.exit(code)


def execute(argv: Sequence[str], invocation: Invocation) -> int:
    """Runs one command in this process and returns its exit code. Nothing but SystemExit-like signals escapes."""
    try:
        _dispatch(argv, invocation)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except RolecallError as error:
        return report(error, invocation)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return _silence_stdout()
    except OSError as error:
        return _report_full_disk(error) if error.errno in FULL_DISK else _report_bug()
    except Exception:
        return _report_bug()
    return 0


def _dispatch(argv: Sequence[str], invocation: Invocation) -> None:
    for argument in argv:
        if not argument.isprintable() and _is_not_text(argument):
            raise UsageProblem(f"argument {ascii(argument)} is not UTF-8 text")
    command, rest = find(argv, invocation)
    with command.make_context(command.path, rest, obj=invocation) as context:
        _start_logging(invocation)
        command.invoke(context)


def _is_not_text(argument: str) -> bool:
    """Whether bytes that are not UTF-8 were on the command line; Python holds them as lone surrogates."""
    return any("\ud800" <= character <= "\udfff" for character in argument)


def find(argv: Sequence[str], invocation: Invocation) -> tuple[Command, list[str]]:
    """The command that the arguments name, and the arguments without its name. Raises UsageProblem."""
    rest = list(argv)
    position = arguments.first_word(rest, GLOBAL_FLAGS)
    if position is None:
        _root(rest, invocation)
    word = rest.pop(position)
    if word == "help":
        rest.append("--help")
        return find(rest, invocation)
    name = named(word)
    if name is None:
        raise _no_such_command(word, invocation)
    command = load(name)
    while isinstance(command, Group):
        position = arguments.first_word(rest, command.all_flags())
        inner = command.find(rest[position]) if position is not None else None
        if inner is None or position is None:
            break
        del rest[position]
        command = inner
    return command, rest


def load(name: str) -> Command:
    """Imports the command of that canonical name."""
    module, _, attribute = COMMANDS[name].target.partition(":")
    command: Command = getattr(importlib.import_module(module), attribute)
    return command


def _root(rest: Sequence[str], invocation: Invocation) -> NoReturn:
    """The program without a command: `--version`, or help."""
    if "--version" in rest:
        invocation.say(compatibility.PULUMI_VERSION)
        raise click.exceptions.Exit(0)
    arguments.read(rest, GLOBAL_FLAGS, invocation.environ)
    invocation.say(helptext.root_help(ABOUT, COMMANDS, invocation.program))
    raise click.exceptions.Exit(0)


def _no_such_command(word: str, invocation: Invocation) -> UsageProblem:
    import difflib

    problem = unknown_command(word, invocation.program_in_errors, invocation)
    names = [*COMMANDS, *(alias for entry in COMMANDS.values() for alias in entry.aliases)]
    close = difflib.get_close_matches(word, names, cutoff=0.7)
    if close:
        problem.detail = "\nDid you mean this?\n" + "\n".join(f"\t{name}" for name in close) + "\n"
    return problem


def report(error: RolecallError, invocation: Invocation) -> int:
    """Prints an error as Pulumi does, and returns its exit code."""
    if isinstance(error, UsageProblem) and error.help_text:
        print(error.help_text)
    _flush()
    print(helptext.as_program(f"error: {error}", invocation.program_in_errors), file=sys.stderr)
    excerpt = getattr(error, "excerpt", "")
    if excerpt and is_terminal(sys.stderr):
        print(helptext.as_program(f"\n{excerpt}", invocation.program_in_errors), file=sys.stderr)
    return error.exit_code


def _report_full_disk(error: OSError) -> int:
    """A disk without space, wherever it was met, is nobody's bug; it may be where our output goes."""
    where = f": {error.filename}" if error.filename else ""
    print(f"error: could not write: {error.strerror}{where}", file=sys.stderr)
    with contextlib.suppress(OSError):
        _flush()
    return 1


def _report_bug() -> int:
    import traceback

    _flush()
    traceback.print_exc()
    print("error: this is a bug in rolecall; please report it with the lines above", file=sys.stderr)
    return 1


def _flush() -> None:
    """Puts results before what follows on the other stream. A stream that was closed when we were started is None."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _silence_stdout() -> int:
    """Nobody reads our output any more. The interpreter would complain once again when it closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE


def _start_logging(invocation: Invocation) -> None:
    """`-v N --logtostderr` shows rolecall's own log; those of libraries stay off: they print requests with secrets."""
    if invocation.globals.verbose and invocation.globals.logtostderr:
        import logging

        log = logging.getLogger("rolecall")
        log.addHandler(logging.StreamHandler(sys.stderr))
        log.setLevel(logging.INFO if invocation.globals.verbose < 4 else logging.DEBUG)
