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
from rolecall.project.project import NoProject
from rolecall.project.values import ConfigValue
from rolecall.secrets import passphrase
from rolecall.state import history
from rolecall.state.backend import Backend


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
    path = stack.settings_path
    if path is None:
        raise NoProject(str(workspace.directory))
    config = latest_config(workspace.backend, stack.name)
    if config is None:
        raise ConfigError("getting latest configuration: no previous deployment")
    stack.settings.config.clear()
    stack.settings.config.update(config)
    provider = workspace.backend.require(stack.name).checkpoint.secrets_provider
    if provider is not None:
        salt = provider.state.get("salt") if provider.type == passphrase.TYPE else None
        stack.settings.salt = salt if isinstance(salt, str) else ""
        stack.settings.secrets_provider = stack.settings.encrypted_key = ""
    backup = None if force or not path.exists() else _unused(path)
    if backup is not None:
        shutil.copy2(path, backup)
    stack.save()
    return backup


def _unused(path: Path) -> Path:
    """The file's name with as many `.bak` as it takes for nothing to be overwritten."""
    backup = path.with_name(path.name + ".bak")
    while backup.exists():
        backup = backup.with_name(backup.name + ".bak")
    return backup
