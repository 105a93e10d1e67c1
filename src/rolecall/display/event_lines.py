"""The JSON view of an operation: one engine event a line, as it happens."""

from __future__ import annotations

from collections.abc import Callable

from rolecall.display.engine_events import EventEncoder
from rolecall.display.view import Write
from rolecall.model.event import Event


class EventLines:
    """Writes every event as a line of JSON. `wall_clock` gives Unix seconds."""

    def __init__(self, encoder: EventEncoder, write: Write, wall_clock: Callable[[], float]) -> None:
        self._encoder = encoder
        self._write = write
        self._wall_clock = wall_clock

    def show(self, event: Event) -> None:
        """Take one event."""
        line = self._encoder.line(event, self._wall_clock())
        if line is not None:
            self._write(line.decode())

    def tick(self) -> None:
        """Nothing: each line must be an event."""
