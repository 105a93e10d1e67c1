"""Wildcard patterns: `*` is any run of characters, `?` exactly one; all else, also from variables, is literal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Text:
    """A part of a pattern. In a literal part `*` and `?` are ordinary characters."""

    text: str
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands between two stars: characters, of which those at `holes` may be any."""

    text: str
    holes: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.text)

    def stands_at(self, subject: str, start: int) -> bool:
        """Whether the piece is found at exactly this place, after which the subject has at least as many characters."""
        if not self.holes:
            return subject.startswith(self.text, start)
        return all(i in self.holes or subject[start + i] == c for i, c in enumerate(self.text))

    def find(self, subject: str, start: int, stop: int) -> int:
        """The first place in `subject[start:stop]` where the piece stands, or -1."""
        if not self.holes:
            return subject.find(self.text, start, stop)
        for at in range(start, stop - len(self.text) + 1):
            if self.stands_at(subject, at):
                return at
        return -1


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern: its pieces, with a star between each two. One piece means no star.

    Matching takes each piece at its first possible place, which is enough because stars are all alike; so it needs no
    backtracking, and no pattern can make it slow.
    """

    pieces: tuple[Piece, ...]

    def matches(self, subject: str) -> bool:
        """Whether the whole subject is covered."""
        first, last = self.pieces[0], self.pieces[-1]
        if len(self.pieces) == 1:
            return len(subject) == len(first) and first.stands_at(subject, 0)
        stop = len(subject) - len(last)
        at = len(first)
        if stop < at or not first.stands_at(subject, 0) or not last.stands_at(subject, stop):
            return False
        for piece in self.pieces[1:-1]:
            found = piece.find(subject, at, stop)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    @property
    def is_everything(self) -> bool:
        """Whether the pattern consists of stars only."""
        return len(self.pieces) > 1 and all(not piece.text for piece in self.pieces)


def compile_parts(parts: Iterable[Text]) -> Glob:
    """The pattern that some parts in a row make."""
    pieces: list[Piece] = []
    characters: list[str] = []
    holes: set[int] = set()
    for part in parts:
        for character in part.text:
            if part.literal or character not in "*?":
                characters.append(character)
            elif character == "?":
                holes.add(len(characters))
                characters.append(character)
            else:
                pieces.append(Piece("".join(characters), frozenset(holes)))
                characters, holes = [], set()
    pieces.append(Piece("".join(characters), frozenset(holes)))
    return Glob(tuple(pieces))


@lru_cache(maxsize=4096)
def compile_glob(pattern: str) -> Glob:
    """The pattern that a text with wildcards stands for."""
    return compile_parts((Text(pattern),))


def split_at_colons(parts: Iterable[Text], count: int) -> list[list[Text]]:
    """Cuts a pattern at its first `count` colons, keeping which characters are literal."""
    segments: list[list[Text]] = [[]]
    for part in parts:
        rest = part.text
        while len(segments) <= count and ":" in rest:
            before, _, rest = rest.partition(":")
            segments[-1].append(Text(before, part.literal))
            segments.append([])
        segments[-1].append(Text(rest, part.literal))
    return segments
