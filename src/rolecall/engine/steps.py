"""Doing one step: say that it starts, write the intent, act, write the result, say how it ended.

The order is the same for every sort of step and is what makes a run safe to interrupt: an intent is durable before a
provider is asked to change anything, and whoever waits for a step goes on only when its result is durable.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rolecall.engine import hooks
from rolecall.engine.ending import Fault, StepFailed
from rolecall.engine.held import Held
from rolecall.engine.lifecycle import Lifecycle
from rolecall.engine.places import leave, mark, supersede
from rolecall.engine.run import Run
from rolecall.engine.secrecy import with_secret_outputs
from rolecall.model.event import Failed, Finished, Started
from rolecall.model.journal import Begun, Done
from rolecall.model.provider import Differences, Outcome, PartlyDone, ProviderFailed
from rolecall.model.resource import OperationKind, PendingOperation, Resource
from rolecall.model.step import Op, Step
from rolecall.model.urn import UNKNOWN_ID
from rolecall.model.value import EMPTY, Map, same

NO_DIFF = Differences("none")


def step_of(
    op: Op,
    *,
    old: Resource | None = None,
    new: Resource | None = None,
    diff: Differences = NO_DIFF,
    logical: bool = True,
) -> Step:
    """A step between two states of one resource."""
    resource = new or old
    assert resource is not None
    return Step(
        op,
        resource.urn,
        resource.type,
        resource.provider,
        old,
        new,
        keys=diff.replaces,
        diffs=diff.diffs,
        detailed_diff=diff.detailed,
        logical=logical,
    )


def is_internal(step: Step) -> bool:
    """Whether a step is the engine's own business: default providers, and clearing away a pending replacement."""
    return step.op == "remove-pending-replace" or is_default_provider(step.new or step.old)


def is_default_provider(resource: Resource | None) -> bool:
    """Whether a resource is a default provider; they are told by their names."""
    return resource is not None and resource.is_provider and resource.urn.name.startswith("default")


class Doing:
    """One step under way."""

    def __init__(self, run: Run, step: Step) -> None:
        self.run = run
        self.step = step
        self.internal = is_internal(step)
        self._operation = 0

    async def begin(self, kind: OperationKind | None = None, resource: Resource | None = None) -> None:
        """Say that it starts, and write what is intended if a provider will be asked. Raises Stopped."""
        self.run.must_go_on()
        if self.run.planning is not None:
            self.run.planning.take_step(self.step.urn, self.step.op)
        self.run.show(Started(self.step, self.run.preview, self.internal))
        if kind is not None and resource is not None and not self.run.preview:
            self._operation = self.run.next_operation()
            await self.run.write(Begun(self._operation, PendingOperation(resource, kind)))

    async def record(self, **done: Any) -> None:
        """Write the result."""
        await self.run.write(Done(self._operation, **done))

    async def record_failure(self, error: Exception) -> None:
        """Write that nothing came of it; but what got no answer may have been done, and stays pending."""
        if not (isinstance(error, ProviderFailed) and error.unanswered):
            await self.record()

    def succeed(
        self, new: Resource | None, *, op: Op | None = None, counted: bool | None = None, shown: bool = False
    ) -> None:
        """Say that it is done. Components say so when their outputs are registered, except in previews."""
        self.step = replace(self.step, new=new, op=op or self.step.op)
        if self.step.logical and new is not None:
            self.run.pending_outputs[self.step.urn] = self.step
        if (self.step.logical if counted is None else counted) and not self.internal:
            self.run.count(self.step.op)
        resource = new or self.step.old
        assert resource is not None
        if self.run.preview or resource.custom or self.step.op == "delete" or shown:
            self.run.show(Finished(self.step, self.run.preview, self.internal))

    def report(self, error: Exception, *, may_be_done: bool = False, stops: bool = True) -> StepFailed:
        """Say that it failed and why. The caller records what is left of it, and raises what this returns.

        `may_be_done`: the provider may have changed something all the same. `stops` False: the run goes on to report
        more of the kind.
        """
        urn = None if self.internal else self.step.urn
        message = message_of(error)
        partly = isinstance(error, PartlyDone)
        if self.run.preview:
            self.run.tell("error", f"Preview failed: {message}", urn)
        else:
            unknown = may_be_done and isinstance(error, ProviderFailed) and error.status_unknown and not partly
            self.run.maybe_corrupt |= unknown
            self.run.tell("error", message, urn)
            self.run.show(Failed(self.step, 1 if partly else 2 if unknown else 0, self.internal))
        self.run.failed_step = True
        self.run.first_failure = self.run.first_failure or message
        if stops and not self.run.options.continue_on_error:
            self.run.stop()
        return StepFailed(message)

    def stop_unless(self, went_well: bool) -> None:
        """End the run after a hook that failed, unless it is to go on past errors."""
        if not went_well and not self.run.options.continue_on_error:
            self.run.stop()


