"""Changing the names that resources of a snapshot know each other by, after some were found under former names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from rolecall.model.resource import PendingOperation, Resource
from rolecall.model.urn import URN, ProviderRef
from rolecall.state.errors import StateError

Renaming = Callable[[URN], URN]


def normalized(
    resources: Iterable[Resource], pending: Iterable[PendingOperation]
) -> tuple[tuple[Resource, ...], tuple[PendingOperation, ...]]:
    """Resources that refer to each other by present names only, and are known under no others.

    Where a resource was known under another URN in this run (`aliases`), everything that still refers to that follows.
    Raises StateError if two resources claim the same former URN.
    """
    resources, pending = tuple(resources), tuple(pending)
    renamed: dict[URN, URN] = {}
    for resource in resources:
        for alias in resource.aliases:
            if alias == resource.urn:
                continue
            if renamed.setdefault(alias, resource.urn) != resource.urn:
                raise StateError(
                    f"two resources ('{renamed[alias]}' and '{resource.urn}') aliased to the same: '{alias}'"
                )
    if not renamed:
        return tuple(_without_aliases(r) for r in resources), pending

    def now(urn: URN) -> URN:
        seen = {urn}
        while (following := renamed.get(urn)) is not None and following not in seen:
            seen.add(following)
            urn = following
        return urn

    return (
        tuple(_without_aliases(with_references(r, now)) for r in resources),
        tuple(replace(o, resource=_without_aliases(with_references(o.resource, now))) for o in pending),
    )


def _without_aliases(resource: Resource) -> Resource:
    return replace(resource, aliases=()) if resource.aliases else resource


def with_references(resource: Resource, renaming: Renaming) -> Resource:
    """The resource with every URN that it refers to (not its own) passed through `renaming`; itself if none changes."""
    changed: dict[str, object] = {}
    for name in ("parent", "deleted_with", "view_of"):
        urn = getattr(resource, name)
        if urn is not None and renaming(urn) != urn:
            changed[name] = renaming(urn)
    for name in ("dependencies", "replace_with"):
        urns = getattr(resource, name)
        if any(renaming(urn) != urn for urn in urns):
            changed[name] = tuple(dict.fromkeys(map(renaming, urns)))
    if any(renaming(urn) != urn for urns in resource.property_dependencies.values() for urn in urns):
        changed["property_dependencies"] = {
            name: tuple(dict.fromkeys(map(renaming, urns))) for name, urns in resource.property_dependencies.items()
        }
    if resource.provider is not None and renaming(resource.provider.urn) != resource.provider.urn:
        changed["provider"] = ProviderRef(renaming(resource.provider.urn), resource.provider.id)
    return replace(resource, **changed) if changed else resource  # type: ignore[arg-type]
