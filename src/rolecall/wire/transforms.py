"""Transforms on the wire: what a callback is sent about a registration or an invoke, and taking over what it changed.

A transform changes the request itself, so that all that reads requests afterwards sees one thing only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rolecall.model.value import UNKNOWN, Map, Output, Unknown
from rolecall.wire.reduction import dependencies_in
from rolecall.wire.struct import from_struct, to_struct
from rolecall.wire.stubs import callback_pb2, resource_pb2

if TYPE_CHECKING:
    from pulumi.runtime.proto.callback_pb2 import CallbackInvokeRequest, CallbackInvokeResponse
    from pulumi.runtime.proto.resource_pb2 import RegisterResourceRequest, ResourceInvokeRequest

_LISTS = {
    "dependencies": "depends_on",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
    "additionalSecretOutputs": "additional_secret_outputs",
    "hideDiffs": "hide_diff",
    "replace_with": "replace_with",
    "aliases": "aliases",
}
_MAPS = {"providers": "providers", "pluginChecksums": "plugin_checksums"}
_TEXTS = {
    "version": "version",
    "provider": "provider",
    "pluginDownloadURL": "plugin_download_url",
    "deletedWith": "deleted_with",
    "importId": "import",
}
_MESSAGES = {"customTimeouts": "custom_timeouts", "hooks": "hooks", "replacement_trigger": "replacement_trigger"}
_SWITCHES = {"protect": "protect", "retainOnDelete": "retain_on_delete", "deleteBeforeReplace": "delete_before_replace"}
_INVOKE_TEXTS = {"provider": "provider", "version": "version", "pluginDownloadURL": "plugin_download_url"}
_INVOKE_MAPS = {"pluginChecksums": "plugin_checksums"}


def callback_request(token: str, content: Any) -> CallbackInvokeRequest:
    """The call of a callback with a message."""
    return callback_pb2.CallbackInvokeRequest(token=token, request=content.SerializeToString())


def with_dependencies(values: Map, by_property: Mapping[str, tuple[str, ...]]) -> Map:
    """`values`, each as an output that also depends on what is listed for it; a transform sees dependencies so."""
    found = {}
    for key, value in values.items():
        missing = frozenset(by_property.get(key, ())) - dependencies_in(value)
        if not missing:
            found[key] = value
        elif isinstance(value, Output):
            found[key] = Output(value.value, value.secret, value.dependencies | missing)
        else:
            found[key] = Output(UNKNOWN if isinstance(value, Unknown) else value, False, missing)
    return Map(found)


def transform_request(request: RegisterResourceRequest) -> Any:
    """What a transform is sent about a registration as it now is."""
    options = resource_pb2.TransformResourceOptions()
    _copy_all(request, options)
    for name, option in _SWITCHES.items():
        if _is_set(request, name):
            setattr(options, option, getattr(request, name))
    return resource_pb2.TransformRequest(
        name=request.name,
        type=request.type,
        custom=request.custom,
        parent=request.parent,
        properties=request.object,
        options=options,
    )


def apply_transform(request: RegisterResourceRequest, response: CallbackInvokeResponse) -> None:
    """Change a registration as a transform's answer says; what the answer leaves out stays."""
    answer = resource_pb2.TransformResponse.FromString(response.response)
    if answer.HasField("properties"):
        request.object.CopyFrom(answer.properties)
    if not answer.HasField("options"):
        return
    options = answer.options
    _copy_all(options, request, back=True)
    for name, option in _SWITCHES.items():
        request.ClearField(name)  # type: ignore[arg-type]
        if _is_set(options, option):
            setattr(request, name, getattr(options, option))
    request.deleteBeforeReplaceDefined = _is_set(options, "delete_before_replace")


def settle_dependencies(request: RegisterResourceRequest) -> None:
    """After a resource's own transforms: what its properties depend on is what their output values say, and the
    resource depends on that, too."""
    values = from_struct(request.object)
    found = {urn for value in values.values() for urn in dependencies_in(value)}
    request.dependencies.extend(sorted(found - set(request.dependencies)))
    request.propertyDependencies.clear()
    for key in values:
        request.propertyDependencies[key].SetInParent()


def set_properties(request: RegisterResourceRequest, values: Map) -> None:
    """Put other properties into a registration."""
    request.object.CopyFrom(to_struct(values))


def invoke_transform_request(request: ResourceInvokeRequest) -> Any:
    """What a transform is sent about an invoke."""
    options = resource_pb2.TransformInvokeOptions()
    _copy_texts(request, options, _INVOKE_TEXTS.items())
    _copy_maps(request, options, _INVOKE_MAPS.items())
    return resource_pb2.TransformInvokeRequest(token=request.tok, args=request.args, options=options)


def apply_invoke_transform(request: ResourceInvokeRequest, response: CallbackInvokeResponse) -> None:
    """Change an invoke as a transform's answer says; what the answer leaves out stays."""
    answer = resource_pb2.TransformInvokeResponse.FromString(response.response)
    if answer.HasField("args"):
        request.args.CopyFrom(answer.args)
    if answer.HasField("options"):
        _copy_texts(answer.options, request, _reversed(_INVOKE_TEXTS))
        _copy_maps(answer.options, request, _reversed(_INVOKE_MAPS))


Pairs = Iterable[tuple[str, str]]


def _reversed(names: dict[str, str]) -> list[tuple[str, str]]:
    return [(option, field) for field, option in names.items()]


def _copy_all(source: Any, target: Any, *, back: bool = False) -> None:
    pairs = [_reversed(names) if back else list(names.items()) for names in (_LISTS, _MAPS, _TEXTS, _MESSAGES)]
    lists, maps, texts, messages = pairs
    for name, other in _both_know(source, target, lists):
        values = list(getattr(source, name))
        target.ClearField(other)
        getattr(target, other).extend(values)
    _copy_maps(source, target, maps)
    _copy_texts(source, target, texts)
    for name, other in _both_know(source, target, messages):
        target.ClearField(other)
        if source.HasField(name):
            getattr(target, other).CopyFrom(getattr(source, name))


def _copy_texts(source: Any, target: Any, pairs: Pairs) -> None:
    for name, other in _both_know(source, target, pairs):
        setattr(target, other, getattr(source, name))


def _copy_maps(source: Any, target: Any, pairs: Pairs) -> None:
    for name, other in _both_know(source, target, pairs):
        values = dict(getattr(source, name))
        target.ClearField(other)
        getattr(target, other).update(values)


def _both_know(source: Any, target: Any, pairs: Pairs) -> Pairs:
    here, there = source.DESCRIPTOR.fields_by_name, target.DESCRIPTOR.fields_by_name
    return [(name, other) for name, other in pairs if name in here and other in there]


def _is_set(message: Any, name: str) -> bool:
    if name == "deleteBeforeReplace":
        return bool(message.deleteBeforeReplaceDefined or message.deleteBeforeReplace)
    if message.DESCRIPTOR.fields_by_name[name].has_presence:
        return bool(message.HasField(name))
    return bool(getattr(message, name))
