"""Moving resources between two stacks of a backend, both locked; the destination is written first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rolecall.errors import RolecallError
from rolecall.model.resource import Resource
from rolecall.model.stack_name import StackName
from rolecall.model.value import Map, Value, has_secrets, transform
from rolecall.secrets.sealer import Sealer
from rolecall.state.backend import Backend, Stored
from rolecall.state.errors import StateError
from rolecall.state.format import deployment_of, features_needed, snapshot_of
from rolecall.state.moving import Move, plan_move
from rolecall.state.recovery import holding
from rolecall.state.secrets_in_state import Keeper, Sealed
from rolecall.state.snapshot import SecretsProvider, Snapshot
from rolecall.state.soundness import check

if TYPE_CHECKING:
    from rolecall.api.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """A move that is worked out and not done yet; `perform` does it, while both stacks are held."""

    move: Move
    perform: Callable[[], None]


@contextmanager
def planned_move(
    workspace: Workspace, source: StackName, target: StackName, urns: Collection[str], *, include_parents: bool
) -> Iterator[PlannedMove]:
    """Works a move out and holds both stacks meanwhile. Raises StateError, Locked, SnapshotIntegrityError."""
    backend = workspace.backend
    if source == target:
        raise StateError("the source and the destination of a move must be different stacks")
    with holding(backend, source), holding(backend, target):
        here, there = backend.require(source), backend.require(target)
        before = snapshot_of(there.checkpoint.latest or {}, Keeper())
        present = snapshot_of(here.checkpoint.latest or {}, Keeper())
        check(before)
        check(present)
        move = plan_move(present, before, target, urns, include_parents=include_parents)

        def perform() -> None:
            check(move.destination)
            check(move.source)
            destination = _resealed(workspace, move, before, source, target)
            written = _save(backend, target, there, destination)
            try:
                _save(backend, source, here, move.source)
            except RolecallError:
                _save(backend, target, written, before)
                raise

        yield PlannedMove(move, perform)


def _save(backend: Backend, name: StackName, stored: Stored, snapshot: Snapshot) -> Stored:
    deployment = deployment_of(snapshot, Keeper())
    checkpoint = stored.checkpoint.with_deployment(deployment, features_needed(snapshot))
    return backend.save(name, replace(checkpoint, stack=str(name)), replacing=stored)


def _resealed(workspace: Workspace, move: Move, before: Snapshot, source: StackName, target: StackName) -> Snapshot:
    """The destination with secrets of what was moved sealed with its own key."""
    ours, theirs = move.source.secrets_provider, move.destination.secrets_provider
    old = {id(r) for r in before.resources}
    added = {id(r) for r in move.destination.resources} - old
    if ours is None or ours == theirs or not any(_has_secrets(r) for r in move.destination.resources if id(r) in added):
        return move.destination
    opener = workspace.stack(source).open_state(ours.type, ours.state or {})
    if theirs is not None:
        sealer: Sealer = workspace.stack(target).open_state(theirs.type, theirs.state or {})
    elif workspace.project is not None and workspace.project.name == target.project:
        sealer = workspace.stack(target).unlocked()
    else:
        raise StateError(
            "destination stack has no secret manager. To move resources either initialize the stack with a secret "
            "manager, or run the pulumi state move command from the destination project directory"
        )

    def change(value: Value) -> Value:
        return Sealed(sealer.encrypt(opener.decrypt(value))) if isinstance(value, Sealed) else value

    resources = tuple(_changed(r, change) if id(r) in added else r for r in move.destination.resources)
    provider = SecretsProvider(sealer.type, dict(sealer.state))
    return replace(move.destination, resources=resources, secrets_provider=provider)


def _has_secrets(resource: Resource) -> bool:
    return any(has_secrets(v) for v in (resource.inputs, resource.outputs, resource.replacement_trigger))


def _changed(resource: Resource, change: Callable[[Value], Value]) -> Resource:
    def map_of(values: Map) -> Map:
        return Map({name: transform(value, change) for name, value in values.items()})

    return replace(
        resource,
        inputs=map_of(resource.inputs),
        outputs=map_of(resource.outputs),
        replacement_trigger=transform(resource.replacement_trigger, change),
    )
