"""When to write checkpoints during a run: whenever that stays within a small share of the time the run has taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SHARE = 0.05
"""How much of a run's time may go into checkpoints before its end."""
LEAST_COST = 0.02
"""What a checkpoint is assumed to cost at least, in seconds; else what the one before it did."""


class Pacing:
    """Keeps account of a run's time and of what its checkpoints cost. Times in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, first: float = LEAST_COST) -> None:
        """`first`: what the first checkpoint will probably cost."""
        self._clock = clock
        self._began = clock()
        self._spent = 0.0
        self._next = max(first, LEAST_COST)
        self.stopped = False
        """Set when there are to be no more before the end."""

    def wait(self) -> float:
        """How long to wait until the next checkpoint may be written."""
        earliest = self._began + (self._spent + self._next) / SHARE
        return max(0.0, earliest - self._clock())

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Around the writing of a checkpoint."""
        start = self._clock()
        try:
            yield
        finally:
            cost = self._clock() - start
            self._spent += cost
            self._next = max(cost, LEAST_COST)
