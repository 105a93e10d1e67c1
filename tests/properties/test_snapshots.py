"""Whatever programs want, providers answer and in whatever order: what is remembered is sound and nothing is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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


NAMES = "abcdef"
MANY = 4


@st.composite
def shapes(draw: st.DrawFn) -> list[Wish]:
    """Which resources a program can have and how they hang together; what they are like is left to `like`."""
    wishes: list[Wish] = []
    for name in NAMES[: draw(st.integers(2, len(NAMES)))]:
        earlier = st.integers(0, max(len(wishes) - 1, 0))
        needs = tuple(draw(st.lists(earlier, unique=True, max_size=2))) if wishes else ()
        inside = draw(earlier) if wishes and draw(st.integers(0, 3)) == 0 else None
        component = draw(st.integers(0, 4)) == 0
        options = {} if component else draw(st.sampled_from(OPTIONS))
        wishes.append(Wish(name, {}, needs, inside, component, options))
    return wishes


OPTIONS: list[dict[str, Any]] = [
    {},
    {},
    {"delete_before_replace": True},
    {"delete_before_replace": False},
    {"replace_on_changes": ("x",)},
    {"protect": True},
]


@st.composite
def like(draw: st.DrawFn, shape: list[Wish]) -> list[Wish]:
    """One program of a shape: some left out, with all that needs them; inputs of two values; rare failures."""
    absent: set[int] = set(draw(st.sets(st.integers(0, len(shape) - 1), max_size=2)))
    wishes: list[Wish] = []
    place: dict[int, int] = {}
    for i, wish in enumerate(shape):
        if i in absent or any(n in absent for n in (*wish.needs, wish.inside)):
            absent.add(i)
            continue
        inputs: dict[str, Any] = {} if wish.component else {key: draw(st.integers(0, 1)) for key in KEYS}
        trouble = 30 - draw(st.integers(0, 30))
        if trouble < len(FAILURES) and inputs:
            inputs["fail"] = [FAILURES[trouble]]
        elif trouble == len(FAILURES) and inputs:
            inputs["sick"] = ["ill"]
        place[i] = len(wishes)
        inside = None if wish.inside is None else place[wish.inside]
        wishes.append(replace(wish, inputs=inputs, needs=tuple(place[n] for n in wish.needs), inside=inside))
    return wishes


KEYS = ("x", "replace", "dbr")


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, list[Wish], bool, dict[str, Any]]]:
    """Runs of one program that changes: the kind of run, the program, whether to go on after errors, the scope."""
    shape = draw(shapes())
    first = ("up", draw(like(shape)), False, {})
    later = st.tuples(kinds, like(shape), st.booleans(), scopes)
    return [first, *draw(st.lists(later, min_size=1, max_size=MANY))]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[Wish], list[Wish]]:
    """A program and what becomes of it."""
    shape = draw(shapes())
    return draw(like(shape)), draw(like(shape))


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

    async def one(i: int, wish: Wish) -> None:
        try:
            await register(i, wish)
        except (Aborted, asyncio.CancelledError):
            urns[i].cancel()
            raise

    results = await asyncio.gather(*(one(i, wish) for i, wish in enumerate(wishes)), return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
    if any(isinstance(result, BaseException) for result in results):
        raise Aborted


def drift(stage: Stage, dice: random.Random) -> None:
    """Sometimes the world changes behind our back: something goes, or is otherwise."""
    ids = sorted(stage.world.things)
    if not ids or dice.random() < 0.5:
        return
    id_ = dice.choice(ids)
    thing = stage.world.things.pop(id_)
    if dice.random() < 0.6:
        stage.world.things[id_] = thing.with_({"x": 7})


def lost(stage: Stage) -> set[str]:
    """The ids that exist in the world and that nothing in the memory tells of."""
    known = {r.id for r in stage.resources}
    intended = {p.resource.urn.name for p in stage.memory.begun.values()}
    return {id_ for id_ in stage.world.things if id_ not in known and id_.rpartition("-")[0] not in intended}


def scope_of(drawn: dict[str, Any]) -> dict[str, Any]:
    """The options that a drawn scope stands for."""
    if not drawn:
        return {}
    texts = tuple(f"**::{name}" for name in drawn["names"])
    return {drawn["kind"]: texts, drawn["kind"].rstrip("s") + "_dependents": drawn["dependents"]}


@settings(max_examples=150, deadline=None)
@given(histories(), st.integers(0, 2**16), st.sampled_from([1, 3, 16]))
def test_any_sequence_of_runs_leaves_a_sound_memory_that_knows_all_that_exists(
    sequence: list[tuple[str, list[Wish], bool, dict[str, Any]]], seed: int, parallel: int
) -> None:
    stage, dice = stage_of(seed), random.Random(seed)
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
        drift(stage, dice)


@settings(max_examples=80, deadline=None)
@given(pairs(), st.integers(0, 2**16), st.integers(1, 12))
def test_stopped_inside_any_call_nothing_that_exists_is_unknown(
    programs: tuple[list[Wish], list[Wish]], seed: int, at: int
) -> None:
    before, after = programs
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
@given(pairs(), st.integers(0, 2**16))
def test_a_second_update_of_the_same_program_changes_nothing(
    programs: tuple[list[Wish], list[Wish]], seed: int
) -> None:
    wishes = programs[0]
    stage = stage_of(seed)
    if stage.up(lambda s: follow(s, wishes)).verdict != "succeeded":
        return
    before = [(r.urn, r.id, r.inputs) for r in stage.resources]
    result = stage.up(lambda s: follow(s, wishes))
    assert set(result.changes) <= {"same"}
    assert sorted(before) == sorted((r.urn, r.id, r.inputs) for r in stage.resources)


@settings(max_examples=60, deadline=None)
@given(pairs(), st.integers(0, 2**16))
def test_a_preview_foretells_the_update(programs: tuple[list[Wish], list[Wish]], seed: int) -> None:
    """Without failures, and with inputs that do not come from what is replaced, both decide the same."""
    before, after = (
        [replace(w, inputs={k: v for k, v in w.inputs.items() if k in KEYS}, options={}) for w in wishes]
        for wishes in programs
    )
    stage = stage_of(seed)
    stage.up(lambda s: follow(s, before))
    foretold = stage.preview(lambda s: follow(s, after))
    done = stage.up(lambda s: follow(s, after))
    assert foretold.changes == done.changes
