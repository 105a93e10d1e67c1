"""`pulumi import`: adopting resources that a user names, without a program."""

from __future__ import annotations

from dataclasses import replace

from rolecall.engine import steps
from rolecall.engine.ask import explain
from rolecall.engine.autonaming import Proposal
from rolecall.engine.deployment import ImportRequest
from rolecall.engine.ending import Fault, StepFailed, Stopped
from rolecall.engine.flow import Promise
from rolecall.engine.importing import imported, look
from rolecall.engine.lifecycle import Component, Custom, OfProvider
from rolecall.engine.providers import Providers
from rolecall.engine.registrar import Registrar
from rolecall.engine.run import Run
from rolecall.engine.steps import Doing, step_of
from rolecall.model.goal import PackageRequest
from rolecall.model.provider import ProviderFailed
from rolecall.model.resource import Resource
from rolecall.model.urn import STACK_TYPE, URN, ProviderRef, is_provider_type, package_of
from rolecall.model.value import EMPTY, Map


async def import_all(run: Run, providers: Providers, registrar: Registrar, requests: tuple[ImportRequest, ...]) -> None:
    """Keep what is there, make what is missing around it, then import layer by layer, parents first."""
    await _keep_existing(run, providers)
    stack = await _stack(run)
    refs = {i: await _provider(run, registrar, request) for i, request in enumerate(requests)}
    for layer in _layers(run, stack, requests):
        under_way: list[Promise[None]] = []
        for i in layer:
            under_way.append(run.spawn(_import_one(run, providers, stack, requests[i], refs[i])))
        for promise in under_way:
            try:
                await promise
            except (StepFailed, Stopped):
                continue
        run.must_go_on()


async def _keep_existing(run: Run, providers: Providers) -> None:
    for held in list(run.holdings.base):
        if held.state.delete:
            continue
        run.decisions.seen.add(held.state.urn)
        life = OfProvider(run, providers) if held.state.is_provider else Component()
        await steps.keep(run, life, held, replace(held.state, id=""))


async def _stack(run: Run) -> URN:
    for held in run.holdings.base:
        if held.state.is_root_stack and not held.state.parent:
            return held.state.urn
    deployment = run.deployment
    urn = URN.make(deployment.stack, deployment.project, None, STACK_TYPE, f"{deployment.project}-{deployment.stack}")
    run.decisions.seen.add(urn)
    await steps.create(run, Component(), Resource(urn, STACK_TYPE))
    return urn


async def _provider(run: Run, registrar: Registrar, request: ImportRequest) -> ProviderRef | None:
    if request.component or is_provider_type(request.type):
        return None
    if request.provider:
        held = run.holdings.current(request.provider)
        if held is None:
            raise Fault(f"could not find provider {request.provider}")
        return held.state.as_provider
    package = PackageRequest(package_of(request.type), request.version, request.download_url)
    existing = registrar.default_urn(package)
    held = run.holdings.current(existing)
    if held is not None:
        return held.state.as_provider
    return await registrar.reference("", package, request.type)


def _urn(run: Run, stack: URN, request: ImportRequest) -> URN:
    return URN.make(run.deployment.stack, run.deployment.project, request.parent or stack, request.type, request.name)


def _layers(run: Run, stack: URN, requests: tuple[ImportRequest, ...]) -> list[list[int]]:
    """The positions of the requests, those first whose parents are not themselves to be imported."""
    coming = {_urn(run, stack, request): i for i, request in enumerate(requests)}
    depth: dict[int, int] = {}

    def depth_of(i: int) -> int:
        if i not in depth:
            depth[i] = 0
            parent = requests[i].parent
            if parent in coming:
                depth[i] = 1 + depth_of(coming[parent])
        return depth[i]

    found: list[list[int]] = []
    for i in range(len(requests)):
        while len(found) <= depth_of(i):
            found.append([])
        found[depth_of(i)].append(i)
    return found


async def _import_one(
    run: Run, providers: Providers, stack: URN, request: ImportRequest, ref: ProviderRef | None
) -> None:
    urn = _urn(run, stack, request)
    known = run.holdings.current(urn)
    if known is not None and request.id in (known.state.id, known.state.import_id):
        return
    new = Resource(
        urn,
        request.type,
        custom=not request.component,
        inputs=request.inputs or EMPTY,
        parent=request.parent or stack,
        protect=request.protect,
        provider=ref,
        import_id=request.id,
    )
    async with run.slots:
        doing = Doing(run, step_of("import", new=new))
        await doing.begin("importing", new)
        try:
            if known is not None:
                raise Fault(f"resource '{urn}' already exists")
            if new.parent not in run.holdings.news:
                raise Fault(f"unknown parent '{new.parent}' for resource '{urn}'")
            state = await _adopted(run, providers, request, new)
        except (ProviderFailed, Fault) as error:
            failure = doing.report(error, stops=False)
            await doing.record()
            raise failure from error
        run.decisions.seen.add(urn)
        held = run.holdings.add(state)
        await doing.record(added=state)
        seen = replace(state, created="", modified="")
        doing.step = replace(doing.step, old=seen)
        doing.succeed(held.state)


async def _adopted(run: Run, providers: Providers, request: ImportRequest, new: Resource) -> Resource:
    if not new.custom:
        now = run.environment.now()
        return replace(new, import_id="", created=now, modified=now)
    assert new.provider is not None
    life = Custom(run, await providers.ensure(new.provider))
    outcome = await look(life, new)

    def chosen(inputs: Map) -> Map:
        if not request.properties:
            return inputs
        return Map({key: inputs[key] for key in request.properties if key in inputs})

    state = replace(imported(run, new, outcome, chosen), import_id="")
    assert outcome.inputs is not None
    was = replace(state, inputs=outcome.inputs)
    checked = await life.check(new.urn, was, state.inputs, run.environment.seed(), Proposal())
    if checked.failures:
        package = package_of(new.type)
        advice = (
            "Try specifying a different set of properties to import with in the future."
            if request.properties
            else f"This is almost certainly a bug in the `{package}` provider."
        )
        message = (
            f"One or more imported inputs failed to validate. {advice} The import will still proceed, but you will "
            "need to edit the generated code after copying it into your program."
        )
        run.tell("warning", message, new.urn)
    for line in explain(checked.failures, new.type, new.urn.name, state.inputs):
        run.tell("warning", line, new.urn)
    return state
