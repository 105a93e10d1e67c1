"""Mending a snapshot that is not sound: order restored, references to what does not exist dropped."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace

from rolecall.model.resource import Resource
from rolecall.model.urn import STACK_TYPE, URN
from rolecall.state.rewriting import with_references
from rolecall.state.snapshot import Manifest, Snapshot
from rolecall.state.soundness import SnapshotIntegrityError, first_problem


def repaired(snapshot: Snapshot) -> Snapshot | None:
    """The snapshot as it should be; None if it is sound already.

    Raises SnapshotIntegrityError when something is wrong that cannot be mended without guessing.
    """
    if not first_problem(snapshot):
        return None
    present = {r.urn for r in snapshot.resources}
    pruned = _without_dangling_parents([_pruned(r, present) for r in snapshot.resources])
    metadata = {k: v for k, v in snapshot.metadata.items() if k != "integrity_error"}
    result = replace(snapshot, resources=tuple(_sorted(pruned)), metadata=metadata, manifest=Manifest.now())
    problem = first_problem(result)
    if problem:
        raise SnapshotIntegrityError(f"the state cannot be repaired: {problem}", reading=True)
    return result


def _pruned(resource: Resource, present: Container[URN | None]) -> Resource:
    return replace(
        resource,
        dependencies=tuple(urn for urn in resource.dependencies if urn in present),
        property_dependencies={
            name: kept
            for name, urns in resource.property_dependencies.items()
            if (kept := tuple(urn for urn in urns if urn in present))
        },
        deleted_with=resource.deleted_with if resource.deleted_with in present else None,
        replace_with=tuple(urn for urn in resource.replace_with if urn in present),
    )


def _without_dangling_parents(resources: list[Resource]) -> list[Resource]:
    """Children of nobody become children of nobody by name, too: a URN tells the types of the parents."""
    present = {r.urn for r in resources}
    renamed: dict[URN, URN] = {}
    result = []
    for resource in resources:
        if resource.parent is not None and resource.parent not in present:
            orphan = replace(resource, parent=None)
            renamed[resource.urn] = _named(orphan, None)
            resource = orphan
        elif resource.parent in renamed:
            renamed[resource.urn] = _named(resource, renamed[resource.parent])
        result.append(resource)
    if not renamed:
        return resources

    def now(urn: URN) -> URN:
        return renamed.get(urn, urn)

    return [replace(with_references(r, now), urn=now(r.urn)) for r in result]


def _named(resource: Resource, parent: URN | None) -> URN:
    urn = resource.urn
    if parent is not None and parent.type == STACK_TYPE:
        parent = None
    return URN.make(urn.stack, urn.project, parent, urn.type, urn.name)


def _sorted(resources: list[Resource]) -> Iterator[Resource]:
    """Topological order, otherwise as it was. Old copies of replaced resources follow what they refer to, too."""
    by_urn: dict[URN, list[int]] = {}
    for index, resource in enumerate(resources):
        by_urn.setdefault(resource.urn, []).append(index)
    done: set[int] = set()

    def visit(start: int) -> Iterator[Resource]:
        stack: list[tuple[int, Iterator[int]]] = [(start, _needed(resources[start], by_urn))]
        open_: set[int] = {start}
        while stack:
            index, needed = stack[-1]
            following = next((n for n in needed if n not in done and n not in open_), None)
            if following is not None:
                open_.add(following)
                stack.append((following, _needed(resources[following], by_urn)))
                continue
            stack.pop()
            done.add(index)
            yield resources[index]

    for index in range(len(resources)):
        if index not in done:
            yield from visit(index)


def _needed(resource: Resource, by_urn: dict[URN, list[int]]) -> Iterator[int]:
    urns: list[URN] = [resource.provider.urn] if resource.provider is not None else []
    urns += [urn for urn in (resource.parent, resource.deleted_with) if urn is not None]
    urns += [*resource.dependencies, *resource.replace_with]
    urns += [urn for listed in resource.property_dependencies.values() for urn in listed]
    for urn in urns:
        yield from by_urn.get(urn, ())
