"""What is said to the user about a run: a message, how grave it is, and which resource it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rolecall.model.urn import URN

Severity = Literal["debug", "info", "info#err", "warning", "error"]
"""`info#err` is what a program wrote to its standard error."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message. `ephemeral` ones are a status, shown while it lasts and not kept."""

    severity: Severity
    message: str
    urn: URN | None = None
    ephemeral: bool = False
    stream: int = 0
