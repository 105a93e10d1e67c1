"""Property values: what resources are made of. Immutable, with secrets, unknowns, assets and references as marks.

A value is None, a bool, a number, a string, bytes (a string that is not UTF-8), a tuple of values, a `Map`, or one of
the marked values below. Numbers are 64-bit floats to Pulumi; `number` gives the integer where one is meant, so that
`1.0` and `1` are one value and print as `1`. Python holds `True == 1`; `same` does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias, cast


class Map(dict[str, "Value"]):
    """A mapping from names to values that cannot be changed once made. Order means nothing: equality is dict's."""

    __slots__ = ("_hash",)
    _hash: int

    def __hash__(self) -> int:  # type: ignore[override]
        try:
            return self._hash
        except AttributeError:
            self._hash = hash(frozenset(self.items()))
            return self._hash

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError("a Map cannot be changed; build another with `with_` or `without`")

    __setitem__ = __delitem__ = update = setdefault = pop = popitem = clear = __ior__ = _refuse

    def with_(self, items: Mapping[str, Value]) -> Map:
        """A copy that also holds `items`, which win."""
        return Map({**self, **items})

    def without(self, *names: str) -> Map:
        """A copy that lacks `names`."""
        return Map({k: v for k, v in self.items() if k not in names})

    def __reduce__(self) -> tuple[Any, ...]:
        return (Map, (dict(self),))


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that must never be shown or stored in plain text. Its repr is fixed, so it cannot leak into a message."""

    value: Value

    def __repr__(self) -> str:
        return "Secret([secret])"

    __str__ = __repr__


class Unknown:
    """The type of `UNKNOWN`: a value that is only known after something was created."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True, repr=False)
class Output:
    """An output as remote components send it: a value (or UNKNOWN), its secrecy and what it depends on."""

    value: Value
    secret: bool = False
    dependencies: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Output({'[secret]' if self.secret else self.value!r})"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file's worth of content: given as exactly one of text, path or uri; only a hash when elided."""

    text: str | None = None
    path: str | None = None
    uri: str | None = None
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Archive:
    """A tree of files: exactly one of a map of assets and archives, a path or a uri; only a hash when elided."""

    assets: Map | None = None
    path: str | None = None
    uri: str | None = None
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource inside a value. `id` is None for a component, UNKNOWN for a custom resource not created yet."""

    urn: str
    id: str | Unknown | None = None
    package_version: str = ""
    name: str = field(default="", compare=False)
    type: str = field(default="", compare=False)


Value: TypeAlias = (
    None
    | bool
    | int
    | float
    | str
    | bytes
    | tuple["Value", ...]
    | Map
    | Secret
    | Unknown
    | Output
    | Asset
    | Archive
    | Reference
)

EMPTY = Map()

_EXACT = 1e21  # Go prints integral floats below this without an exponent; we hold them as int


def number(x: float) -> int | float:
    """The number as Pulumi would hold it: an int where the 64-bit float is integral and below 1e21, else the float."""
    as_float = float(x)
    if as_float.is_integer() and abs(as_float) < _EXACT:
        return int(as_float)
    return as_float


def value_of(data: Any) -> Value:
    """Builds a value from plain Python data (dicts, lists, scalars, marked values), freezing it on the way.

    Raises TypeError for anything that is not a property value.
    """
    if data is None or isinstance(data, bool | str | bytes | Secret | Unknown | Output | Asset | Archive | Reference):
        return cast(Value, data)
    if isinstance(data, int | float):
        return number(data)
    if isinstance(data, Mapping):
        return map_of(data)
    if isinstance(data, list | tuple):
        return tuple(value_of(item) for item in data)
    raise TypeError(f"not a property value: {type(data).__name__}")


def map_of(data: Mapping[str, Any]) -> Map:
    """`value_of` for a mapping."""
    return Map({str(k): value_of(v) for k, v in data.items()})


def same(a: Value, b: Value) -> bool:
    """Whether two values are the same, all the way down, telling `True` from `1`, and a secret from its plain value."""
    if type(a) is not type(b):
        both_numbers = isinstance(a, int | float) and isinstance(b, int | float)
        return both_numbers and not isinstance(a, bool) and not isinstance(b, bool) and a == b
    if isinstance(a, Map):
        other = cast(Map, b)
        return a.keys() == other.keys() and all(same(v, other[k]) for k, v in a.items())
    if isinstance(a, tuple):
        others = cast(tuple[Value, ...], b)
        return len(a) == len(others) and all(same(x, y) for x, y in zip(a, others, strict=True))
    if isinstance(a, Secret):
        return same(a.value, cast(Secret, b).value)
    if isinstance(a, Output):
        out = cast(Output, b)
        return a.secret == out.secret and a.dependencies == out.dependencies and same(a.value, out.value)
    return a == b


def unwrap(value: Value) -> Value:
    """The value without any secret or output marks, at every depth. An output that is unknown becomes UNKNOWN."""
    return transform(value, lambda v: v.value if isinstance(v, Secret | Output) else v)


def transform(value: Value, change: Callable[[Value], Value]) -> Value:
    """Rebuilds a value bottom-up, passing every value in it through `change` (containers after their contents)."""
    if isinstance(value, Map):
        return change(Map({k: transform(v, change) for k, v in value.items()}))
    if isinstance(value, tuple):
        return change(tuple(transform(v, change) for v in value))
    if isinstance(value, Secret):
        return change(Secret(transform(value.value, change)))
    if isinstance(value, Output):
        return change(Output(transform(value.value, change), value.secret, value.dependencies))
    if isinstance(value, Archive) and value.assets is not None:
        assets = Map({k: transform(v, change) for k, v in value.assets.items()})
        return change(Archive(assets, value.path, value.uri, value.hash))
    return change(value)


def walk(value: Value) -> Iterator[Value]:
    """Every value inside a value, itself first."""
    yield value
    for child in children(value):
        yield from walk(child)


def children(value: Value) -> Iterable[Value]:
    """The values directly inside a value."""
    if isinstance(value, Map):
        return value.values()
    if isinstance(value, tuple):
        return value
    if isinstance(value, Secret | Output):
        return (value.value,)
    if isinstance(value, Archive) and value.assets is not None:
        return value.assets.values()
    return ()


def has_unknowns(value: Value) -> bool:
    """Whether anything in the value is not known yet."""
    return any(isinstance(v, Unknown) or (isinstance(v, Reference) and isinstance(v.id, Unknown)) for v in walk(value))


def has_secrets(value: Value) -> bool:
    """Whether anything in the value is secret."""
    return any(isinstance(v, Secret) or (isinstance(v, Output) and v.secret) for v in walk(value))
