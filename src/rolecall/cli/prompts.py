"""Questions to a person at a terminal. Whoever asks has made sure that there is one (`Invocation.interactive`)."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence

from rolecall.errors import RolecallError


class Declined(RolecallError):
    """The person said no."""


def ask_text(prompt: str, default: str = "") -> str:
    """One line of text; an empty one means the default."""
    shown = f"{prompt} ({default}): " if default else f"{prompt}: "
    return _line(shown) or default


def ask_hidden(prompt: str) -> str:
    """One line of text that is not shown while it is typed."""
    try:
        return getpass.getpass(f"{prompt}: ")
    except EOFError:
        raise _ended() from None


def confirm(question: str, default: bool = False) -> bool:
    """A yes or no."""
    while True:
        answer = _line(f"{question} [{'Y/n' if default else 'y/N'}] ").lower()
        if not answer:
            return default
        if answer in ("y", "yes", "n", "no"):
            return answer.startswith("y")


def confirm_by_typing(question: str, name: str) -> None:
    """Asks to type `name` to go on. Raises Declined when something else is typed."""
    print(question)
    if _line(f"Please confirm that this is what you'd like to do by typing `{name}`: ") != name:
        raise Declined("confirmation declined")


def choose(question: str, options: Sequence[str], default: str = "") -> str:
    """One of several, by number or name."""
    print(question)
    for number, option in enumerate(options, 1):
        print(f"  {number}) {option}{' (default)' if option == default else ''}")
    while True:
        answer = _line("> ") or default
        if answer in options:
            return answer
        if answer.isdigit() and 0 < int(answer) <= len(options):
            return options[int(answer) - 1]


def _line(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except EOFError:
        raise _ended() from None


def _ended() -> Declined:
    print(file=sys.stderr)
    return Declined("the input ended before the question was answered")
