"""Flags as Pulumi's command line has them: declared with `option`, described enough to be parsed and shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from rolecall.cli.problems import UsageProblem

_F = TypeVar("_F", bound=Callable[..., Any])

_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}


class Flag(click.Option):
    """One flag. `optional_value` is what a bare `--flag` means where a value may be left out (`--refresh[=true]`)."""

    def __init__(
        self,
        declarations: tuple[str, ...],
        *,
        kind: type = str,
        fallback: Any = None,
        help: str = "",
        multiple: bool = False,
        optional_value: str | None = None,
        hidden: bool = False,
        persistent: bool = False,
    ) -> None:
        super().__init__(list(declarations), help=help, hidden=hidden, multiple=multiple, expose_value=True)
        self.kind = kind
        self.optional_value = "true" if kind is bool else optional_value
        self.persistent = persistent
        self.fallback = fallback if fallback is not None else _empty(kind, multiple)

    @property
    def parameter(self) -> str:
        """The name under which the command's function gets the value."""
        assert self.name is not None
        return self.name

    @property
    def long(self) -> str:
        """The long name, without dashes."""
        return next(text[2:] for text in self.opts if text.startswith("--"))

    @property
    def short_letter(self) -> str:
        """The one-letter name, or nothing."""
        return next((text[1:] for text in self.opts if len(text) == 2 and text[0] == "-"), "")

    def convert(self, text: str) -> Any:
        """The value that text given for this flag stands for. Raises UsageProblem."""
        if self.kind is str:
            return text
        try:
            return _BOOLEANS[text] if self.kind is bool else self.kind(text)
        except (KeyError, ValueError):
            parser = {bool: "ParseBool", int: "ParseInt", float: "ParseFloat"}[self.kind]
            names = f"-{self.short_letter}, --{self.long}" if self.short_letter else f"--{self.long}"
            raise UsageProblem(
                f'invalid argument "{text}" for "{names}" flag: strconv.{parser}: parsing "{text}": invalid syntax'
            ) from None


def _empty(kind: type, multiple: bool) -> Any:
    if multiple:
        return ()
    return {str: "", bool: False, int: 0, float: 0.0}[kind]


def option(
    *declarations: str,
    help: str = "",
    kind: type = str,
    default: Any = None,
    multiple: bool = False,
    optional_value: str | None = None,
    hidden: bool = False,
    persistent: bool = False,
) -> Callable[[_F], _F]:
    """Declares a flag: `@option("--stack", "-s", help="...")`.

    A word without dashes among the declarations names the parameter. Values not given are the kind's empty one (`""`,
    False, 0, `()`), or `default`. Names in backquotes in `help` become the value's name, as in pflag.
    """

    def decorate(function: _F) -> _F:
        flag = Flag(
            declarations,
            kind=kind,
            fallback=default,
            help=help,
            multiple=multiple,
            optional_value=optional_value,
            hidden=hidden,
            persistent=persistent,
        )
        params: list[click.Parameter] = getattr(function, "__click_params__", [])
        params.append(flag)
        function.__click_params__ = params  # type: ignore[attr-defined]
        return function

    return decorate
