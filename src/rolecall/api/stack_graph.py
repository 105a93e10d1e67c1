"""The resources of a stack as its dependency graph needs them."""

from __future__ import annotations

from rolecall.model.resource import Resource
from rolecall.model.stack_name import StackName
from rolecall.state.backend import Backend
from rolecall.state.format import snapshot_of
from rolecall.state.reading import read_stored
from rolecall.state.secrets_in_state import Keeper


def resources_of(backend: Backend, name: StackName) -> tuple[Resource, ...]:
    """The resources of a stack, secrets left sealed. Raises NoSuchStack, CorruptState."""
    return snapshot_of(read_stored(backend, name).checkpoint.latest or {}, Keeper()).resources
