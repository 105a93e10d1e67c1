"""Runs a deployment: the asyncio loop that performs what the engine asks for, and the monitor that programs talk to."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from rolecall.engine.deployment import Deployment, ImportRequest, Options
from rolecall.engine.ending import Fault
from rolecall.engine.hooks import needing_program
from rolecall.engine.machine import Machine
from rolecall.engine.message import (
    Ask,
    Asked,
    Cancelling,
    Effect,
    Finish,
    Load,
    Loaded,
    Logged,
    Message,
    NoMore,
    NotPerformed,
    Perform,
    Performed,
    ProgramEnded,
    Refuse,
    RegisterOutputs,
    Reply,
    Request,
    RunHook,
    Show,
    StartProgram,
    StopProgram,
    Write,
)
from rolecall.engine.plan import Plan
from rolecall.engine.run import Environment, Kind
from rolecall.errors import RolecallError
from rolecall.model.diagnostic import Diagnostic
from rolecall.model.event import Cancelled, Event
from rolecall.model.event import Message as Saying
from rolecall.model.event import Result as Verdict
from rolecall.model.goal import (
    Aborted,
    Call,
    Called,
    Goal,
    Invoke,
    Invoked,
    LogLine,
    Monitor,
    ReadGoal,
    Registered,
)
from rolecall.model.hook import Hooks
from rolecall.model.journal import Journal
from rolecall.model.provider import (
    CallMethod,
    Check,
    CheckConfig,
    Configure,
    Construct,
    Create,
    Delete,
    Diff,
    DiffConfig,
    InvokeFunction,
    Loader,
    Provider,
    ProviderAnswer,
    ProviderFailed,
    ProviderRequest,
    ProviderUnavailable,
    Read,
    Update,
)
from rolecall.model.urn import URN
from rolecall.model.value import Map

T = TypeVar("T")


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
    `plan`: what was done or would be, for options that want it noted.
    """

    verdict: Verdict
    changes: dict[str, int] = field(hash=False)
    maybe_corrupt: bool = False
    failed_step: bool = False
    plan: Plan | None = field(default=None, hash=False)


