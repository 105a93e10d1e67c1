"""One resource (or interrupted operation) as the deployment format writes it, and back.

Fields are omitted when empty; their order is Pulumi's. Fields that we do not know are kept in `extra`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, cast

import orjson

from rolecall.model.encoding import Encoder, MalformedValue
from rolecall.model.resource import OperationKind, PendingOperation, Resource, Timeouts
from rolecall.model.urn import URN, ProviderRef
from rolecall.model.value import Value, walk
from rolecall.state.errors import CorruptState
from rolecall.state.json_text import dumps
from rolecall.state.secrets_in_state import Keeper, Place


class SecretWriter(Protocol):
    """Whatever gives the encoder for property values at a place."""

    def encoder(self, place: Place) -> Encoder: ...


_FLAGS = {
    "delete": "delete",
    "protect": "protect",
    "taint": "taint",
    "external": "external",
    "pendingReplacement": "pending_replacement",
    "retainOnDelete": "retain_on_delete",
    "refreshBeforeUpdate": "refresh_before_update",
}
_TEXTS = {
    "id": "id",
    "importID": "import_id",
    "created": "created",
    "modified": "modified",
    "sourcePosition": "source_position",
}
_URNS = {"parent": "parent", "deletedWith": "deleted_with", "viewOf": "view_of"}
_URN_LISTS = {"dependencies": "dependencies", "aliases": "aliases", "replaceWith": "replace_with"}
_TEXT_LISTS = {
    "initErrors": "init_errors",
    "additionalSecretOutputs": "additional_secret_outputs",
    "ignoreChanges": "ignore_changes",
    "hideDiff": "hide_diff",
    "replaceOnChanges": "replace_on_changes",
}
_ORDER = (
    "urn", "custom", "delete", "id", "type", "inputs", "outputs", "parent", "protect", "taint", "external",
    "dependencies", "initErrors", "provider", "propertyDependencies", "pendingReplacement", "additionalSecretOutputs",
    "aliases", "customTimeouts", "importID", "retainOnDelete", "deletedWith", "replaceWith", "created", "modified",
    "sourcePosition", "stackTrace", "ignoreChanges", "hideDiff", "replaceOnChanges", "replacementTrigger",
    "refreshBeforeUpdate", "viewOf", "resourceHooks", "extensionRef", "snippetID",
)  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(_ORDER)}
_HOOKS = {
    "before_create": "BeforeCreate",
    "after_create": "AfterCreate",
    "before_update": "BeforeUpdate",
    "after_update": "AfterUpdate",
    "before_delete": "BeforeDelete",
    "after_delete": "AfterDelete",
    "on_error": "OnError",
}
"""The protocol's names of hooks, which are ours, and the file's."""
_HOOKS_READ = {theirs: ours for ours, theirs in _HOOKS.items()}
_SORTED = ("inputs", "outputs", "propertyDependencies", "resourceHooks", "replacementTrigger")
"""Maps that Go writes with sorted keys."""
_TIMEOUTS = ("create", "update", "delete", "read")
_UNDERSTOOD = frozenset(_ORDER) - {"extensionRef", "snippetID"}


def read_resource(data: Mapping[str, Any], secrets: Keeper) -> Resource:
    """The resource that an entry of a deployment stands for. Raises CorruptState, naming the resource."""
    urn = data.get("urn", "")
    try:
        return _read(data, secrets, URN(urn))
    except (MalformedValue, TypeError, ValueError, AttributeError, KeyError) as error:
        raise CorruptState(f"resource {urn or data.get('type', '(without urn)')} in the state: {error}") from error


def _read(data: Mapping[str, Any], secrets: Keeper, urn: URN) -> Resource:
    fields: dict[str, Any] = {ours: bool(data.get(theirs)) for theirs, ours in _FLAGS.items()}
    fields |= {ours: _text(data, theirs) for theirs, ours in _TEXTS.items()}
    fields |= {ours: URN(data[theirs]) if data.get(theirs) else None for theirs, ours in _URNS.items()}
    fields |= {ours: _urns(data.get(theirs)) for theirs, ours in _URN_LISTS.items()}
    fields |= {ours: tuple(data.get(theirs) or ()) for theirs, ours in _TEXT_LISTS.items()}
    trigger = data.get("replacementTrigger")
    return Resource(
        urn=urn,
        type=_text(data, "type"),
        custom=bool(data.get("custom")),
        inputs=secrets.decoder((urn, "inputs")).decode_map(data.get("inputs")),
        outputs=secrets.decoder((urn, "outputs")).decode_map(data.get("outputs")),
        provider=ProviderRef.parse(data["provider"]) if data.get("provider") else None,
        property_dependencies={k: _urns(v) for k, v in (data.get("propertyDependencies") or {}).items()},
        custom_timeouts=_timeouts(data.get("customTimeouts")),
        stack_trace=tuple(frame["sourcePosition"] for frame in data.get("stackTrace") or ()),
        replacement_trigger=secrets.decoder((urn, "replacementTrigger")).decode(trigger),
        hooks={_HOOKS_READ.get(k, k): tuple(v or ()) for k, v in (data.get("resourceHooks") or {}).items()},
        extra={k: v for k, v in data.items() if k not in _UNDERSTOOD},
        **fields,
    )


def write_resource(resource: Resource, secrets: SecretWriter) -> dict[str, Any]:
    """The entry of a deployment for a resource, as plain data in Pulumi's order of keys."""
    urn = resource.urn
    written: dict[str, Any] = {theirs: True for theirs, ours in _FLAGS.items() if getattr(resource, ours)}
    for names in (_TEXTS, _URNS):
        written |= {theirs: str(value) for theirs, ours in names.items() if (value := getattr(resource, ours))}
    for names in (_URN_LISTS, _TEXT_LISTS):
        written |= {theirs: list(value) for theirs, ours in names.items() if (value := getattr(resource, ours))}
    for name, properties in (("inputs", resource.inputs), ("outputs", resource.outputs)):
        if properties:
            written[name] = secrets.encoder((urn, name)).encode(properties)
    if resource.provider is not None:
        written["provider"] = str(resource.provider)
    if resource.property_dependencies:
        written["propertyDependencies"] = {k: list(v) for k, v in resource.property_dependencies.items()}
    if resource.custom_timeouts is not None:
        timeouts = resource.custom_timeouts
        written["customTimeouts"] = {n: seconds for n in _TIMEOUTS if (seconds := getattr(timeouts, n))}
    if resource.stack_trace:
        written["stackTrace"] = [{"sourcePosition": position} for position in resource.stack_trace]
    if resource.replacement_trigger is not None:
        written["replacementTrigger"] = secrets.encoder((urn, "replacementTrigger")).encode(
            resource.replacement_trigger
        )
    if resource.hooks:
        written["resourceHooks"] = {_HOOKS.get(k, k): list(v) for k, v in resource.hooks.items()}
    written |= {"urn": str(urn), "custom": resource.custom, "type": resource.type} | resource.extra
    return dict(sorted(written.items(), key=lambda item: _RANK.get(item[0], len(_ORDER))))


