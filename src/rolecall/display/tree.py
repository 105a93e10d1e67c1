"""The view for people at a terminal: the rows of a run as a tree, redrawn while they change."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator

from rolecall.display import markup
from rolecall.display.identity import IdentityBlock
from rolecall.display.progress import Progress
from rolecall.display.rows import Row, Scene
from rolecall.display.view import Write
from rolecall.model.step import Step
from rolecall.model.urn import URN

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_CLEAR_BELOW = "\x1b[J"
_SHARE = 0.1
"""How much of a run's time may go into drawing: what a drawing cost decides when the next one may be."""


class Tree(Progress):
    """Draws the tree over the one before. What is about no row (identities, sections) stands above or below it."""

    def __init__(self, scene: Scene, write: Write, *, action: str, identities: IdentityBlock) -> None:
        super().__init__(scene, write, action=action, identities=identities)
        scene.tree = True
        self._drawn = 0
        self._next = 0.0

    def tick(self) -> None:
        """Times move on."""
        if self.rows and not self.scene.over:
            self._draw()

    def prelude(self, text: str) -> None:
        """Only what there is to say: the header stands alone otherwise."""
        if text:
            self.line(text)

    def above(self, text: str) -> None:
        """A line that stays, where the next drawing does not wipe it out."""
        self._erase()
        self._write(f"{text}\n")
        if self.rows:
            self._draw()

    def block(self, lines: Iterable[str]) -> None:
        """Lines above the tree."""
        above = list(lines)
        if not above:
            return
        self._erase()
        super().block([*above, ""])
        if self.rows:
            self._draw()

    def changed(self, row: Row) -> None:
        """Draws it all again, as columns may have to move; but no more often than is worth its cost (see `tick`)."""
        begun = self.scene.clock()
        if begun < self._next:
            return
        self._draw()
        ended = self.scene.clock()
        self._next = ended + (ended - begun) / _SHARE

    def finished(self, unfinished: Iterable[Row]) -> None:
        """Draws the tree for the last time, whole."""
        if self.rows:
            self._draw(last=True)
            self.line("")

    def _place_parent(self, step: Step | None) -> None:
        """Nothing: a tree shows every resource once."""

    def _erase(self) -> None:
        if self._drawn:
            self._write(f"\x1b[{self._drawn}A\r{_CLEAR_BELOW}")
            self._drawn = 0

    def _draw(self, *, last: bool = False) -> None:
        width, height = shutil.get_terminal_size()
        lines = self._table(width)
        if not last and len(lines) > height - 2:
            hidden = len(lines) - (height - 3)
            lines = [lines[0], f"    … {hidden} more", *lines[hidden + 1 :]]
        self._erase()
        self._write((_SHOW_CURSOR if last else _HIDE_CURSOR) + "".join(f"{line}\n" for line in lines))
        self._drawn = 0 if last else len(lines)

    def _table(self, width: int) -> list[str]:
        heads = ["", "Type", "Name", "Plan" if self.scene.preview else "Status", "Info"]
        if self.options.urns:
            heads[1:3] = ["URN"]
        rows = [[f"{markup.UNDERLINE}{markup.BLUE}{h}{markup.RESET}" if h else "" for h in heads], *self._indented()]
        if not any(row[-1] for row in rows[1:]):
            rows[0][-1] = ""
        widths = [max(_length(row[i]) for row in rows) for i in range(len(heads))]
        return [markup.colorize(_cut(_padded(row, widths), width - 1), self.options.color) for row in rows]

    def _indented(self) -> Iterator[list[str]]:
        children: dict[URN, list[URN]] = {}
        for urn, row in self.rows.items():
            if urn != self._stack:
                children.setdefault(self._parent(row), []).append(urn)
        yield from self._branch(self._stack, children, "", "")

    def _branch(self, urn: URN, children: dict[URN, list[URN]], prefix: str, below: str) -> Iterator[list[str]]:
        columns = self.rows[urn].columns
        columns[1] = prefix + columns[1]
        yield columns
        shown = [child for child in children.get(urn, ()) if self._is_shown(child, children)]
        for child in shown:
            last = child == shown[-1]
            yield from self._branch(
                child, children, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  ")
            )

    def _is_shown(self, urn: URN, children: dict[URN, list[URN]]) -> bool:
        return not self.rows[urn].hidden or any(self._is_shown(c, children) for c in children.get(urn, ()))

    def _parent(self, row: Row) -> URN:
        resource = row.step.new or row.step.old
        parent = resource.parent if resource is not None else None
        return parent if parent is not None and parent in self.rows and parent != row.step.urn else self._stack


def _padded(row: list[str], widths: list[int]) -> str:
    cells = [cell + " " * (width - _length(cell)) for cell, width in zip(row, widths, strict=True)]
    return (" " + "  ".join(cells)).rstrip()


def _length(text: str) -> int:
    return len(markup.strip(text))


def _cut(text: str, width: int) -> str:
    """The text cut to a width that does not count markup."""
    if _length(text) <= width:
        return text
    kept, length = "", 0
    for piece in markup.pieces(text):
        if piece.startswith("<{%"):
            kept += piece
            continue
        kept += piece[: max(width - length, 0)]
        length += len(piece)
    return kept
