"""Deleting first: which dependents of a resource must go before it, because they would be replaced with it."""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.engine import steps
from rolecall.engine.ask import DiffUnavailable
from rolecall.engine.differences import must_replace, replace_on_changes
from rolecall.engine.ending import Bail
from rolecall.engine.held import Held
from rolecall.engine.lifecycle import lifecycle_of
from rolecall.engine.providers import Providers
from rolecall.engine.run import Decisions, Run
from rolecall.model.resource import Resource
from rolecall.model.urn import URN
from rolecall.model.value import UNKNOWN, Map, Value


@dataclass(frozen=True, slots=True)
class Dependent:
    """A resource that must be replaced along, and because of which properties."""

    held: Held
    keys: tuple[str, ...] = ()


def has_dependents(run: Run, root: Held, urn: URN) -> bool:
    """Whether deleting `root` first may concern others: such replacements go one after the other, so that two roots of
    one dependent do not both wait for it to be deleted."""
    if run.holdings.followers(urn):
        return True
    return not root.is_new and bool(run.holdings.graph.dependents(root.index))


async def dependents_to_delete(run: Run, providers: Providers, root: Held, urn: URN) -> list[Dependent]:
    """Who must be deleted before `root`, in the order of deletion: the last in the snapshot first.

    Marks them as deleted. Raises Bail, after telling why, when one is protected. `urn`: root's URN now.
    """
    found = await replaced_along(run, providers, root)
    found += cascading(run, urn, {dependent.held for dependent in found})
    chosen: list[Dependent] = []
    for dependent in reversed(found):
        held = dependent.held
        if held.deleted_first or held.gone:
            continue
        if held.state.protect and not held.state.delete and not run.options.ignore_protect:
            _refuse(run, held.state, urn)
        held.deleted_first = True
        run.decisions.replace_keys[held.state.urn] = dependent.keys
        run.decisions.deletes.add(held.state.urn)
        chosen.append(dependent)
    return chosen


def _refuse(run: Run, dependent: Resource, root: URN) -> None:
    message = (
        f'unable to replace resource "{dependent.urn}" as part of replacing "{root}" as it is currently marked for '
        "protection. To unprotect the resource, remove the `protect` flag from the resource in your Pulumi program "
        f"and run `pulumi up`, or use the command:\n`pulumi state unprotect '{dependent.urn}'`"
    )
    run.tell("error", message, root)
    run.errors_seen = True
    raise Bail


async def delete_dependents(run: Run, providers: Providers, dependents: list[Dependent]) -> None:
    """Delete them one after the other."""
    for dependent in dependents:
        held = dependent.held
        life = await lifecycle_of(run, providers, held.state)
        if held.state.delete:
            await steps.delete(run, life, held)
        else:
            await steps.delete(run, life, held, replacing=True, pend_replacement=True)


class _Handled:
    """The URNs that something was decided for."""

    def __init__(self, decisions: Decisions) -> None:
        self._sets = (
            decisions.reads,
            decisions.creates,
            decisions.sames,
            decisions.updates,
            decisions.deletes,
            decisions.replaces,
        )

    def __contains__(self, urn: object) -> bool:
        return any(urn in urns for urns in self._sets)


async def replaced_along(run: Run, providers: Providers, root: Held) -> list[Dependent]:
    """The dependents of `root` in the base that its deletion forces to be replaced, in snapshot order.

    What was registered already cannot depend on what is only being registered: it is left out.
    """
    if root.is_new:
        return []
    replaced = {root.state.urn}
    found: list[Dependent] = []
    for position in run.holdings.graph.dependents(root.index, _Handled(run.decisions)):
        held = run.holdings.base[position]
        if held.gone or held.deleted_first:
            continue
        keys = await _why_replaced(run, providers, held.state, replaced)
        if keys is not None:
            found.append(Dependent(held, keys))
            replaced.add(held.state.urn)
    return found


async def _why_replaced(
    run: Run, providers: Providers, resource: Resource, replaced: set[URN]
) -> tuple[str, ...] | None:
    """The keys for which it must be replaced; None when it need not be."""
    if not resource.custom or resource.external:
        return None
    if resource.provider is not None and resource.provider.urn in replaced:
        await providers.ensure(resource.provider)
        return ()
    if resource.deleted_with is not None and resource.deleted_with in replaced:
        return ()
    inputs = _with_unknowns(resource, replaced)
    if inputs is None:
        return None
    life = await lifecycle_of(run, providers, resource)
    try:
        diff = await life.diff(resource, resource.urn, inputs, resource.ignore_changes)
    except DiffUnavailable:
        return None
    diff = replace_on_changes(diff, resource.replace_on_changes, has_init_errors=False)
    return diff.replaces if must_replace(diff) else None


def _with_unknowns(resource: Resource, replaced: set[URN]) -> Map | None:
    """The inputs, with unknown what comes from a replaced resource; None when nothing does."""
    inputs: dict[str, Value] = {}
    for key in resource.inputs:
        if any(urn in replaced for urn in resource.property_dependencies.get(key, ())):
            inputs[key] = UNKNOWN
    return resource.inputs.with_(inputs) if inputs else None


def cascading(run: Run, urn: URN, known: set[Held]) -> list[Dependent]:
    """Who asked to be replaced or deleted with `urn`."""
    seen: set[URN] = {held.state.urn for held in known}
    found = []
    for held in run.holdings.followers(urn):
        if held.state.urn not in seen:
            seen.add(held.state.urn)
            found.append(Dependent(held))
    return found
