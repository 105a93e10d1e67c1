"""Editing the state of a stack in place, under its lock."""

from __future__ import annotations

from dataclasses import replace

from rolecall.model.stack_name import StackName
from rolecall.state.backend import Backend
from rolecall.state.format import deployment_of, features_needed, snapshot_of
from rolecall.state.recovery import holding
from rolecall.state.repair import repaired
from rolecall.state.secrets_in_state import Keeper


def repair(backend: Backend, name: StackName) -> bool:
    """Restores order in a state and drops references to what is not there; False if it was sound already.

    Secrets stay sealed as they are. Raises SnapshotIntegrityError for what cannot be mended, CorruptState, Locked.
    """
    with holding(backend, name):
        stored = backend.require(name)
        keeper = Keeper()
        result = repaired(snapshot_of(stored.checkpoint.latest or {}, keeper))
        if result is None:
            return False
        checkpoint = stored.checkpoint.with_deployment(deployment_of(result, keeper), features_needed(result))
        backend.save(name, replace(checkpoint, stack=str(name)), replacing=stored)
        return True
