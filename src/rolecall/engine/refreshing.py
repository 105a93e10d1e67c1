"""Making the state say what there is: every resource read, what is gone forgotten, before anything else is decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rolecall.engine.ask import DiffUnavailable
from rolecall.engine.differences import NONE, SOME, inverted
from rolecall.engine.ending import Bail, Fault, StepFailed, Stopped
from rolecall.engine.flow import Promise
from rolecall.engine.graph import references
from rolecall.engine.held import Held
from rolecall.engine.lifecycle import NO_TIMEOUTS, Lifecycle, lifecycle_of
from rolecall.engine.places import leave, supersede
from rolecall.engine.providers import Providers
from rolecall.engine.run import Run
from rolecall.engine.steps import Doing, secret, step_of
from rolecall.model.journal import Done, Marked, Rebased
from rolecall.model.provider import Differences, Outcome, PartlyDone, ProviderFailed
from rolecall.model.resource import Resource
from rolecall.model.step import Op
from rolecall.model.urn import URN
from rolecall.model.value import same


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh found: the resource as it is now, None when it is gone, and how that differs from the memory."""

    state: Resource | None
    diff: Differences = NONE

    def op(self, old: Resource) -> Op:
        """The step that the finding looks like."""
        if self.state is None:
            return "delete"
        if old.external or not old.custom:
            return "same" if same(self.state.outputs, old.outputs) else "update"
        return "same" if self.diff.changes == "none" else "update"


async def refresh_base(run: Run, providers: Providers, *, only_marked: bool = False) -> None:
    """Read the resources of the base and rebuild it. `only_marked`: those that ask for it before every update.

    Raises Bail when a target does not exist, and when any read failed: what was found is kept all the same.
    """
    refuse_missing(run, [*run.scope.targets.texts, *run.scope.excludes.texts])
    chosen = list(_chosen(run, only_marked))
    for held in chosen:
        if held.state.provider is not None:
            await _ensure(run, providers, held.state)
    under_way: dict[Held, Promise[Refreshed]] = {}
    for held in chosen:
        under_way[held] = run.spawn(refresh_one(run, providers, held.state))
    found: dict[Held, Resource | None] = {}
    failed = False
    for held, promise in under_way.items():
        try:
            found[held] = (await promise).state
        except (StepFailed, Stopped):
            failed = True
    rebuilt = tuple(_rebuilt(run, found))
    run.holdings.rebase(rebuilt)
    await run.write(Rebased(rebuilt))
    run.must_go_on()
    if failed:
        raise StepFailed("refresh failed")


async def _ensure(run: Run, providers: Providers, resource: Resource) -> None:
    assert resource.provider is not None
    try:
        await providers.ensure(resource.provider)
    except Fault as fault:
        raise Fault(f"could not load provider for resource {resource.urn}: {fault.message}") from fault


def refuse_missing(run: Run, texts: list[str]) -> None:
    """Tell which URNs that the user named do not exist. Raises Bail if there are any."""
    known: set[str] = {*run.decisions.seen, *(held.state.urn for held in run.holdings.base)}
    missing = [text for text in dict.fromkeys(texts) if "*" not in text and text not in known]
    for text in missing:
        hint = "" if "$" in text else " Did you forget to escape $ in your shell?"
        run.tell("error", f"Target '{text}' could not be found in the stack.{hint}")
    if missing:
        raise Bail


def _chosen(run: Run, only_marked: bool) -> Iterator[Held]:
    for held in run.holdings.base:
        if held.state.view_of or (only_marked and not held.state.refresh_before_update):
            continue
        if run.scope.names(held.state):
            yield held


async def refresh_one(run: Run, providers: Providers, old: Resource, *, registered: bool = False) -> Refreshed:
    """One refresh step. Raises StepFailed when the resource could not be read.

    `registered`: a program registers the resource, and a failure ends the run.
    """
    async with run.slots:
        doing = Doing(run, step_of("refresh", old=old, new=old, logical=False))
        await doing.begin()
        try:
            found = await _look(run, providers, old)
        except (ProviderFailed, Fault) as error:
            raise doing.report(error, may_be_done=True, stops=registered) from error
        alone = run.kind == "refresh"
        doing.step = replace(doing.step, diffs=found.diff.diffs, detailed_diff=found.diff.detailed)
        is_read = old.custom and not old.is_provider
        op: Op = "refresh"
        if alone:
            op = "update" if registered and not is_read else found.op(old)
        doing.succeed(found.state, op=op, counted=alone and (is_read or not registered), shown=True)
        return found


