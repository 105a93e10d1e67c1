"""The outputs of a stack, read from its state without loading more than that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rolecall.errors import RolecallError
from rolecall.model.encoding import MalformedValue
from rolecall.model.stack_name import InvalidName, StackName
from rolecall.model.urn import STACK_TYPE
from rolecall.model.value import Map, has_secrets
from rolecall.secrets.sealer import Sealer
from rolecall.state.backend import Backend
from rolecall.state.errors import CorruptState, NoSuchStack
from rolecall.state.format import Checkpoint
from rolecall.state.reading import read_stored
from rolecall.state.secrets_in_state import Keeper, masked, revealed

OpenState = Callable[[str, Mapping[str, Any]], Sealer]


class NoSuchOutput(RolecallError):
    """The stack has no output of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"current stack does not have output property '{name}'")


def output_data(backend: Backend, name: StackName, open_state: OpenState | None = None) -> dict[str, Any]:
    """The outputs as plain data, sorted by name. With `open_state` secrets are shown, else they read `[secret]`.

    Raises NoSuchStack, CorruptState, and what opening a secret raises.
    """
    checkpoint = read_stored(backend, name).checkpoint
    outputs = raw_outputs(checkpoint)
    return dict(sorted((masked(outputs) if open_state is None else reveal(checkpoint, outputs, open_state)).items()))


def reveal(checkpoint: Checkpoint, data: Any, open_state: OpenState) -> Any:
    """Plain data of a state with its secrets opened."""
    sealer: list[Sealer] = []

    def decrypt(ciphertext: str) -> str:
        if not sealer:
            sealer.append(_sealer_of(checkpoint, open_state))
        return sealer[0].decrypt(ciphertext)

    try:
        return revealed(data, decrypt)
    except MalformedValue as error:
        raise CorruptState(f"a secret of the state cannot be read: {error}") from error


def raw_outputs(checkpoint: Checkpoint) -> dict[str, Any]:
    """The outputs as the state has them."""
    for resource in checkpoint.resources:
        if resource.get("type") == STACK_TYPE and not resource.get("delete"):
            return resource.get("outputs") or {}
    return {}


def stack_outputs(backend: Backend, text: str, open_state: OpenState) -> tuple[Map, list[str]]:
    """The outputs of a stack that a program refers to by its full name, and which of them hold secrets.

    Raises RolecallError for a bad name or a stack that does not exist, CorruptState, and what opening a secret raises.
    """
    try:
        name = StackName.parse(text)
    except InvalidName as error:
        raise RolecallError(str(error)) from error
    try:
        checkpoint = read_stored(backend, name).checkpoint
    except NoSuchStack as error:
        raise RolecallError(f'unknown stack "{text}"') from error
    provider = checkpoint.secrets_provider
    keeper = Keeper(open_state(provider.type, provider.state or {}) if provider else None)
    try:
        outputs = keeper.decoder((str(name), "outputs")).decode_map(raw_outputs(checkpoint))
    except MalformedValue as error:
        raise CorruptState(f"an output of stack {name} cannot be read: {error}") from error
    return outputs, sorted(key for key, value in outputs.items() if has_secrets(value))


def _sealer_of(checkpoint: Checkpoint, open_state: OpenState) -> Sealer:
    provider = checkpoint.secrets_provider
    if provider is None:
        raise CorruptState("the state has secrets, but does not say what they are sealed with")
    return open_state(provider.type, provider.state or {})
