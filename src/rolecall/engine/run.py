"""One run of the engine: its options, what it holds, what it was decided for each URN, and its doors to the outside.

Everything that a registration, a delete or a refresh needs of its surroundings is here, and nothing about what steps
mean: that is in `registration`, `steps`, `deletes` and their neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, cast

from rolecall.engine.autonaming import Namer
from rolecall.engine.deployment import Deployment, Options
from rolecall.engine.ending import Ending, Stopped
from rolecall.engine.flow import Flows, Promise, Slots
from rolecall.engine.held import Holdings
from rolecall.engine.message import Ask, Effect, Load, Loaded, Perform, RunHook, Show, StopProgram, Work, Write
from rolecall.engine.planning import Planning
from rolecall.engine.targets import Scope, UrnSet
from rolecall.model.diagnostic import Diagnostic, Severity
from rolecall.model.event import Event, Message
from rolecall.model.goal import Goal, PackageRequest, Refused
from rolecall.model.hook import HookCall, HookResult
from rolecall.model.journal import Entry
from rolecall.model.provider import Features, ProviderFailed, ProviderRequest, ProviderUnavailable
from rolecall.model.step import Step
from rolecall.model.urn import URN
from rolecall.model.value import Map

T = TypeVar("T")
Kind = Literal["update", "refresh", "destroy", "import"]


@dataclass(frozen=True, slots=True)
class Environment:
    """What the engine may not make up itself. `now`: RFC 3339 text in UTC. `new_id`: a fresh UUID as text. `seed`: 32
    random bytes. `elapsed`: seconds since the start of the run."""

    now: Callable[[], str]
    new_id: Callable[[], str]
    seed: Callable[[], bytes]
    elapsed: Callable[[], float]


@dataclass(slots=True)
class Decisions:
    """What was decided in this run, as sets of URNs."""

    seen: set[URN] = field(default_factory=set)
    creates: set[URN] = field(default_factory=set)
    sames: set[URN] = field(default_factory=set)
    updates: set[URN] = field(default_factory=set)
    replaces: set[URN] = field(default_factory=set)
    deletes: set[URN] = field(default_factory=set)
    reads: set[URN] = field(default_factory=set)
    imports: set[URN] = field(default_factory=set)
    refreshes: set[URN] = field(default_factory=set)
    skipped_creates: set[URN] = field(default_factory=set)
    failed: set[URN] = field(default_factory=set)
    """With --continue-on-error: what failed, and what was skipped because it depends on that."""
    new_of: dict[URN, URN] = field(default_factory=dict)
    """From an old URN to the one that claimed it by an alias."""
    old_of: dict[URN, URN] = field(default_factory=dict)
    replace_keys: dict[URN, tuple[str, ...]] = field(default_factory=dict)
    """Why a dependent was deleted before its turn."""

    def is_operated_on(self, urn: URN) -> bool:
        """Whether anything was decided for what the base calls `urn` that keeps it from being deleted at the end."""
        urn = self.new_of.get(urn, urn)
        return any(urn in urns for urns in (self.sames, self.updates, self.replaces, self.reads, self.refreshes))

    def is_registered(self, urn: URN) -> bool:
        """Whether a step was decided for `urn` itself, deletes aside."""
        sets = (self.creates, self.sames, self.updates, self.replaces, self.reads, self.imports, self.refreshes)
        return any(urn in urns for urns in sets)


class Run:
    """The state of one run. Its doors: `ask`, `load`, `write` and `show`."""

    def __init__(self, kind: Kind, deployment: Deployment, options: Options, environment: Environment) -> None:
        self.kind: Kind = kind
        self.deployment = deployment
        self.options = options
        self.environment = environment
        self.flows = Flows(Ending, ProviderFailed, Refused)
        self.slots = Slots(self.flows, options.parallel)
        self.deleting_first = Slots(self.flows, 1)
        self.effects: list[Effect] = []
        self.holdings = Holdings(deployment.base)
        self.decisions = Decisions()
        self.scope = Scope(
            options.targets,
            options.excludes,
            target_dependents=options.target_dependents,
            exclude_dependents=options.exclude_dependents,
        )
        self.namer = Namer(deployment)
        planned = kind == "update" and (options.plan is not None or options.make_plan)
        self.planning = Planning(options.plan) if planned else None
        self.replace_targets = UrnSet(options.replaces)
        self.goals: dict[URN, Goal] = {}
        self.component_providers: dict[URN, dict[str, str]] = {}
        self.children: dict[URN, list[URN]] = {}
        self._below: dict[URN, set[Promise[Any]]] = {}
        self.pending_outputs: dict[URN, Step] = {}
        """Registrations that are done but may still get outputs: the last logical step of each."""
        self.destroyed_later: list[URN] = []
        """With a program-driven destroy: what was registered, to be deleted when the program is done."""
        self.changes: dict[str, int] = {}
        self.stopping = False
        self.cancelled = False
        self.bailed = False
        self.failed_step = False
        self.first_failure = ""
        self.errors_seen = False
        self.maybe_corrupt = False
        self.stack_outputs: tuple[URN, Map] | None = None
        self._waiting: dict[int, Promise[Any]] = {}
        self._numbers = 0
        self._operations = 0
        self._stop_hooks: list[Callable[[], None]] = []

    # Doors

    @property
    def preview(self) -> bool:
        return self.options.preview

    def _perform(self, work: Work) -> Promise[Any]:
        self._numbers += 1
        promise = self.flows.promise()
        self._waiting[self._numbers] = promise
        self.effects.append(Perform(self._numbers, work))
        return promise

    def performed(self, number: int, answer: object, features: Features | None) -> None:
        """Something asked for was done."""
        self._waiting.pop(number).fulfil((answer, features))

    def not_performed(self, number: int, error: Exception) -> None:
        """Something asked for failed."""
        self._waiting.pop(number).fail(error)

    async def load(self, package: PackageRequest) -> tuple[int, Features]:
        """Start a provider. Raises ProviderUnavailable."""
        answer, features = await self._perform(Load(package))
        return cast(Loaded, answer).plugin, features or Features()

    async def ask(self, plugin: int, request: ProviderRequest, answer: type[T]) -> tuple[T, Features | None]:
        """Ask a provider; the answer is an `answer`. Raises ProviderFailed, also for one that died meanwhile."""
        try:
            given, features = await self._perform(Ask(plugin, request))
        except ProviderUnavailable as error:
            raise ProviderFailed(str(error), unanswered=True) from error
        assert isinstance(given, answer), f"{request!r} was answered with {given!r}"
        return given, features

    async def write(self, entry: Entry) -> None:
        """Remember something. Previews remember nothing."""
        if not self.preview:
            await self._perform(Write(entry))

    async def hook(self, call: HookCall) -> HookResult | None:
        """Call a hook of the program; None when there is none of that name."""
        result, _ = await self._perform(RunHook(call))
        return cast("HookResult | None", result)

    def next_operation(self) -> int:
        """A number for a Begun that no other has."""
        self._operations += 1
        return self._operations

    def show(self, event: Event) -> None:
        """Tell what happened."""
        self.effects.append(Show(event))

    def tell(self, severity: Severity, message: str, urn: URN | None = None) -> None:
        """Tell the user something; every message ends its line."""
        self.show(Message(Diagnostic(severity, message, urn)))

    def count(self, op: str) -> None:
        """One more logical step of a kind was done."""
        self.changes[op] = self.changes.get(op, 0) + 1

    # Registrations under way

    def begin_below(self, parent: URN | None) -> Promise[None]:
        """Note that a registration right below `parent` is under way; the promise is to be given to `end_below`."""
        promise: Promise[None] = self.flows.promise()
        if parent:
            self._below.setdefault(parent, set()).add(promise)
        return promise

    def end_below(self, parent: URN | None, promise: Promise[None], urn: URN | None) -> None:
        """Note that it ended, and as what."""
        if parent:
            self._below[parent].discard(promise)
            if urn:
                self.children.setdefault(parent, []).append(urn)
        promise.fulfil(None)

    def under_way_below(self, parent: URN) -> Promise[None] | None:
        """Some registration right below `parent` that is not done."""
        return next(iter(self._below.get(parent, ())), None)

    # Going on and stopping

    def spawn(self, flow: Coroutine[Promise[Any], None, T]) -> Promise[T]:
        """Start work beside the rest."""
        return self.flows.spawn(flow)

    def must_go_on(self) -> None:
        """Raises Stopped when nothing new may be begun."""
        if self.stopping:
            raise Stopped

    def on_stop(self, action: Callable[[], None]) -> None:
        """Have something done once, when the run begins to stop."""
        self._stop_hooks.append(action)

    def stop(self) -> None:
        """Begin nothing new. What is under way is finished; the program is told that it is over."""
        if self.stopping:
            return
        self.stopping = True
        self.effects.append(StopProgram())
        for action in self._stop_hooks:
            action()

    def bail(self) -> None:
        """End the run because of a fault that is no failed step."""
        self.bailed = True
        self.stop()

    def cancel(self) -> None:
        """End the run because the user wants it."""
        self.cancelled = True
        self.stop()

    @property
    def has_failed(self) -> bool:
        return self.failed_step or self.bailed or self.errors_seen
