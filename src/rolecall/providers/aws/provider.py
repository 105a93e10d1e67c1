"""The AWS provider: Pulumi's provider protocol on top of the declarations of resource types and functions."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any, TypeVar

from rolecall.errors import RolecallError
from rolecall.model.goal import Called, CheckFailure, LogLine
from rolecall.model.provider import (
    CallMethod,
    Check,
    CheckConfig,
    Checked,
    Configure,
    Configured,
    Constructed,
    Create,
    Delete,
    Deleted,
    Diff,
    DiffConfig,
    Differences,
    Features,
    FunctionResult,
    InvokeFunction,
    Outcome,
    PartlyDone,
    ProviderFailed,
    Read,
    Update,
)
from rolecall.model.provider import Construct as ConstructRequest
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY, UNKNOWN, Map, Secret, Value, has_secrets
from rolecall.providers.aws import catalogue, checking, configuring, difference, lifecycle
from rolecall.providers.aws.declaration import NotOfThatForm, ResourceType
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.settings import Settings, settings_of
from rolecall.providers.aws.spelling import BadInput
from rolecall.providers.aws.translating import inward, named_outward, outward
from rolecall.providers.aws.values import opened, without_bookkeeping
from rolecall.providers.aws.work import Surroundings, Work
from rolecall.roles.patience import Interrupted
from rolecall.roles.sessions import Session, Sessions

T = TypeVar("T")

NOT_CONFIGURED = (
    "The provider for this resource has inputs that are not known during preview.\n"
    "This preview may not correctly represent the changes that will be applied during an update."
)


class AwsProvider:
    """One provider resource's worth of AWS. All blocking work is done in threads, whose number is bounded."""

    features = Features(secrets=True, resources=False, outputs=False, preview=True, autonaming=True)

    def __init__(
        self,
        sessions: Sessions,
        *,
        log: Callable[[LogLine], None] | None = None,
        version: str = "",
        directory: str = "",
    ) -> None:
        self._sessions = sessions
        self._directory = directory
        self._log = log
        self._line = Line.of(version)
        self._around: Surroundings | None = None

    async def check_config(self, request: CheckConfig) -> Checked:
        """Validates the provider's inputs, and proves them against STS unless some are unknown."""
        self._read_version(request.news)
        return await self._blocking(configuring.check, request, self._line, self._prove)

    async def diff_config(self, request: DiffConfig) -> Differences:
        """Which inputs changed; in SDK 6 another region makes another provider."""
        self._read_version(request.news)
        return configuring.diff(request, self._line)

    async def configure(self, request: Configure) -> Configured:
        """Becomes who the inputs say. Raises ProviderFailed, with the hop that failed."""
        self._read_version(request.inputs)
        try:
            settings = settings_of(request.inputs, self._line)
            session = await self._blocking(self._prove, settings)
            look = session.unchecked if settings.skip_credentials_validation else session.described
            identity = await self._blocking(look)
        except (RolecallError, BadInput) as error:
            raise configuring.refused(request.urn, error) from error
        self._around = Surroundings(
            session, settings, self._line, self._sessions.fresh, self._sessions.patience, self._directory, self._say
        )
        return Configured(identity)

    async def check(self, request: Check) -> Checked:
        """Validates a resource's inputs and fills in defaults, names and tags."""
        kind = self._kind(request.urn)
        if kind is None:
            return Checked(request.news, (CheckFailure("", self._no_such(request.urn.type)),))
        around = self._ready()
        news = inward(kind, request.news, self._line)
        olds = inward(kind, request.olds, self._line)
        translated = Check(request.urn, olds, news, request.seed, request.autonaming, request.old_outputs)
        checked = checking.check(kind, translated, around.settings, self._line, around.session.region)
        return Checked(outward(kind, checked.inputs, self._line), checked.failures)

    async def diff(self, request: Diff) -> Differences:
        """Compares the state with checked inputs."""
        kind, around = self._declared(request.urn), self._ready()
        translated = Diff(
            request.urn,
            request.id,
            inward(kind, request.old_inputs, self._line),
            inward(kind, request.old_outputs, self._line),
            inward(kind, request.news, self._line),
            request.ignore_changes,
        )
        return named_outward(kind, difference.diff(kind, translated, around.settings, self._line), self._line)

    async def create(self, request: Create) -> Outcome:
        """Makes a resource; a preview answers what can be known."""
        kind = self._declared(request.urn)
        wanted = inward(kind, request.properties, self._line)
        if request.preview:
            return Outcome("", outward(kind, self._foreseen(kind, wanted, EMPTY), self._line))
        work = self._work(kind, wanted, request, deadline=request.timeout)
        try:
            outputs = await self._blocking(lifecycle.create, work)
        except lifecycle.Unfinished as error:
            raise self._partly(kind, work, error, wanted, f"creating {request.urn}: ") from error
        return Outcome(work.id, self._answer(kind, outputs, wanted))

    async def read(self, request: Read) -> Outcome:
        """Looks at a resource, for a refresh, a `get` or an import."""
        kind = self._declared(request.urn)
        known = inward(kind, request.properties or EMPTY, self._line)
        inputs = inward(kind, request.inputs or EMPTY, self._line)
        work = self._work(kind, EMPTY, request, old=known)
        if not known:
            await self._blocking(_identify, work, request.id)
        outputs = await self._blocking(lifecycle.read, work)
        if outputs is None:
            return Outcome("", None)
        if known and inputs:
            seen = checking.refreshed_inputs(kind, inputs, outputs, self._line)
        else:
            seen = checking.imported_inputs(kind, outputs, self._line)
        answer = self._answer(kind, outputs, known.with_(inputs))
        return Outcome(work.id, answer, outward(kind, seen, self._line))

    async def update(self, request: Update) -> Outcome:
        """Changes a resource in place; a preview answers what can be known."""
        kind = self._declared(request.urn)
        wanted = inward(kind, request.news, self._line)
        known = inward(kind, request.old_outputs, self._line)
        if request.preview:
            return Outcome(request.id, outward(kind, self._foreseen(kind, wanted, known), self._line))
        work = self._work(kind, wanted, request, old=known, deadline=request.timeout)
        try:
            outputs = await self._blocking(lifecycle.update, work)
        except lifecycle.Unfinished as error:
            raise self._partly(kind, work, error, wanted, f"updating {request.urn}: ") from error
        return Outcome(work.id, self._answer(kind, outputs, wanted))

    async def delete(self, request: Delete) -> Deleted:
        """Deletes a resource. One that is gone already counts as deleted."""
        kind = self._declared(request.urn)
        known = inward(kind, request.old_outputs, self._line)
        inputs = inward(kind, request.old_inputs, self._line)
        work = self._work(kind, EMPTY, request, old=inputs.with_(known), deadline=request.timeout)
        await self._blocking(lifecycle.delete, work)
        return Deleted()

    async def invoke(self, request: InvokeFunction) -> FunctionResult:
        """Calls a function of AWS's."""
        function = catalogue.function(request.token)
        if function is None:
            raise ProviderFailed(self._no_such(request.token))
        around = self._ready()
        result = await self._blocking(function, around, opened(request.args))
        return FunctionResult(result)

    async def construct(self, request: ConstructRequest) -> Constructed:
        """AWS has no remote components."""
        raise ProviderFailed(f"the AWS provider has no component of type {request.goal.type}")

    async def call(self, request: CallMethod) -> Called:
        """AWS resources have no methods that we serve."""
        raise ProviderFailed(self._no_such(request.call.token))

    async def cancel(self) -> None:
        """Ends all waiting; calls that are under way finish."""
        self._sessions.cancel()

    async def close(self) -> None:
        """The sessions belong to the run, which closes them."""
        self._around = None

    def _say(self, text: str, urn: URN | None) -> None:
        if self._log:
            self._log(LogLine("info", text, urn, ephemeral=True))

    def _read_version(self, inputs: Map) -> None:
        version = inputs.get("version")
        if isinstance(version, str) and version:
            self._line = Line.of(version)

    def _prove(self, settings: Settings) -> Session:
        session = self._sessions.open(settings.chain, settings.connection)
        configuring.prove(session, settings)
        return session

    def _kind(self, urn: URN) -> ResourceType | None:
        return catalogue.resource_type(urn.type)

    def _declared(self, urn: URN) -> ResourceType:
        kind = self._kind(urn)
        if kind is None:
            raise ProviderFailed(self._no_such(urn.type))
        return kind

    def _no_such(self, token: str) -> str:
        return (
            f"rolecall's own AWS provider does not have {token} (pulumi-aws {self._line}). "
            "The official provider plugin does: pulumi plugin install resource aws, then set ROLECALL_AWS=plugin."
        )

    def _ready(self) -> Surroundings:
        if self._around is None:
            raise ProviderFailed(NOT_CONFIGURED)
        return self._around

    def _work(
        self,
        kind: ResourceType,
        new: Map,
        request: Create | Read | Update | Delete,
        *,
        old: Map = EMPTY,
        deadline: float = 0,
    ) -> Work:
        id_ = "" if isinstance(request, Create) else request.id
        return Work(kind, self._ready(), id_, opened(new), opened(old), deadline=deadline, urn=request.urn)

    def _foreseen(self, kind: ResourceType, wanted: Map, known: Map) -> Map:
        """The outputs that a preview can know: inputs, and what a change does not touch."""
        foreseen: dict[str, Value] = dict(without_bookkeeping(wanted))
        for prop in kind.props:
            if prop.name in foreseen:
                continue
            held = known.get(prop.name)
            if prop.output:
                foreseen[prop.name] = held if held is not None and (prop.stable or not prop.computed) else UNKNOWN
            elif prop.computed:
                foreseen[prop.name] = UNKNOWN if held is None else held
        if "id" in known:
            foreseen["id"] = known["id"]
        return Map(foreseen)

    def _answer(self, kind: ResourceType, outputs: Map, wanted: Map) -> Map:
        marked: dict[str, Value] = {}
        for name, value in outputs.items():
            prop = kind.prop(name)
            secret = (prop is not None and prop.secret) or (name in wanted and has_secrets(wanted[name]))
            marked[name] = Secret(value) if secret and name != "id" else value
        return outward(kind, Map(marked), self._line)

    def _partly(self, kind: ResourceType, work: Work, error: Any, wanted: Map, doing: str) -> PartlyDone:
        outputs = self._answer(kind, error.outputs, wanted)
        return PartlyDone(Outcome(work.id, outputs, init_errors=(f"{doing}{error.failure.message}",)))

    async def _blocking(self, function: Callable[..., T], *args: Any) -> T:
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()
        try:
            return await loop.run_in_executor(self._sessions.threads, lambda: context.run(function, *args))
        except Interrupted as error:
            raise ProviderFailed(str(error)) from error


def _identify(work: Work, id: str) -> None:
    """Finds what is needed to look at a resource of which only an id is known."""
    region_less, _, region = id.rpartition("@")
    if region_less and work.type.regional and work.around.line.has_region_inputs and region.count("-") >= 2:
        id = region_less
        work.old = work.old.with_({"region": region})
    work.id = id
    if work.type.identify is None:
        return
    try:
        found = work.type.identify(work, id)
    except NotOfThatForm as error:
        raise ProviderFailed(f"reading {work.type.title} ({id}): {error}") from error
    work.old = work.old.with_(found)
    if "id" in found:
        work.id = str(found["id"])
