"""Editing the state of a stack in place: locked, checked before and after, secrets left sealed as they are."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from rolecall.api.stack_outputs import OpenState, reveal
from rolecall.model.json_text import indented
from rolecall.model.resource import Resource
from rolecall.model.stack_name import StackName
from rolecall.state import editing
from rolecall.state.backend import Backend
from rolecall.state.editing import Flag
from rolecall.state.errors import StateError
from rolecall.state.format import deployment_of, features_needed, snapshot_of
from rolecall.state.json_text import InvalidJSON, loads
from rolecall.state.reading import read_stored
from rolecall.state.recovery import holding
from rolecall.state.repair import repaired
from rolecall.state.secrets_in_state import Keeper, masked
from rolecall.state.snapshot import Snapshot
from rolecall.state.soundness import check

Edit = Callable[[Snapshot], Snapshot | None]


def repair(backend: Backend, name: StackName) -> bool:
    """Restores order in a state and drops references to what is not there; False if it was sound already.

    Raises SnapshotIntegrityError for what cannot be mended, CorruptState, Locked.
    """
    return _edit(backend, name, repaired, check_integrity=False)


def forget(
    backend: Backend,
    name: StackName,
    urns: Collection[str] | None,
    *,
    force: bool = False,
    dependents: bool = False,
    warn: Callable[[str], None],
    check_integrity: bool = True,
) -> int:
    """Leaves resources (None: all) out of a state, and returns how many. `warn` is told of protected ones.

    Raises what `state.editing.forget` raises.
    """
    done: list[Resource] = []

    def edit(snapshot: Snapshot) -> Snapshot:
        if urns is None:
            found = editing.forget_all(snapshot, force=force)
        else:
            found = editing.forget(snapshot, urns, force=force, dependents=dependents)
        for resource in found.protected:
            warn(f"deleting protected resource {resource.urn} due to presence of --force")
        done.extend(found.resources)
        return found.snapshot

    _edit(backend, name, edit, check_integrity=check_integrity)
    return len(done) if urns is None or dependents else len(urns)


def flag(
    backend: Backend,
    name: StackName,
    urns: Collection[str] | None,
    which: Flag,
    value: bool,
    *,
    check_integrity: bool = True,
) -> None:
    """Sets a flag of some resources, or with None of all. Raises NoSuchResource."""
    _edit(backend, name, lambda snapshot: editing.flag(snapshot, urns, which, value), check_integrity=check_integrity)


def rename(backend: Backend, name: StackName, urn: str, new: str, *, check_integrity: bool = True) -> None:
    """Gives a resource another name. Raises NoSuchResource, StateError."""
    _edit(backend, name, lambda snapshot: editing.rename(snapshot, urn, new), check_integrity=check_integrity)


def rewrite(backend: Backend, name: StackName, change: Callable[[str], str]) -> bool:
    """Has a state changed as text: the JSON of its deployment, secrets sealed. False if the text stays as it was.

    The stack is locked meanwhile. Raises CorruptState, SnapshotIntegrityError, and what `change` raises; then nothing
    is changed.
    """

    def edit(snapshot: Snapshot) -> Snapshot | None:
        before = indented(deployment_of(snapshot, Keeper()), indent=4, sort=False)
        after = change(before)
        if after == before:
            return None
        try:
            data = loads(after.encode("utf-8"))
        except InvalidJSON as error:
            raise StateError(f"the edited state is not JSON: {error}") from error
        if not isinstance(data, dict):
            raise StateError("the edited state is not a deployment: it must be a JSON object")
        return snapshot_of(data, Keeper())

    return _edit(backend, name, edit, check_integrity=True)


def entry(backend: Backend, name: StackName, urn_or_name: str, open_state: OpenState | None = None) -> dict[str, Any]:
    """The entry of one resource as plain data, secrets masked, or with `open_state` in the open.

    Raises NoSuchResource, AmbiguousResource, and what opening a secret raises.
    """
    checkpoint = read_stored(backend, name).checkpoint
    snapshot = snapshot_of(checkpoint.latest or {}, Keeper())
    named = [r for r in snapshot.resources if r.urn.name == urn_or_name and not r.delete]
    wanted = named[0].urn if len(named) == 1 else urn_or_name
    found = editing.find(snapshot, wanted)
    index = next(i for i, r in enumerate(snapshot.resources) if r is found)
    raw = checkpoint.resources[index]
    data: dict[str, Any] = masked(raw) if open_state is None else reveal(checkpoint, raw, open_state)
    return data


def _edit(backend: Backend, name: StackName, edit: Edit, *, check_integrity: bool) -> bool:
    with holding(backend, name):
        stored = backend.require(name)
        keeper = Keeper()
        before = snapshot_of(stored.checkpoint.latest or {}, keeper)
        if check_integrity:
            check(before)
        after = edit(before)
        if after is None:
            return False
        if check_integrity:
            check(after)
        checkpoint = stored.checkpoint.with_deployment(deployment_of(after, keeper), features_needed(after))
        backend.save(name, replace(checkpoint, stack=str(name)), replacing=stored)
        return True