def message_of(error: Exception) -> str:
    """What to tell about an error of a provider: partial failures list their reasons, as Go's multierror does."""
    if isinstance(error, PartlyDone):
        reasons = error.outcome.init_errors
        count = "1 error" if len(reasons) == 1 else f"{len(reasons)} errors"
        return f"{count} occurred:\n" + "".join(f"\t* {reason}\n" for reason in reasons) + "\n"
    if isinstance(error, ProviderFailed | Fault):
        return error.message
    return str(error)


def after(run: Run, new: Resource, outcome: Outcome, **changes: Any) -> Resource:
    """A resource as a provider left it, with its secrets marked."""
    outputs = outcome.outputs if outcome.outputs is not None else EMPTY
    return replace(
        new,
        id=outcome.id,
        outputs=secret(run, new, outputs),
        init_errors=outcome.init_errors,
        refresh_before_update=outcome.refresh_before_update,
        **changes,
    )


def secret(run: Run, resource: Resource, outputs: Map) -> Map:
    """Outputs with secret what the resource's options and inputs make secret."""
    if "id" in resource.additional_secret_outputs:
        message = "The 'id' property cannot be made secret. See pulumi/pulumi#2717 for more details."
        run.tell("warning", message, resource.urn)
    return with_secret_outputs(outputs, resource.inputs, resource.additional_secret_outputs)


async def create(
    run: Run,
    life: Lifecycle,
    new: Resource,
    *,
    replaced: Held | None = None,
    diff: Differences = NO_DIFF,
    pend_delete: bool = False,
) -> Held:
    """Create; with `replaced`, as a replacement, whose old copy is to be deleted later if `pend_delete`."""
    op: Op = "create" if replaced is None else "create-replacement"
    old = replaced.state if replaced else None
    doing = Doing(run, step_of(op, old=old, new=new, diff=diff, logical=replaced is None))
    await doing.begin("creating", new)

    async def hold(state: Resource) -> Held:
        if replaced is None or not pend_delete:
            held, fields = supersede(run, replaced, state)
        else:
            marked = await mark(run, replaced, delete=True)
            held = run.holdings.add(state)
            fields = {"added": state, **marked}
        await doing.record(**fields)
        return held

    try:
        await hooks.before(run, "before_create", None, new)
        outcome = await hooks.retrying(run, "create", None, new, lambda: life.create(new))
        if new.custom and not run.preview and not outcome.id:
            raise Fault("provider did not return an ID from Create")
    except PartlyDone as partly:
        failure = doing.report(partly)
        now = run.environment.now()
        await hold(after(run, new, partly.outcome, created=now, modified=now))
        raise failure from partly
    except (ProviderFailed, Fault) as error:
        failure = doing.report(error)
        await doing.record_failure(error)
        raise failure from error
    now = run.environment.now()
    held = await hold(after(run, new, outcome, created=now, modified=now))
    went_well = not new.custom or await hooks.after(run, "after_create", None, held.state)
    doing.succeed(held.state)
    doing.stop_unless(went_well)
    return held


