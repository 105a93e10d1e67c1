"""What a property's value is: how it is read from a program, compared, sent to AWS and read back.

A kind is a value object. `clean` works on plain values (no secrets, unknowns or bookkeeping); a value it cannot make
sense of is left alone, for the validators to complain about.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import unquote

from rolecall.model.value import Map, Value, number, same, value_of
from rolecall.providers.aws import documents
from rolecall.providers.aws.values import dig, is_nothing, plain, plant


class Kind(Protocol):
    """How values of one sort behave."""

    def clean(self, value: Value) -> Value:
        """The canonical form of what a program gave."""

    def alike(self, one: Value, other: Value) -> bool:
        """Whether a change from one to the other is no change."""

    def to_aws(self, value: Value) -> Any:
        """As a boto3 parameter."""

    def from_aws(self, data: Any) -> Value:
        """From a boto3 answer."""

    def differing(self, path: str, one: Value, other: Value) -> Iterator[tuple[str, Value, Value]]:
        """The paths at which two values differ, with what is there on each side (None: nothing)."""


class Plain:
    """The behaviour that most kinds share: values travel as they are and compare as values."""

    def clean(self, value: Value) -> Value:
        return value

    def alike(self, one: Value, other: Value) -> bool:
        if is_nothing(one) and is_nothing(other):
            return True
        return same(self.clean(one), self.clean(other))

    def to_aws(self, value: Value) -> Any:
        return plain(self.clean(value))

    def from_aws(self, data: Any) -> Value:
        return None if data is None else self.clean(value_of(data))

    def differing(self, path: str, one: Value, other: Value) -> Iterator[tuple[str, Value, Value]]:
        if not self.alike(one, other):
            yield path, one, other


class Text(Plain):
    """A string; numbers and booleans are written out as Pulumi's provider does."""

    def clean(self, value: Value) -> Value:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        if isinstance(value, Map) and isinstance(value.get("id"), str):
            return value["id"]
        return value


class Number(Plain):
    """A number; numeric text is accepted."""

    def clean(self, value: Value) -> Value:
        if isinstance(value, str):
            try:
                return number(float(value))
            except ValueError:
                return value
        return value


class Flag(Plain):
    """A boolean; the texts "true" and "false" are accepted."""

    def clean(self, value: Value) -> Value:
        return (
            {"true": True, "false": False, "1": True, "0": False}.get(value, value) if isinstance(value, str) else value
        )


class Moment(Plain):
    """A time, as RFC 3339 text in UTC."""

    def from_aws(self, data: Any) -> Value:
        if isinstance(data, datetime):
            return data.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return data if isinstance(data, str) else None

    def alike(self, one: Value, other: Value) -> bool:
        return super().alike(one, other) or (isinstance(one, str) and isinstance(other, str) and _at(one) == _at(other))


def _at(text: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text


@dataclass(frozen=True, slots=True)
class Policy(Plain):
    """An IAM policy document: an object or text from the program, text everywhere else (spec 2.6)."""

    legacy: bool = False

    def clean(self, value: Value) -> Value:
        if value is None:
            return None
        text = value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)
        return documents.legacy_normalised(text) if self.legacy else documents.normalised(text)

    def alike(self, one: Value, other: Value) -> bool:
        return documents.equivalent(str(self.clean(one) or ""), str(self.clean(other) or ""))

    def from_aws(self, data: Any) -> Value:
        if data is None:
            return None
        text = unquote(data) if isinstance(data, str) and data.startswith("%7B") else data
        return self.clean(value_of(text))


class JsonText(Plain):
    """JSON text that compares as the value it stands for."""

    def clean(self, value: Value) -> Value:
        if value is None or isinstance(value, str):
            return value
        return json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)

    def alike(self, one: Value, other: Value) -> bool:
        if super().alike(one, other):
            return True
        try:
            return bool(json.loads(str(one)) == json.loads(str(other)))
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Switch(Plain):
    """A boolean to us, a word to AWS."""

    on: str = "Enabled"
    off: str = "Disabled"

    def clean(self, value: Value) -> Value:
        return Flag().clean(value)

    def to_aws(self, value: Value) -> Any:
        return self.on if self.clean(value) else self.off

    def from_aws(self, data: Any) -> Value:
        return None if data is None else data == self.on


TEXT = Text()
NUMBER = Number()
FLAG = Flag()
MOMENT = Moment()
POLICY = Policy()
LEGACY_POLICY = Policy(legacy=True)
JSON_TEXT = JsonText()


@dataclass(frozen=True, slots=True)
class ListOf(Plain):
    """Values in order."""

    item: Kind = TEXT

    def clean(self, value: Value) -> Value:
        if value is None:
            return None
        items = value if isinstance(value, tuple) else (value,)
        return tuple(self.item.clean(v) for v in items)

    def alike(self, one: Value, other: Value) -> bool:
        ones, others = _items(self.clean(one)), _items(self.clean(other))
        return len(ones) == len(others) and all(self.item.alike(a, b) for a, b in zip(ones, others, strict=True))

    def to_aws(self, value: Value) -> Any:
        return [self.item.to_aws(v) for v in _items(self.clean(value))]

    def from_aws(self, data: Any) -> Value:
        return None if data is None else tuple(self.item.from_aws(d) for d in data)

    def differing(self, path: str, one: Value, other: Value) -> Iterator[tuple[str, Value, Value]]:
        if self.alike(one, other):
            return
        ones, others = _items(self.clean(one)), _items(self.clean(other))
        for i in range(max(len(ones), len(others))):
            a = ones[i] if i < len(ones) else None
            b = others[i] if i < len(others) else None
            yield from _pair(self.item, f"{path}[{i}]", a, b)


