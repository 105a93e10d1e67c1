"""What components and the stack say of themselves when they are complete."""

from __future__ import annotations

from dataclasses import replace

from rolecall.engine import hooks
from rolecall.engine.ending import Fault
from rolecall.engine.run import Run
from rolecall.engine.steps import is_internal
from rolecall.model.event import Finished
from rolecall.model.journal import Done
from rolecall.model.resource import Resource
from rolecall.model.step import Step
from rolecall.model.urn import STACK_TYPE, URN
from rolecall.model.value import Map, same


async def register_outputs(run: Run, urn: URN, outputs: Map) -> None:
    """Complete a registration of this run. The stack's outputs wait for the end: failures change what they become."""
    run.must_go_on()
    held = run.holdings.news.get(urn)
    if run.planning is not None and held is not None:
        run.planning.take_outputs(urn, held.state.outputs, outputs)
    if urn.qualified_type == STACK_TYPE:
        run.stack_outputs = (urn, outputs)
        return
    await _complete(run, urn, outputs)


async def finish_stack(run: Run) -> None:
    """The outputs of the stack. A failed run takes none away: the old ones stay, overlaid with the new."""
    if run.stack_outputs is None:
        return
    urn, outputs = run.stack_outputs
    if run.has_failed:
        old = run.holdings.olds.get(urn)
        outputs = old.state.outputs.with_(outputs) if old else outputs
    await _complete(run, urn, outputs)


async def _complete(run: Run, urn: URN, outputs: Map) -> None:
    step = run.pending_outputs.pop(urn, None)
    if step is None:
        raise Fault(f"cannot complete a resource '{urn}' whose registration isn't pending")
    held = run.holdings.news.get(urn)
    if held is None:
        return
    unchanged = same(held.state.outputs, outputs)
    held.state = replace(held.state, outputs=outputs)
    went_well = await _after_hooks(run, step, held.state)
    run.show(Finished(replace(step, new=held.state), run.preview, is_internal(step)))
    if not held.gone:
        await run.write(Done(0, removed_new=held.index, added=held.state, elidable=unchanged))
    if not went_well and not run.options.continue_on_error:
        run.stop()


async def _after_hooks(run: Run, step: Step, state: Resource) -> bool:
    """A component is created or updated when its outputs are known: then its hooks run. False when one failed."""
    if state.custom:
        return True
    if step.op == "create":
        return await hooks.after(run, "after_create", None, state)
    if step.op == "update":
        return await hooks.after(run, "after_update", step.old, state)
    return True
