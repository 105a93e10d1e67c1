"""Taking over a resource that exists: read it, and remember it as if it had been created here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rolecall.engine.ending import Fault
from rolecall.engine.held import Held
from rolecall.engine.lifecycle import NO_TIMEOUTS, Lifecycle
from rolecall.engine.path import ignoring_changes
from rolecall.engine.places import mark
from rolecall.engine.run import Run
from rolecall.engine.steps import Doing, replace_marker, secret, step_of
from rolecall.model.provider import Outcome, PartlyDone, ProviderFailed
from rolecall.model.resource import Resource
from rolecall.model.step import Op
from rolecall.model.urn import package_of
from rolecall.model.value import EMPTY, Map


async def import_by_option(
    run: Run, life: Lifecycle, new: Resource, replaced: Held | None, ignore_changes: tuple[str, ...]
) -> Held:
    """Import because a registration says `import_`. `replaced`: what the stack had under that URN.

    What the program wants otherwise is the business of the comparison that follows.
    """
    held = await _import(run, life, new, replaced, lambda inputs: ignoring_changes(ignore_changes, inputs, inputs)[0])
    if replaced is not None:
        await replace_marker(run, replaced, held.state)
    return held


async def _import(
    run: Run, life: Lifecycle, new: Resource, replaced: Held | None, settle: Callable[[Map], Map]
) -> Held:
    op: Op = "import" if replaced is None else "import-replacement"
    old = replaced.state if replaced else None
    doing = Doing(run, step_of(op, old=old, new=new, logical=replaced is None))
    await doing.begin("importing", new)
    try:
        outcome = await look(life, new)
    except (ProviderFailed, Fault) as error:
        failure = doing.report(error)
        await doing.record()
        raise failure from error
    marked = {} if replaced is None else await mark(run, replaced, delete=True)
    held = run.holdings.add(imported(run, new, outcome, settle))
    await doing.record(added=held.state, **marked)
    seen = replace(held.state, created="", modified="", additional_secret_outputs=(), aliases=())
    doing.step = replace(doing.step, old=replaced.state if replaced else seen)
    doing.succeed(held.state)
    return held


async def look(life: Lifecycle, new: Resource) -> Outcome:
    """Read what is to be imported. Raises Fault when it is not there or cannot be imported."""
    timeout = (new.custom_timeouts or NO_TIMEOUTS).read
    try:
        outcome = await life.read(new.urn, new.import_id, None, None, timeout)
    except PartlyDone as partly:
        outcome = partly.outcome
    if outcome.outputs is None or not outcome.id:
        raise Fault(f"resource '{new.id or new.import_id}' does not exist")
    if outcome.inputs is None:
        raise Fault(
            f"provider does not support importing resources; please try updating the '{package_of(new.type)}' plugin"
        )
    return outcome


def imported(run: Run, new: Resource, outcome: Outcome, settle: Callable[[Map], Map]) -> Resource:
    """The resource as it was found."""
    now = run.environment.now()
    inputs = settle(outcome.inputs if outcome.inputs is not None else EMPTY)
    state = replace(
        new,
        id=outcome.id or new.import_id,
        inputs=inputs,
        init_errors=outcome.init_errors,
        refresh_before_update=outcome.refresh_before_update,
        created=now,
        modified=now,
    )
    return replace(state, outputs=secret(run, state, outcome.outputs if outcome.outputs is not None else EMPTY))
