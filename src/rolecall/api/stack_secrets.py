"""Sealing all of a stack's secrets, in its settings and in its state, with another key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rolecall.model.encoding import SECRET, SIGNATURE
from rolecall.model.stack_name import StackName
from rolecall.project import values
from rolecall.project.values import ConfigValue
from rolecall.secrets import passphrase
from rolecall.secrets.sealer import Sealer
from rolecall.state.format import Checkpoint
from rolecall.state.recovery import holding

if TYPE_CHECKING:
    from rolecall.api.workspace import Workspace


def change_passphrase(workspace: Workspace, name: StackName, text: str) -> None:
    """Gives a stack a new key, made from a passphrase (which may be the old one: the key is another all the same).

    Nothing is written before everything could be opened. Raises SecretsError, Locked, NoSuchStack.
    """
    backend = workspace.backend
    stack = workspace.stack(name)
    new = passphrase.create(text)
    with holding(backend, name):
        stored = backend.require(name)
        checkpoint = _resealed_state(stored.checkpoint, workspace, name, new)
        config: dict[Any, ConfigValue] = {
            key: values.resealed(value, stack.unlocked().decrypt, new.encrypt) if values.is_secret(value) else value
            for key, value in stack.settings.config.items()
        }
        backend.save(name, checkpoint, replacing=stored)
        for key, value in config.items():
            stack.settings.set(key, value)
        stack.settings.secrets_provider = ""
        stack.settings.encrypted_key = ""
        stack.settings.salt = new.salt
        stack.save()


def _resealed_state(checkpoint: Checkpoint, workspace: Workspace, name: StackName, new: Sealer) -> Checkpoint:
    if checkpoint.latest is None:
        return checkpoint
    provider = checkpoint.secrets_provider
    latest: dict[str, Any] = checkpoint.latest
    if provider is not None:
        old = workspace.stack(name).open_state(provider.type, provider.state or {})
        latest = _resealed(latest, old, new)
    return replace(checkpoint, latest={**latest, "secrets_providers": {"type": new.type, "state": dict(new.state)}})


def _resealed(data: Any, old: Sealer, new: Sealer) -> Any:
    if isinstance(data, Mapping):
        if data.get(SIGNATURE) == SECRET and data.get("ciphertext"):
            return {SIGNATURE: SECRET, "ciphertext": new.encrypt(old.decrypt(data["ciphertext"]))}
        return {key: _resealed(value, old, new) for key, value in data.items()}
    return [_resealed(value, old, new) for value in data] if isinstance(data, list) else data
