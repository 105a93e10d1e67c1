"""What an engine asks of a provider, as the ResourceProvider's request messages, reduced to what the provider knows.

Which maps are sent empty and which are left unset follows Pulumi's engine, because providers can tell.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rolecall.model.encoding import Encoder
from rolecall.model.provider import (
    CallMethod,
    Check,
    CheckConfig,
    Configure,
    Construct,
    Create,
    Delete,
    Diff,
    DiffConfig,
    Features,
    InvokeFunction,
    Read,
    Update,
)
from rolecall.model.resource import Timeouts
from rolecall.model.run import RunInfo
from rolecall.model.urn import URN, package_of
from rolecall.model.value import Map, Value, unwrap
from rolecall.wire.durations import text_of
from rolecall.wire.reduction import Keep
from rolecall.wire.struct import to_struct, to_wire_value
from rolecall.wire.stubs import plugin_pb2, provider_pb2

if TYPE_CHECKING:
    from google.protobuf.struct_pb2 import Struct
    from pulumi.runtime.proto.plugin_pb2 import PluginAttach
    from pulumi.runtime.proto.provider_pb2 import (
        CallRequest,
        CheckRequest,
        ConfigureRequest,
        ConstructRequest,
        CreateRequest,
        DeleteRequest,
        DiffRequest,
        InvokeRequest,
        ParameterizeRequest,
        ProviderHandshakeRequest,
        ReadRequest,
        UpdateRequest,
    )

_CONFIG = Keep(secrets=False, resources=False)
_AUTONAMING_MODES = {"propose": 0, "enforce": 1, "disable": 2}


def _known(features: Features, *, unknowns: bool, assets: bool = True) -> Keep:
    return Keep(unknowns=unknowns, secrets=features.secrets, resources=features.resources, assets=assets)


def _named(message: type[Any], urn: URN, **fields: Any) -> Any:
    """A request with the URN's type and name beside it, in stubs that have such fields."""
    known = message.DESCRIPTOR.fields_by_name
    wanted = {"urn": urn, "name": urn.name, "type": urn.type, **fields}
    return message(**{name: value for name, value in wanted.items() if name in known and value is not None})


def handshake_request(engine_address: str, directory: str | None) -> ProviderHandshakeRequest:
    """How an engine introduces itself. `directory`: that of the plugin, None for one that was attached to."""
    known = provider_pb2.ProviderHandshakeRequest.DESCRIPTOR.fields_by_name
    wanted: dict[str, Any] = {
        "engine_address": engine_address,
        "root_directory": directory,
        "program_directory": directory,
        "configure_with_urn": True,
        "supports_refresh_before_update": True,
        "invoke_with_preview": True,
        "accepts_byte_string": True,
    }
    fields = {name: value for name, value in wanted.items() if name in known and value is not None}
    return provider_pb2.ProviderHandshakeRequest(**fields)


def attach_request(engine_address: str) -> PluginAttach:
    """Where the engine is, for a plugin that was not started by it."""
    return plugin_pb2.PluginAttach(address=engine_address)


def parameterize_request(name: str, version: str, value: bytes) -> ParameterizeRequest:
    """The package that a plugin is to become."""
    given = provider_pb2.ParameterizeRequest.ParametersValue(name=name, version=version, value=value)
    return provider_pb2.ParameterizeRequest(value=given)


def check_config_request(request: CheckConfig) -> CheckRequest:
    """Never secrets: the protocol has no word for them here."""
    message: CheckRequest = _named(
        provider_pb2.CheckRequest,
        request.urn,
        olds=to_struct(request.olds, _CONFIG),
        news=to_struct(request.news, _CONFIG),
    )
    return message


def diff_config_request(request: DiffConfig) -> DiffRequest:
    """Like `check_config_request`, for a comparison."""
    message: DiffRequest = _named(
        provider_pb2.DiffRequest,
        request.urn,
        old_inputs=to_struct(request.old_inputs, _CONFIG),
        olds=to_struct(request.old_outputs, _CONFIG),
        news=to_struct(request.news, _CONFIG),
        ignoreChanges=list(request.ignore_changes),
    )
    return message


