"""REST protocols: which operation a method, a path and a query name. The most specific template wins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from botocore.model import OperationModel, ServiceModel

_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation's template. `literals` are query keys (with their value, or None) that must be there."""

    operation: str
    method: str
    pattern: re.Pattern[str]
    lenient: re.Pattern[str]
    labels: tuple[str, ...]
    literals: tuple[tuple[str, str | None], ...]
    required: tuple[str, ...]
    rank: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The operation that was meant, and the labels of its path, decoded."""

    operation: str
    labels: Mapping[str, str]


def find(
    model: ServiceModel, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> Found | None:
    """The operation for a raw path, or None."""
    routes = [route for route in _routes(model) if route.method == method]
    for strict in (True, False):
        for route in routes:
            match = (route.pattern if strict else route.lenient).match(path)
            if match is not None and _holds(route, query, headers):
                return Found(route.operation, {name: unquote(match[i + 1]) for i, name in enumerate(route.labels)})
    return None


def _holds(route: Route, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    for name, value in route.literals:
        if name not in query or (value is not None and query[name] != value):
            return False
    return all(name in query or name.lower() in headers for name in route.required)


@lru_cache(maxsize=256)
def _routes(model: ServiceModel) -> tuple[Route, ...]:
    routes = [_route(model.operation_model(name)) for name in model.operation_names]
    return tuple(sorted(routes, key=lambda route: route.rank))


def _route(operation: OperationModel) -> Route:
    template, _, query = operation.http["requestUri"].partition("?")
    literals: list[tuple[str, str | None]] = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if name and name != "x-id":
            literals.append((name, value if equals else None))
    required = _required(operation)
    labels = tuple(match[1] for match in _LABEL.finditer(template))
    greedy = sum(1 for match in _LABEL.finditer(template) if match[2])
    fixed = len(_LABEL.sub("", template))
    return Route(
        operation=operation.name,
        method=operation.http["method"],
        pattern=_pattern(template, lenient=False),
        lenient=_pattern(template, lenient=True),
        labels=labels,
        literals=tuple(literals),
        required=required,
        rank=(
            -len(literals),
            int(operation.deprecated),
            greedy,
            len(labels) - template.count("/"),
            len(labels),
            -fixed,
            -len(required),
        ),
    )


def _pattern(template: str, *, lenient: bool) -> re.Pattern[str]:
    """`lenient`: a last label may hold slashes, because not every client encodes those of an ARN."""
    out, position, greedy = "", 0, False
    stripped = template.rstrip("/")
    for match in _LABEL.finditer(stripped):
        last = match.end() == len(stripped)
        greedy = bool(match[2]) or (last and lenient)
        out += re.escape(stripped[position : match.start()]) + (
            "(.+)" if greedy and last else "(.+?)" if greedy else "([^/]+)"
        )
        position = match.end()
    ending = r"\Z" if greedy and position == len(stripped) else r"/?\Z"
    return re.compile(out + re.escape(stripped[position:]) + ending, re.DOTALL)


def _required(operation: OperationModel) -> tuple[str, ...]:
    """Query parameters and headers that must be there: they tell `GET /b/k?uploadId=` from `GET /b/k`."""
    shape = operation.input_shape
    if shape is None:
        return ()
    names = []
    for member in shape.required_members:
        serialization = shape.members[member].serialization
        if serialization.get("location") in ("querystring", "header"):
            names.append(serialization.get("name", member))
    return tuple(names)
