"""Which pieces of two texts differ: characters of short ones, lines of long ones, with a little of what is around."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from rolecall.model.step import Op

_CONTEXT = 2


def text_pieces(old: str, new: str) -> list[tuple[Op, str]]:
    """The two texts in pieces: `same` ones are in both, `delete` ones in the old, `create` ones in the new."""
    pieces: list[tuple[Op, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(("same", old[a:b]))
            continue
        if b > a:
            pieces.append(("delete", old[a:b]))
        if d > c:
            pieces.append(("create", new[c:d]))
    return pieces


def line_changes(old: str, new: str) -> Iterator[tuple[Op, str]]:
    """The changed lines, two unchanged ones around them, `...` for the rest. Blank lines are left out."""
    before, after = old.split("\n"), new.split("\n")
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for index, (tag, a, b, c, d) in enumerate(codes):
        if tag == "equal":
            yield from _surroundings(before[a:b], first=index == 0, last=index == len(codes) - 1)
            continue
        yield from (("delete", line) for line in before[a:b] if line.strip())
        yield from (("create", line) for line in after[c:d] if line.strip())


def _surroundings(lines: list[str], *, first: bool, last: bool) -> Iterator[tuple[Op, str]]:
    lines = [line for line in lines if line.strip()]
    head = [] if first else lines[:_CONTEXT]
    tail = [] if last else lines[-_CONTEXT:]
    if first and last or len(lines) <= len(head) + len(tail) + 1:
        yield from (("same", line) for line in lines)
        return
    yield from (("same", line) for line in head)
    yield "same", "..."
    yield from (("same", line) for line in tail)
