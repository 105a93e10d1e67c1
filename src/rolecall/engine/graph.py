"""Who depends on whom, in a list of resources whose order is a topological order.

A reference by URN means the nearest earlier entry of that URN: while old copies wait for their deletion, one URN can
name several.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from rolecall.model.resource import Resource
from rolecall.model.urn import URN


def references(resource: Resource) -> Iterator[URN]:
    """Every URN that a resource refers to, with repetitions: its provider first, then parent and dependencies."""
    if resource.provider is not None:
        yield resource.provider.urn
    if resource.parent:
        yield resource.parent
    yield from resource.dependencies
    for urns in resource.property_dependencies.values():
        yield from urns
    if resource.deleted_with:
        yield resource.deleted_with
    yield from resource.replace_with


class Graph:
    """The dependencies among `resources`, by their positions in the list."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.resources = resources
        self._at: dict[URN, list[int]] = {}
        self._children: dict[URN, list[int]] = {}
        self._users: dict[URN, list[int]] = {}
        for position, resource in enumerate(resources):
            self._at.setdefault(resource.urn, []).append(position)
            if resource.parent:
                self._children.setdefault(resource.parent, []).append(position)
            for urn in set(references(resource)):
                self._users.setdefault(urn, []).append(position)

    def positions(self, urn: URN) -> Sequence[int]:
        """Where entries of that URN stand."""
        return self._at.get(urn, ())

    def dependencies(self, position: int) -> set[int]:
        """What one needs directly: all earlier entries of the URNs that it names (of one URN there can be several).

        A component that is named other than as parent stands for itself and for all below it that came earlier:
        users of a remote component do not name the children that really serve them.
        """
        resource = self.resources[position]
        found: set[int] = set()
        for urn in set(references(resource)):
            for other in self._at.get(urn, ()):
                if other >= position:
                    break
                found.add(other)
                if not self.resources[other].custom and _is_more_than_parent(resource, urn):
                    found.update(p for p in self._below(other) if p < position)
        return found

    def _below(self, position: int) -> Iterator[int]:
        waiting = list(self._children.get(self.resources[position].urn, ()))
        while waiting:
            child = waiting.pop()
            yield child
            waiting.extend(self._children.get(self.resources[child].urn, ()))

    def dependents(self, position: int, skip: Container[URN] = (), *, children: bool = False) -> list[int]:
        """All later ones that depend on one, however far, in list order; children only when asked for.

        Those whose URN is in `skip`, and what only they lead to, are left out.
        """
        found: set[int] = set()
        waiting = [position]
        while waiting:
            reached = waiting.pop()
            urn = self.resources[reached].urn
            for user in self._users.get(urn, ()):
                if user <= reached or user in found or self.resources[user].urn in skip:
                    continue
                if children or _is_more_than_parent(self.resources[user], urn):
                    found.add(user)
                    waiting.append(user)
        return sorted(found)


def _is_more_than_parent(resource: Resource, urn: URN) -> bool:
    return (
        urn != resource.parent
        or urn in resource.dependencies
        or any(urn in urns for urns in resource.property_dependencies.values())
        or resource.deleted_with == urn
        or urn in resource.replace_with
    )


def layers(graph: Graph, condemned: Iterable[int]) -> list[list[int]]:
    """Those to delete in layers, dependents first; within a layer nothing depends on anything.

    The depth of each is one more than that of the deepest thing it needs; the deepest go first. (Pulumi peels in the
    same way, from the side of what needs nothing.)
    """
    chosen = set(condemned)
    depth: dict[int, int] = {}
    for position in sorted(chosen):
        below = [depth[other] for other in graph.dependencies(position) & chosen if other in depth]
        depth[position] = 1 + max(below, default=-1)
    peeled: list[list[int]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    for position, level in depth.items():
        peeled[level].append(position)
    return peeled[::-1]