async def update(
    run: Run, life: Lifecycle, old: Held, new: Resource, diff: Differences, ignore_changes: tuple[str, ...]
) -> Held:
    """Change in place. A partial failure keeps the old inputs with the new outputs: it is not what was wanted."""
    was = old.state
    doing = Doing(run, step_of("update", old=was, new=new, diff=diff))
    await doing.begin("updating", was)
    new = replace(new, id=was.id, created=was.created, modified=was.modified)
    doing.step = replace(doing.step, new=new)

    async def hold(state: Resource) -> Held:
        held, fields = supersede(run, old, state)
        await doing.record(**fields)
        return held

    try:
        await hooks.before(run, "before_update", was, new)
        outcome = await hooks.retrying(run, "update", was, new, lambda: life.update(was, new, ignore_changes))
    except PartlyDone as partly:
        failure = doing.report(partly)
        state = after(run, new, replace(partly.outcome, id=was.id), modified=run.environment.now())
        await hold(replace(state, inputs=was.inputs))
        raise failure from partly
    except (ProviderFailed, Fault) as error:
        failure = doing.report(error, may_be_done=True)
        await doing.record_failure(error)
        raise failure from error
    modified = run.environment.now() if new.custom else was.modified
    held = await hold(after(run, new, replace(outcome, id=was.id), modified=modified))
    went_well = not was.custom or await hooks.after(run, "after_update", was, held.state)
    doing.succeed(held.state)
    doing.stop_unless(went_well)
    return held


async def keep(run: Run, life: Lifecycle | None, old: Held, new: Resource) -> Held:
    """Note that nothing changes: id and outputs are the old ones, all else is as the program says.

    `life` None: a resource that the operation is not about, kept as it is.
    """
    was = old.state
    doing = Doing(run, step_of("same", old=was, new=new))
    await doing.begin()
    new = replace(new, id=was.id, outputs=was.outputs)
    if life is not None:
        try:
            await life.keep(was, new)
        except Fault as error:
            failure = doing.report(Fault(f"bad provider state for resource {was.urn}: {error.message}"))
            raise failure from error
    state = replace(new, outputs=secret(run, new, was.outputs))
    held, fields = supersede(run, old, state)
    await doing.record(**fields, elidable=not is_worth_writing(was, state))
    doing.succeed(state)
    return held


def is_worth_writing(old: Resource, new: Resource) -> bool:
    """Whether keeping a resource changes what is remembered of it; else the write can wait for the next one."""
    return not (
        old.urn == new.urn
        and old.type == new.type
        and old.custom == new.custom
        and old.custom_timeouts == new.custom_timeouts
        and old.retain_on_delete == new.retain_on_delete
        and old.provider == new.provider
        and old.parent == new.parent
        and old.deleted_with == new.deleted_with
        and old.replace_with == new.replace_with
        and old.protect == new.protect
        and old.taint == new.taint
        and sorted(old.dependencies) == sorted(new.dependencies)
        and old.property_dependencies == new.property_dependencies
        and old.additional_secret_outputs == new.additional_secret_outputs
        and old.hooks == new.hooks
        and old.import_id == new.import_id
        and same(old.replacement_trigger, new.replacement_trigger)
        and same(old.inputs, new.inputs)
        and same(old.outputs, new.outputs)
    )


async def skip(run: Run, new: Resource) -> Resource:
    """Note that a resource is not created because the operation is not about it. It is not remembered."""
    doing = Doing(run, step_of("same", old=new, new=new))
    await doing.begin()
    doing.succeed(new)
    return new


async def stay(run: Run, old: Held) -> None:
    """Note that nobody registered an entry and that it is not to be deleted: it stays where it is in the base."""
    doing = Doing(run, step_of("same", old=old.state, new=replace(old.state, id="")))
    await doing.begin()
    doing.succeed(old.state)


async def replace_marker(run: Run, old: Held, new: Resource, diff: Differences = NO_DIFF) -> None:
    """The logical step of a replacement: nothing is done, it is what users see and count."""
    doing = Doing(run, step_of("replace", old=old.state, new=new, diff=diff))
    await doing.begin()
    doing.succeed(new)


