"""What was done to a stack, with the configuration that it was done with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rolecall.display.history_views import ConfigShown, Update
from rolecall.errors import RolecallError
from rolecall.model.stack_name import StackName
from rolecall.project import values
from rolecall.secrets.sealer import SecretsError
from rolecall.state import history
from rolecall.state.backend import Backend

UNDECIPHERABLE = "ERROR_UNABLE_TO_DECRYPT"
"""Stands for a secret that cannot be opened, as in Pulumi: history often outlives keys."""


def updates(
    backend: Backend, name: StackName, page_size: int, page: int, decrypt: Callable[[str], str] | None = None
) -> list[Update]:
    """A page of the history, newest first. With `decrypt` secret configuration values are shown.

    Raises RolecallError for an entry that cannot be read.
    """
    return [_update(entry, decrypt) for entry in history.entries(backend.store, name, page_size, page)]


def _update(entry: Mapping[str, Any], decrypt: Callable[[str], str] | None) -> Update:
    try:
        return Update(
            version=int(entry.get("version") or 0),
            kind=str(entry.get("kind") or ""),
            result=str(entry.get("result") or ""),
            message=str(entry.get("message") or ""),
            start=int(entry.get("startTime") or 0),
            end=int(entry.get("endTime") or 0),
            environment=entry.get("environment") or {},
            config={key: _config(value, decrypt) for key, value in (entry.get("config") or {}).items()},
            changes=entry.get("resourceChanges") or {},
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise RolecallError(f"getting history: an entry cannot be read: {error}") from error


def _config(data: Any, decrypt: Callable[[str], str] | None) -> ConfigShown:
    value = values.read(data)
    secret = values.is_secret(value)
    if secret and decrypt is None:
        return ConfigShown(secret=True)
    try:
        opened = values.opened(value, decrypt or str)
    except SecretsError:
        return ConfigShown(secret=True, value=UNDECIPHERABLE)
    return ConfigShown(secret, values.text_of(opened), opened if values.is_object(value) else None)