class Runner:
    """One run of one deployment; use it once.

    `show` gets every event, Prelude first and Cancelled last, on the loop; it must not block. `journal` None: nothing
    is kept (previews). Every method returns when all is done, failures included; it raises only what is a bug, or a
    RolecallError of the journal or of a program that cannot be started.
    """

    def __init__(
        self,
        deployment: Deployment,
        options: Options,
        *,
        loader: Loader,
        journal: Journal | None,
        show: Callable[[Event], None],
        hooks: Hooks | None = None,
    ) -> None:
        self._deployment = deployment
        self._options = options
        self._loader = loader
        self._journal = journal
        self._show = show
        self._hooks = hooks
        self._machine: Machine | None = None
        self._monitor = _Monitor(self)
        self._program: Program | None = None
        self._program_task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._plugins: list[Provider] = []
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._early: list[LogLine] = []
        self._tickets = 0
        self._cancels = 0
        self._done: asyncio.Future[Finish] | None = None

    @property
    def monitor(self) -> Monitor:
        """What the program talks to (`update` passes it to the program too)."""
        return self._monitor

    async def update(self, program: Program) -> Result:
        """Bring the stack to what the program wants (or show how, in a preview)."""
        return await self._run("update", program)

    async def destroy(self, program: Program | None = None) -> Result:
        """Delete what the stack has. With `program` (`--run-program`) it is asked for providers and hooks first.

        Raises RolecallError when resources have hooks for their deletion and there is no program to run them.
        """
        if program is None:
            self._refuse_hooks()
        return await self._run("destroy", program)

    async def refresh(self, program: Program | None = None) -> Result:
        """Make the state say what there is."""
        return await self._run("refresh", program)

    async def import_(self, requests: Sequence[ImportRequest]) -> Result:
        """Adopt existing resources."""
        return await self._run("import", None, tuple(requests))

    def cancel(self) -> None:
        """Once: nothing new is begun, what is under way is finished and recorded. Twice: stop at once."""
        self._cancels += 1
        if self._machine is None or self._done is None or self._done.done():
            return
        if self._cancels == 1:
            for provider in self._plugins:
                self._spawn(self._signal(provider))
            self._receive(Cancelling())
        else:
            self._done.set_exception(Stopped())

    def _refuse_hooks(self) -> None:
        found = needing_program(self._deployment.base)
        for urn, names in found.items():
            text = f"Resource has delete hooks registered, but the program is not running. Hooks: {', '.join(names)}"
            self._show(Saying(Diagnostic("error", text, urn)))
        if found:
            self._show(Cancelled())
            raise RolecallError("You must run with the `--run-program` flag to use delete hooks during destroy.")

    # The loop

    async def _run(self, kind: Kind, program: Program | None, imports: tuple[ImportRequest, ...] = ()) -> Result:
        started = time.monotonic()
        environment = Environment(
            now=_now,
            new_id=lambda: str(uuid.uuid4()),
            seed=lambda: os.urandom(32),
            elapsed=lambda: time.monotonic() - started,
        )
        self._program = program
        self._done = asyncio.get_running_loop().create_future()
        try:
            self._machine = Machine(kind, self._deployment, self._options, environment)
        except Fault as fault:
            raise RolecallError(fault.message) from fault
        try:
            self._carry_out(self._machine.begin(with_program=program is not None, imports=imports))
            for line in self._early:
                self._receive(Logged(line))
            finish = await self._done
        except BaseException:
            self._show(Cancelled())
            raise
        finally:
            await self._close()
        return Result(finish.verdict, finish.changes, finish.maybe_corrupt, finish.failed_step, finish.plan)

    def _receive(self, message: Message) -> None:
        assert self._machine is not None and self._done is not None
        if self._done.done():
            return
        try:
            effects = self._machine.receive(message)
        except Exception as error:
            self._done.set_exception(error)
            return
        self._carry_out(effects)

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Show(event):
                    self._show(event)
                case Perform():
                    self._spawn(self._perform(effect))
                case Reply(ticket, answer):
                    self._settle(ticket, answer, None)
                case Refuse(ticket, error):
                    self._settle(ticket, None, error)
                case StartProgram():
                    self._program_task = self._spawn(self._run_program())
                case StopProgram():
                    if self._program_task is not None:
                        self._program_task.cancel()
                case Finish():
                    assert self._done is not None
                    self._done.set_result(effect)

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._retire)
        return task

    def _retire(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or task.exception() is None:
            return
        error = task.exception()
        if error is not None and self._done is not None and not self._done.done():
            self._done.set_exception(error)

    async def _perform(self, effect: Perform) -> None:
        try:
            answer = await self._work(effect)
        except (ProviderFailed, ProviderUnavailable) as error:
            answer = NotPerformed(effect.number, error)
        self._receive(answer)

    async def _work(self, effect: Perform) -> Message:
        match effect.work:
            case Load(package):
                try:
                    provider = await self._loader.load(package)
                except RolecallError as error:
                    raise ProviderUnavailable(str(error)) from error
                self._plugins.append(provider)
                return Performed(effect.number, Loaded(len(self._plugins) - 1), provider.features)
            case Ask(plugin, request):
                provider = self._plugins[plugin]
                try:
                    given = await asked(provider, request)
                except RolecallError as error:
                    raise ProviderFailed(str(error)) from error
                return Performed(effect.number, given, provider.features if isinstance(request, Configure) else None)
            case Write(entry):
                if self._journal is not None:
                    await self._journal.append(entry)
                return Performed(effect.number, None)
            case RunHook(call):
                known = self._hooks is not None and self._hooks.knows(call.name)
                return Performed(effect.number, await self._hooks.run(call) if known and self._hooks else None)

    async def _run_program(self) -> None:
        assert self._program is not None
        problem: str | None = ""
        try:
            problem = await self._program(self._monitor)
        except Aborted:
            pass  # it was told that it is over, and is
        except asyncio.CancelledError:
            task = asyncio.current_task()
            assert task is not None
            if self._done is not None and not self._done.done():
                task.uncancel()
        self._receive(ProgramEnded(problem))

    @staticmethod
    async def _signal(provider: Provider) -> None:
        """Tell a provider that the deployment is cancelled; one that does not understand is not to blame."""
        try:
            await provider.cancel()
        except (ProviderFailed, ProviderUnavailable):
            return

    async def _close(self) -> None:
        """Let nothing of the run go on: the program first, then what is under way, then the providers."""
        assert self._machine is not None
        self._machine.abandon()
        tasks = [task for task in self._tasks if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for ticket in list(self._answers):
            self._settle(ticket, None, Aborted())
        await asyncio.gather(*(provider.close() for provider in self._plugins), return_exceptions=True)

    # The program

    async def ask(self, request: Request, answer: type[T]) -> T:
        """Put a request of the program before the engine. Raises Aborted or Refused."""
        if self._machine is None or self._done is None or self._done.done():
            raise Aborted
        self._tickets += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        ticket = self._tickets
        self._answers[ticket] = future
        self._receive(Asked(ticket, request))
        if self._done.done() and not future.done():
            self._settle(ticket, None, Aborted())
        try:
            given = await future
        finally:
            self._answers.pop(ticket, None)
        assert isinstance(given, answer), f"{request!r} was answered with {given!r}"
        return given

    def log(self, line: LogLine) -> None:
        """Show what a program or provider says; what is said before the run begins waits for its Prelude."""
        if self._machine is None:
            self._early.append(line)
        else:
            self._receive(Logged(line))

    def _settle(self, ticket: int, answer: object, error: Exception | None) -> None:
        future = self._answers.pop(ticket, None)
        if future is None or future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(answer)


class Stopped(RolecallError):
    """The user asked twice to stop: nothing was waited for, and nothing more was recorded."""

    exit_code = 8

    def __init__(self) -> None:
        super().__init__(
            "the operation was stopped at once",
            hint="What was under way is in the state as pending operations; the next command reports them.",
        )


class _Monitor:
    """The deployment as a program sees it."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def register(self, goal: Goal) -> Registered:
        return await self._runner.ask(goal, Registered)

    async def register_outputs(self, urn: URN, outputs: Map) -> None:
        await self._runner.ask(RegisterOutputs(urn, outputs), type(None))

    async def read(self, goal: ReadGoal) -> Registered:
        return await self._runner.ask(goal, Registered)

    async def invoke(self, invoke: Invoke) -> Invoked:
        return await self._runner.ask(invoke, Invoked)

    async def call(self, call: Call) -> Called:
        return await self._runner.ask(call, Called)

    async def finished(self) -> None:
        await self._runner.ask(NoMore(), type(None))

    def log(self, line: LogLine) -> None:
        self._runner.log(line)


async def asked(provider: Provider, request: ProviderRequest) -> ProviderAnswer:
    """Put a request to a provider."""
    methods: dict[type[ProviderRequest], Callable[[Any], Awaitable[ProviderAnswer]]] = {
        CheckConfig: provider.check_config,
        DiffConfig: provider.diff_config,
        Configure: provider.configure,
        Check: provider.check,
        Diff: provider.diff,
        Create: provider.create,
        Read: provider.read,
        Update: provider.update,
        Delete: provider.delete,
        InvokeFunction: provider.invoke,
        Construct: provider.construct,
        CallMethod: provider.call,
    }
    return await methods[type(request)](request)


def _now() -> str:
    """The time as states have it: RFC 3339 in UTC with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
