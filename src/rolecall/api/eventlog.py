"""The file that `--event-log` names: every event of a phase as a line of JSON, for programs that follow a run."""

from __future__ import annotations

import logging
from pathlib import Path

from rolecall.display.engine_events import EventEncoder
from rolecall.errors import RolecallError
from rolecall.model.event import Cancelled, Event

_log = logging.getLogger(__name__)


class NoEventLog(RolecallError):
    """Events cannot be logged there."""


class EventLog:
    """Takes every event, internal ones too. A file is truncated when a phase begins, so it holds the last one."""

    def __init__(self, target: str, encoder: EventEncoder) -> None:
        """`target` is a path. Raises NoEventLog when it cannot be written."""
        if target.startswith("tcp://"):
            raise NoEventLog(
                "--event-log to tcp:// is not supported yet", hint="name a file, which can be read while it grows"
            )
        self._encoder = encoder
        try:
            # Appending lets readers open, truncate or rotate it while a run goes on.
            Path(target).write_bytes(b"")
            self._file = Path(target).open("ab")  # noqa: SIM115 - closed by the last event
        except OSError as error:
            raise NoEventLog(f"could not create event log {target}: {error.strerror}") from error

    def show(self, event: Event, timestamp: float) -> None:
        """Takes one event. A log that cannot be written any more does not end the run."""
        line = self._encoder.line(event, timestamp)
        try:
            if line is not None:
                self._file.write(line)
                self._file.flush()
        except OSError as error:
            _log.warning("event log: %s", error)
        if isinstance(event, Cancelled):
            self._file.close()
