"""Reading the state of a stack as it is now: with what an interrupted run had done, where that can be recovered."""

from __future__ import annotations

from rolecall.model.stack_name import StackName
from rolecall.state import layout
from rolecall.state.backend import Backend, Stored
from rolecall.state.errors import CorruptState, UnsupportedState


def read_stored(backend: Backend, name: StackName) -> Stored:
    """The stored state of a stack, after recovery where that is needed and nobody else is at it.

    Raises NoSuchStack, CorruptState, UnsupportedState.
    """
    if backend.store.list(layout.journals(name)):
        from rolecall.state.recovery import recover_if_dead  # noqa: PLC0415 - nearly never needed

        recover_if_dead(backend, name)
    try:
        return backend.require(name)
    except (CorruptState, UnsupportedState) as error:
        error.args = (f"failed to load checkpoint: {error.summary}",)
        error.summary = error.args[0]
        raise
