"""Property maps to and from `google.protobuf.Struct`, through the one plain encoding of `rolecall.model.encoding`."""

from __future__ import annotations

from typing import Any

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct
from google.protobuf.struct_pb2 import Value as WireValue

from rolecall.model.encoding import REFERENCE, SIGNATURE, Decoder, Encoder, MalformedValue
from rolecall.model.value import Map, Value
from rolecall.wire.reduction import EVERYTHING, Keep, reduce_map

_ENCODER = Encoder()
_DECODER = Decoder()


def to_struct(values: Map, keep: Keep = EVERYTHING) -> Struct:
    """The wire form of `values`, reduced to what `keep` names."""
    struct = Struct()
    _fill_struct(struct, {key: _ENCODER.encode(value) for key, value in reduce_map(values, keep).items()})
    return struct


def from_struct(struct: Struct, keep: Keep = EVERYTHING) -> Map:
    """The values of a wire form, by name, reduced to what `keep` names. Raises MalformedValue on a broken envelope.

    Protobuf keeps maps in no order; sorting makes what follows repeatable.
    """
    values = Map({key: _decode(key, value) for key, value in sorted(struct.fields.items())})
    return values if keep is EVERYTHING else reduce_map(values, keep, holes=True)


def _decode(key: str, value: WireValue) -> Value:
    try:
        return _DECODER.decode(_plain(value))
    except MalformedValue as error:
        raise MalformedValue(f'{error} for "{key}"') from error


def to_wire_value(value: Value) -> WireValue:
    """The wire form of one value."""
    wire = WireValue()
    _fill(wire, _ENCODER.encode(value))
    return wire


def from_wire_value(wire: WireValue) -> Value:
    """The value of a wire form. Raises MalformedValue on a broken envelope."""
    return _DECODER.decode(_plain(wire))


def _plain(value: WireValue) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "struct_value":
        return {key: _plain(item) for key, item in sorted(value.struct_value.fields.items())}
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    if kind == "number_value":
        return value.number_value
    if kind == "bool_value":
        return value.bool_value
    return None


def _fill_struct(struct: Struct, data: dict[str, Any]) -> None:
    if data.get(SIGNATURE) == REFERENCE and not data.get("packageVersion"):
        data = {key: item for key, item in data.items() if key != "packageVersion"}
    fields = struct.fields
    for key, item in data.items():
        _fill(fields[key], item)


def _fill_list(target: ListValue, data: list[Any]) -> None:
    add = target.values.add
    for item in data:
        _fill(add(), item)


def _fill(wire: WireValue, data: Any) -> None:
    if isinstance(data, str):
        wire.string_value = data
    elif data is None:
        wire.null_value = NULL_VALUE
    elif isinstance(data, bool):
        wire.bool_value = data
    elif isinstance(data, int | float):
        wire.number_value = float(data)
    elif isinstance(data, dict):
        wire.struct_value.SetInParent()
        _fill_struct(wire.struct_value, data)
    else:
        wire.list_value.SetInParent()
        _fill_list(wire.list_value, data)
