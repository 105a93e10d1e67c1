"""A provider that lives in a plugin: requests encoded, sent, answers decoded, failures told apart."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

import grpc
import grpc.aio

from rolecall.model.encoding import MalformedValue
from rolecall.model.goal import Called
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
    PartlyDone,
    ProviderFailed,
    ProviderUnavailable,
    Read,
    Update,
)
from rolecall.model.run import RunInfo
from rolecall.model.urn import URN, package_of
from rolecall.model.value import EMPTY, Map
from rolecall.providers.plugin.echo import restored, with_secrets_of
from rolecall.providers.plugin.process import PluginProcess
from rolecall.wire import answers, requests
from rolecall.wire.failures import DETAILS_TRAILER, failure, missing_keys, property_problems
from rolecall.wire.services import EMPTY as NOTHING

T = TypeVar("T")

_HANDSHAKE_SECONDS = 10.0
_CANCEL_SECONDS = 5.0
_TRUE = ("1", "true")


class PluginProvider:
    """One plugin process as a `rolecall.model.provider.Provider`. Made by `introduce`."""

    def __init__(self, process: PluginProcess, run: RunInfo, address: str, features: Features | None) -> None:
        self.process = process
        self._run = run
        self._address = address
        self._features = features or Features(secrets=False, resources=False, preview=False)
        self._negotiated = features is not None

    @property
    def features(self) -> Features:
        return self._features

    @property
    def _previews(self) -> bool:
        """Whether it takes part in previews; for one that does not, the inputs stand for the outputs."""
        return self._features.preview and os.environ.get("PULUMI_DISABLE_PROVIDER_PREVIEW", "").lower() not in _TRUE

    async def check_config(self, request: CheckConfig) -> Checked:
        try:
            response = await self.process.call("CheckConfig", requests.check_config_request(request))
        except grpc.aio.AioRpcError as error:
            if _is_unimplemented(error, request.urn):
                return Checked(request.news)
            _fail(error)
        checked = _decoded(answers.checked, response)
        # Secrets are not sent here, so what comes back has lost its marks whatever the provider accepts.
        return replace(checked, inputs=with_secrets_of(checked.inputs, request.news))

    async def diff_config(self, request: DiffConfig) -> Differences:
        try:
            response = await self.process.call("DiffConfig", requests.diff_config_request(request))
        except grpc.aio.AioRpcError as error:
            if _is_unimplemented(error, request.urn):
                return Differences("unknown")
            _fail(error)
        return answers.differences(response)

    async def configure(self, request: Configure) -> Configured:
        try:
            response = await self.process.call("Configure", requests.configure_request(request))
        except grpc.aio.AioRpcError as error:
            missing = missing_keys(_details(error))
            if missing:
                raise ProviderFailed(_missing_text(package_of(request.urn.type), missing)) from error
            _fail(error)
        if not self._negotiated:
            self._features = answers.configured_features(response)
        return Configured()

    async def check(self, request: Check) -> Checked:
        response = await self._call("Check", requests.check_request(request, self._features))
        return _decoded(answers.checked, response)

    async def diff(self, request: Diff) -> Differences:
        return answers.differences(await self._call("Diff", requests.diff_request(request, self._features)))

    async def create(self, request: Create) -> Outcome:
        if request.preview and not self._previews:
            return Outcome("", request.properties)
        response = await self._call("Create", requests.create_request(request, self._features))
        outcome = _decoded(lambda message: answers.created(message, preview=request.preview), response)
        if not outcome.id and not request.preview:
            raise ProviderFailed(
                f"{self.process.name} returned an empty id for the '{request.urn}' that it created",
                unanswered=True,
            )
        return outcome

    async def read(self, request: Read) -> Outcome:
        message = requests.read_request(request, self._features)
        known = request.inputs or EMPTY
        try:
            outcome = _decoded(answers.read, await self._call("Read", message, request.id))
        except PartlyDone as error:
            raise PartlyDone(_with_contents(error.outcome, known)) from error
        return _with_contents(outcome, known)

    async def update(self, request: Update) -> Outcome:
        if request.preview and not self._previews:
            return Outcome(request.id, request.news)
        response = await self._call("Update", requests.update_request(request, self._features), request.id)
        return _decoded(lambda message: answers.updated(message, request.id, preview=request.preview), response)

    async def delete(self, request: Delete) -> Deleted:
        await self._call("Delete", requests.delete_request(request, self._features))
        return Deleted()

    async def invoke(self, request: InvokeFunction) -> FunctionResult:
        response = await self._call("Invoke", requests.invoke_request(request, self._features))
        return _decoded(answers.function_result, response)

    async def construct(self, request: Construct) -> Constructed:
        if not self._features.secrets:
            raise ProviderFailed("plugins that can construct components must support secrets")
        message = requests.construct_request(request, self._features, self._run, self._address)
        return _decoded(answers.constructed, await self._call("Construct", message))

    async def call(self, request: CallMethod) -> Called:
        message = requests.call_request(request, self._features, self._run, self._address)
        return _decoded(answers.called, await self._call("Call", message))

    async def cancel(self) -> None:
        """Ask the plugin to give up what is under way; one that cannot is left alone."""
        with contextlib.suppress(grpc.aio.AioRpcError, ProviderUnavailable):
            await self.process.call("Cancel", NOTHING, timeout=_CANCEL_SECONDS)

    async def close(self) -> None:
        """End the plugin's process."""
        await self.process.close()

    async def _call(self, method: str, message: Any, id_: str = "") -> Any:
        try:
            return await self.process.call(method, message)
        except grpc.aio.AioRpcError as error:
            _fail(error, id_)
        except ProviderUnavailable as error:
            # It died at work: nobody knows how far it got.
            raise ProviderFailed(str(error), unanswered=True) from error


