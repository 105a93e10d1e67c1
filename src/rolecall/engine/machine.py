"""The engine as its owner sees it: messages in, effects out, one at a time, nothing else.

`receive` may be called with messages in any order that the world produces; the effects that it returns are to be
carried out in order. What is asked of the outside comes back as a message; the engine waits for nothing.
"""

from __future__ import annotations

from rolecall.engine import functions, outputs, reading
from rolecall.engine.deletes import delete_rest
from rolecall.engine.deployment import Deployment, ImportRequest, Options
from rolecall.engine.ending import Bail, Fault, StepFailed, Stopped
from rolecall.engine.flow import Promise
from rolecall.engine.message import (
    Answer,
    Asked,
    Cancelling,
    Effect,
    Finish,
    Logged,
    Message,
    NoMore,
    NotPerformed,
    Performed,
    ProgramEnded,
    Refuse,
    RegisterOutputs,
    Reply,
    Request,
    StartProgram,
)
from rolecall.engine.planned_import import import_all
from rolecall.engine.providers import Providers
from rolecall.engine.refreshing import refresh_base, refresh_rest, refuse_missing
from rolecall.engine.registrar import Registrar
from rolecall.engine.run import Environment, Kind, Run
from rolecall.model.diagnostic import Diagnostic
from rolecall.model.event import Cancelled, Prelude, Summary
from rolecall.model.event import Message as MessageEvent
from rolecall.model.event import Result as Verdict
from rolecall.model.goal import Aborted, Call, Goal, Invoke, LogLine, ReadGoal, Refused
from rolecall.model.provider import ProviderFailed
from rolecall.model.urn import URN
from rolecall.model.value import Secret


