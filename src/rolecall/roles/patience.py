"""Waiting for AWS to catch up with itself: by error code, bounded, and only for what was made a moment ago.

IAM answers before it knows: a new key, role or policy works on one server and not yet on another (spec 1.7, 2.7). The
same answers are also permanent ones, so a refusal is waited out only while something in the identity's making is new.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

PROPAGATION = 120.0
"""Seconds that IAM may take to be of one mind: the limit that Pulumi's provider uses everywhere."""


class Interrupted(Exception):
    """The wait was given up because the run is being cancelled."""

    def __init__(self) -> None:
        super().__init__("cancelled while waiting for AWS")


@dataclass(slots=True)
class Patience:
    """A clock and a way to wait that a cancelled run can end. Times in seconds."""

    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], bool] | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Ends all waits, now and later."""
        self._stop.set()

    def pauses(self, limit: float, *, first: float = 0.5, longest: float = 5.0) -> Iterator[None]:
        """Waits between tries, each longer than the last, until `limit` seconds have gone. Raises Interrupted."""
        end = self.clock() + limit
        pause = first
        while (left := end - self.clock()) > 0:
            stopped = (self.wait or self._stop.wait)(min(pause, left))
            if stopped or self._stop.is_set():
                raise Interrupted
            yield
            pause = min(pause * 2, longest)


class Fresh:
    """What IAM objects this run has made or changed, and when. Names are whatever the maker and the asker agree on:
    access key ids, ARNs, and `user/NAME` or `role/NAME`."""

    def __init__(self, patience: Patience) -> None:
        self._clock = patience.clock
        self._noted: dict[str, float] = {}

    def note(self, *names: str) -> None:
        """These were made or changed now."""
        now = self._clock()
        for name in names:
            if name:
                self._noted[name] = now

    def since(self, names: Iterable[str], moment: float) -> bool:
        """Whether any of these was made or changed after a moment of the clock."""
        return any(self._noted.get(name, moment) > moment for name in names)

    def remaining(self, names: Iterable[str]) -> float:
        """Seconds for which a refusal that concerns any of these may still be a matter of time; 0 when it is not."""
        noted = [self._noted[name] for name in names if name in self._noted]
        return max(0.0, max(noted) + PROPAGATION - self._clock()) if noted else 0.0