def configure_request(request: Configure) -> ConfigureRequest:
    """A provider's inputs, both as a map and in the older form, texts under `package:config:key`."""
    message: ConfigureRequest = _named(
        provider_pb2.ConfigureRequest,
        request.urn,
        id=request.id,
        variables=_variables(request),
        args=to_struct(request.inputs, Keep()),
        acceptSecrets=True,
        acceptResources=True,
        sends_old_inputs=True,
        sends_old_inputs_to_delete=True,
    )
    return message


def _variables(request: Configure) -> dict[str, str]:
    package = package_of(request.urn.type)
    return {f"{package}:config:{key}": _text(value) for key, value in request.inputs.items() if key != "version"}


def _text(value: Value) -> str:
    plain = unwrap(value)
    return (
        plain if isinstance(plain, str) else json.dumps(Encoder().encode(plain), separators=(",", ":"), sort_keys=True)
    )


def check_request(request: Check, features: Features) -> CheckRequest:
    """The inputs to check. The old outputs are not sent: we do not say that we would."""
    keep = _known(features, unknowns=True)
    message: CheckRequest = _named(
        provider_pb2.CheckRequest,
        request.urn,
        olds=to_struct(request.olds, keep),
        news=to_struct(request.news, keep),
        randomSeed=request.seed,
    )
    if request.autonaming is not None and features.autonaming:
        message.autonaming.proposed_name = request.autonaming.proposed_name
        message.autonaming.mode = _AUTONAMING_MODES[request.autonaming.mode]  # type: ignore[assignment]
    return message


def diff_request(request: Diff, features: Features) -> DiffRequest:
    """What is and what is wanted, assets by their hash alone."""
    keep = _known(features, unknowns=True, assets=False)
    message: DiffRequest = _named(
        provider_pb2.DiffRequest,
        request.urn,
        id=request.id,
        old_inputs=to_struct(request.old_inputs, keep),
        olds=to_struct(request.old_outputs, keep),
        news=to_struct(request.news, keep),
        ignoreChanges=list(request.ignore_changes),
    )
    return message


def create_request(request: Create, features: Features) -> CreateRequest:
    """What to make, assets in full."""
    message: CreateRequest = _named(
        provider_pb2.CreateRequest,
        request.urn,
        properties=to_struct(request.properties, _known(features, unknowns=request.preview)),
        timeout=request.timeout,
        preview=request.preview,
    )
    return message


def read_request(request: Read, features: Features) -> ReadRequest:
    """What to look at. Maps that are None are left unset."""
    keep = _known(features, unknowns=False, assets=False)
    message: ReadRequest = _named(
        provider_pb2.ReadRequest,
        request.urn,
        id=request.id,
        properties=_maybe(request.properties, keep),
        inputs=_maybe(request.inputs, keep),
        timeout=request.timeout,
    )
    return message


def _maybe(values: Map | None, keep: Keep) -> Struct | None:
    return None if values is None else to_struct(values, keep)


def update_request(request: Update, features: Features) -> UpdateRequest:
    """What to change: what was without the contents of assets, what is wanted with them."""
    old = _known(features, unknowns=False, assets=False)
    message: UpdateRequest = _named(
        provider_pb2.UpdateRequest,
        request.urn,
        id=request.id,
        olds=to_struct(request.old_outputs, old),
        old_inputs=to_struct(request.old_inputs, old),
        news=to_struct(request.news, _known(features, unknowns=request.preview)),
        timeout=request.timeout,
        ignoreChanges=list(request.ignore_changes),
        preview=request.preview,
    )
    return message


