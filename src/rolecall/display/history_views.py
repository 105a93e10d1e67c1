"""How a stack's history is shown: a block for each update, or JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rolecall.display.relative_time import ago
from rolecall.display.stack_views import json_time


@dataclass(frozen=True, slots=True)
class ConfigShown:
    """A configuration value of a past update. `value` is None for a secret that is not shown; `object` its structure,
    if it has one."""

    secret: bool
    value: str | None = None
    object: Any = None


@dataclass(frozen=True, slots=True)
class Update:
    """One entry of a history. Times in seconds since 1970."""

    version: int
    kind: str
    result: str
    message: str
    start: int
    end: int
    environment: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, ConfigShown] = field(default_factory=dict)
    changes: Mapping[str, int] = field(default_factory=dict)


def history_data(updates: Sequence[Update]) -> list[dict[str, Any]]:
    """A history as data for JSON."""
    return [_data(update) for update in updates]


def _data(update: Update) -> dict[str, Any]:
    data: dict[str, Any] = {
        "version": update.version,
        "kind": update.kind,
        "startTime": json_time(_moment(update.start)),
        "message": update.message,
        "environment": dict(update.environment),
        "config": {key: _config_data(value) for key, value in update.config.items()},
        "result": update.result,
    }
    if update.result != "in-progress":
        data |= {"endTime": json_time(_moment(update.end)), "resourceChanges": dict(update.changes)}
    return data


def _config_data(value: ConfigShown) -> dict[str, Any]:
    data: dict[str, Any] = {"secret": value.secret}
    if value.value is not None:
        data["value"] = value.value
    if value.object is not None:
        data["objectValue"] = value.object
    return data


def history_text(updates: Sequence[Update], now: datetime, *, page: int = 1, full_dates: bool = False) -> str:
    """A history for people, without a newline at its end."""
    if not updates:
        return f"No stack updates found on page '{page}'" if page > 1 else "Stack has never been updated"
    return "\n".join(line for update in updates for line in _lines(update, now, full_dates))


def _lines(update: Update, now: datetime, full_dates: bool) -> list[str]:
    started = _moment(update.start)
    when = f"{started:%Y-%m-%d %H:%M:%S} +0000 UTC" if full_dates else ago(started, now)
    counts = "".join(f"{sign}{update.changes.get(op, 0)}" for sign, op in _SIGNS)
    return [
        f"Version: {update.version}",
        f"UpdateKind: {update.kind}",
        f"Status: {update.result}",
        f"Message: {update.message}",
        f"{counts} Updated {when} took {_duration(update.end - update.start)}",
        *(f"    {key}: {value}" for key, value in sorted(update.environment.items()) if value.strip()),
        "",
    ]


_SIGNS = (("+", "create"), ("-", "delete"), ("~", "update"), (" ", "same"))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _duration(seconds: int) -> str:
    """A duration as Go prints one: `1h0m3s`."""
    minutes, rest = divmod(max(seconds, 0), 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{rest}s"
