"""Provider resources: loading, checking and configuring the plugin behind each, and finding it again by its reference.

A provider resource goes through the same steps as any other; what its steps mean is here: Check loads a plugin and
asks CheckConfig, Diff asks DiffConfig, Same, Create and Update configure. Configuring goes on beside the run; whoever
first needs the plugin waits for it, and gets its error.
"""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.engine.ending import Ending, Fault
from rolecall.engine.flow import Promise
from rolecall.engine.packages import INTERNAL, filtered, request_of
from rolecall.engine.run import Run
from rolecall.engine.secrecy import marked_like
from rolecall.model.event import Identified
from rolecall.model.provider import (
    CheckConfig,
    Checked,
    Configure,
    Configured,
    DiffConfig,
    Differences,
    Features,
    ProviderFailed,
    ProviderUnavailable,
)
from rolecall.model.resource import Resource
from rolecall.model.urn import UNKNOWN_ID, URN, ProviderRef
from rolecall.model.value import EMPTY, Map, has_unknowns, same

DENIED = "urn:pulumi:denied::denied::pulumi:providers:denied::"


@dataclass(slots=True, eq=False)
class Plugin:
    """One loaded provider. `unknown`: its configuration is not known yet, so it cannot be asked."""

    number: int
    features: Features
    urn: URN
    unknown: bool = False
    configured: Promise[None] | None = None

    async def ready(self) -> None:
        """Wait until it is configured. Raises ProviderFailed when that failed."""
        if self.configured is not None:
            await self.configured


class Providers:
    """The plugins of a run, by provider reference, and those that were checked but not configured yet."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._configured: dict[ProviderRef, Plugin] = {}
        self._started: list[Plugin] = []
        self._checked: dict[URN, Plugin] = {}
        self._loading: dict[ProviderRef, Promise[Plugin]] = {}
        self.inputs: dict[URN, Map] = {}
        """Of every provider registered in this run, by URN."""

    def get(self, ref: ProviderRef) -> Plugin | None:
        """The plugin of a provider that was registered or loaded in this run."""
        found = self._configured.get(ref)
        if found is None and ref.urn in self._run.decisions.new_of:
            found = self._configured.get(ProviderRef(self._run.decisions.new_of[ref.urn], ref.id))
        return found

    async def check(self, urn: URN, olds: Map, news: Map) -> Checked:
        """Load the plugin that the new inputs ask for and have them validated."""
        plugin = await self._load(urn, news)
        self._checked[urn] = plugin
        request = CheckConfig(urn, filtered(olds), filtered(news))
        checked, _ = await self._run.ask(plugin.number, request, Checked)
        inputs = marked_like(filtered(news), checked.inputs)
        if "version" in news:
            if "version" not in inputs:
                inputs = inputs.with_({"version": news["version"]})
            elif not same(inputs["version"], news["version"]):
                raise Fault("the provider changed its own version in CheckConfig", urn)
        if INTERNAL in news:
            inputs = inputs.with_({INTERNAL: news[INTERNAL]})
        return Checked(inputs, checked.failures)

    async def _load(self, urn: URN, inputs: Map) -> Plugin:
        try:
            number, features = await self._run.load(request_of(urn.type, inputs))
        except ProviderUnavailable as error:
            raise Fault(str(error), urn) from error
        return Plugin(number, features, urn)

    async def diff(self, urn: URN, old: Resource, news: Map, ignore_changes: tuple[str, ...] = ()) -> Differences:
        """Ask the plugin that was checked (or, before that, the one that the state tells of) what differs.

        One that cannot say makes any difference an update.
        """
        plugin = self._checked.get(urn) or await self.ensure(old.as_provider)
        request = DiffConfig(urn, filtered(old.inputs), old.outputs, filtered(news), ignore_changes)
        diff, _ = await self._run.ask(plugin.number, request, Differences)
        if diff.changes != "unknown":
            return diff
        if has_unknowns(filtered(news)) or not same(old.outputs, filtered(news)):
            return Differences("some")
        return Differences("none")

    async def diff_from(self, new: ProviderRef, old: Resource) -> Differences:
        """What the *new* provider of a resource says about the difference to its old one."""
        plugin = self.get(new)
        if plugin is None:
            raise Fault(f"failed to resolve provider reference: {str(new)!r}")
        news = filtered(self.inputs.get(new.urn, EMPTY))
        request = DiffConfig(new.urn, filtered(old.inputs), old.outputs, news)
        diff, _ = await self._run.ask(plugin.number, request, Differences)
        return diff

    async def configure(self, urn: URN, id_: str, inputs: Map) -> None:
        """Configure the plugin that was checked for `urn` (or load it) and register it as `urn::id`."""
        plugin = self._checked.pop(urn, None) or await self._load(urn, inputs)
        self._start(plugin, reference(urn, id_), inputs)

    async def keep(self, urn: URN, id_: str, inputs: Map) -> None:
        """As `configure`, unless that provider is configured already."""
        if ProviderRef(urn, id_) not in self._configured:
            await self.configure(urn, id_, inputs)

    def _start(self, plugin: Plugin, ref: ProviderRef, inputs: Map) -> None:
        plugin.unknown = has_unknowns(filtered(inputs))
        self._configured[ref] = plugin
        self._started.append(plugin)
        self.inputs[ref.urn] = inputs
        if not plugin.unknown:
            plugin.configured = self._run.spawn(self._configure(plugin, ref, filtered(inputs)))

    async def _configure(self, plugin: Plugin, ref: ProviderRef, inputs: Map) -> None:
        request = Configure(ref.urn, ref.id or UNKNOWN_ID, inputs)
        configured, features = await self._run.ask(plugin.number, request, Configured)
        if features is not None:
            plugin.features = features
        if configured.identity is not None:
            self._run.show(Identified(ref.urn, configured.identity))

    async def settle(self) -> None:
        """Wait until no provider is being configured any more: who acts must be known before a run ends."""
        for plugin in self._started:
            try:
                await plugin.ready()
            except (ProviderFailed, Ending):
                continue

    async def ensure(self, ref: ProviderRef) -> Plugin:
        """The plugin of a provider; one that was not registered in this run is loaded from the state.

        Raises Fault when the state has no provider of that URN and id.
        """
        found = self.get(ref)
        if found is not None:
            return found
        if ref not in self._loading:
            self._loading[ref] = self._run.spawn(self._from_state(ref))
        return await self._loading[ref]

    async def _from_state(self, ref: ProviderRef) -> Plugin:
        for held in self._run.holdings.base:
            if held.state.urn == ref.urn and held.state.id == ref.id:
                plugin = await self._load(ref.urn, held.state.inputs)
                known = self.inputs.get(ref.urn)
                self._start(plugin, ref, held.state.inputs)
                if known is not None:
                    self.inputs[ref.urn] = known
                return plugin
        raise Fault(f"could not find provider {ref}")

    def forget(self, provider: Resource) -> None:
        """A provider resource was deleted. Its plugin runs on until the end."""
        self._configured.pop(reference(provider.urn, provider.id), None)


def ref_of(text: str) -> ProviderRef:
    """A provider reference as programs write it; an id that is not known yet is "". Raises ValueError."""
    ref = ProviderRef.parse(text)
    return reference(ref.urn, ref.id)


def reference(urn: URN, id_: str) -> ProviderRef:
    """A reference to a provider; an id that is not known yet is ""."""
    return ProviderRef(urn, "" if id_ == UNKNOWN_ID else id_)


def is_denied(ref: ProviderRef) -> bool:
    """Whether a reference stands for a default provider that the stack's configuration forbids."""
    return ref.urn.startswith(DENIED)
