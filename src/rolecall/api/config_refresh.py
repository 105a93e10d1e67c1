"""Restoring a stack's settings from what its last update was run with."""

from __future__ import annotations

import shutil
from pathlib import Path

from rolecall.api.config import ConfigError
from rolecall.api.stack_workspace import StackWorkspace
from rolecall.api.workspace import Workspace
from rolecall.model.stack_name import StackName
from rolecall.project import values
from rolecall.project.keys import ConfigKey
from rolecall.project.settings import StackSettings
from rolecall.project.values import ConfigValue
from rolecall.secrets import passphrase
from rolecall.state import history
from rolecall.state.backend import Backend
from rolecall.state.snapshot import SecretsProvider


def latest_config(backend: Backend, name: StackName) -> dict[ConfigKey, ConfigValue] | None:
    """The configuration of the last update, secrets sealed as they were; None if there was no update."""
    entries = history.entries(backend.store, name, page_size=1)
    if not entries:
        return None
    config = entries[0].get("config") or {}
    return {ConfigKey.parse(key, name.project): values.read(value) for key, value in config.items()}


def refresh(workspace: Workspace, stack: StackWorkspace, *, force: bool = False) -> Path | None:
    """Replaces the stack's configuration by that of its last update, and its secrets settings by the state's.

    An existing file is copied first, unless `force`; returns where to. Raises ConfigError when there was no update.
    """
    stack.require_settings()
    path = stack.settings.path
    config = latest_config(workspace.backend, stack.name)
    if config is None:
        raise ConfigError("getting latest configuration: no previous deployment")
    stack.settings.config.clear()
    stack.settings.config.update(config)
    provider = workspace.backend.require(stack.name).checkpoint.secrets_provider
    if provider is not None:
        _restore_key(stack.settings, provider)
    backup = None if force or not path.exists() else _unused(path)
    if backup is not None:
        shutil.copy2(path, backup)
    stack.save()
    return backup


def _restore_key(settings: StackSettings, provider: SecretsProvider) -> None:
    """Puts what a state knows of its key into the settings, in the form that they have for it."""
    state = provider.state if isinstance(provider.state, dict) else {}
    is_passphrase = provider.type == passphrase.TYPE
    settings.salt = str(state.get("salt") or "") if is_passphrase else ""
    settings.secrets_provider = "" if is_passphrase else str(state.get("url") or "")
    settings.encrypted_key = "" if is_passphrase else str(state.get("encryptedkey") or "")


def _unused(path: Path) -> Path:
    """The file's name with as many `.bak` as it takes for nothing to be overwritten."""
    backup = path.with_name(path.name + ".bak")
    while backup.exists():
        backup = backup.with_name(backup.name + ".bak")
    return backup