class Machine:
    """One run. `begin` it once, then `receive` until a Finish comes out."""

    def __init__(self, kind: Kind, deployment: Deployment, options: Options, environment: Environment) -> None:
        self._run = Run(kind, deployment, options, environment)
        self._providers = Providers(self._run)
        self._tickets: dict[int, Promise[None]] = {}
        self._no_more: Promise[None] = self._run.flows.promise()
        self._ended: Promise[str | None] = self._run.flows.promise()
        self._idle: Promise[None] | None = None
        self._last_ticket: int | None = None
        self._started = False
        self._main: Promise[None] | None = None
        self._run.on_stop(self._abort_all)

    # The outside

    def begin(self, *, with_program: bool, imports: tuple[ImportRequest, ...] = ()) -> list[Effect]:
        """Start the run. Without a program, nothing will be registered."""
        run = self._run
        config = {k: "[secret]" if isinstance(v, Secret) else v for k, v in run.deployment.config.items()}
        run.show(Prelude(config))
        self._main = run.spawn(self._conduct(with_program, imports))
        return self._advance()

    def receive(self, message: Message) -> list[Effect]:
        """Take in what happened and say what is to be done now."""
        match message:
            case Asked(ticket, request):
                self._ask(ticket, request)
            case Performed(number, answer, features):
                self._run.performed(number, answer, features)
            case NotPerformed(number, error):
                self._run.not_performed(number, error)
            case ProgramEnded(problem):
                self._ended.fulfil(problem)
                if not self._no_more.done:
                    self._no_more.fulfil(None)
            case Logged(line):
                self._log(line)
            case Cancelling():
                self._run.cancel()
        return self._advance()

    def abandon(self) -> None:
        """Forget all that is under way: the run was stopped at once and nothing will be recorded any more."""
        self._run.flows.abandon()

    def _advance(self) -> list[Effect]:
        self._run.flows.run()
        effects, self._run.effects = self._run.effects, []
        return effects

    def _log(self, line: LogLine) -> None:
        diagnostic = Diagnostic(line.severity, line.message, line.urn, line.ephemeral, line.stream)
        self._run.show(MessageEvent(diagnostic))

    # Requests

    def _ask(self, ticket: int, request: Request) -> None:
        if isinstance(request, NoMore):
            if self._no_more.done:
                self._refuse(ticket, Refused("Already waiting for shutdown"))
                return
            self._last_ticket = ticket
            self._no_more.fulfil(None)
            return
        if self._run.stopping:
            self._refuse(ticket, Aborted())
            return
        self._tickets[ticket] = self._run.flows.promise()
        self._run.spawn(self._serve(ticket, request))

    def _refuse(self, ticket: int, error: Exception) -> None:
        self._run.effects.append(Refuse(ticket, error))

    def _abort_all(self) -> None:
        for ticket, promise in self._tickets.items():
            if not promise.done:
                promise.fulfil(None)
                self._refuse(ticket, Aborted())
        if self._last_ticket is not None:
            self._refuse(self._last_ticket, Aborted())
            self._last_ticket = None

    async def _serve(self, ticket: int, request: Request) -> None:
        """Answer one request. What ends the run ends it here; its other requests are then refused as well."""
        effect: Effect | None = None
        try:
            effect = Reply(ticket, await self._handle(request))
        except Refused as error:
            effect = Refuse(ticket, error)
        except (Bail, Stopped, StepFailed, Fault) as error:
            self._end_because(error)
        except ProviderFailed as error:
            self._end_because(Fault(error.message))
        promise = self._tickets.pop(ticket)
        if not promise.done:
            promise.fulfil(None)
            self._run.effects.append(effect or Refuse(ticket, Aborted()))
        if not self._tickets and self._idle is not None and not self._idle.done:
            self._idle.fulfil(None)

    async def _handle(self, request: Request) -> Answer:
        run, providers, registrar = self._run, self._providers, self._registrar
        match request:
            case Goal():
                return await self._register(request)
            case ReadGoal():
                return await reading.read(run, providers, registrar, request)
            case Invoke():
                return await functions.invoke(run, providers, registrar, request)
            case Call():
                return await functions.call(run, providers, registrar, request)
            case RegisterOutputs(urn, properties):
                await outputs.register_outputs(run, urn, properties)
                return None
            case NoMore():
                raise AssertionError("answered elsewhere")

    async def _register(self, goal: Goal) -> Answer:
        urn: URN | None = None
        under_way = self._run.begin_below(goal.parent)
        try:
            registered = await self._registrar.register(goal)
            urn = registered.urn
        finally:
            self._run.end_below(goal.parent, under_way, urn)
        return registered

    def _end_because(self, error: Exception) -> None:
        """End the run and tell why, unless that was done."""
        if isinstance(error, Fault):
            if not self._run.stopping:
                self._run.tell("error", error.message, error.urn)
            self._run.bail()
        elif isinstance(error, Bail):
            self._run.bail()
        else:
            self._run.stop()

    # The whole of it

    async def _conduct(self, with_program: bool, imports: tuple[ImportRequest, ...]) -> None:
        run = self._run
        try:
            self._registrar = Registrar(run, self._providers)
            await self._prepare()
            await self._operate(with_program, imports)
            self._refuse_missing_steps()
        except (Bail, Stopped, StepFailed, Fault) as error:
            self._end_because(error)
        except ProviderFailed as error:
            self._end_because(Fault(error.message))
        await self._requests_done()
        if self._started:
            await self._ended
        await self._providers.settle()
        await outputs.finish_stack(run)
        self._summarise()

    def _refuse_missing_steps(self) -> None:
        """With a plan, all of it must have happened."""
        run = self._run
        if run.planning is None or run.has_failed or run.cancelled:
            return
        missing = list(run.planning.missing(run.holdings.olds))
        for urn, message in missing:
            run.tell("error", message, urn)
        if missing:
            raise Bail

    async def _prepare(self) -> None:
        run, options = self._run, self._run.options
        if run.kind == "import":
            return
        if run.kind == "refresh" and not options.run_program or options.refresh and not options.run_program:
            await refresh_base(run, self._providers)
        elif any(held.state.refresh_before_update for held in run.holdings.base):
            await refresh_base(run, self._providers, only_marked=True)

    async def _operate(self, with_program: bool, imports: tuple[ImportRequest, ...]) -> None:
        run = self._run
        if run.kind == "import":
            await import_all(run, self._providers, self._registrar, imports)
            return
        if run.kind == "refresh" and not run.options.run_program:
            return
        refuse_missing(run, list(run.replace_targets.texts))
        if with_program:
            self._started = True
            run.effects.append(StartProgram())
            await self._no_more
            await self._requests_done()
            if self._ended.done:
                self._report_end(await self._ended)
        run.must_go_on()
        await self._finish_work()
        if with_program and not self._ended.done:
            await self._let_program_go()

    async def _finish_work(self) -> None:
        """What is done when nobody registers any more: the targets must exist, the rest is deleted (or refreshed)."""
        run = self._run
        missing = None
        try:
            refuse_missing(run, list(run.scope.targets.texts))
        except Bail as error:
            missing = error
        if run.kind == "refresh":
            await refresh_rest(run, self._providers)
        else:
            try:
                await delete_rest(run, self._providers)
            except Bail:
                run.stop()  # why was told; unlike other refusals this one counts as a failed update (as in Pulumi)
        if missing is not None:
            raise missing

    async def _let_program_go(self) -> None:
        if self._last_ticket is not None:
            self._run.effects.append(Reply(self._last_ticket, None))
            self._last_ticket = None
        self._report_end(await self._ended)

    def _report_end(self, problem: str | None) -> None:
        if problem is None or self._run.stopping:
            return
        if problem:
            self._run.tell("error", f"an unhandled error occurred: {problem}")
        raise Bail

    async def _requests_done(self) -> None:
        """Wait until nothing that a program asked for is under way."""
        while self._tickets:
            self._idle = self._run.flows.promise()
            await self._idle

    def _summarise(self) -> None:
        run = self._run
        failed = run.has_failed
        verdict: Verdict = "failed" if failed else "canceled" if run.cancelled else "succeeded"
        what = "preview" if run.preview else "update"
        if not run.bailed and (run.failed_step or run.errors_seen):
            why = f": step application failed: {run.first_failure}" if run.kind == "import" else ""
            run.tell("error", f"{what} failed{why}")
        elif not failed and run.cancelled:
            run.tell("error", f"{what} canceled")
        duration = run.environment.elapsed()
        run.show(Summary(run.preview, verdict, dict(run.changes), duration, run.maybe_corrupt))
        run.show(Cancelled())
        plan = run.planning.made if run.planning is not None else None
        run.effects.append(Finish(verdict, dict(run.changes), run.maybe_corrupt, run.failed_step, plan))