async def delete(
    run: Run, life: Lifecycle, old: Held, *, replacing: bool = False, pend_replacement: bool = False
) -> None:
    """Delete. `replacing`: as a part of a replacement; `pend_replacement`: whose new copy does not exist yet."""
    was = old.state
    op: Op = ("discard-replaced" if replacing else "discard") if was.external else "delete"
    if replacing and not was.external:
        op = "delete-replaced"
    doing = Doing(run, step_of(op, old=was, logical=not replacing))
    await doing.begin("deleting", was)
    deleted_along = was.deleted_with is not None and was.deleted_with in run.decisions.deletes
    try:
        await hooks.before(run, "before_delete", was, None)
        if was.protect and not replacing and not run.options.ignore_protect:
            raise Protected(protected(was))
        if was.is_provider or not (run.preview or was.external or was.retain_on_delete or deleted_along):
            await hooks.retrying(run, "delete", was, None, lambda: life.delete(was))
    except (ProviderFailed, Fault) as error:
        failure = doing.report(error, may_be_done=True, stops=not isinstance(error, Protected))
        await doing.record_failure(error)
        raise failure from error
    if pend_replacement:
        old.deleted_first = True
        await doing.record(**await mark(run, old, pending_replacement=True))
    else:
        await doing.record(**leave(old))
    went_well = await hooks.after(run, "after_delete", was, None)
    doing.succeed(None)
    doing.stop_unless(went_well)


class Protected(Fault):
    """A resource that must not be deleted. All of them are reported, so this ends no run."""


def protected(resource: Resource) -> str:
    """Why a protected resource is not deleted, and what to do."""
    return (
        f'resource "{resource.urn}" cannot be deleted\n'
        "because it is protected. To unprotect the resource, either remove the `protect` flag from the resource in "
        "your Pulumi program and run `pulumi up`, or use the command:\n"
        f"`pulumi state unprotect '{resource.urn}'`"
    )


async def remove_pending_replacement(run: Run, old: Held) -> None:
    """Forget a resource that was deleted and whose replacement nobody wants any more."""
    doing = Doing(run, step_of("remove-pending-replace", old=old.state))
    await doing.begin()
    await doing.record(**leave(old))
    doing.succeed(None)


async def read(run: Run, life: Lifecycle, new: Resource, old: Held | None, *, replacing: bool) -> Held:
    """Look at a resource that the stack does not own, and remember it. Previews look too, unless the id is unknown."""
    was = old.state if old else None
    op: Op = "read-replacement" if replacing else "read"
    doing = Doing(run, step_of(op, old=was, new=new, logical=not replacing))
    await doing.begin("reading", new)
    outputs: Map | None = EMPTY
    id_ = new.id
    problems: tuple[str, ...] = ()
    failure: StepFailed | None = None
    if new.id != UNKNOWN_ID:
        try:
            outcome = await life.read(new.urn, new.id, new.inputs, new.inputs, 0)
            outputs, id_ = outcome.outputs if outcome.id else None, outcome.id
        except PartlyDone as partly:
            outputs, id_, problems = partly.outcome.outputs, partly.outcome.id or new.id, partly.outcome.init_errors
            failure = doing.report(partly)
        except (ProviderFailed, Fault) as error:
            failed = doing.report(error, may_be_done=True)
            await doing.record()
            raise failed from error
    if outputs is None:
        failed = doing.report(Fault(f"resource '{new.id}' does not exist"))
        await doing.record()
        raise failed
    state = replace(new, id=id_, outputs=secret(run, new, outputs), init_errors=problems)
    if was is not None:
        differs = not (same(state.inputs, was.inputs) and same(outputs, was.outputs))
        state = replace(state, created=was.created, modified=run.environment.now() if differs else was.modified)
    if replacing and old is not None:
        marked = await mark(run, old, delete=True)
        held = run.holdings.add(state)
        await doing.record(added=state, **marked)
    else:
        held, fields = supersede(run, old, state)
        await doing.record(**fields)
    if failure is not None:
        raise failure
    counted = not replacing and was is not None and not same(was.outputs, state.outputs)
    doing.succeed(state, counted=counted)
    return held
