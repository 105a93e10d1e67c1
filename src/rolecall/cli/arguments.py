"""Reads arguments by the rules of pflag, which Pulumi's command line follows and scripts rely on.

Flags may stand anywhere before `--`; booleans take `--flag=false`; one-letter flags cluster. Each flag that is not
given may come from `PULUMI_OPTION_<NAME>` and then counts as given.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rolecall.cli.flags import Flag
from rolecall.cli.problems import UsageProblem

ENVIRONMENT_PREFIX = "PULUMI_OPTION_"


@dataclass(frozen=True, slots=True)
class Given:
    """What a command line said: values by parameter name, positional words, and the long names of flags given."""

    values: dict[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    changed: frozenset[str] = frozenset()
    help: bool = False


class _Names:
    """Flags by their names. The first flag to claim a name keeps it: own flags come before inherited ones."""

    def __init__(self, flags: Iterable[Flag]) -> None:
        self.flags: list[Flag] = []
        self.long: dict[str, Flag] = {}
        self.short: dict[str, Flag] = {}
        for flag in flags:
            if flag.long in self.long:
                continue
            self.flags.append(flag)
            self.long[flag.long] = flag
            if flag.short_letter:
                self.short.setdefault(flag.short_letter, flag)


def read(arguments: Sequence[str], flags: Iterable[Flag], environ: Mapping[str, str]) -> Given:
    """Understands the arguments of one command. Raises UsageProblem."""
    names = _Names(flags)
    texts: dict[str, list[str]] = {}
    words: list[str] = []
    rest = list(arguments)
    wants_help = False
    while rest:
        word = rest.pop(0)
        if word == "--":
            words += rest
            break
        if word in ("--help", "-h") and "h" not in names.short:
            wants_help = True
        elif word.startswith("--"):
            _long(word[2:], rest, names, texts)
        elif word.startswith("-") and len(word) > 1:
            wants_help |= _cluster(word[1:], rest, names, texts)
        else:
            words.append(word)
    _from_environment(names, texts, environ)
    values = {flag.parameter: _value(flag, texts.get(flag.long)) for flag in names.flags}
    return Given(values, tuple(words), frozenset(texts), wants_help)


def first_word(arguments: Sequence[str], flags: Iterable[Flag]) -> int | None:
    """Where the first word that is neither a flag nor a flag's value stands: the name of a subcommand.

    As in cobra, a flag that is not known at this level is taken to have a value (`rolecall -s dev up` works).
    """
    names = _Names(flags)
    position = 0
    while position < len(arguments):
        word = arguments[position]
        if word == "--":
            return None
        if not word.startswith("-") or word == "-":
            return position
        position += 2 if _takes_next(word, names) else 1
    return None


def _takes_next(word: str, names: _Names) -> bool:
    if "=" in word or word in ("--help", "-h", "--version"):
        return False
    if word.startswith("--"):
        flag = names.long.get(word[2:])
    elif len(word) == 2:
        flag = names.short.get(word[1:])
    else:
        return False
    return flag is None or flag.optional_value is None


def _long(text: str, rest: list[str], names: _Names, texts: dict[str, list[str]]) -> None:
    name, equals, value = text.partition("=")
    flag = names.long.get(name)
    if flag is None:
        raise UsageProblem(f"unknown flag: --{name}")
    if not equals:
        if flag.optional_value is not None:
            value = flag.optional_value
        elif rest:
            value = rest.pop(0)
        else:
            raise UsageProblem(f"flag needs an argument: --{name}")
    _give(flag, value, texts)


def _cluster(letters: str, rest: list[str], names: _Names, texts: dict[str, list[str]]) -> bool:
    """Reads `-abc`, `-n5`, `-n=5`. Returns whether help was asked for."""
    whole = letters
    while letters:
        letter, letters = letters[0], letters[1:]
        flag = names.short.get(letter)
        if flag is None:
            if letter == "h":
                return True
            raise UsageProblem(f"unknown shorthand flag: '{letter}' in -{whole}")
        if letters.startswith("="):
            return _give(flag, letters[1:], texts)
        if flag.optional_value is not None:
            _give(flag, flag.optional_value, texts)
        elif letters:
            return _give(flag, letters, texts)
        elif rest:
            return _give(flag, rest.pop(0), texts)
        else:
            raise UsageProblem(f"flag needs an argument: '{letter}' in -{whole}")
    return False


def _give(flag: Flag, text: str, texts: dict[str, list[str]]) -> bool:
    flag.convert(text)
    texts.setdefault(flag.long, []).append(text)
    return False


def _from_environment(names: _Names, texts: dict[str, list[str]], environ: Mapping[str, str]) -> None:
    for flag in names.flags:
        text = environ.get(ENVIRONMENT_PREFIX + flag.long.upper().replace("-", "_"))
        if text is None or flag.long in texts:
            continue
        for part in next(csv.reader([text]), []) if flag.multiple else [text]:
            _give(flag, part, texts)


def _value(flag: Flag, texts: list[str] | None) -> Any:
    if not texts:
        return flag.fallback
    if flag.multiple:
        return tuple(flag.convert(text) for text in texts)
    return flag.convert(texts[-1])