def read_operation(data: Mapping[str, Any], secrets: Keeper) -> PendingOperation:
    """The interrupted operation that an entry stands for. Raises CorruptState."""
    kind = data.get("type")
    if kind not in ("creating", "updating", "deleting", "reading", "importing"):
        raise CorruptState(f"a pending operation of the state has the unknown type {kind!r}")
    extra = {k: v for k, v in data.items() if k not in ("resource", "type")}
    return PendingOperation(read_resource(data.get("resource") or {}, secrets), cast(OperationKind, kind), extra)


def write_operation(operation: PendingOperation, secrets: SecretWriter) -> dict[str, Any]:
    """The entry for an interrupted operation."""
    return {"resource": write_resource(operation.resource, secrets), "type": operation.kind, **operation.extra}


def resource_json(data: Mapping[str, Any]) -> bytes:
    """Compact JSON of an entry, with the keys of property maps sorted as Go sorts them."""
    return dumps({k: orjson.Fragment(dumps(v, sort=True)) if k in _SORTED else v for k, v in data.items()})


def features_of(resource: Resource) -> Iterable[str]:
    """The features a reader of the deployment must know about, because of this resource."""
    if resource.hooks:
        yield "hooks"
    if resource.taint:
        yield "taint"
    if resource.replace_with:
        yield "replaceWith"
    if resource.view_of:
        yield "views"
    if resource.refresh_before_update:
        yield "refreshBeforeUpdate"
    if "extensionRef" in resource.extra:
        yield "extensionParameterization"
    if "snippetID" in resource.extra:
        yield "snippets-prototype"
    if any(isinstance(value, bytes) for value in _values(resource)):
        yield "byteString"


def _values(resource: Resource) -> Iterable[Value]:
    yield from walk(resource.inputs)
    yield from walk(resource.outputs)
    yield from walk(resource.replacement_trigger)


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    raise ValueError(f"'{name}' is not a string")


def _urns(value: Any) -> tuple[URN, ...]:
    return tuple(URN(urn) for urn in value or ())


def _timeouts(data: Mapping[str, Any] | None) -> Timeouts | None:
    if data is None:
        return None
    return Timeouts(**{name: data[name] for name in _TIMEOUTS if data.get(name)})
