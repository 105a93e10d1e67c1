"""The ResourceMonitor's requests as goals, and what the engine answered as its responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rolecall.model.goal import (
    Alias,
    Call,
    Called,
    CheckFailure,
    Goal,
    Invoke,
    Invoked,
    PackageRequest,
    Parameterization,
    ReadGoal,
    Refused,
    Registered,
)
from rolecall.model.resource import Timeouts
from rolecall.model.urn import URN, package_of
from rolecall.model.value import Map, has_unknowns
from rolecall.wire.durations import seconds_of
from rolecall.wire.positions import position_text, trace_texts
from rolecall.wire.reduction import EVERYTHING, Keep, dependencies_in, reduce_map, upgraded
from rolecall.wire.struct import from_struct, from_wire_value, to_struct
from rolecall.wire.stubs import alias_pb2, provider_pb2, resource_pb2

if TYPE_CHECKING:
    from pulumi.runtime.proto.alias_pb2 import Alias as AliasMessage
    from pulumi.runtime.proto.provider_pb2 import CallResponse
    from pulumi.runtime.proto.provider_pb2 import CheckFailure as CheckFailureMessage
    from pulumi.runtime.proto.resource_pb2 import (
        ReadResourceRequest,
        ReadResourceResponse,
        RegisterPackageRequest,
        RegisterResourceOutputsRequest,
        RegisterResourceRequest,
        RegisterResourceResponse,
        ResourceCallRequest,
        ResourceInvokeRequest,
        ResourceInvokeResponse,
    )

_LOCAL = Keep()
_HOOKS = (
    "before_create",
    "after_create",
    "before_update",
    "after_update",
    "before_delete",
    "after_delete",
    "on_error",
)


@dataclass(frozen=True, slots=True)
class Sender:
    """What must be known to read a request: the directory that source positions are relative to, the packages that
    were registered, and whether it comes from a Node SDK that writes alias parents the wrong way round (spec 4.2)."""

    root: str
    packages: Mapping[str, PackageRequest]
    wrong_aliases: bool = False


def goal_of(request: RegisterResourceRequest, sender: Sender) -> Goal:
    """The goal that a RegisterResource states. Raises MalformedValue or Refused on a broken one.

    Output values stay only for remote components, whose provider is given them; elsewhere they become what they hold,
    and their dependencies join `property_dependencies`.
    """
    values = from_struct(request.object, EVERYTHING)
    dependencies = _urns(request.dependencies)
    by_property = {key: _urns(entry.urns) for key, entry in request.propertyDependencies.items()}
    if not by_property and not request.remote:
        by_property = dict.fromkeys(values, dependencies)
    for key, value in values.items():
        given = by_property.get(key, ())
        more = sorted(dependencies_in(value) - set(given))
        by_property[key] = given + _urns(more)
    defined = request.deleteBeforeReplaceDefined or request.deleteBeforeReplace
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        properties=upgraded(values) if request.remote else reduce_map(values, _LOCAL),
        parent=_urn(request.parent),
        remote=request.remote,
        dependencies=dependencies,
        property_dependencies=by_property,
        provider=request.provider,
        providers=dict(request.providers),
        package=_package(request, package_of(request.type), sender),
        protect=_optional(request, "protect"),
        retain_on_delete=_optional(request, "retainOnDelete"),
        delete_before_replace=request.deleteBeforeReplace if defined else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        replacement_trigger=_trigger(request),
        replace_with=_urns(_newer(request, "replace_with", ())),
        deleted_with=_urn(request.deletedWith),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=_aliases(request, sender),
        custom_timeouts=_timeouts(request),
        import_id=request.importId,
        hide_diffs=tuple(_newer(request, "hideDiffs", ())),
        hooks=_hooks(request),
        env_var_mappings=dict(_newer(request, "envVarMappings", {})),
        source_position=position_text(request.sourcePosition, sender.root),
        stack_trace=_trace(request, sender),
    )


def settle_aliases(request: RegisterResourceRequest, sender: Sender) -> None:
    """Write all aliases of a request as specifications that mean what they say, as transforms are to see them."""
    settled = [alias_pb2.Alias(urn=text) for text in request.aliasURNs]
    for message in request.aliases:
        wrong = sender.wrong_aliases and not request.aliasSpecs and message.WhichOneof("alias") == "spec"
        settled.append(_righted(message) if wrong else message)
    kept = list(settled)
    request.ClearField("aliasURNs")
    request.ClearField("aliases")
    request.aliases.extend(kept)
    request.aliasSpecs = True


def _righted(message: AliasMessage) -> AliasMessage:
    right = _alias(message, True)
    spec = alias_pb2.Alias.Spec(
        name=right.name or "", type=right.type or "", stack=right.stack or "", project=right.project or ""
    )
    if right.no_parent:
        spec.noParent = True
    elif right.parent:
        spec.parentUrn = right.parent
    return alias_pb2.Alias(spec=spec)


def read_goal_of(request: ReadResourceRequest, sender: Sender) -> ReadGoal:
    """The wish of a ReadResource. Raises MalformedValue or Refused on a broken one."""
    return ReadGoal(
        type=request.type,
        name=request.name,
        id=request.id,
        properties=from_struct(request.properties, _LOCAL),
        parent=_urn(request.parent),
        dependencies=_urns(request.dependencies),
        provider=request.provider,
        package=_package(request, package_of(request.type), sender),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        source_position=position_text(request.sourcePosition, sender.root),
        stack_trace=_trace(request, sender),
    )


def invoke_of(request: ResourceInvokeRequest, sender: Sender) -> Invoke:
    """The function call of an Invoke. Raises MalformedValue or Refused on a broken one."""
    return Invoke(
        token=request.tok,
        args=from_struct(request.args, _LOCAL),
        parent=_urn(_newer(request, "parent", "")),
        provider=request.provider,
        package=_package(request, package_of(request.tok), sender),
        depends_on=_urns(_newer(request, "dependsOn", ())),
    )


def call_of(request: ResourceCallRequest, sender: Sender) -> Call:
    """The method call of a Call. Raises MalformedValue or Refused on a broken one."""
    args = from_struct(request.args, EVERYTHING)
    dependencies = {key: _urns(entry.urns) for key, entry in request.argDependencies.items()}
    for key, value in args.items():
        given = dependencies.get(key, ())
        more = sorted(dependencies_in(value) - set(given))
        if more:
            dependencies[key] = given + _urns(more)
    return Call(
        token=request.tok,
        args=upgraded(args),
        arg_dependencies=dependencies,
        provider=request.provider,
        package=_package(request, package_of(request.tok), sender),
    )


def outputs_of(request: RegisterResourceOutputsRequest) -> tuple[URN, Map]:
    """Which component, and its outputs. Raises MalformedValue on broken ones."""
    return URN(request.urn), from_struct(request.outputs, _LOCAL)


def package_request_of(request: RegisterPackageRequest) -> PackageRequest:
    """The package that a RegisterPackage describes, under the name that its types bear."""
    base = PackageRequest(request.name, request.version, request.download_url.rstrip("/"), dict(request.checksums))
    if not request.HasField("parameterization"):
        return base
    given = request.parameterization
    made = Parameterization(request.name, request.version, given.value)
    return PackageRequest(given.name, given.version, base.download_url, base.checksums, made)


def registered_response(registered: Registered, request: RegisterResourceRequest) -> RegisterResourceResponse:
    """The answer to a RegisterResource, reduced to what its sender said it understands."""
    outputs = registered.outputs
    if not request.supportsPartialValues:
        outputs = Map({key: value for key, value in outputs.items() if not has_unknowns(value)})
    response = resource_pb2.RegisterResourceResponse(
        urn=registered.urn, id=registered.id, object=to_struct(outputs, _accepted(request))
    )
    for key, urns in registered.property_dependencies.items():
        response.propertyDependencies[key].urns.extend(urns)
    if registered.failed:
        if not request.supportsResultReporting:
            raise Refused("resource registration failed", "INTERNAL")
        response.result = resource_pb2.FAIL
    _set_newer(response, "unknown", registered.unknown)
    return response


def read_response(registered: Registered, request: ReadResourceRequest) -> ReadResourceResponse:
    """The answer to a ReadResource."""
    response = resource_pb2.ReadResourceResponse(
        urn=registered.urn, properties=to_struct(registered.outputs, _accepted(request))
    )
    _set_newer(response, "id", registered.id)
    _set_newer(response, "unknown", registered.unknown)
    if registered.failed:
        _set_newer(response, "result", resource_pb2.FAIL)
    return response


def invoke_response(invoked: Invoked, request: ResourceInvokeRequest) -> ResourceInvokeResponse:
    """The answer to an Invoke."""
    keep = Keep(resources=request.acceptResources or request.tok == "pulumi:pulumi:getResource")
    response = resource_pb2.ResourceInvokeResponse(failures=failure_messages(invoked.failures))
    getattr(response, "return").CopyFrom(to_struct(invoked.result, keep))
    _set_newer(response, "unknown", invoked.unknown)
    return response


def call_response(called: Called) -> CallResponse:
    """The answer to a Call. Output values in it are reduced, and what they depend on is said beside them."""
    response = provider_pb2.CallResponse(failures=failure_messages(called.failures))
    getattr(response, "return").CopyFrom(to_struct(called.result, _LOCAL))
    dependencies = {key: set(urns) for key, urns in called.dependencies.items()}
    for key, value in called.result.items():
        dependencies.setdefault(key, set()).update(URN(urn) for urn in dependencies_in(value))
    for key, found in dependencies.items():
        response.returnDependencies[key].urns.extend(sorted(found))
    return response


def failure_messages(failures: Iterable[CheckFailure]) -> list[CheckFailureMessage]:
    """Check failures in wire form."""
    return [provider_pb2.CheckFailure(property=failure.property, reason=failure.reason) for failure in failures]


def _accepted(request: RegisterResourceRequest | ReadResourceRequest) -> Keep:
    return Keep(secrets=request.acceptSecrets, resources=request.acceptResources)


def _urn(text: str) -> URN | None:
    return URN(text) if text else None


def _urns(texts: Iterable[str]) -> tuple[URN, ...]:
    return tuple(URN(text) for text in texts)


def _newer(message: Any, name: str, default: Any) -> Any:
    """A field that the oldest stubs we run with do not have."""
    return getattr(message, name, default)


def _set_newer(message: Any, name: str, value: object) -> None:
    if value and name in message.DESCRIPTOR.fields_by_name:
        setattr(message, name, value)


def _optional(message: Any, name: str) -> bool | None:
    """A bool that older stubs declare without presence: there, false cannot be told from not given."""
    if message.DESCRIPTOR.fields_by_name[name].has_presence:
        return bool(getattr(message, name)) if message.HasField(name) else None
    return True if getattr(message, name) else None


def _trigger(request: RegisterResourceRequest) -> Any:
    if "replacement_trigger" not in request.DESCRIPTOR.fields_by_name or not request.HasField("replacement_trigger"):
        return None
    return from_wire_value(request.replacement_trigger)


def _trace(request: Any, sender: Sender) -> tuple[str, ...]:
    trace = _newer(request, "stackTrace", None)
    return trace_texts(trace, sender.root) if trace is not None else ()


def _timeouts(request: RegisterResourceRequest) -> Timeouts | None:
    if not request.HasField("customTimeouts"):
        return None
    given = request.customTimeouts
    found: dict[str, float] = {}
    for name in ("create", "update", "delete", "read"):
        text = _newer(given, name, "")
        try:
            found[name] = seconds_of(text)
        except ValueError as error:
            raise Refused(f"unable to parse customTimeouts {name.capitalize()} value {text}: {error}") from error
    return Timeouts(**found) if any(found.values()) else None


def _hooks(request: RegisterResourceRequest) -> dict[str, tuple[str, ...]]:
    binding = _newer(request, "hooks", None)
    if binding is None or not request.HasField("hooks"):
        return {}
    found = {name: tuple(_newer(binding, name, ())) for name in _HOOKS}
    return {name: names for name, names in found.items() if names}


def _package(request: Any, name: str, sender: Sender) -> PackageRequest | None:
    reference = _newer(request, "packageRef", "")
    if reference:
        if reference not in sender.packages:
            raise Refused(f"unknown provider package '{reference}'")
        return sender.packages[reference]
    if not (request.version or request.pluginDownloadURL or request.pluginChecksums):
        return None
    return PackageRequest(name, request.version, request.pluginDownloadURL.rstrip("/"), dict(request.pluginChecksums))


def _aliases(request: RegisterResourceRequest, sender: Sender) -> tuple[Alias, ...]:
    wrong = sender.wrong_aliases and not request.aliasSpecs
    urns = [Alias(urn=URN(text)) for text in request.aliasURNs]
    return (*urns, *(_alias(message, wrong) for message in request.aliases))


def _alias(message: AliasMessage, wrong: bool) -> Alias:
    if message.WhichOneof("alias") == "urn":
        return Alias(urn=URN(message.urn))
    spec = message.spec
    parent, no_parent = _urn(spec.parentUrn), spec.noParent
    if wrong:  # such a Node SDK means "no parent" where it says nothing or an empty parent, and the reverse
        given = spec.WhichOneof("parent")
        no_parent = given is None or (given == "parentUrn" and not spec.parentUrn)
    return Alias(
        name=spec.name or None,
        type=spec.type or None,
        stack=spec.stack or None,
        project=spec.project or None,
        parent=parent,
        no_parent=no_parent,
    )
