"""Tables as Pulumi prints them: a header, then rows, columns padded to their widest cell and two spaces apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_GAP = "  "


def table(header: Sequence[str], rows: Sequence[Sequence[str]], prefix: str = "") -> str:
    """The table as text without a newline at its end. Every line begins with `prefix`; the last column is not padded.

    A cell of several lines makes its row several lines high.
    """
    cells = [[cell.split("\n") for cell in row] for row in (header, *rows)]
    widths = [max(width(line) for cell in column for line in cell) for column in zip(*cells, strict=True)]
    return "\n".join(_line(prefix, parts, widths) for row in cells for parts in zip_longest(*row, fillvalue=""))


def _line(prefix: str, parts: Sequence[str], widths: Sequence[int]) -> str:
    padded = [part + " " * (w - width(part)) for part, w in zip(parts[:-1], widths[:-1], strict=True)]
    return prefix + _GAP.join([*padded, parts[-1]])


def width(text: str) -> int:
    """How many cells of a terminal the text takes."""
    plain = _ESCAPES.sub("", text)
    if plain.isascii():
        return len(plain)
    return sum(_cells(character) for character in plain)


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
