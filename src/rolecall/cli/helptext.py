"""What `--help` prints, laid out as cobra does: the forms that scripts and readers of Pulumi's help know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rolecall.cli.flags import Flag
from rolecall.cli.globals import GLOBAL_FLAGS

if TYPE_CHECKING:
    from rolecall.cli.frame import Command
    from rolecall.cli.registry import Entry

_QUOTED = re.compile(r"`([^`]*)`")
_NAMED = re.compile(r"(?<![\w/.:-])pulumi(?![\w/.:-])")
_HELP_NAME = "help"


def help_text(command: Command, program: str) -> str:
    """The whole help of a command or group, without a newline at the end."""
    from rolecall.cli.frame import Group

    sections = [_in_help(command.help or "", program), "Usage:\n" + "\n".join(_usages(command, program))]
    if command.aliases:
        sections.append("Aliases:\n  " + ", ".join((str(command.name), *command.aliases)))
    if isinstance(command, Group):
        shown = [c for c in command.commands.values() if not c.hidden]
        sections.append(_commands({str(c.name): _in_help(c.short_help or "", program) for c in shown}))
    own = _in_help(flag_lines(command.own_flags, help_for=str(command.name)), program)
    if own:
        sections.append("Flags:\n" + own)
    claimed = {flag.long for flag in command.own_flags}
    above = [flag for flag in (*command.inherited_flags(), *GLOBAL_FLAGS) if flag.long not in claimed]
    sections.append("Global Flags:\n" + _in_help(flag_lines(above), program))
    if isinstance(command, Group):
        sections.append(f'Use "{program} {command.path} [command] --help" for more information about a command.')
    return "\n\n".join(section for section in sections if section)


def root_help(about: str, entries: Mapping[str, Entry], program: str) -> str:
    """The help of the program itself."""
    lines = {name: _in_help(entry.short, program) for name, entry in entries.items() if not entry.hidden}
    return "\n\n".join(
        (
            _in_help(about, program),
            f"Usage:\n  {program} [command]",
            _commands(lines),
            "Flags:\n" + _in_help(flag_lines(GLOBAL_FLAGS, help_for=program), program),
            f'Use "{program} [command] --help" for more information about a command.',
        )
    )


def _in_help(text: str, program: str) -> str:
    """Help in which the program is called by the name it was started with, wherever it is named."""
    return text if program == "pulumi" else _NAMED.sub(program, text)


def as_program(text: str, program: str) -> str:
    """Text in which commands quoted as `pulumi ...` are quoted under the name that this program was started with."""
    return text if program == "pulumi" else re.sub(r"(`|')pulumi( |\1)", rf"\1{program}\2", text)


def _usages(command: Command, program: str) -> list[str]:
    from rolecall.cli.frame import Group

    words = [f"{program} {command.path}"]
    for argument in command.positionals:
        name = argument.metavar or (argument.name or "").replace("_", "-")
        dots = "..." if argument.nargs == -1 else ""
        words.append((f"<{name}>" if argument.required else f"[{name}]") + dots)
    if not isinstance(command, Group):
        return ["  " + " ".join([*words, "[flags]"])]
    alone = ["  " + " ".join([*words, "[flags]"])] if command.runs_alone else []
    return [*alone, f"  {program} {command.path} [command]"]


def _commands(lines: Mapping[str, str]) -> str:
    width = max((len(name) for name in lines), default=0)
    width = max(width, 11)  # cobra's least width of the column of names
    return "Available Commands:\n" + "\n".join(f"  {name:<{width}} {lines[name]}" for name in sorted(lines))


def flag_lines(flags: Iterable[Flag], help_for: str = "") -> str:
    """One line for each flag that is not hidden, sorted by name, the explanations aligned."""
    rows = {flag.long: _row(flag) for flag in flags if not flag.hidden}
    if help_for:
        rows[_HELP_NAME] = ("  -h, --help", f"help for {help_for}")
    width = max((len(left) for left, _ in rows.values()), default=0)
    indent = "\n" + " " * (width + 3)
    return "\n".join(
        f"{left:<{width}}   {rows[name][1].replace(chr(10), indent)}"
        for name in sorted(rows)
        for left in [rows[name][0]]
    )


def _row(flag: Flag) -> tuple[str, str]:
    quoted = _QUOTED.search(flag.help or "")
    name = quoted.group(1) if quoted else _kind_name(flag)
    text = _QUOTED.sub(r"\1", flag.help or "", count=1)
    left = f"  -{flag.short_letter}, " if flag.short_letter else "      "
    left += f"--{flag.long}"
    if name:
        left += f" {name}"
    if flag.optional_value is not None and flag.kind is not bool:
        left += f'[="{flag.optional_value}"]'
    if flag.fallback not in ("", False, 0, (), None):
        text += f' (default "{flag.fallback}")' if flag.kind is str else f" (default {_go(flag.fallback)})"
    return left, text


def _kind_name(flag: Flag) -> str:
    if flag.kind is bool:
        return ""
    name = {str: "string", int: "int", float: "float"}[flag.kind]
    return name + "Array" if flag.multiple else name


def _go(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