def delete_request(request: Delete, features: Features) -> DeleteRequest:
    """What to delete."""
    keep = _known(features, unknowns=False, assets=False)
    message: DeleteRequest = _named(
        provider_pb2.DeleteRequest,
        request.urn,
        id=request.id,
        properties=to_struct(request.old_outputs, keep),
        old_inputs=to_struct(request.old_inputs, keep),
        timeout=request.timeout,
    )
    return message


def invoke_request(request: InvokeFunction, features: Features) -> InvokeRequest:
    """A function call. Unknown arguments are left out: SDKs do not call with any."""
    return provider_pb2.InvokeRequest(
        tok=request.token,
        args=to_struct(request.args, _known(features, unknowns=False)),
        **_if_known(provider_pb2.InvokeRequest, preview=request.preview),
    )


def construct_request(request: Construct, features: Features, run: RunInfo, monitor: str) -> ConstructRequest:
    """A remote component to build, and the monitor at which to register it and its children."""
    goal = request.goal
    parent = request.urn_parent or goal.parent
    message = provider_pb2.ConstructRequest(
        project=run.project,
        stack=run.stack,
        config=run.config,
        configSecretKeys=sorted(run.secret_keys),
        organization=run.organization,
        dryRun=run.dry_run,
        parallel=run.parallel,
        monitorEndpoint=monitor,
        type=goal.type,
        name=goal.name,
        parent=parent or "",
        inputs=to_struct(goal.properties, Keep(resources=features.resources, outputs=features.outputs)),
        providers=goal.providers,
        dependencies=goal.dependencies,
        additionalSecretOutputs=goal.additional_secret_outputs,
        deletedWith=goal.deleted_with or "",
        ignoreChanges=goal.ignore_changes,
        replaceOnChanges=goal.replace_on_changes,
        accepts_output_values=True,
        **_if_known(provider_pb2.ConstructRequest, replace_with=goal.replace_with),
    )
    for key, urns in goal.property_dependencies.items():
        message.inputDependencies[key].urns.extend(urns)
    for name, value in (
        ("protect", goal.protect),
        ("deleteBeforeReplace", goal.delete_before_replace),
        ("retainOnDelete", goal.retain_on_delete),
    ):
        if value is not None:
            setattr(message, name, value)
    _construct_rest(message, request)
    return message


def _construct_rest(message: ConstructRequest, request: Construct) -> None:
    goal = request.goal
    if goal.custom_timeouts is not None:
        _fill_timeouts(message.customTimeouts, goal.custom_timeouts)
    known = message.DESCRIPTOR.fields_by_name
    if goal.replacement_trigger is not None and "replacement_trigger" in known:
        message.replacement_trigger.CopyFrom(to_wire_value(goal.replacement_trigger))
    hooks = {name: names for name, names in goal.hooks.items() if name != "on_error"}
    if hooks and "resource_hooks" in known:
        for name, names in hooks.items():
            getattr(message.resource_hooks, name).extend(names)


def _fill_timeouts(message: Any, timeouts: Timeouts) -> None:
    for name in ("create", "update", "delete", "read"):
        if name in message.DESCRIPTOR.fields_by_name:
            setattr(message, name, text_of(getattr(timeouts, name)))


def call_request(request: CallMethod, features: Features, run: RunInfo, monitor: str) -> CallRequest:
    """A method call on a resource of the provider's."""
    call = request.call
    message = provider_pb2.CallRequest(
        tok=call.token,
        args=to_struct(call.args, Keep(outputs=features.outputs)),
        project=run.project,
        stack=run.stack,
        config=run.config,
        configSecretKeys=sorted(run.secret_keys),
        organization=run.organization,
        dryRun=run.dry_run,
        parallel=run.parallel,
        monitorEndpoint=monitor,
        accepts_output_values=True,
    )
    for key, urns in call.arg_dependencies.items():
        message.argDependencies[key].urns.extend(urns)
    return message


def _if_known(message: type[Any], **fields: Any) -> dict[str, Any]:
    known = message.DESCRIPTOR.fields_by_name
    return {name: value for name, value in fields.items() if name in known}
