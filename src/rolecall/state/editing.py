"""Editing a snapshot by hand: forgetting, renaming and flagging resources, as values. Nothing in the cloud changes."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from rolecall.model.resource import Resource
from rolecall.model.urn import URN
from rolecall.state.errors import StateError
from rolecall.state.rewriting import with_references
from rolecall.state.snapshot import Snapshot

Flag = Literal["protect", "taint"]


class NoSuchResource(StateError):
    """The state has no resource of that URN; some with similar names are proposed."""

    exit_code = 1

    def __init__(self, urn: str, similar: Iterable[str]) -> None:
        proposals = "".join(f"\n  - {other}" for other in similar)
        super().__init__(
            f'No such resource "{urn}" exists in the current state',
            detail=f"Did you mean:{proposals}" if proposals else "",
            hint="To list the resource URNs in the stack, run `pulumi stack --show-urns`; to inspect the full state, "
            "run `pulumi stack export`.",
        )


class AmbiguousResource(StateError):
    """Several entries of the state have that URN: old copies of a replaced resource, still to be deleted."""

    def __init__(self, urn: str, ids: Iterable[str]) -> None:
        listed = "".join(f"\n  - {id_}" for id_ in ids)
        super().__init__(f"Resource URN {urn} ambiguously referred to multiple resources, with the ids:{listed}")


class StillNeeded(StateError):
    """Other resources depend on one that is to be forgotten."""

    def __init__(self, urn: URN, dependents: Iterable[Resource]) -> None:
        lines = "".join(f" * {_quoted(r.urn.name):<15} ({r.urn})\n" for r in dependents)
        super().__init__(
            f"{urn} can't be safely deleted because the following resources depend on it:\n{lines}\n"
            "Delete those resources first or pass --target-dependents."
        )


class Protected(StateError):
    """A resource that is to be forgotten is protected."""

    def __init__(self, urn: URN) -> None:
        super().__init__(
            f"{urn} can't be safely deleted because it is protected. Re-run this command with --force to force deletion"
        )


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A snapshot without some resources. `protected`: those of them that were protected."""

    snapshot: Snapshot
    resources: tuple[Resource, ...]

    @property
    def protected(self) -> list[Resource]:
        return [resource for resource in self.resources if resource.protect]


def find(snapshot: Snapshot, urn: str, *, live: bool = False) -> Resource:
    """The resource of a URN; with `live`, not one that only waits for deletion.

    Raises NoSuchResource, AmbiguousResource.
    """
    found = [r for r in snapshot.resources if r.urn == urn and not (live and r.delete)]
    if not found:
        raise NoSuchResource(urn, _similar(snapshot, URN(urn)))
    if len(found) > 1:
        raise AmbiguousResource(urn, [r.id for r in found])
    return found[0]


def _similar(snapshot: Snapshot, urn: URN) -> list[URN]:
    by_name = {r.urn.name: r.urn for r in snapshot.resources if r.urn != urn}
    return [by_name[name] for name in difflib.get_close_matches(urn.name, by_name, 3, 0.6)]


def forget(snapshot: Snapshot, urns: Iterable[str], *, force: bool, dependents: bool) -> Forgotten:
    """Leaves resources out. `force`: protected ones, too; `dependents`: also what depends on them.

    Raises NoSuchResource, AmbiguousResource, Protected, StillNeeded.
    """
    targets = [find(snapshot, urn) for urn in urns]
    gone = [r for r in snapshot.resources if any(r is target for target in targets)]
    if dependents:
        gone = _with_dependents(snapshot, gone)
    for resource in gone:
        if resource.protect and not force:
            raise Protected(resource.urn)
    rest = [r for r in snapshot.resources if not any(r is other for other in gone)]
    still_there = {r.urn for r in rest}
    for resource in reversed(gone):
        needing = [] if resource.urn in still_there else [r for r in rest if resource.urn in references(r)]
        if needing:
            raise StillNeeded(resource.urn, needing)
    return Forgotten(replace(snapshot, resources=tuple(rest)), tuple(gone))


def forget_all(snapshot: Snapshot, *, force: bool) -> Forgotten:
    """Leaves all resources out. Raises Protected unless forced."""
    protected = next((r for r in snapshot.resources if r.protect), None)
    if protected is not None and not force:
        raise Protected(protected.urn)
    return Forgotten(replace(snapshot, resources=()), snapshot.resources)


def _with_dependents(snapshot: Snapshot, gone: list[Resource]) -> list[Resource]:
    urns = {r.urn for r in gone}
    result = []
    for resource in snapshot.resources:  # in order: what refers to something comes after it
        if any(resource is r for r in gone) or urns & references(resource):
            urns.add(resource.urn)
            result.append(resource)
    return result


def references(resource: Resource) -> frozenset[URN]:
    """Everything that a resource needs in the snapshot before it."""
    return frozenset(_references(resource))


def _references(resource: Resource) -> Iterator[URN]:
    yield from resource.dependencies
    yield from resource.replace_with
    for urns in resource.property_dependencies.values():
        yield from urns
    for urn in (resource.parent, resource.deleted_with):
        if urn is not None:
            yield urn
    if resource.provider is not None:
        yield resource.provider.urn


def flag(snapshot: Snapshot, urns: Collection[str] | None, name: Flag, value: bool) -> Snapshot:
    """Sets a flag of some resources, or with None of all. Old copies that wait for deletion are left alone.

    Raises NoSuchResource.
    """
    targets = None if urns is None else {find(snapshot, urn, live=True).urn for urn in urns}

    def changed(resource: Resource) -> Resource:
        chosen = not resource.delete and (targets is None or resource.urn in targets)
        if not chosen:
            return resource
        return replace(resource, protect=value) if name == "protect" else replace(resource, taint=value)

    return replace(snapshot, resources=tuple(map(changed, snapshot.resources)))


def rename(snapshot: Snapshot, urn: str, name: str) -> Snapshot:
    """Gives a resource another name, everywhere. Raises NoSuchResource, and StateError if that URN is taken."""
    old = find(snapshot, urn, live=True).urn
    new = URN(f"{old[: len(old) - len(old.name)]}{name}")
    if any(r.urn == new for r in snapshot.resources):
        raise StateError(f"a resource with the URN {new} exists already")

    def now(other: URN) -> URN:
        return new if other == old else other

    def renamed(resource: Resource) -> Resource:
        if resource.urn == old:
            return replace(with_references(resource, now), urn=new)
        rewritten = with_references(resource, now)
        if rewritten is resource:
            return resource
        # Pulumi rebuilds these maps as it rewrites a resource, and leaves empty entries out.
        kept = {key: urns for key, urns in rewritten.property_dependencies.items() if urns}
        return replace(rewritten, property_dependencies=kept)

    pending = tuple(replace(o, resource=renamed(o.resource)) for o in snapshot.pending)
    return replace(snapshot, resources=tuple(map(renamed, snapshot.resources)), pending=pending)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
