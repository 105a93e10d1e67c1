"""Running the real engine against a world: programs as plain coroutines, memory as a folded journal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from rolecall.api.runner import Result, Runner
from rolecall.engine.deployment import Deployment, ImportRequest, Options
from rolecall.model.event import Event, Failed, Finished, Message
from rolecall.model.goal import Goal, Monitor, Registered
from rolecall.model.journal import Begun, Done, Entry, Rebased
from rolecall.model.resource import PendingOperation, Resource
from rolecall.model.urn import STACK_TYPE, URN
from rolecall.model.value import Map, Secret, map_of
from tests.lifecycle.world import World

THING = "test:index:Thing"
Script = Callable[["Stage"], Awaitable[str | None]]


@dataclass
class Memory:
    """A journal that folds itself as it grows: the simplest thing that obeys the protocol."""

    base: list[Resource | None] = field(default_factory=list)
    news: list[Resource | None] = field(default_factory=list)
    begun: dict[int, PendingOperation] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    check: Callable[[], None] = lambda: None

    async def append(self, entry: Entry) -> None:
        self.entries.append(entry)
        match entry:
            case Begun(number, pending):
                self.begun[number] = pending
            case Done():
                self._done(entry)
            case Rebased(base):
                self.base = list(base)
            case _:
                self.base[entry.index] = entry.resource
        self.check()

    def _done(self, done: Done) -> None:
        if done.operation:
            del self.begun[done.operation]
        if done.removed is not None:
            assert self.base[done.removed] is not None, "removed twice"
            self.base[done.removed] = None
        if done.removed_new is not None:
            self.news[done.removed_new] = done.added
        elif done.added is not None:
            self.news.append(done.added)
        if done.marked is not None:
            assert self.base[done.marked.index] is not None, "marked after it was removed"
            self.base[done.marked.index] = done.marked.resource

    def resources(self) -> tuple[Resource, ...]:
        """The snapshot: references to former URNs follow their resources."""
        held = [r for r in (*self.news, *self.base) if r is not None]
        renamed = {alias: r.urn for r in held for alias in r.aliases}
        return tuple(_renamed(replace(r, aliases=()), renamed) for r in held) if renamed else tuple(held)


def _renamed(resource: Resource, new: dict[URN, URN]) -> Resource:
    def now(urn: Any) -> Any:
        return new.get(urn, urn)

    return replace(
        resource,
        parent=now(resource.parent),
        dependencies=tuple(map(now, resource.dependencies)),
        property_dependencies={k: tuple(map(now, us)) for k, us in resource.property_dependencies.items()},
        provider=resource.provider and replace(resource.provider, urn=now(resource.provider.urn)),
        deleted_with=now(resource.deleted_with),
        replace_with=tuple(map(now, resource.replace_with)),
    )


@dataclass
class Stage:
    """One stack in one world, across runs. The last run's events and memory stay to be looked at."""

    world: World = field(default_factory=World)
    resources: tuple[Resource, ...] = ()
    config: dict[str, str | Secret] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)
    stack: URN = URN("")
    monitor: Monitor = None  # type: ignore[assignment]
    runner: Runner = None  # type: ignore[assignment]

    def _runner(self, options: Options) -> Runner:
        self.events, self.memory = [], Memory(list(self.resources))
        journal = None if options.preview else self.memory
        deployment = Deployment("proj", "dev", base=self.resources, config=self.config)
        self.runner = Runner(deployment, options, loader=self.world, journal=journal, show=self.events.append)
        return self.runner

    def _program(self, script: Script) -> Callable[[Monitor], Awaitable[str | None]]:
        async def program(monitor: Monitor) -> str | None:
            self.monitor = monitor
            registered = await monitor.register(Goal(STACK_TYPE, "proj-dev", custom=False))
            self.stack = registered.urn
            problem = await script(self)
            if problem is None:
                await monitor.finished()
            return problem

        return program

    def _keep(self, result: Result, options: Options) -> Result:
        if not options.preview:
            self.resources = self.memory.resources()
        return result

    def up(self, script: Script, **options: Any) -> Result:
        """Bring the stack to what the script registers."""
        chosen = Options(**options)
        return self._keep(asyncio.run(self._runner(chosen).update(self._program(script))), chosen)

    def preview(self, script: Script, **options: Any) -> Result:
        return self.up(script, preview=True, **options)

    def destroy(self, script: Script | None = None, **options: Any) -> Result:
        chosen = Options(run_program=script is not None, **options)
        program = self._program(script) if script else None
        return self._keep(asyncio.run(self._runner(chosen).destroy(program)), chosen)

    def refresh(self, **options: Any) -> Result:
        chosen = Options(**options)
        return self._keep(asyncio.run(self._runner(chosen).refresh()), chosen)

    def import_(self, *requests: ImportRequest, **options: Any) -> Result:
        chosen = Options(**options)
        return self._keep(asyncio.run(self._runner(chosen).import_(requests)), chosen)

    # What scripts say

    async def thing(self, name: str, inputs: dict[str, Any] | None = None, **options: Any) -> Registered:
        """Register a custom resource below the stack."""
        options.setdefault("parent", self.stack)
        properties = map_of(inputs or {})
        return await self.monitor.register(
            Goal(options.pop("type", THING), name, custom=True, properties=properties, **options)
        )

    async def component(self, name: str, **options: Any) -> Registered:
        options.setdefault("parent", self.stack)
        return await self.monitor.register(Goal(options.pop("type", "app:index:Box"), name, custom=False, **options))

    async def outputs(self, urn: URN, **outputs: Any) -> None:
        await self.monitor.register_outputs(urn, map_of(outputs))

    # What one looks at

    def resource(self, name: str) -> Resource:
        """The one resource of that name that is not waiting for its deletion."""
        (found,) = (r for r in self.resources if r.urn.name == name and not r.delete)
        return found

    def names(self) -> list[str]:
        return [r.urn.name for r in self.resources if not r.is_root_stack and not r.is_provider]

    def steps(self) -> list[tuple[str, str]]:
        """What was done, as (op, name), without the stack and providers."""
        return [
            (e.step.op, e.step.urn.name)
            for e in self.events
            if isinstance(e, Finished) and e.step.type not in (STACK_TYPE,) and "providers" not in e.step.type
        ]

    def failures(self) -> list[tuple[str, str]]:
        return [(e.step.op, e.step.urn.name) for e in self.events if isinstance(e, Failed)]

    def messages(self, severity: str = "error") -> list[str]:
        return [
            e.diagnostic.message for e in self.events if isinstance(e, Message) and e.diagnostic.severity == severity
        ]

    def outputs_of(self, name: str) -> Map:
        return self.resource(name).outputs
