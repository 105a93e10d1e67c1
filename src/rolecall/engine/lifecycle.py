"""What the steps of a resource mean, by its sort: asking a plugin, configuring one, or nothing at all.

Custom resources are their provider's, provider resources are plugins to configure, components exist by being noted.
"""

from __future__ import annotations

from typing import Protocol

from rolecall.engine import ask
from rolecall.engine.autonaming import Proposal
from rolecall.engine.differences import NONE, SOME
from rolecall.engine.packages import filtered
from rolecall.engine.providers import Plugin, Providers
from rolecall.engine.run import Run
from rolecall.model.provider import (
    Check,
    Checked,
    Create,
    Delete,
    Diff,
    Differences,
    Outcome,
    Read,
    Update,
)
from rolecall.model.resource import Resource, Timeouts
from rolecall.model.urn import UNKNOWN_ID, URN
from rolecall.model.value import EMPTY, Map, same

NO_TIMEOUTS = Timeouts()


class Lifecycle(Protocol):
    """The calls behind the steps of one resource. All may raise ProviderFailed; create and update also PartlyDone."""

    async def check(self, urn: URN, olds: Resource | None, news: Map, seed: bytes, proposal: Proposal) -> Checked: ...
    async def diff(self, old: Resource, urn: URN, news: Map, ignore_changes: tuple[str, ...]) -> Differences: ...
    async def keep(self, old: Resource, new: Resource) -> None: ...
    async def create(self, new: Resource) -> Outcome: ...
    async def update(self, old: Resource, new: Resource, ignore_changes: tuple[str, ...]) -> Outcome: ...
    async def delete(self, old: Resource) -> None: ...
    async def read(self, urn: URN, id_: str, inputs: Map | None, properties: Map | None, timeout: float) -> Outcome: ...


class Custom:
    """A resource of a provider's."""

    def __init__(self, run: Run, plugin: Plugin) -> None:
        self._run = run
        self._plugin = plugin

    async def check(self, urn: URN, olds: Resource | None, news: Map, seed: bytes, proposal: Proposal) -> Checked:
        old_inputs, old_outputs = (olds.inputs, olds.outputs) if olds else (EMPTY, EMPTY)
        request = Check(urn, old_inputs, news, seed, proposal.autonaming, old_outputs)
        return await ask.check(self._run, self._plugin, request, warn=proposal.warns)

    async def diff(self, old: Resource, urn: URN, news: Map, ignore_changes: tuple[str, ...]) -> Differences:
        request = Diff(urn, old.id, old.inputs, old.outputs, news, ignore_changes)
        return await ask.diff(self._run, self._plugin, request)

    async def keep(self, old: Resource, new: Resource) -> None:
        return

    async def create(self, new: Resource) -> Outcome:
        timeout = (new.custom_timeouts or NO_TIMEOUTS).create
        request = Create(new.urn, new.inputs, timeout, self._run.preview)
        return await ask.create(self._run, self._plugin, request)

    async def update(self, old: Resource, new: Resource, ignore_changes: tuple[str, ...]) -> Outcome:
        timeout = (new.custom_timeouts or NO_TIMEOUTS).update
        request = Update(
            new.urn, old.id, old.inputs, old.outputs, new.inputs, timeout, ignore_changes, self._run.preview
        )
        return await ask.update(self._run, self._plugin, request)

    async def delete(self, old: Resource) -> None:
        timeout = (old.custom_timeouts or NO_TIMEOUTS).delete
        await ask.delete(self._run, self._plugin, Delete(old.urn, old.id, old.inputs, old.outputs, timeout))

    async def read(self, urn: URN, id_: str, inputs: Map | None, properties: Map | None, timeout: float) -> Outcome:
        return await ask.read(self._run, self._plugin, Read(urn, id_, inputs, properties, timeout))


class OfProvider:
    """A provider resource: it lives in this run only, as a configured plugin."""

    def __init__(self, run: Run, providers: Providers) -> None:
        self._run = run
        self._providers = providers

    async def check(self, urn: URN, olds: Resource | None, news: Map, seed: bytes, proposal: Proposal) -> Checked:
        return await self._providers.check(urn, olds.inputs if olds else EMPTY, news)

    async def diff(self, old: Resource, urn: URN, news: Map, ignore_changes: tuple[str, ...]) -> Differences:
        return await self._providers.diff(urn, old, news, ignore_changes)

    async def keep(self, old: Resource, new: Resource) -> None:
        """Configured with the *old* inputs: a provider that sees no difference must not act on one."""
        await self._providers.keep(new.urn, old.id, old.inputs)

    async def create(self, new: Resource) -> Outcome:
        id_ = UNKNOWN_ID if self._run.preview else self._run.environment.new_id()
        await self._providers.configure(new.urn, id_, new.inputs)
        return Outcome(id_, filtered(new.inputs))

    async def update(self, old: Resource, new: Resource, ignore_changes: tuple[str, ...]) -> Outcome:
        await self._providers.configure(new.urn, old.id, new.inputs)
        return Outcome(old.id, filtered(new.inputs))

    async def delete(self, old: Resource) -> None:
        self._providers.forget(old)

    async def read(self, urn: URN, id_: str, inputs: Map | None, properties: Map | None, timeout: float) -> Outcome:
        raise AssertionError("provider resources are not read")


class Component:
    """A resource that only groups others."""

    async def check(self, urn: URN, olds: Resource | None, news: Map, seed: bytes, proposal: Proposal) -> Checked:
        return Checked(news)

    async def diff(self, old: Resource, urn: URN, news: Map, ignore_changes: tuple[str, ...]) -> Differences:
        return NONE if same(old.inputs, news) else SOME

    async def keep(self, old: Resource, new: Resource) -> None:
        return

    async def create(self, new: Resource) -> Outcome:
        return Outcome("", EMPTY)

    async def update(self, old: Resource, new: Resource, ignore_changes: tuple[str, ...]) -> Outcome:
        return Outcome("", EMPTY)

    async def delete(self, old: Resource) -> None:
        return

    async def read(self, urn: URN, id_: str, inputs: Map | None, properties: Map | None, timeout: float) -> Outcome:
        raise AssertionError("components are not read")


async def lifecycle_of(run: Run, providers: Providers, resource: Resource) -> Lifecycle:
    """The lifecycle of a resource as remembered; its provider is loaded from the state if need be. Raises Fault."""
    if not resource.custom:
        return Component()
    if resource.is_provider:
        return OfProvider(run, providers)
    assert resource.provider is not None, f"{resource.urn} has no provider"
    return Custom(run, await providers.ensure(resource.provider))
