"""Which mends there are, by service and operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rolecall.sandbox.message import Answer
from rolecall.sandbox.world import World

if TYPE_CHECKING:
    from rolecall.sandbox.gate import Exchange

Before = Callable[[World, "Exchange"], Mapping[str, Any] | None]
"""Refuses (raises Refused), answers (returns the members of the output), or lets the call run (None)."""

After = Callable[[World, "Exchange", Answer], Answer | None]
"""Changes what moto stored or answered; None leaves the answer as it is."""

BEFORE: dict[tuple[str, str], tuple[Before, ...]] = {}
AFTER: dict[tuple[str, str], tuple[After, ...]] = {}


def install() -> None:
    """Puts the mends that are corrections of moto's own code in place. Once a process."""
