"""What is deleted when the program is done: which resources, in which layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rolecall.engine import steps
from rolecall.engine.ending import Bail, Fault, StepFailed, Stopped
from rolecall.engine.flow import Promise
from rolecall.engine.graph import Graph, layers
from rolecall.engine.held import Held
from rolecall.engine.lifecycle import lifecycle_of
from rolecall.engine.providers import Providers
from rolecall.engine.replacement import cascading, replaced_along
from rolecall.engine.run import Run
from rolecall.model.resource import Resource
from rolecall.model.urn import URN


@dataclass(frozen=True, slots=True)
class Condemned:
    """An entry to delete. `replacing`: the old copy of a replaced resource."""

    held: Held
    replacing: bool = False


async def delete_rest(run: Run, providers: Providers) -> None:
    """Delete what nobody registered, and old copies of what was replaced. Raises Bail or Fault before deleting any."""
    scope = await _scope(run, providers)
    condemned = list(_condemned(run, scope))
    sames = [held for held in run.holdings.base if _is_left_alone(run, scope, held)]
    for one in condemned:
        run.decisions.deletes.add(one.held.state.urn)
        if one.held.state.provider is not None:
            await _ensure(providers, one.held.state)
    _refuse_unnamed(run, condemned)
    for held in sames:
        run.decisions.sames.add(held.state.urn)
        await steps.stay(run, held)
    await _in_layers(run, providers, condemned)


def _condemned(run: Run, scope: _Scope) -> Iterator[Condemned]:
    for held in run.holdings.base:
        state = held.state
        if held.gone or state.view_of or not scope.includes(state.urn):
            continue
        if state.delete:
            if not held.deleted_first:
                yield Condemned(held, replacing=True)
        elif not run.decisions.is_operated_on(state.urn):
            yield Condemned(held)
    for urn in run.destroyed_later:
        made = run.holdings.news.get(urn)
        if made is not None and scope.includes(urn):
            yield Condemned(made)


def _is_left_alone(run: Run, scope: _Scope, held: Held) -> bool:
    """Whether an entry is neither to be deleted nor registered."""
    state = held.state
    if held.gone or state.view_of or state.delete or scope.includes(state.urn):
        return False
    return not run.decisions.is_operated_on(state.urn)


async def _ensure(providers: Providers, resource: Resource) -> None:
    assert resource.provider is not None
    try:
        await providers.ensure(resource.provider)
    except Fault as fault:
        raise Fault(f"could not load provider for resource {resource.urn}: {fault.message}") from fault


@dataclass(frozen=True, slots=True)
class _Scope:
    """The URNs to which deletion is limited; `only` None is all, and `never` are kept whatever `only` says."""

    only: frozenset[URN] | None = None
    never: frozenset[URN] = frozenset()

    def includes(self, urn: URN) -> bool:
        return (self.only is None or urn in self.only) and urn not in self.never


async def _scope(run: Run, providers: Providers) -> _Scope:
    if run.scope.targets:
        return _Scope(only=frozenset(await _targets_and_dependents(run, providers)))
    if run.scope.excludes:
        return _Scope(never=frozenset(_excludes_and_dependencies(run)))
    return _Scope()


async def _targets_and_dependents(run: Run, providers: Providers) -> set[URN]:
    """The targets, all that depends on them or lies below them, and what would be replaced with them."""
    graph, base = run.holdings.graph, run.holdings.base
    reached: set[URN] = set()
    for position, held in enumerate(base):
        if held.state.urn in run.scope.targets:
            reached.add(held.state.urn)
            reached.update(base[other].state.urn for other in graph.dependents(position, children=True))
    found = set(reached)
    for held in base:
        if held.state.urn in reached and not held.gone:
            along = await replaced_along(run, providers, held)
            along += cascading(run, held.state.urn, {one.held for one in along})
            found.update(one.held.state.urn for one in along)
    return found


def _excludes_and_dependencies(run: Run) -> set[URN]:
    """The excluded, and all that they need; with --exclude-dependents also what needs them."""
    graph, base = run.holdings.graph, run.holdings.base
    waiting = [position for position, held in enumerate(base) if held.state.urn in run.scope.excludes]
    found: set[int] = set()
    while waiting:
        position = waiting.pop()
        if position in found:
            continue
        found.add(position)
        waiting.extend(graph.dependencies(position))
        if run.options.exclude_dependents:
            waiting.extend(graph.dependents(position, children=True))
    return {base[position].state.urn for position in found}


def _refuse_unnamed(run: Run, condemned: list[Condemned]) -> None:
    if not run.scope.targets or run.options.target_dependents:
        return
    refused = False
    for one in condemned:
        urn = one.held.state.urn
        if urn in run.scope.targets:
            continue
        message = (
            f"Resource '{urn}' will be destroyed but was not specified in --target list.\n"
            "Either include resource in --target list or pass --target-dependents to proceed."
        )
        run.tell("error", message, urn)
        run.errors_seen = refused = True
    if refused and not run.preview:
        raise Bail


async def _in_layers(run: Run, providers: Providers, condemned: list[Condemned]) -> None:
    """Delete layer after layer. What a resource that could not be deleted needs is kept."""
    added = [one.held for one in condemned if one.held.is_new]
    if added:
        everything = [held for held in run.holdings.added if not held.gone] + run.holdings.base
        graph = Graph([held.state for held in everything])
    else:
        everything, graph = run.holdings.base, run.holdings.graph
    position_of = {held: position for position, held in enumerate(everything)}
    chosen = {position_of[one.held]: one for one in condemned}
    kept = _needed_by_failed(run, graph, everything)
    for layer in layers(graph, chosen):
        under_way: dict[int, Promise[None]] = {}
        for position in sorted(layer, reverse=True):
            if position not in kept:
                under_way[position] = run.spawn(_delete(run, providers, chosen[position]))
        for position, promise in under_way.items():
            try:
                await promise
            except StepFailed:
                kept |= _all_needed(graph, position)
            except Stopped:
                continue


def _needed_by_failed(run: Run, graph: Graph, everything: list[Held]) -> set[int]:
    kept: set[int] = set()
    for urn in run.decisions.failed:
        for position in graph.positions(urn):
            if not everything[position].gone:
                kept |= _all_needed(graph, position)
    return kept


def _all_needed(graph: Graph, position: int) -> set[int]:
    found: set[int] = set()
    waiting = [position]
    while waiting:
        for needed in graph.dependencies(waiting.pop()):
            if needed not in found:
                found.add(needed)
                waiting.append(needed)
    return found


async def _delete(run: Run, providers: Providers, condemned: Condemned) -> None:
    held = condemned.held
    async with run.slots:
        if held.state.pending_replacement and not condemned.replacing:
            await steps.remove_pending_replacement(run, held)
            return
        run.must_go_on()
        life = await lifecycle_of(run, providers, held.state)
        await steps.delete(run, life, held, replacing=condemned.replacing)
