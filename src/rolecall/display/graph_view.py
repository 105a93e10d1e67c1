"""A stack's resources as a graph in the DOT language: who depends on whom, and who is whose parent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rolecall.model.resource import Resource
from rolecall.model.urn import URN


@dataclass(frozen=True, slots=True)
class GraphStyle:
    """How to draw it. An empty colour leaves that kind of edge out. `fragment` goes to the top of the graph."""

    parent_color: str
    dependency_color: str
    short_names: bool = False
    fragment: str = ""


def dot(resources: Sequence[Resource], style: GraphStyle) -> str:
    """The graph. Edges go from what is depended on to what depends on it, and from child to parent."""
    by_urn = {resource.urn: resource for resource in resources}
    ids = {urn: f"Resource{number}" for number, urn in enumerate(sorted(by_urn))}
    lines = ["strict digraph {"]
    if style.fragment:
        lines.append(style.fragment)
    edges = _edges(list(by_urn.values()), style)
    for urn in sorted(by_urn):
        label = urn.name if style.short_names else urn
        lines.append(f"    {ids[urn]} [label={_quoted(label)}];")
        for source, target, color, note in edges:
            if source == urn and target in ids:
                noted = f", label={_quoted(note)}" if note else ""
                lines.append(f"    {ids[source]} -> {ids[target]} [color={_quoted(color)}{noted}];")
    return "\n".join([*lines, "}"]) + "\n"


def _edges(resources: Sequence[Resource], style: GraphStyle) -> list[tuple[URN, URN, str, str]]:
    return [edge for resource in resources for edge in _edges_of(resource, style)]


def _edges_of(resource: Resource, style: GraphStyle) -> Iterator[tuple[URN, URN, str, str]]:
    if style.dependency_color:
        for other in resource.dependencies:
            properties = sorted(name for name, urns in resource.property_dependencies.items() if other in urns)
            yield other, resource.urn, style.dependency_color, ", ".join(properties)
    if style.parent_color and resource.parent is not None:
        yield resource.urn, resource.parent, style.parent_color, ""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
