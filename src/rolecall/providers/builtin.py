"""The package `pulumi`, which needs no plugin: references to other stacks, and the Stash that remembers a value."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rolecall.errors import RolecallError
from rolecall.model.goal import Called, CheckFailure, LogLine
from rolecall.model.provider import (
    CallMethod,
    Check,
    CheckConfig,
    Checked,
    Configure,
    Configured,
    Construct,
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
    ProviderFailed,
    Read,
    Update,
)
from rolecall.model.value import EMPTY, Map, Unknown, Value, same, unwrap

STACK_REFERENCE = "pulumi:pulumi:StackReference"
STASH = "pulumi:index:Stash"

_ONLY_INPUT = {STACK_REFERENCE: "name", STASH: "input"}


@dataclass(frozen=True, slots=True)
class StackOutputs:
    """What another stack exports, secrets opened and marked; and the names of those that are or hold secrets."""

    outputs: Map
    secret_names: tuple[str, ...] = ()


ReadStack = Callable[[str], Awaitable[StackOutputs]]
"""Reads the outputs of a stack by the name that a program gives. Raises RolecallError."""

ReadResources = Callable[[str], Awaitable[Map]]
"""Reads a stack's resources: URN to a map of `type` and `outputs`. Raises RolecallError."""


class BuiltinProvider:
    """Answers for the package `pulumi`."""

    features = Features(secrets=True, resources=True, outputs=False, preview=True)

    def __init__(
        self, read_stack: ReadStack, read_resources: ReadResources | None, log: Callable[[LogLine], None]
    ) -> None:
        self._read_stack = read_stack
        self._read_resources = read_resources
        self._log = log

    async def check_config(self, request: CheckConfig) -> Checked:
        return Checked(request.news)

    async def diff_config(self, request: DiffConfig) -> Differences:
        return Differences("none")

    async def configure(self, request: Configure) -> Configured:
        return Configured()

    async def check(self, request: Check) -> Checked:
        wanted = _input_of(request.urn.type)
        if request.urn.type == STACK_REFERENCE:
            message = f'Registering "{STACK_REFERENCE}" is deprecated: read it instead, as current SDKs do.'
            self._log(LogLine("warning", message, request.urn))
        strangers = sorted(set(request.news) - {wanted})
        if strangers:
            return Checked(EMPTY, (CheckFailure(strangers[0], f'unknown property "{strangers[0]}"'),))
        if wanted not in request.news:
            return Checked(EMPTY, (CheckFailure(wanted, f'missing required property "{wanted}"'),))
        given = unwrap(request.news[wanted])
        if wanted == "name" and not isinstance(given, str | Unknown):
            return Checked(EMPTY, (CheckFailure(wanted, 'property "name" must be a string'),))
        return Checked(request.news)

    async def diff(self, request: Diff) -> Differences:
        wanted = _input_of(request.urn.type)
        if same(request.old_inputs.get(wanted), request.news.get(wanted)):
            return Differences("none")
        replaces = (wanted,) if request.urn.type == STACK_REFERENCE else ()
        return Differences("some", replaces=replaces, diffs=(wanted,))

    async def create(self, request: Create) -> Outcome:
        id_ = "" if request.preview else str(uuid.uuid4())
        if request.urn.type == STACK_REFERENCE:
            return Outcome(id_, await self._reference(request.properties.get("name")))
        value = request.properties["input"]
        return Outcome(id_, Map({"input": value, "output": value}))

    async def read(self, request: Read) -> Outcome:
        if request.urn.type == STACK_REFERENCE:
            given = request.properties or request.inputs or EMPTY
            outputs = await self._reference(given.get("name", request.id))
            return Outcome(request.id, outputs, request.inputs)
        _input_of(request.urn.type)
        if request.properties is None:
            raise ProviderFailed("stash can not be imported")
        return Outcome(request.id, request.properties, request.inputs)

    async def update(self, request: Update) -> Outcome:
        if request.urn.type != STASH:
            raise ProviderFailed(f"a resource of type {request.urn.type} cannot be updated")
        kept = request.old_outputs.get("output")
        return Outcome(request.id, Map({"input": request.news["input"], "output": kept}))

    async def delete(self, request: Delete) -> Deleted:
        return Deleted()

    async def invoke(self, request: InvokeFunction) -> FunctionResult:
        if request.token == "pulumi:pulumi:readStackOutputs":  # noqa: S105 (a function's token)
            return FunctionResult(await self._reference(request.args.get("name")))
        if request.token == "pulumi:pulumi:readStackResourceOutputs":  # noqa: S105
            return FunctionResult(await self._resources(request.args.get("stackName")))
        raise ProviderFailed(f"unrecognized function name: '{request.token}'")

    async def construct(self, request: Construct) -> Constructed:
        raise ProviderFailed("builtin resources may not be constructed")

    async def call(self, request: CallMethod) -> Called:
        raise ProviderFailed("the builtin provider does not implement call")

    async def cancel(self) -> None: ...

    async def close(self) -> None: ...

    async def _reference(self, name: Value) -> Map:
        text = _text(name)
        try:
            found = await self._read_stack(text)
        except RolecallError as error:
            raise ProviderFailed(str(error), status_unknown=True) from error
        names = tuple(sorted(found.secret_names))
        return Map({"name": text, "outputs": found.outputs, "secretOutputNames": names})

    async def _resources(self, name: Value) -> Map:
        text = _text(name)
        if self._read_resources is None:
            raise ProviderFailed("the resources of other stacks cannot be read here")
        try:
            return Map({"name": text, "outputs": await self._read_resources(text)})
        except RolecallError as error:
            raise ProviderFailed(str(error)) from error


def _text(name: Value) -> str:
    plain = unwrap(name)
    if not isinstance(plain, str):
        raise ProviderFailed("the name of a stack must be a string")
    return plain


def _input_of(type_: str) -> str:
    wanted = _ONLY_INPUT.get(type_)
    if wanted is None:
        raise ProviderFailed(f"unrecognized resource type '{type_}'")
    return wanted
