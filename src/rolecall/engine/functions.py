"""Invokes and calls: functions of providers, and methods of resources."""

from __future__ import annotations

from rolecall.engine import ask
from rolecall.engine.construct import output_dependencies
from rolecall.engine.ending import Bail
from rolecall.engine.providers import Plugin, Providers, is_denied, ref_of
from rolecall.engine.registrar import Registrar
from rolecall.engine.run import Run
from rolecall.engine.secrecy import all_secret, downgraded
from rolecall.model.goal import Call, Called, Invoke, Invoked, Refused
from rolecall.model.provider import CallMethod, InvokeFunction, ProviderFailed
from rolecall.model.urn import UNKNOWN_ID, URN, ProviderRef
from rolecall.model.value import Map, Reference, Secret, Unknown, has_secrets

GET_RESOURCE = "pulumi:pulumi:getResource"


async def invoke(run: Run, providers: Providers, registrar: Registrar, asked: Invoke) -> Invoked:
    """Call a function; the answer is unknown while something that it waits for does not exist."""
    run.must_go_on()
    if asked.token == GET_RESOURCE:
        return Invoked(_get_resource(run, asked.args))
    explicit = asked.provider or registrar.provider_from_parent(asked.parent, asked.token)
    ref = await registrar.reference(explicit, asked.package, asked.token)
    if is_denied(ref):
        raise Refused(f"Default provider for '{ref.urn.name}' disabled. 'Invoke' must use an explicit provider.")
    plugin = _plugin(providers, ref, explicit)
    if await _waits_for_missing(run, asked.depends_on):
        return Invoked(unknown=True)
    request = InvokeFunction(asked.token, downgraded(asked.args), run.preview)
    try:
        answer = await ask.invoke(run, plugin, request)
    except ProviderFailed as error:
        raise Refused(f"invocation of {asked.token} returned an error: {error.message}") from error
    secret = has_secrets(asked.args) and not plugin.features.secrets
    return Invoked(all_secret(answer.result) if secret else answer.result, answer.failures)


def _plugin(providers: Providers, ref: ProviderRef, explicit: str) -> Plugin:
    plugin = providers.get(ref)
    if plugin is None:
        raise Refused(f"unknown provider '{explicit}' -> '{ref}'")
    return plugin


async def _waits_for_missing(run: Run, urns: tuple[URN, ...]) -> bool:
    """Whether any custom resource among these, or below these components, does not exist (yet).

    Registrations still under way right below one of the components are waited for, then it is asked again.
    """
    while True:
        missing, busy = False, None
        waiting, seen = list(urns), set(urns)
        while waiting:
            urn = waiting.pop()
            held = run.holdings.news.get(urn)
            is_custom = held.state.custom if held else urn in run.decisions.skipped_creates
            if is_custom:
                missing |= held is None or not held.state.id or held.state.id == UNKNOWN_ID
                continue
            busy = busy or run.under_way_below(urn)
            waiting.extend(child for child in run.children.get(urn, ()) if child not in seen)
            seen.update(run.children.get(urn, ()))
        if missing:
            return True
        if busy is None:
            return False
        await busy


def _get_resource(run: Run, args: Map) -> Map:
    urn = args.get("urn")
    if not isinstance(urn, str):
        raise Refused("missing required property 'urn'")
    held = run.holdings.news.get(URN(urn))
    if held is None:
        raise Refused(f"unknown resource {urn}")
    state = held.state
    return Map(
        {
            "urn": state.urn,
            "id": state.id or (UNKNOWN_ID if run.preview and state.custom else ""),
            "provider": str(state.provider) if state.provider else "",
            "state": state.outputs,
        }
    )


async def call(run: Run, providers: Providers, registrar: Registrar, asked: Call) -> Called:
    """Call a method of a resource. A failing method ends the deployment."""
    run.must_go_on()
    ref = await _provider_of_call(run, registrar, asked)
    if is_denied(ref):
        raise Refused(f"Default provider for '{ref.urn.name}' disabled. 'Call' must use an explicit provider.")
    plugin = _plugin(providers, ref, asked.provider)
    dependencies = {
        key: tuple(dict.fromkeys((*asked.arg_dependencies.get(key, ()), *sorted(output_dependencies(value)))))
        for key, value in asked.args.items()
    }
    request = CallMethod(Call(asked.token, asked.args, dependencies, asked.provider, asked.package))
    try:
        called = await ask.call(run, plugin, request)
    except ProviderFailed as error:
        run.tell("error", f"{asked.token} resource '{_name(asked)}' has a problem: {error.message}")
        raise Bail from error
    returned = {
        key: tuple(dict.fromkeys((*called.dependencies.get(key, ()), *sorted(output_dependencies(value)))))
        for key, value in called.result.items()
    }
    return Called(downgraded(called.result), returned, called.failures)


def _receiver(asked: Call) -> Reference | None:
    receiver = asked.args.get("__self__")
    while isinstance(receiver, Secret):
        receiver = receiver.value
    return receiver if isinstance(receiver, Reference) else None


def _name(asked: Call) -> str:
    receiver = _receiver(asked)
    return URN(receiver.urn).name if receiver else ""


async def _provider_of_call(run: Run, registrar: Registrar, asked: Call) -> ProviderRef:
    receiver = _receiver(asked)
    if receiver is not None and asked.token.startswith("pulumi:providers:"):
        return ProviderRef(URN(receiver.urn), "" if isinstance(receiver.id, Unknown) else receiver.id or "")
    explicit = asked.provider
    goal = run.goals.get(URN(receiver.urn)) if receiver else None
    if not explicit and goal is not None and goal.provider:
        return ref_of(goal.provider)
    return await registrar.reference(explicit, asked.package, asked.token)
