"""Whatever programs want, providers answer and in whatever order: what is remembered is sound and nothing is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.api.runner import Stopped
from rolecall.model.goal import Aborted
from rolecall.model.journal import Entry
from rolecall.model.resource import Resource
from tests.lifecycle.stage import Memory, Stage
from tests.lifecycle.world import Thing, World

FAILURES = ("create", "update", "delete", "diff", "read")


@dataclass(frozen=True)
class Wish:
    """One resource of a program. `needs` and `inside` are positions of earlier ones."""

    name: str
    inputs: dict[str, Any]
    needs: tuple[int, ...] = ()
    inside: int | None = None
    component: bool = False
    options: dict[str, Any] = field(default_factory=dict)


@st.composite
def programs(draw: st.DrawFn) -> list[Wish]:
    wishes: list[Wish] = []
    for name in draw(st.lists(st.sampled_from("abcdef"), unique=True, max_size=6)):
        earlier = list(range(len(wishes)))
        component = draw(st.integers(0, 4)) == 0
        inputs = {key: draw(st.integers(0, 2)) for key in draw(st.sets(st.sampled_from(["x", "replace", "dbr"])))}
        if draw(st.integers(0, 5)) == 0:
            inputs["fail"] = [draw(st.sampled_from(FAILURES))]
        if draw(st.integers(0, 7)) == 0:
            inputs["sick"] = ["ill"]
        options: dict[str, Any] = {}
        if draw(st.integers(0, 5)) == 0:
            options["delete_before_replace"] = draw(st.booleans())
        if draw(st.integers(0, 7)) == 0:
            options["protect"] = True
        wishes.append(
            Wish(
                name,
                {} if component else inputs,
                tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2))) if earlier else (),
                draw(st.sampled_from([None, *earlier])) if earlier else None,
                component,
                {} if component else options,
            )
        )
    return wishes


def unsound(resources: list[Resource]) -> list[str]:
    """What is wrong with a snapshot: rules that Pulumi checks when it reads one."""
    problems: list[str] = []
    seen: set[str] = set()
    alive: set[str] = set()
    providers: set[tuple[str, str]] = set()
    for resource in resources:
        named = [*resource.dependencies, *(u for us in resource.property_dependencies.values() for u in us)]
        named += [u for u in (resource.parent, resource.deleted_with) if u]
        problems += [f"{resource.urn} needs {urn}, which is not before it" for urn in named if urn not in seen]
        ref = resource.provider
        if ref is not None and (ref.urn, ref.id) not in providers and not resource.pending_replacement:
            problems.append(f"{resource.urn} is served by {ref}, which is not before it")
        if not resource.delete and resource.urn in alive:
            problems.append(f"{resource.urn} is there twice")
        seen.add(resource.urn)
        if not resource.delete:
            alive.add(resource.urn)
        if resource.is_provider:
            providers.add((resource.urn, resource.id))
    return problems


class Watched(Memory):
    """A memory that is checked at every entry."""

    async def append(self, entry: Entry) -> None:
        await super().append(entry)
        assert unsound([r for r in (*self.news, *self.base) if r is not None]) == []


class Dawdling(Thing):
    """Takes its time: answers come in an order that the seed chooses."""

    dice: random.Random
    changed: Callable[[], None]

    async def create(self, request: Any) -> Any:
        await self._dawdle()
        try:
            return await super().create(request)
        finally:
            await self._after()

    async def update(self, request: Any) -> Any:
        await self._dawdle()
        try:
            return await super().update(request)
        finally:
            await self._after()

    async def delete(self, request: Any) -> Any:
        await self._dawdle()
        try:
            return await super().delete(request)
        finally:
            await self._after()

    async def _after(self) -> None:
        """The world has changed and nobody was told yet."""
        self.changed()
        await self._dawdle()

    async def diff(self, request: Any) -> Any:
        await self._dawdle()
        return await super().diff(request)

    async def _dawdle(self) -> None:
        for _ in range(self.dice.randrange(4)):
            await asyncio.sleep(0)


def stage_of(seed: int) -> Stage:
    dice = random.Random(seed)

    class Chancy(World):
        changed = staticmethod(lambda: None)

        async def load(self, package: Any) -> Thing:
            thing = Dawdling(self)
            thing.dice = dice
            thing.changed = lambda: self.changed()
            return thing

    class Checking(Stage):
        def _runner(self, options: Any) -> Any:
            runner = super()._runner(options)
            self.memory = Watched(list(self.resources))
            runner._journal = None if options.preview else self.memory
            return runner

    return Checking(world=Chancy())


async def follow(stage: Stage, wishes: list[Wish]) -> None:
    """Register all wishes, each when what it needs is there, all others at once."""
    urns: list[asyncio.Future[Any]] = [asyncio.get_running_loop().create_future() for _ in wishes]

    async def register(i: int, wish: Wish) -> None:
        needed = [await urns[n] for n in wish.needs]
        parent = stage.stack if wish.inside is None else (await urns[wish.inside]).urn
        if wish.component:
            made = await stage.component(wish.name, parent=parent, dependencies=tuple(n.urn for n in needed))
        else:
            inputs = dict(wish.inputs)
            links = {}
            for n in needed:
                links[f"from_{n.urn.name}"] = (n.urn,)
                inputs[f"from_{n.urn.name}"] = n.id
            made = await stage.thing(
                wish.name,
                inputs,
                parent=parent,
                dependencies=tuple(n.urn for n in needed),
                property_dependencies={**dict.fromkeys(inputs, ()), **links},
                **wish.options,
            )
        urns[i].set_result(made)

    tasks = [asyncio.ensure_future(register(i, wish)) for i, wish in enumerate(wishes)]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION) if tasks else (set(), set())
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for future in urns:
        future.cancel()
    failed = [task.exception() for task in done if not task.cancelled() and task.exception() is not None]
    if failed:
        raise Aborted


def lost(stage: Stage) -> set[str]:
    """The ids that exist in the world and that nothing in the memory tells of."""
    known = {r.id for r in stage.resources}
    intended = {p.resource.urn.name for p in stage.memory.begun.values()}
    return {id_ for id_ in stage.world.things if id_ not in known and id_.rpartition("-")[0] not in intended}


kinds = st.sampled_from(["up", "up", "preview", "refresh", "destroy"])
scopes = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["targets", "excludes"]),
            "names": st.lists(st.sampled_from("abcdef"), min_size=1, unique=True),
            "dependents": st.booleans(),
        }
    ),
)
runs = st.lists(st.tuples(kinds, programs(), st.booleans(), scopes), max_size=4)


def scope_of(drawn: dict[str, Any]) -> dict[str, Any]:
    """The options that a drawn scope stands for."""
    if not drawn:
        return {}
    texts = tuple(f"**::{name}" for name in drawn["names"])
    return {drawn["kind"]: texts, drawn["kind"].rstrip("s") + "_dependents": drawn["dependents"]}


@settings(max_examples=150, deadline=None)
@given(runs, st.integers(0, 2**16), st.sampled_from([1, 3, 16]))
def test_any_sequence_of_runs_leaves_a_sound_memory_that_knows_all_that_exists(
    sequence: list[tuple[str, list[Wish], bool, dict[str, Any]]], seed: int, parallel: int
) -> None:
    stage = stage_of(seed)
    for kind, wishes, go_on, scope in sequence:
        options: dict[str, Any] = {"parallel": parallel, "continue_on_error": go_on, **scope_of(scope)}
        if kind == "refresh":
            stage.refresh(parallel=parallel, **scope_of(scope))
        elif kind == "destroy":
            stage.destroy(**options)
        else:
            stage.up(lambda s, wishes=wishes: follow(s, wishes), preview=kind == "preview", **options)  # type: ignore[misc]
        assert unsound(list(stage.resources)) == []
        assert lost(stage) == set()
        assert stage.memory.begun == {}


@settings(max_examples=80, deadline=None)
@given(programs(), programs(), st.integers(0, 2**16), st.integers(1, 12))
def test_stopped_inside_any_call_nothing_that_exists_is_unknown(
    before: list[Wish], after: list[Wish], seed: int, at: int
) -> None:
    stage = stage_of(seed)
    stage.up(lambda s: follow(s, before))
    changes = 0

    def changed() -> None:
        nonlocal changes
        changes += 1
        if changes == at:
            stage.runner.cancel()
            stage.runner.cancel()

    stage.world.changed = changed  # type: ignore[attr-defined]
    try:
        stage.up(lambda s: follow(s, after))
    except Stopped:
        stage.resources = stage.memory.resources()
    assert unsound(list(stage.resources)) == []
    assert lost(stage) == set()


@settings(max_examples=40, deadline=None)
@given(programs(), st.integers(0, 2**16))
def test_a_second_update_of_the_same_program_changes_nothing(wishes: list[Wish], seed: int) -> None:
    stage = stage_of(seed)
    if stage.up(lambda s: follow(s, wishes)).verdict != "succeeded":
        return
    before = [(r.urn, r.id, r.inputs) for r in stage.resources]
    result = stage.up(lambda s: follow(s, wishes))
    assert set(result.changes) <= {"same"}
    assert sorted(before) == sorted((r.urn, r.id, r.inputs) for r in stage.resources)


@settings(max_examples=60, deadline=None)
@given(programs(), programs(), st.integers(0, 2**16))
def test_a_preview_foretells_the_update(before: list[Wish], after: list[Wish], seed: int) -> None:
    """Without failures, and with inputs that do not come from what is replaced, both decide the same."""
    clean = [
        [Wish(w.name, {k: v for k, v in w.inputs.items() if k not in ("fail", "sick")}) for w in ws]
        for ws in (before, after)
    ]
    stage = stage_of(seed)
    stage.up(lambda s: follow(s, clean[0]))
    foretold = stage.preview(lambda s: follow(s, clean[1]))
    done = stage.up(lambda s: follow(s, clean[1]))
    assert foretold.changes == done.changes
