"""Bodies that are one document: JSON or CBOR data, and XML, to the value that a shape stands for."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any
from xml.etree import ElementTree

from botocore.model import ListShape, MapShape, Shape, StructureShape

from rolecall.sandbox.protocols.scalars import Unparsable, scalar, timestamp, wire_name


def load_json(body: bytes) -> Any:
    """The JSON document in a body; an empty body is an empty object. Raises Unparsable."""
    if not body.strip():
        return {}
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise Unparsable("Start of structure or map found where not expected.") from problem


def from_data(data: Any, shape: Shape, *, binary: bool = False) -> Any:
    """The value of JSON data; with `binary` of CBOR data, whose blobs are bytes. Raises Unparsable.

    Members that the model does not know are dropped, as AWS does; explicit nulls count as absent.
    """
    if isinstance(shape, StructureShape):
        return _structure(data, shape, binary)
    if isinstance(shape, ListShape):
        if not isinstance(data, list):
            raise Unparsable(f"Expected list for {shape.name}")
        return [from_data(item, shape.member, binary=binary) for item in data]
    if isinstance(shape, MapShape):
        if not isinstance(data, dict):
            raise Unparsable(f"Expected map for {shape.name}")
        return {str(k): from_data(v, shape.value, binary=binary) for k, v in data.items() if v is not None}
    return _leaf(data, shape, binary)


def _structure(data: Any, shape: StructureShape, binary: bool) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise Unparsable(f"Expected object for {shape.name}")
    if getattr(shape, "is_document_type", False):
        return data
    found: dict[str, Any] = {}
    for member, member_shape in shape.members.items():
        value = data.get(wire_name(member_shape, member))
        if value is not None:
            found[member] = from_data(value, member_shape, binary=binary)
    return found


def _leaf(data: Any, shape: Shape, binary: bool) -> Any:
    kind = shape.type_name
    try:
        if kind == "timestamp":
            return timestamp(data)
        if kind == "blob":
            return bytes(data) if binary and isinstance(data, bytes) else base64.b64decode(data, validate=True)
        if kind in ("integer", "long"):
            return _whole(data)
        if kind in ("float", "double"):
            return float(data)
    except (ValueError, TypeError, binascii.Error, OverflowError) as problem:
        raise Unparsable(f"Unable to parse a value of {shape.name} as {kind}") from problem
    expected = bool if kind == "boolean" else str
    if not isinstance(data, expected):
        raise Unparsable(f"Expected {kind} for {shape.name}")
    return data


def _whole(data: Any) -> int:
    if isinstance(data, bool) or not isinstance(data, int | float | str) or int(data) != float(data):
        raise ValueError(data)
    return int(data)


def load_xml(body: bytes) -> ElementTree.Element | None:
    """The root of an XML body, None for an empty one. Raises Unparsable, also for documents with entities."""
    if not body.strip():
        return None
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\0" in body:  # UTF-16, in which the others could hide
        raise Unparsable("The XML you provided was not well-formed or did not validate against our published schema")
    try:
        return ElementTree.fromstring(body)  # noqa: S314  (entities were refused above)
    except ElementTree.ParseError as problem:
        raise Unparsable(
            "The XML you provided was not well-formed or did not validate against our published schema"
        ) from problem


def from_xml(element: ElementTree.Element, shape: Shape) -> Any:
    """The value of an XML element. Namespaces are not looked at, as S3 does. Raises Unparsable."""
    if isinstance(shape, StructureShape):
        return _xml_structure(element, shape)
    if isinstance(shape, ListShape):
        name = shape.member.serialization.get("name", "member")
        return [from_xml(child, shape.member) for child in element if _local(child.tag) == name]
    if isinstance(shape, MapShape):
        entries = [child for child in element if _local(child.tag) == "entry"]
        return dict(_xml_entry(child, shape) for child in entries)
    return scalar(element.text or "", shape)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _xml_structure(element: ElementTree.Element, shape: StructureShape) -> dict[str, Any]:
    children: dict[str, list[ElementTree.Element]] = {}
    for child in element:
        children.setdefault(_local(child.tag), []).append(child)
    found: dict[str, Any] = {}
    for member, member_shape in shape.members.items():
        name = wire_name(member_shape, member)
        flat = bool(member_shape.serialization.get("flattened"))
        if member_shape.serialization.get("xmlAttribute"):
            value = _attribute(element, name)
            if value is not None:
                found[member] = scalar(value, member_shape)
        elif flat and isinstance(member_shape, ListShape):
            inner = member_shape.member.serialization.get("name", name)
            nodes = children.get(name) or children.get(inner) or []
            if nodes:
                found[member] = [from_xml(node, member_shape.member) for node in nodes]
        elif flat and isinstance(member_shape, MapShape):
            if name in children:
                found[member] = dict(_xml_entry(node, member_shape) for node in children[name])
        elif name in children:
            found[member] = from_xml(children[name][0], member_shape)
    return found


def _attribute(element: ElementTree.Element, name: str) -> str | None:
    """An attribute by local name: `xsi:type` arrives as `{namespace}type`."""
    wanted = name.rpartition(":")[2]
    return next((value for key, value in element.attrib.items() if _local(key) == wanted), None)


def _xml_entry(element: ElementTree.Element, shape: MapShape) -> tuple[str, Any]:
    parts = {_local(child.tag): child for child in element}
    key = parts.get(shape.key.serialization.get("name", "key"))
    value = parts.get(shape.value.serialization.get("name", "value"))
    if key is None or value is None:
        raise Unparsable(f"An entry of {shape.name} without key or value")
    return key.text or "", from_xml(value, shape.value)
