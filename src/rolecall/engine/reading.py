"""One ReadResource: an existing resource is looked at and remembered, never owned."""

from __future__ import annotations

from rolecall.engine import steps
from rolecall.engine.aliases import find_old
from rolecall.engine.ending import Bail, Fault, StepFailed, Stopped
from rolecall.engine.lifecycle import Custom
from rolecall.engine.providers import Providers, is_denied
from rolecall.engine.registrar import Registrar
from rolecall.engine.run import Run
from rolecall.model.goal import Goal, ReadGoal, Refused, Registered
from rolecall.model.provider import ProviderFailed
from rolecall.model.resource import Resource
from rolecall.model.urn import URN


async def read(run: Run, providers: Providers, registrar: Registrar, goal: ReadGoal) -> Registered:
    """Read what a program's `get` names."""
    run.must_go_on()
    if goal.type.count(":") < 2:
        message = f"Type '{goal.type}' is not a valid type token (must have format '*:*:*')"
        raise Refused(message, "INVALID_ARGUMENT")
    explicit = goal.provider or registrar.provider_from_parent(goal.parent, goal.type)
    ref = await registrar.reference(explicit, goal.package, goal.type)
    urn = _claim(run, goal)
    if is_denied(ref):
        message = f"Default provider for '{ref.urn.name}' disabled. '{urn}' must use an explicit provider."
        run.tell("error", message, urn)
        raise Bail
    if not goal.id:
        raise Fault(f"Expected an ID for {urn}", urn)
    old, alias, _ = find_old(run, urn, Goal(goal.type, goal.name, custom=True, parent=goal.parent))
    new = Resource(
        urn=urn,
        type=goal.type,
        custom=True,
        id=goal.id,
        inputs=goal.properties,
        parent=goal.parent,
        external=True,
        dependencies=tuple(dict.fromkeys(goal.dependencies)),
        provider=ref,
        additional_secret_outputs=goal.additional_secret_outputs,
        aliases=(alias,) if alias else (),
        source_position=goal.source_position,
        stack_trace=goal.stack_trace,
    )
    if any(needed in run.decisions.failed for needed in (*new.dependencies, goal.parent)):
        run.decisions.failed.add(urn)
        return Registered(urn, failed=True)
    life = Custom(run, await providers.ensure(ref))
    replacing = old is not None and not old.state.external and old.state.id != goal.id
    (run.decisions.replaces if replacing else run.decisions.reads).add(urn)
    if run.kind == "destroy":
        run.destroyed_later.append(urn)
    try:
        async with run.slots:
            held = await steps.read(run, life, new, old, replacing=replacing)
            if replacing and old is not None:
                await steps.replace_marker(run, old, held.state)
    except StepFailed as failure:
        if not run.options.continue_on_error:
            raise Stopped from failure
        run.decisions.failed.add(urn)
        return Registered(urn, failed=True)
    except ProviderFailed as error:
        raise Fault(error.message, urn) from error
    return Registered(urn, held.state.id, held.state.outputs)


def _claim(run: Run, goal: ReadGoal) -> URN:
    if goal.parent and goal.parent not in run.decisions.seen:
        raise Fault(f"could not find parent resource {goal.parent}")
    urn = URN.make(run.deployment.stack, run.deployment.project, goal.parent, goal.type, goal.name)
    if urn in run.decisions.seen:
        run.tell("error", f"Duplicate resource URN '{urn}'; try giving it a unique name", urn)
        raise Bail
    run.decisions.seen.add(urn)
    return urn
