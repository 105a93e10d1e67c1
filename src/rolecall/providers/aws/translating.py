"""Between the shape that an SDK line has of a resource and the newest, which is the only one inside."""

from __future__ import annotations

import re
from dataclasses import replace

from rolecall.model.provider import Differences
from rolecall.model.value import UNKNOWN, Map
from rolecall.providers.aws.declaration import ResourceType
from rolecall.providers.aws.lines import Line


def inward(kind: ResourceType, properties: Map, line: Line) -> Map:
    """A line's properties in the newest shape."""
    return kind.inward(properties, line) if kind.inward and properties else properties


def outward(kind: ResourceType, properties: Map, line: Line) -> Map:
    """Properties of the newest shape in a line's."""
    return kind.outward(properties, line) if kind.outward and properties else properties


def named_outward(kind: ResourceType, found: Differences, line: Line) -> Differences:
    """The property names of a diff as the SDK line has them."""
    if kind.outward is None:
        return found

    def named(name: str) -> str:
        return next(iter(outward(kind, Map({name: UNKNOWN}), line)))

    def at(path: str) -> str:
        name = re.split(r"[.\[]", path, maxsplit=1)[0]
        # What is one object inside is a list of one in the older shapes.
        return path if named(name) == name else f"{named(name)}[0]{path[len(name) :]}"

    return replace(
        found,
        replaces=tuple(named(name) for name in found.replaces),
        diffs=tuple(named(name) for name in found.diffs),
        stables=tuple(named(name) for name in found.stables),
        detailed={at(path): entry for path, entry in (found.detailed or {}).items()},
    )
