"""`completion`: scripts that make a shell complete our commands, flags and the names of stacks."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from rolecall.cli import arguments
from rolecall.cli.flags import Flag
from rolecall.cli.frame import Command, Group, command
from rolecall.cli.globals import GLOBAL_FLAGS
from rolecall.cli.invocation import Invocation
from rolecall.cli.problems import UsageProblem
from rolecall.errors import RolecallError

_BASH = """\
_@FUNCTION@() {
    local IFS=$'\\n'
    COMPREPLY=($(@PROGRAM@ __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _@FUNCTION@ @PROGRAM@"""
_ZSH = """\
#compdef @PROGRAM@
_@FUNCTION@() {
    local -a candidates
    candidates=("${(@f)$(@PROGRAM@ __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "${candidates[1]}" ]]; then compadd -- "${candidates[@]}"; else _files; fi
}
compdef _@FUNCTION@ @PROGRAM@"""
_FISH = """\
function __@FUNCTION@_complete
    set -l words (commandline -opc)
    @PROGRAM@ __complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c @PROGRAM@ -a '(__@FUNCTION@_complete)'"""
_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
_STACK_COMMANDS = ("stack select", "stack rm", "stack get", "cancel")


@command(
    "completion",
    short="Generate completion scripts for a shell",
    long="Generate completion scripts for bash, zsh or fish.\n\n"
    'For bash, `eval "$(pulumi completion bash)"` in ~/.bashrc; for zsh the same with zsh in ~/.zshrc after compinit; '
    "for fish, `pulumi completion fish | source` in its config.fish.",
    aliases=("gen-completion",),
)
@click.argument("shell")
@click.pass_obj
def completion(inv: Invocation, /, shell: str) -> None:
    """Prints a script."""
    if shell not in _SCRIPTS:
        raise UsageProblem(f'shell "{shell}" is not supported; choose one of {", ".join(_SCRIPTS)}')
    function = re.sub(r"\W", "_", inv.program)
    inv.say(_SCRIPTS[shell].replace("@PROGRAM@", inv.program).replace("@FUNCTION@", function))


@command("__complete", short="Complete the last of the words", hidden=True)
@click.argument("words", nargs=-1)
@click.pass_obj
def complete(inv: Invocation, /, words: tuple[str, ...]) -> None:
    """Prints what the last word may become, one a line; the shells' scripts call this."""
    for candidate in candidates(inv, words or ("",)):
        inv.say(candidate)


def candidates(inv: Invocation, words: Sequence[str]) -> list[str]:
    """What the last of the words may become."""
    from rolecall.cli.main import find
    from rolecall.cli.registry import COMMANDS

    *before, partial = words
    if arguments.first_word(before, GLOBAL_FLAGS) is None:
        flags: list[Flag] = list(GLOBAL_FLAGS)
        names = [name for name, entry in COMMANDS.items() if not entry.hidden]
    else:
        try:
            current, rest = find(before, inv)
        except RolecallError:
            return []  # a command that does not exist has nothing to complete
        flags = current.all_flags()
        names = _names(inv, current, rest)
    if _awaits_value(before, flags):
        names = _stacks(inv) if before[-1] in ("--stack", "-s") else []
    elif partial.startswith("-"):
        names = [f"--{flag.long}" for flag in flags if not flag.hidden]
    return sorted({name for name in names if name.startswith(partial)})


def _names(inv: Invocation, current: Command, rest: Sequence[str]) -> list[str]:
    if isinstance(current, Group) and arguments.first_word(rest, current.all_flags()) is None:
        return [name for name, inner in current.commands.items() if not inner.hidden]
    return _stacks(inv) if current.path in _STACK_COMMANDS else []


def _awaits_value(before: Sequence[str], flags: Sequence[Flag]) -> bool:
    """Whether the last word is the value of the flag before it."""
    last = before[-1] if before else ""
    named = (flag for flag in flags if last in (f"--{flag.long}", f"-{flag.short_letter}") and last != "-")
    return any(flag.optional_value is None for flag in named)


def _stacks(inv: Invocation) -> list[str]:
    """The stacks of the project here; none where they cannot be listed: completing is no time for errors."""
    try:
        workspace = inv.workspace()
        project = workspace.require_project()
        return [workspace.shown(name) for name in workspace.backend.stacks(project.name)]
    except RolecallError:
        return []
