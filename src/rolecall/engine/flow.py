"""Sequential work without threads, tasks or IO: coroutines that wait for promises, driven by whoever owns the loop.

A flow is an ordinary `async def`. It may await only promises of the same `Flows`; nothing here knows what fulfils
them, so a test chooses the order in which answers arrive.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Flow = Coroutine["Promise[Any]", None, T]


class Promise(Generic[T]):
    """A value that will be known later, or the exception instead of it. Fulfilled or failed once."""

    __slots__ = ("_error", "_flows", "_value", "_waiting", "done")

    def __init__(self, flows: Flows) -> None:
        self._flows = flows
        self._waiting: list[Flow[Any]] = []
        self._error: BaseException | None = None
        self.done = False

    def fulfil(self, value: T) -> None:
        """Give the value; who waits goes on at the next `Flows.run`."""
        self._value = value
        self._wake()

    def fail(self, error: BaseException) -> None:
        """Give an exception, raised in everyone who waits."""
        self._error = error
        self._wake()

    def _wake(self) -> None:
        assert not self.done, "a promise is fulfilled once"
        self.done = True
        self._flows.ready.extend(self._waiting)
        self._waiting.clear()

    def wait(self, flow: Flow[Any]) -> None:
        """Go on with `flow` once this is done."""
        self._waiting.append(flow)

    def __await__(self) -> Generator[Promise[Any], None, T]:
        if not self.done:
            yield self
        if self._error is not None:
            raise self._error
        return self._value


class Flows:
    """The flows of one run. `run` lets every flow that can go on do so.

    `expected`: the exceptions that are an answer to whoever waits for a flow; others are bugs and come out of `run`.
    """

    def __init__(self, *expected: type[Exception]) -> None:
        self._expected = expected
        self.ready: deque[Flow[Any]] = deque()
        self._results: dict[Flow[Any], Promise[Any]] = {}

    def promise(self) -> Promise[Any]:
        """A promise that its maker must keep."""
        return Promise(self)

    def spawn(self, flow: Flow[T]) -> Promise[T]:
        """Start a flow beside the others; the promise is of its result, or of the expected exception it ended with."""
        result: Promise[T] = Promise(self)
        self._results[flow] = result
        self.ready.append(flow)
        return result

    def run(self) -> None:
        """Drive flows until all wait for something from outside."""
        while self.ready:
            self._advance(self.ready.popleft())

    def _advance(self, flow: Flow[Any]) -> None:
        try:
            awaited = flow.send(None)
        except StopIteration as stop:
            self._results.pop(flow).fulfil(stop.value)
        except self._expected as error:
            self._results.pop(flow).fail(error)
        else:
            if awaited.done:
                self.ready.append(flow)
            else:
                awaited.wait(flow)

    def abandon(self) -> None:
        """Close every flow that is still waiting: the run was stopped at once."""
        flows = list(self._results)
        self._results.clear()
        self.ready.clear()
        for flow in flows:
            flow.close()


class Slots:
    """At most `size` holders at a time, each inside `async with`; who asks first gets first."""

    def __init__(self, flows: Flows, size: int) -> None:
        self._flows = flows
        self._free = max(size, 1)
        self._queue: deque[Promise[None]] = deque()

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        turn: Promise[None] = Promise(self._flows)
        self._queue.append(turn)
        await turn

    async def __aexit__(self, *_error: object) -> None:
        if self._queue:
            self._queue.popleft().fulfil(None)
        else:
            self._free += 1
