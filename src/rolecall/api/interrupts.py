"""What Ctrl-C and SIGTERM mean while a run is under way: finish what has begun, and the second time, stop at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ORPHANS = "Note that terminating immediately may lead to orphaned resources and other inconsistencies."


@contextmanager
def interrupts(cancel: Callable[[], None], tell: Callable[[str], None], *, preview: bool) -> Iterator[None]:
    """Calls `cancel` for each signal that arrives inside, and tells the user what happens.

    Children are not signalled: they are in process groups of their own, and are told when it is their turn.
    """
    loop = asyncio.get_running_loop()
    received = 0

    def on_signal(name: str, again: str) -> None:
        nonlocal received
        received += 1
        if received == 1:
            tell(f"{name} received; cancelling. If you would like to terminate immediately, {again} again.")
            if not preview:
                tell(_ORPHANS)
        elif received == 2:
            tell(f"{name} received; terminating")
        cancel()

    handled = ((signal.SIGINT, "^C", "press ^C"), (signal.SIGTERM, "SIGTERM", "send SIGTERM"))
    for number, name, again in handled:
        loop.add_signal_handler(number, on_signal, name, again)
    try:
        yield
    finally:
        for number, _, _ in handled:
            loop.remove_signal_handler(number)
