"""The resources of a run: those the stack had, those it has now, and the places of both in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rolecall.engine.graph import Graph
from rolecall.model.resource import Resource
from rolecall.model.urn import URN


@dataclass(slots=True, eq=False)
class Held:
    """One entry that the stack holds. `index`: its place among the base entries, or with `is_new` among those added
    in this run. `gone`: superseded or deleted."""

    index: int
    state: Resource
    is_new: bool = False
    gone: bool = False
    deleted_first: bool = False
    """Deleted in this run before its replacement exists, or because what it depends on was."""


class Holdings:
    """What the stack had (`base`) and what this run added (`added`), kept as the journal keeps them."""

    def __init__(self, base: Iterable[Resource]) -> None:
        self.added: list[Held] = []
        self.news: dict[URN, Held] = {}
        self._followers: dict[URN, list[Held]] = {}
        self.rebase(base)

    def rebase(self, base: Iterable[Resource]) -> None:
        """Start from other base entries, as a refresh found them."""
        self.base = [Held(index, state) for index, state in enumerate(base)]
        self.olds = {held.state.urn: held for held in self.base if not held.state.delete}
        self._graph: Graph | None = None
        self._followers.clear()
        for held in self.olds.values():
            self._note_leaders(held)

    def _note_leaders(self, held: Held) -> None:
        leaders = {*held.state.replace_with, *([held.state.deleted_with] if held.state.deleted_with else [])}
        for urn in leaders:
            self._followers.setdefault(urn, []).append(held)

    def followers(self, urn: URN) -> list[Held]:
        """Who asks to be replaced or deleted with `urn`, those of this run first; a URN may appear twice."""
        return sorted(
            (held for held in self._followers.get(urn, ()) if not held.gone), key=lambda held: not held.is_new
        )

    @property
    def graph(self) -> Graph:
        """The dependencies among the base entries; positions are their indices."""
        if self._graph is None:
            self._graph = Graph([held.state for held in self.base])
        return self._graph

    def add(self, state: Resource) -> Held:
        """Append a resource of this run. `aliases` have done their work for us; the journal still needs them."""
        held = Held(len(self.added), state, is_new=True)
        self.added.append(held)
        self.news[state.urn] = held
        self._note_leaders(held)
        return held

    def mark(self, held: Held, **changes: object) -> Resource:
        """Change an entry in place and say what it is now."""
        held.state = replace(held.state, **changes)  # type: ignore[arg-type]
        return held.state

    def current(self, urn: URN) -> Held | None:
        """The entry of a URN, new before old."""
        return self.news.get(urn) or self.olds.get(urn)

    def entries(self) -> Iterator[Held]:
        """All that is held now, in snapshot order."""
        yield from (held for held in self.added if not held.gone)
        yield from (held for held in self.base if not held.gone)
