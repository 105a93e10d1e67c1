"""Remote components: their provider registers them and their children at our monitor, and tells us what came of it."""

from __future__ import annotations

from rolecall.engine.ending import Bail, Fault
from rolecall.engine.providers import Providers, is_denied, ref_of
from rolecall.engine.run import Run
from rolecall.engine.secrecy import downgraded
from rolecall.model.goal import Goal, Registered
from rolecall.model.provider import Construct, Constructed, ProviderFailed
from rolecall.model.urn import URN
from rolecall.model.value import Output, Value, children


async def construct(run: Run, providers: Providers, goal: Goal) -> Registered:
    """Ask the provider of a remote component to make it."""
    run.must_go_on()
    ref = ref_of(goal.provider)
    if is_denied(ref):
        raise Fault(f"Default provider for '{ref.urn.name}' disabled. '{goal.type}' must use an explicit provider.")
    plugin = providers.get(ref)
    if plugin is None:
        raise Fault(f"unknown provider '{ref}'")
    try:
        await plugin.ready()
        made, _ = await run.ask(plugin.number, Construct(goal, goal.parent), Constructed)
    except ProviderFailed as error:
        run.tell("error", f"{goal.type} resource '{goal.name}' has a problem: {error.message}")
        raise Bail from error
    dependencies = {key: tuple(urns) for key, urns in made.state_dependencies.items()}
    for key, value in made.state.items():
        known = dict.fromkeys(dependencies.get(key, ()))
        known.update(dict.fromkeys(sorted(output_dependencies(value))))
        dependencies[key] = tuple(known)
    return Registered(made.urn, outputs=downgraded(made.state), property_dependencies=dependencies)


def output_dependencies(value: Value) -> set[URN]:
    """Every URN that output values inside a value depend on."""
    found = {URN(urn) for urn in value.dependencies} if isinstance(value, Output) else set()
    for child in children(value):
        found |= output_dependencies(child)
    return found
