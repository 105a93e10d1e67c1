"""One use of the command line: where it runs, who is watching, and what every command needs of that."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rolecall.cli.arguments import Given
from rolecall.cli.globals import Globals
from rolecall.cli.problems import UsageProblem
from rolecall.errors import RolecallError

if TYPE_CHECKING:
    from rolecall.api.workspace import Workspace

COLORS = ("always", "never", "raw", "auto")

_CI_VARIABLES = (
    "CI",
    "BUILD_NUMBER",
    "BUILD_ID",
    "TF_BUILD",
    "TEAMCITY_VERSION",
    "CODEBUILD_BUILD_ARN",
    "PULUMI_CI_SYSTEM",
)


class Invocation:
    """What a command's function gets as its first argument (`@click.pass_obj`)."""

    def __init__(self, environ: Mapping[str, str], program: str = "rolecall") -> None:
        self.environ = environ
        self.program = program
        """The name this was started under: `rolecall`, or `pulumi` for the entry that stands in for it."""
        self.globals = Globals()
        self.changed: frozenset[str] = frozenset()
        """Long names of the flags that were given, on the command line or by PULUMI_OPTION_*."""

    def take_globals(self, given: Given) -> None:
        """Remembers the global flags and changes to the directory that `--cwd` names. Raises RolecallError."""
        self.globals = Globals.of(given.values)
        self.changed = given.changed
        if self.globals.color not in COLORS:
            raise UsageProblem(
                f"unsupported color option: '{self.globals.color}'. Supported values are: {', '.join(COLORS)}"
            )
        if self.globals.cwd:
            try:
                os.chdir(self.globals.cwd)
            except OSError as error:
                raise RolecallError(f"chdir {self.globals.cwd}: {(error.strerror or str(error)).lower()}") from error

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked: terminals at both ends, no CI system, and not forbidden."""
        return (
            not self.globals.non_interactive
            and self.environ.get("TERM") != "dumb"
            and is_terminal(sys.stdin)
            and is_terminal(sys.stdout)
            and not any(self.environ.get(name) for name in _CI_VARIABLES)
        )

    @property
    def color(self) -> str:
        """`always`, `never` or `raw`: what `auto` means here is settled."""
        if self.globals.color != "auto":
            return self.globals.color
        watched = is_terminal(sys.stdin) and is_terminal(sys.stdout)
        return "always" if watched and "NO_COLOR" not in self.environ else "never"

    @property
    def program_in_errors(self) -> str:
        """The program's name in errors: to a person the one that works, to a machine Pulumi's, which it may match."""
        return self.program if is_terminal(sys.stderr) else "pulumi"

    @property
    def skip_confirmations(self) -> bool:
        """Whether the environment says `--yes` for every command that has it."""
        return self.environ.get("PULUMI_SKIP_CONFIRMATIONS", "").lower() in ("1", "true")

    def say(self, text: str) -> None:
        """Prints a result on standard output."""
        print(text)

    def tell(self, text: str) -> None:
        """Prints a message to the user on standard error, where it does not disturb a result."""
        print(text, file=sys.stderr)

    def workspace(self) -> Workspace:
        """The workspace of the current directory, which asks a person where one can be asked."""
        from rolecall.api.workspace import Workspace
        from rolecall.cli.person import TerminalPerson

        workspace = Workspace(_current_directory(), self.environ, TerminalPerson() if self.interactive else None)
        workspace.warn = lambda text: self.tell(f"warning: {text}")
        return workspace


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a standard stream is a terminal. Python has None for one that was closed when we were started."""
    return stream is not None and stream.isatty()


def _current_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise RolecallError("the current directory does not exist any more") from error
