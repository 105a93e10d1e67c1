"""Pulumi's colour markup in texts (`<{%fg 1%}>red<{%reset%}>`): made, and made into terminal codes or nothing.

Programs and providers write it too, so it is also what messages arrive with. Source: the colour modes `always`,
`never` and `raw` of Pulumi's `--color`.
"""

from __future__ import annotations

import re
from typing import Literal

ColorMode = Literal["always", "never", "raw"]

RESET = "<{%reset%}>"
BOLD = "<{%bold%}>"
UNDERLINE = "<{%underline%}>"
RED = "<{%fg 1%}>"
GREEN = "<{%fg 2%}>"
YELLOW = "<{%fg 3%}>"
BLUE = "<{%fg 4%}>"
MAGENTA = "<{%fg 5%}>"
BRIGHT_RED = "<{%fg 9%}>"
BRIGHT_GREEN = "<{%fg 10%}>"
BRIGHT_BLUE = "<{%fg 12%}>"
BRIGHT_MAGENTA = "<{%fg 13%}>"
BRIGHT_CYAN = "<{%fg 14%}>"
HEADLINE = BRIGHT_MAGENTA + BOLD

_COMMAND = re.compile(r"<\{%([^%]*)%\}>")
_CODES = {"reset": "0", "bold": "1", "underline": "4"}
_ANSI = re.compile(r"\x1b\[[0-9;]*[mK]")


def colorize(text: str, mode: ColorMode) -> str:
    """The text as it goes out: with terminal codes (`always`), with its markup (`raw`), or without (`never`)."""
    if mode == "raw" or "<{%" not in text:
        return text
    return _COMMAND.sub("" if mode == "never" else _terminal_code, text)


def strip(text: str) -> str:
    """The text without markup."""
    return colorize(text, "never")


def strip_terminal_codes(text: str) -> str:
    """The text without the ANSI colour sequences that a program may have written."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def _terminal_code(match: re.Match[str]) -> str:
    command, _, number = match.group(1).partition(" ")
    if command in _CODES:
        return f"\x1b[{_CODES[command]}m"
    if command in ("fg", "bg") and number.isdigit():
        return f"\x1b[{38 if command == 'fg' else 48};5;{number}m"
    return ""


def pieces(text: str) -> list[str]:
    """The text split into commands of the markup and what is between them."""
    return [piece for piece in re.split(r"(<\{%[^%]*%\}>)", text) if piece]
