"""Commands and groups of commands: declared with click's decorators, parsed and explained as Pulumi's are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from rolecall.cli import arguments, helptext
from rolecall.cli.flags import Flag
from rolecall.cli.flags import option as option
from rolecall.cli.globals import GLOBAL_FLAGS
from rolecall.cli.invocation import Invocation
from rolecall.cli.problems import UsageProblem

Function = Callable[..., Any]


class Command(click.Command):
    """One command. `exclusive` lists groups of flags of which at most one may be given."""

    def __init__(
        self,
        name: str | None,
        *,
        aliases: Sequence[str] = (),
        exclusive: Sequence[tuple[str, ...]] = (),
        **attributes: Any,
    ) -> None:
        super().__init__(name, add_help_option=False, **attributes)
        self.aliases = tuple(aliases)
        self.exclusive = tuple(exclusive)
        self.group: Group | None = None

    @property
    def path(self) -> str:
        """The words that lead here, without the program's name: `config get`."""
        return f"{self.group.path} {self.name}" if self.group else str(self.name)

    @property
    def own_flags(self) -> list[Flag]:
        """Flags declared here."""
        return [param for param in self.params if isinstance(param, Flag)]

    @property
    def positionals(self) -> list[click.Argument]:
        """Positional arguments, in order."""
        return [param for param in self.params if isinstance(param, click.Argument)]

    def inherited_flags(self) -> Iterator[Flag]:
        """Persistent flags of the groups above, nearest first."""
        group = self.group
        while group is not None:
            yield from (flag for flag in group.own_flags if flag.persistent)
            group = group.group

    def all_flags(self) -> list[Flag]:
        """Every flag that may be given here; where names clash, the first wins."""
        return [*self.own_flags, *self.inherited_flags(), *GLOBAL_FLAGS]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Fills the context from the arguments and the environment. Raises UsageProblem."""
        invocation: Invocation = ctx.obj
        given = arguments.read(args, self.all_flags(), invocation.environ)
        if given.help:
            invocation.say(helptext.help_text(self, invocation.program))
            raise click.exceptions.Exit(0)
        invocation.take_globals(given)
        self._check_exclusive(given.changed)
        local = {flag.parameter for flag in (*self.own_flags, *self.inherited_flags())}
        ctx.params.update({name: value for name, value in given.values.items() if name in local})
        self._take_words(ctx, given.words)
        return []

    def _check_exclusive(self, changed: frozenset[str]) -> None:
        for group in self.exclusive:
            given = sorted(changed & set(group))
            if len(given) > 1:
                raise UsageProblem(
                    f"if any flags in the group [{' '.join(group)}] are set none of the others can be; "
                    f"[{' '.join(given)}] were all set"
                )

    def _take_words(self, ctx: click.Context, words: tuple[str, ...]) -> None:
        wanted = self.positionals
        problem = _arity_problem(wanted, len(words))
        if problem:
            invocation: Invocation = ctx.obj
            raise UsageProblem(problem, help_text=helptext.help_text(self, invocation.program_in_errors))
        for index, argument in enumerate(wanted):
            assert argument.name is not None
            if argument.nargs == -1:
                ctx.params[argument.name] = words[index:]
            else:
                ctx.params[argument.name] = words[index] if index < len(words) else None


def _arity_problem(wanted: Sequence[click.Argument], count: int) -> str:
    required = sum(1 for argument in wanted if argument.required)
    if required == len(wanted) and not _variadic(wanted):
        return "" if count == len(wanted) else f"accepts {len(wanted)} arg(s), received {count}"
    if count < required:
        return f"requires at least {required} arg(s), only received {count}"
    if not _variadic(wanted) and count > len(wanted):
        return f"accepts at most {len(wanted)} arg(s), received {count}"
    return ""


def _variadic(wanted: Sequence[click.Argument]) -> bool:
    return bool(wanted) and wanted[-1].nargs == -1


class Group(Command):
    """A command that holds others. One that `runs_alone` also does something by itself (`rolecall config`)."""

    def __init__(self, name: str | None, *, runs_alone: bool = False, **attributes: Any) -> None:
        super().__init__(name, **attributes)
        self.runs_alone = runs_alone
        self.commands: dict[str, Command] = {}

    def add(self, command: Command) -> None:
        """Puts a command into this group."""
        command.group = self
        assert command.name is not None
        self.commands[command.name] = command

    def find(self, word: str) -> Command | None:
        """The command of this group with that name or alias."""
        if word in self.commands:
            return self.commands[word]
        return next((command for command in self.commands.values() if word in command.aliases), None)

    def verb(self, name: str, **attributes: Any) -> Callable[[Function], Command]:
        """Declares a command of this group; takes what `command` takes."""

        def decorate(function: Function) -> Command:
            made = command(name, **attributes)(function)
            self.add(made)
            return made

        return decorate

    def subgroup(self, name: str, **attributes: Any) -> Callable[[Function], Group]:
        """Declares a group inside this one; takes what `group` takes."""

        def decorate(function: Function) -> Group:
            made = group(name, **attributes)(function)
            self.add(made)
            return made

        return decorate

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As for a command; a group that does nothing by itself prints its help."""
        if self.runs_alone:
            return super().parse_args(ctx, args)
        invocation: Invocation = ctx.obj
        words = arguments.read(args, self.all_flags(), invocation.environ).words
        if words:
            raise unknown_command(words[0], f"{invocation.program_in_errors} {self.path}", invocation)
        invocation.say(helptext.help_text(self, invocation.program))
        raise click.exceptions.Exit(0)


def unknown_command(word: str, path: str, invocation: Invocation) -> UsageProblem:
    """The error for a word that names no command."""
    return UsageProblem(
        f'unknown command "{word}" for "{path}"', hint=f"Run '{invocation.program_in_errors} --help' for usage."
    )


def _declare(
    kind: type[Command],
    name: str,
    short: str,
    long: str,
    **attributes: Any,
) -> Callable[[Function], Any]:
    return click.command(name, cls=kind, short_help=short, help=long or short, **attributes)


def command(
    name: str,
    *,
    short: str,
    long: str = "",
    aliases: Sequence[str] = (),
    exclusive: Sequence[tuple[str, ...]] = (),
    hidden: bool = False,
) -> Callable[[Function], Command]:
    """Declares a command. `short` is its line in lists, `long` the text of its help; both may name `pulumi` in
    backquotes, which is shown as the program's own name."""
    made: Callable[[Function], Command] = _declare(
        Command, name, short, long, aliases=aliases, exclusive=exclusive, hidden=hidden
    )
    return made


def group(
    name: str,
    *,
    short: str,
    long: str = "",
    aliases: Sequence[str] = (),
    exclusive: Sequence[tuple[str, ...]] = (),
    runs_alone: bool = False,
    hidden: bool = False,
) -> Callable[[Function], Group]:
    """Declares a group of commands."""
    made: Callable[[Function], Group] = _declare(
        Group, name, short, long, aliases=aliases, exclusive=exclusive, runs_alone=runs_alone, hidden=hidden
    )
    return made
