"""A stack's state out of the backend and into it: `stack export` and `stack import`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rolecall.errors import RolecallError
from rolecall.model.stack_name import StackName
from rolecall.secrets.sealer import Sealer, SecretsError
from rolecall.state.backend import Backend
from rolecall.state.errors import CorruptState, NoSuchStack, StateError
from rolecall.state.format import Checkpoint, deployment_of, export_of, features_needed, read_export, snapshot_of
from rolecall.state.reading import read_stored
from rolecall.state.recovery import holding
from rolecall.state.secrets_in_state import Keeper, has_secret_envelopes, shown
from rolecall.state.snapshot import Snapshot
from rolecall.state.soundness import first_problem

OpenState = Callable[[str, Mapping[str, Any]], Sealer]


class DangerousImport(RolecallError):
    """A file that may be imported only by force. `problems`: each reason in one sentence."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        reasons = [*problems, "importing this file could be dangerous; rerun with --force to proceed anyway"]
        lines = "".join(f"\n    {number}) {reason}" for number, reason in enumerate(reasons, 1))
        super().__init__(f"{len(reasons)} errors occurred:{lines}")


def export_stack(backend: Backend, name: StackName, open_state: OpenState | None = None) -> dict[str, Any]:
    """The deployment of a stack as plain data, exactly as stored. With `open_state` secrets are in the open.

    Raises NoSuchStack, CorruptState, StateError when a secret cannot be opened.
    """
    checkpoint = read_stored(backend, name).checkpoint
    if open_state is not None and checkpoint.latest is not None:
        provider = checkpoint.secrets_provider
        if provider is not None and has_secret_envelopes(checkpoint.latest):
            try:
                opened = shown(checkpoint.latest, open_state(provider.type, provider.state or {}))
            except SecretsError as error:
                raise StateError(f"could not deserialize deployment: {error.summary}", hint=error.hint) from error
            checkpoint = replace(checkpoint, latest=opened)
    return export_of(replace(checkpoint, outer={}))


def import_stack(
    backend: Backend,
    name: StackName,
    data: bytes,
    open_state: OpenState,
    *,
    force: bool = False,
    warn: Callable[[str], None],
) -> None:
    """Makes an exported deployment the state of a stack. Secrets in the open are sealed with the file's own key.

    Interrupted operations are dropped, each with a warning. Raises CorruptState, UnsupportedState, NoSuchStack, Locked,
    and DangerousImport unless forced (then its reasons are warnings).
    """
    exported = read_export(data)
    keeper = Keeper()
    snapshot = snapshot_of(exported.latest or {}, keeper)
    problems = [
        f"resource '{r.urn}' is from a different stack ({r.urn.stack} != {name.stack})"
        for r in snapshot.resources
        if r.urn.stack != name.stack
    ]
    unsound = first_problem(snapshot)
    if unsound:
        problems.append(f"state file contains errors: {unsound}")
    if problems and not force:
        raise DangerousImport(problems)
    for problem in problems:
        warn(problem)
    for operation in snapshot.pending:
        warn(f"removing pending operation '{operation.kind}' on '{operation.resource.urn}' from snapshot")
    _store(backend, name, replace(snapshot, pending=()), exported, open_state)


def _store(backend: Backend, name: StackName, snapshot: Snapshot, exported: Checkpoint, open_state: OpenState) -> None:
    provider = snapshot.secrets_provider
    if provider is None and has_secret_envelopes(exported.latest):
        raise CorruptState(
            "the file holds secrets, but does not say what they are sealed with (it has no 'secrets_providers')",
            hint="export the stack again, or add the 'secrets_providers' of the stack that it came from",
        )
    sealer = open_state(provider.type, provider.state or {}) if provider else None
    deployment = deployment_of(snapshot, Keeper(sealer))
    with holding(backend, name):
        if not backend.exists(name):
            raise NoSuchStack(name.stack)
        checkpoint = Checkpoint(str(name)).with_deployment(deployment, features_needed(snapshot))
        backend.save(name, checkpoint)
