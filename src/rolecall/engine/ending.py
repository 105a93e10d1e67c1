"""How a run or a step comes to a bad end: exceptions that the engine raises and catches itself."""

from __future__ import annotations

from rolecall.model.urn import URN


class Ending(Exception):
    """What the engine raises on purpose; anything else is a bug."""


class Stopped(Ending):
    """The run is ending; whoever meets this must let go. The reason was reported elsewhere."""


class Bail(Ending):
    """The run must end and its user was told why."""


class Fault(Ending):
    """The run must end for a reason that is still to be told, about `urn` if there is one."""

    def __init__(self, message: str, urn: URN | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.urn = urn


class StepFailed(Ending):
    """A step failed and this was reported; what depends on it cannot be done."""