async def refresh_registered(run: Run, providers: Providers, old: Held) -> Held | None:
    """Refresh what a program registers, and hold what was found; None when it is gone."""
    found = (await refresh_one(run, providers, old.state, registered=True)).state
    run.must_go_on()
    if found is None:
        await run.write(Done(0, **leave(old)))
        return None
    unchanged = found == old.state
    held, fields = supersede(run, old, found)
    await run.write(Done(0, **fields, elidable=unchanged))
    return held


async def refresh_rest(run: Run, providers: Providers) -> None:
    """Refresh what no program registered, then drop references to what is gone. Raises StepFailed."""
    rest = [
        held
        for held in _chosen(run, only_marked=False)
        if not held.gone and not run.decisions.is_operated_on(held.state.urn)
    ]
    for held in rest:
        if held.state.provider is not None:
            await _ensure(run, providers, held.state)
    under_way = {held: run.spawn(refresh_one(run, providers, held.state)) for held in rest}
    failed = False
    for held, promise in under_way.items():
        try:
            found = (await promise).state
        except (StepFailed, Stopped):
            failed = True
            continue
        if found is None:
            await run.write(Done(0, **leave(held)))
        elif found != held.state:
            held.state = found
            await run.write(Marked(held.index, found))
    known: set[URN] = set()
    for held in list(run.holdings.entries()):
        kept = without_dangling(held.state, known)
        if any(urn not in known for urn in references(held.state)):
            held.state = kept
            place = {"removed_new": held.index, "added": kept} if held.is_new else {"marked": Marked(held.index, kept)}
            await run.write(Done(0, **place))
        known.add(held.state.urn)
    if failed:
        raise StepFailed("refresh failed")


async def _look(run: Run, providers: Providers, old: Resource) -> Refreshed:
    if not old.custom or old.is_provider or old.pending_replacement:
        return Refreshed(old)
    life = await lifecycle_of(run, providers, old)
    timeout = (old.custom_timeouts or NO_TIMEOUTS).read
    try:
        outcome = await life.read(old.urn, old.id, old.inputs, old.outputs, timeout)
    except PartlyDone as partly:
        outcome = partly.outcome
        reasons = "\n* ".join(outcome.init_errors)
        run.tell("warning", f"Refreshed resource is in an unhealthy state:\n* {reasons}", old.urn)
    if not outcome.id or outcome.outputs is None:
        return Refreshed(None)
    state = _found(run, old, outcome)
    diff = NONE if old.external else await _difference(life, old, state)
    return Refreshed(replace(state, outputs=secret(run, state, outcome.outputs)), diff)


def _found(run: Run, old: Resource, outcome: Outcome) -> Resource:
    assert outcome.outputs is not None
    inputs = old.inputs if outcome.inputs is None else outcome.inputs
    compared = outcome.inputs is not None if old.external else True
    changed = (compared and not same(inputs, old.inputs)) or not same(outcome.outputs, old.outputs)
    return replace(
        old,
        id=outcome.id,
        inputs=inputs,
        outputs=outcome.outputs,
        init_errors=outcome.init_errors,
        refresh_before_update=outcome.refresh_before_update,
        modified=run.environment.now() if changed else old.modified,
    )


async def _difference(life: Lifecycle, old: Resource, new: Resource) -> Differences:
    """What an update without changes in the program would undo, seen from the other side."""
    try:
        return inverted(await life.diff(new, new.urn, old.inputs, old.ignore_changes))
    except DiffUnavailable:
        return SOME


def _rebuilt(run: Run, found: dict[Held, Resource | None]) -> Iterator[Resource]:
    """The base with the findings, and without references to what is gone.

    Children of what is gone lose their parent altogether, and empty lists of property dependencies go (as in Pulumi).
    """
    known: set[URN] = set()
    for held in run.holdings.base:
        state = found.get(held, held.state)
        if state is None:
            continue
        yield without_dangling(state, known)
        known.add(state.urn)


def without_dangling(resource: Resource, known: set[URN]) -> Resource:
    """A resource that refers only to what is known."""
    properties = {
        key: kept
        for key, urns in resource.property_dependencies.items()
        if (kept := tuple(urn for urn in urns if urn in known))
    }
    return replace(
        resource,
        parent=resource.parent if resource.parent in known else None,
        dependencies=tuple(urn for urn in resource.dependencies if urn in known),
        property_dependencies=properties,
        deleted_with=resource.deleted_with if resource.deleted_with in known else None,
        replace_with=tuple(urn for urn in resource.replace_with if urn in known),
    )