@dataclass(frozen=True, slots=True)
class SetOf(ListOf):
    """Values without order."""

    def alike(self, one: Value, other: Value) -> bool:
        ones, others = _items(self.clean(one)), list(_items(self.clean(other)))
        if len(ones) != len(others):
            return False
        for a in ones:
            match = next((i for i, b in enumerate(others) if self.item.alike(a, b)), None)
            if match is None:
                return False
            del others[match]
        return True

    def differing(self, path: str, one: Value, other: Value) -> Iterator[tuple[str, Value, Value]]:
        ones, others = _items(self.clean(one)), _items(self.clean(other))
        for i, a in enumerate(ones):
            if not any(self.item.alike(a, b) for b in others):
                yield f"{path}[{i}]", a, None
        for i, b in enumerate(others):
            if not any(self.item.alike(a, b) for a in ones):
                yield f"{path}[{i}]", None, b


class MapOf(Plain):
    """Names and texts that belong to the user: keys are never ours to respell."""

    def clean(self, value: Value) -> Value:
        if not isinstance(value, Map):
            return value
        return Map({k: TEXT.clean(v) for k, v in value.items() if k != "__defaults" and v is not None})

    def differing(self, path: str, one: Value, other: Value) -> Iterator[tuple[str, Value, Value]]:
        ones, others = _entries(self.clean(one)), _entries(self.clean(other))
        for key in sorted({*ones, *others}):
            if not same(ones.get(key), others.get(key)):
                yield f"{path}{step(key)}", ones.get(key), others.get(key)


MAP = MapOf()


def step(key: str) -> str:
    """One key as a step of a property path: `.key`, or `["a.b"]` where the key has characters that paths use."""
    return f".{key}" if key.replace("_", "a").replace("-", "a").isalnum() else f'["{key}"]'


@dataclass(frozen=True, slots=True)
class Field:
    """One property inside a block. `api`: AWS's name for it, dotted where AWS nests more deeply.

    `computed`: AWS fills in what is not given, so that its absence is no difference.
    """

    name: str
    api: str
    kind: Kind = TEXT
    default: Value = None
    required: bool = False
    replaces: bool = False
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Block(Plain):
    """A fixed set of properties in one object."""

    fields: tuple[Field, ...]

    def clean(self, value: Value) -> Value:
        if isinstance(value, tuple):
            value = value[0] if value else None
        if not isinstance(value, Map):
            return value
        known = {field.name: field for field in self.fields}
        return Map({k: known[k].kind.clean(v) if k in known else v for k, v in value.items() if v is not None})

    def alike(self, one: Value, other: Value) -> bool:
        if is_nothing(one) and is_nothing(other):
            return True
        ones, others = _entries(self.clean(one)), _entries(self.clean(other))
        return all(self._field_alike(field, ones, others) for field in self.fields)

    @staticmethod
    def _field_alike(field: Field, ones: Mapping[str, Value], others: Mapping[str, Value]) -> bool:
        a = ones.get(field.name, field.default)
        b = others.get(field.name, field.default)
        if field.computed and (a is None or b is None):
            return True
        return field.kind.alike(a, b)

    def to_aws(self, value: Value) -> Any:
        entries = _entries(self.clean(value))
        data: dict[str, Any] = {}
        for field in self.fields:
            given = entries.get(field.name, field.default)
            if given is not None and not (given == "" or given == ()):
                plant(data, field.api, field.kind.to_aws(given))
        return data

    def from_aws(self, data: Any) -> Value:
        if data is None:
            return None
        read = {field.name: field.kind.from_aws(dig(data, field.api)) for field in self.fields}
        return Map({k: v for k, v in read.items() if v is not None and v != ()})

    def differing(self, path: str, one: Value, other: Value) -> Iterator[tuple[str, Value, Value]]:
        if self.alike(one, other):
            return
        if is_nothing(one) or is_nothing(other):
            yield path, one, other
            return
        ones, others = _entries(self.clean(one)), _entries(self.clean(other))
        for field in self.fields:
            if not self._field_alike(field, ones, others):
                yield from _pair(field.kind, f"{path}.{field.name}", ones.get(field.name), others.get(field.name))


def _pair(kind: Kind, path: str, one: Value, other: Value) -> Iterator[tuple[str, Value, Value]]:
    if one is None or other is None:
        if not is_nothing(one) or not is_nothing(other):
            yield path, one, other
        return
    yield from kind.differing(path, one, other)


def _items(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else ()


def _entries(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, Map) else Map()


def block_defaults(kind: Kind, value: Value) -> Value:
    """A block with its defaults filled in and the list of their names kept, as Pulumi's provider stores inputs."""
    if isinstance(value, tuple) and isinstance(kind, ListOf):
        return tuple(block_defaults(kind.item, v) for v in value)
    if not isinstance(value, Map) or not isinstance(kind, Block):
        return value
    filled = {k: v for k, v in value.items() if k != "__defaults"}
    defaulted = [f.name for f in kind.fields if f.default is not None and f.name not in filled]
    for field in kind.fields:
        if field.name in filled:
            filled[field.name] = block_defaults(field.kind, filled[field.name])
        elif field.default is not None:
            filled[field.name] = field.default
    return Map({**filled, "__defaults": tuple(sorted(defaulted))})


def missing_fields(kind: Kind, path: str, value: Value) -> Iterable[str]:
    """The paths of required block properties that are not given."""
    if isinstance(value, tuple) and isinstance(kind, ListOf):
        for i, item in enumerate(value):
            yield from missing_fields(kind.item, f"{path}[{i}]", item)
    if isinstance(value, Map) and isinstance(kind, Block):
        for field in kind.fields:
            if field.required and value.get(field.name) is None:
                yield f"{path}.{field.name}"
            elif field.name in value:
                yield from missing_fields(field.kind, f"{path}.{field.name}", value[field.name])
