"""Runs a deployment: the asyncio loop that performs what the engine asks for, and the monitor that programs talk to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rolecall.engine.deployment import Deployment, ImportRequest, Options
from rolecall.model.event import Event
from rolecall.model.event import Result as Verdict
from rolecall.model.goal import Monitor
from rolecall.model.journal import Journal
from rolecall.model.provider import Loader


class Program(Protocol):
    """Something that registers resources at a monitor until it is done.

    Returns None when it went well, "" when it failed and the user was told why already (exit status 32), else the text
    to report (`program exited with non-zero exit code: 1`). Raises RolecallError when it cannot be started.

    It is cancelled (as an asyncio task) when the deployment is over before it is: by then every call at the monitor
    raises Aborted. It should then interrupt the process, wait a bounded time, kill it, and return or re-raise.
    """

    def __call__(self, monitor: Monitor) -> Awaitable[str | None]: ...


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended. `changes`: op to count, without internal steps (as in the Summary event).

    `failed_step`: a step failed, so that `update failed` was reported (exit status 255 or 1 is the caller's business).
    """

    verdict: Verdict
    changes: dict[str, int] = field(hash=False)
    maybe_corrupt: bool = False
    failed_step: bool = False


class Runner:
    """One run of one deployment; use it once.

    `show` gets every event, Prelude first and Cancelled last, on the loop; it must not block. `journal` None: nothing
    is kept (previews). Every method returns when all is done, failures included; it raises only what is a bug or a
    RolecallError of the journal.
    """

    def __init__(
        self,
        deployment: Deployment,
        options: Options,
        *,
        loader: Loader,
        journal: Journal | None,
        show: Callable[[Event], None],
    ) -> None: ...

    @property
    def monitor(self) -> Monitor:
        """What the program talks to (`update` passes it to the program too)."""
        raise NotImplementedError

    async def update(self, program: Program) -> Result:
        """Bring the stack to what the program wants (or show how, in a preview)."""
        raise NotImplementedError

    async def destroy(self, program: Program | None = None) -> Result:
        """Delete what the stack has. With `program` (`--run-program`) it is asked for providers and hooks first."""
        raise NotImplementedError

    async def refresh(self, program: Program | None = None) -> Result:
        """Make the state say what there is."""
        raise NotImplementedError

    async def import_(self, requests: Sequence[ImportRequest]) -> Result:
        """Adopt existing resources."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Once: nothing new is begun, what is under way is finished and recorded. Twice: stop at once."""
        raise NotImplementedError
