"""The query and ec2 protocols: parameters spread over form fields such as `Filter.1.Value.2`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from rolecall.sandbox.protocols.scalars import Unparsable, scalar

Tree = dict[str, Any]


def parse(fields: Mapping[str, str], shape: StructureShape | None, *, ec2: bool = False) -> dict[str, Any]:
    """The parameters in the fields of a form. Raises Unparsable."""
    if shape is None:
        return {}
    tree: Tree = {}
    for name, value in fields.items():
        _plant(tree, name.split("."), value)
    return _structure(tree, shape, ec2)


def _plant(tree: Tree, path: list[str], value: str) -> None:
    node = tree
    for part in path[:-1]:
        child = node.get(part)
        if not isinstance(child, dict):
            child = node[part] = {} if child is None else {"": child}
        node = child
    last = node.get(path[-1])
    if isinstance(last, dict):
        last[""] = value
    else:
        node[path[-1]] = value


def _structure(tree: Any, shape: StructureShape, ec2: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if not isinstance(tree, dict):
        if tree in ("", None):
            return found
        raise Unparsable(f"Unexpected value for {shape.name}")
    for member, member_shape in shape.members.items():
        node = _child(tree, member, member_shape, ec2)
        if node is not None:
            found[member] = _value(node, member_shape, ec2)
    return found


def _child(tree: Tree, member: str, shape: Shape, ec2: bool) -> Any:
    for name in _names(member, shape, ec2):
        if name in tree:
            return tree[name]
    return None


def _names(member: str, shape: Shape, ec2: bool) -> list[str]:
    if ec2:
        if "queryName" in shape.serialization:
            return [shape.serialization["queryName"]]
        name = shape.serialization.get("name", member)
        return [name[0].upper() + name[1:]]
    name = shape.serialization.get("name", member)
    if isinstance(shape, ListShape) and _flat(shape, ec2) and shape.member.serialization.get("name"):
        return [shape.member.serialization["name"], name]
    return [name]


def _flat(shape: Shape, ec2: bool) -> bool:
    return ec2 or bool(shape.serialization.get("flattened"))


def _value(node: Any, shape: Shape, ec2: bool) -> Any:
    if isinstance(shape, StructureShape):
        return _structure(node, shape, ec2)
    if isinstance(shape, ListShape):
        return _list(node, shape, ec2)
    if isinstance(shape, MapShape):
        return _map(node, shape, ec2)
    if isinstance(node, dict):
        node = node.get("", "")
    return scalar(str(node), shape)


def _list(node: Any, shape: ListShape, ec2: bool) -> list[Any]:
    if not isinstance(node, dict):
        return []
    if not _flat(shape, ec2):
        node = node.get(shape.member.serialization.get("name", "member"), {})
        if not isinstance(node, dict):
            return []
    return [_value(node[key], shape.member, ec2) for key in _indexes(node)]


def _indexes(node: Tree) -> list[str]:
    return sorted((key for key in node if key.isascii() and key.isdigit() and len(key) < 10), key=int)


def _map(node: Any, shape: MapShape, ec2: bool) -> dict[str, Any]:
    if not isinstance(node, dict):
        return {}
    if not _flat(shape, ec2):
        node = node.get("entry", {})
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    found: dict[str, Any] = {}
    for index in _indexes(node):
        entry = node[index]
        if isinstance(entry, dict) and key_name in entry:
            found[str(entry[key_name])] = _value(entry.get(value_name, ""), shape.value, ec2)
    return found
