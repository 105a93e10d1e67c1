"""The port that every view of a run implements, and where its text goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from rolecall.model.event import Event

Write = Callable[[str], None]
"""Takes text as it is: line ends included."""


class View(Protocol):
    """One way to look at a run. It sees every event that is not internal, in order, on one thread."""

    def show(self, event: Event) -> None:
        """Take one event. `Cancelled` is the last one."""
        ...

    def tick(self) -> None:
        """A second went by."""
        ...
