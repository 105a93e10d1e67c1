"""Moving resources from one stack's snapshot to another's, as values: what moves, what comes along, what breaks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from rolecall.model.resource import Resource
from rolecall.model.stack_name import StackName
from rolecall.model.urn import STACK_TYPE, URN, ProviderRef
from rolecall.state.errors import StateError
from rolecall.state.rewriting import with_references
from rolecall.state.snapshot import Manifest, Snapshot


@dataclass(frozen=True, slots=True)
class Move:
    """The two snapshots after a move. `moved`: what moves, under its former URNs, in order.

    `broken_left` and `broken_moved`: references that do not survive, of what stays and of what moves, in words.
    `unknown`: URNs that were given and are not there.
    """

    source: Snapshot
    destination: Snapshot
    moved: tuple[Resource, ...]
    broken_left: tuple[str, ...]
    broken_moved: tuple[str, ...]
    unknown: tuple[str, ...]


def plan_move(
    source: Snapshot, destination: Snapshot, target: StackName, urns: Collection[str], *, include_parents: bool = False
) -> Move:
    """Moves resources with everything below them. Providers are copied, not moved. Raises StateError."""
    moving = _chosen(source, urns, include_parents)
    moved = tuple(r for r in source.resources if r.urn in moving)
    left = tuple(r for r in source.resources if r.urn not in moving)
    staying = {r.urn for r in left}
    rewriter = _Rewriter(target, destination)
    rewriter.copy_providers([r for r in left if r.as_provider in {m.provider for m in moved if m.provider}], moving)
    broken_moved: list[str] = []
    for resource in moved:
        broken_moved += _broken(resource, staying)
        rewriter.take(_without(resource, staying), moving)
    return Move(
        source=replace(source, resources=tuple(_without(r, moving) for r in left), manifest=Manifest.now()),
        destination=replace(destination, resources=tuple(rewriter.resources), manifest=Manifest.now()),
        moved=moved,
        broken_left=tuple(line for r in left for line in _broken(r, moving)),
        broken_moved=tuple(broken_moved),
        unknown=tuple(urn for urn in urns if all(r.urn != urn for r in source.resources)),
    )


def _chosen(source: Snapshot, urns: Collection[str], include_parents: bool) -> set[URN]:
    by_urn = {r.urn: r for r in source.resources}
    chosen = {URN(urn) for urn in urns if urn in by_urn}
    if any(by_urn[urn].is_provider for urn in chosen):
        raise StateError(
            "cannot move providers. Only resources can be moved, and providers will be included automatically"
        )
    if not chosen:
        raise StateError("no resources found to move")
    if include_parents:
        for urn in tuple(chosen):
            parent = by_urn[urn].parent
            while parent is not None and parent in by_urn:
                chosen.add(parent)
                parent = by_urn[parent].parent
    for resource in source.resources:  # parents come before their children
        if resource.parent in chosen and not resource.is_provider:
            chosen.add(resource.urn)
    return {urn for urn in chosen if by_urn[urn].type != STACK_TYPE}


class _Rewriter:
    """The destination as it grows, and the names that things have there."""

    def __init__(self, target: StackName, destination: Snapshot) -> None:
        self.target = target
        self.resources = list(destination.resources)
        self.providers: dict[ProviderRef, ProviderRef] = {}
        root = destination.root
        if root is None:
            name = f"{target.project}-{target.stack}"
            root = Resource(URN.make(target.stack, target.project, None, STACK_TYPE, name), STACK_TYPE)
            self.resources.insert(0, root)
        self.root = root
        self._present = {r.urn: r for r in self.resources}

    def there(self, urn: URN) -> URN:
        name = self.root.urn.name if urn.type == STACK_TYPE else urn.name
        return URN(f"urn:pulumi:{self.target.stack}::{self.target.project}::{urn.qualified_type}::{name}")

    def copy_providers(self, providers: Collection[Resource], moving: Collection[URN]) -> None:
        for provider in providers:
            copied = self._moved(provider, moving)
            present = self._present.get(copied.urn)
            if present is None:
                self._add(copied)
            elif present.id != copied.id and present.inputs != copied.inputs:
                raise StateError(f"provider {copied.urn} already exists in destination stack")
            self.providers[provider.as_provider] = (present or copied).as_provider

    def take(self, resource: Resource, moving: Collection[URN]) -> None:
        moved = self._moved(resource, moving)
        if moved.urn in self._present:
            raise StateError(f"resource {moved.urn} already exists in destination stack")
        provider = self.providers.get(resource.provider) if resource.provider else None
        self._add(replace(moved, provider=provider) if provider else moved)

    def _moved(self, resource: Resource, moving: Collection[URN]) -> Resource:
        parent = self.there(resource.parent) if resource.parent in moving and resource.parent else self.root.urn
        return replace(with_references(resource, self.there), urn=self.there(resource.urn), parent=parent)

    def _add(self, resource: Resource) -> None:
        self.resources.append(resource)
        self._present.setdefault(resource.urn, resource)


def _without(resource: Resource, gone: Collection[URN]) -> Resource:
    """The resource without references into the other stack (but for parent and provider, which are seen to)."""
    return replace(
        resource,
        dependencies=tuple(u for u in resource.dependencies if u not in gone),
        property_dependencies={
            key: kept
            for key, urns in resource.property_dependencies.items()
            if (kept := tuple(u for u in urns if u not in gone))
        },
        deleted_with=None if resource.deleted_with in gone else resource.deleted_with,
        replace_with=tuple(u for u in resource.replace_with if u not in gone),
    )


def _broken(resource: Resource, gone: Collection[URN]) -> Iterator[str]:
    for urn in resource.dependencies:
        if urn in gone:
            yield f"{resource.urn} has a dependency on {urn}"
    for key, urns in resource.property_dependencies.items():
        for urn in urns:
            if urn in gone:
                yield f"{resource.urn} ({key}) has a property dependency on {urn}"
    if resource.deleted_with in gone:
        yield f"{resource.urn} is marked as deleted with {resource.deleted_with}"
    for urn in resource.replace_with:
        if urn in gone:
            yield f"{resource.urn} is marked as replaced with {urn}"
