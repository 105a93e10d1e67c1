"""REST protocols: parameters from labels, query, headers and body, where the model says each one is."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from rolecall.sandbox.protocols.documents import from_data, from_xml, load_json, load_xml
from rolecall.sandbox.protocols.scalars import Unparsable, scalar, wire_name


def parse(
    operation: OperationModel,
    labels: Mapping[str, str],
    query: Sequence[tuple[str, str]],
    headers: Mapping[str, str],
    body: bytes,
) -> dict[str, Any]:
    """The parameters of a REST request. Raises Unparsable."""
    shape = operation.input_shape
    if shape is None:
        return {}
    found: dict[str, Any] = {}
    for member, member_shape in shape.members.items():
        location = member_shape.serialization.get("location")
        name = wire_name(member_shape, member)
        if location == "uri":
            if name in labels:
                found[member] = scalar(labels[name], member_shape)
        elif location == "querystring":
            _from_query(found, member, member_shape, name, query)
        elif location == "header":
            if name.lower() in headers:
                found[member] = _header(headers[name.lower()], member_shape)
        elif location == "headers":
            _prefixed(found, member, name, headers)
    _literal_maps(shape, operation, found, query)
    found.update(_body(operation, shape, body))
    return found


def _from_query(found: dict[str, Any], member: str, shape: Shape, name: str, query: Sequence[tuple[str, str]]) -> None:
    values = [value for key, value in query if key == name]
    if not values or isinstance(shape, MapShape):
        return
    found[member] = (
        [scalar(v, shape.member) for v in values] if isinstance(shape, ListShape) else scalar(values[0], shape)
    )


def _literal_maps(
    shape: StructureShape, operation: OperationModel, found: dict[str, Any], query: Sequence[tuple[str, str]]
) -> None:
    """A map in the query takes the parameters that no other member has."""
    taken = {wire_name(s, m) for m, s in shape.members.items() if s.serialization.get("location") == "querystring"}
    literal = operation.http["requestUri"].partition("?")[2]
    taken |= {part.partition("=")[0] for part in literal.split("&")}
    for member, member_shape in shape.members.items():
        if member_shape.serialization.get("location") == "querystring" and isinstance(member_shape, MapShape):
            rest: dict[str, Any] = {}
            for key, value in query:
                if key in taken:
                    continue
                if isinstance(member_shape.value, ListShape):
                    rest.setdefault(key, []).append(value)
                else:
                    rest[key] = value
            if rest:
                found[member] = rest


def _prefixed(found: dict[str, Any], member: str, prefix: str, headers: Mapping[str, str]) -> None:
    lowered = prefix.lower()
    values = {name[len(lowered) :]: value for name, value in headers.items() if name.startswith(lowered)}
    if values:
        found[member] = values


def _header(text: str, shape: Shape) -> Any:
    if isinstance(shape, ListShape):
        return [scalar(item.strip(), shape.member) for item in text.split(",")]
    if shape.serialization.get("jsonvalue"):
        try:
            return json.loads(base64.b64decode(text))
        except (ValueError, binascii.Error) as problem:
            raise Unparsable("A header that is not base64 of JSON") from problem
    return scalar(text, shape)


def _body(operation: OperationModel, shape: StructureShape, body: bytes) -> dict[str, Any]:
    payload = shape.serialization.get("payload")
    is_xml = operation.service_model.metadata["protocol"] == "rest-xml"
    if payload:
        return _payload(payload, shape.members[payload], body, is_xml)
    members = {m: s for m, s in shape.members.items() if "location" not in s.serialization}
    if not members or not body:
        return {}
    if is_xml:
        root = load_xml(body)
        parsed: dict[str, Any] = {} if root is None else from_xml(root, shape)
    else:
        parsed = from_data(load_json(body), shape)
    return {member: value for member, value in parsed.items() if member in members}


def _payload(name: str, shape: Shape, body: bytes, is_xml: bool) -> dict[str, Any]:
    if shape.type_name == "blob":
        return {name: body} if body else {}
    if shape.type_name == "string":
        return {name: body.decode("utf-8", "replace")} if body else {}
    if not body.strip():
        return {}
    if is_xml:
        root = load_xml(body)
        return {} if root is None else {name: from_xml(root, shape)}
    return {name: from_data(load_json(body), shape)}