async def parameterize(provider: PluginProvider, name: str, version: str, value: bytes) -> None:
    """Make a plugin serve the package `name`. Raises ProviderUnavailable when it will not."""
    process = provider.process
    try:
        response = await process.call("Parameterize", requests.parameterize_request(name, version, value))
    except grpc.aio.AioRpcError as error:
        raise ProviderUnavailable(f"{process.name} cannot serve the package '{name}': {error.details()}") from error
    if response.name != name:
        raise ProviderUnavailable(f"{process.name} serves the package '{response.name}' instead of '{name}'")


async def introduce(process: PluginProcess, run: RunInfo, address: str, directory: str) -> PluginProvider:
    """Shake hands with a plugin that has just started. `directory`: where its executable is.

    Raises ProviderUnavailable when it does not answer, or refuses.
    """
    where = None if process.was_attached_to else directory
    message = requests.handshake_request(address, where)
    features: Features | None = None
    try:
        response = await process.call("Handshake", message, timeout=_HANDSHAKE_SECONDS, wait=True)
        features = answers.handshake_features(response)
    except grpc.aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
            raise ProviderUnavailable(f"{process.name} did not shake hands: {error.details()}") from error
    if process.was_attached_to:
        await _attach(process, address)
    return PluginProvider(process, run, address, features)


async def _attach(process: PluginProcess, address: str) -> None:
    """Tell a plugin that somebody else started where the engine is."""
    try:
        await process.call("Attach", requests.attach_request(address))
    except grpc.aio.AioRpcError as error:
        raise ProviderUnavailable(f"{process.name} cannot be attached to: {error.details()}") from error


def _decoded(decode: Callable[[Any], T], response: Any) -> T:
    try:
        return decode(response)
    except MalformedValue as error:
        raise ProviderFailed(f"the provider's answer cannot be read: {error}", unanswered=True) from error


def _with_contents(outcome: Outcome, known: Map) -> Outcome:
    """An outcome whose assets that were echoed by their hash have their contents again."""
    outputs = None if outcome.outputs is None else restored(outcome.outputs, known)
    inputs = None if outcome.inputs is None else restored(outcome.inputs, known)
    return replace(outcome, outputs=outputs, inputs=inputs)


def _details(error: grpc.aio.AioRpcError) -> bytes | None:
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS_TRAILER:
            return value if isinstance(value, bytes) else value.encode()
    return None


def _fail(error: grpc.aio.AioRpcError, id_: str = "") -> NoReturn:
    message = error.details() or ""
    details = _details(error)
    problems = property_problems(details)
    if problems:
        message += "".join(f"\n\t\t- property {path} has a problem: {reason}" for path, reason in problems)
    raise failure(error.code().name, message, details, id_) from error


def _is_unimplemented(error: grpc.aio.AioRpcError, urn: URN) -> bool:
    """Whether a configuration call is one that the provider does not have, said in whatever way (Pulumi's list)."""
    code = error.code()
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return True
    if code is grpc.StatusCode.INTERNAL:
        return urn.type == "pulumi:providers:pulumi-nodejs"
    is_kubernetes = urn.type == "pulumi:providers:kubernetes"
    return is_kubernetes and code is grpc.StatusCode.UNKNOWN and "Unimplemented" in (error.details() or "")


def _missing_text(package: str, missing: tuple[tuple[str, str], ...]) -> str:
    lines = []
    for name, description in missing:
        lines.append(f'missing required configuration key "{name}": {description}')
        lines.append(f"Set a value using the command `pulumi config set {package}:{name.split(':')[-1]} <value>`.")
    return "\n".join(lines)
