"""Tags: the provider's defaults under a resource's own, what is ignored, and how each SDK line sees them (spec 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.model.value import Map, Value
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.settings import Settings

RESERVED = "aws:"


def is_ignored(key: str, settings: Settings) -> bool:
    """Whether a tag is none of ours: AWS's own, or one that the provider is told to ignore."""
    return (
        key.startswith(RESERVED)
        or key in settings.ignored_tag_keys
        or any(key.startswith(prefix) for prefix in settings.ignored_tag_prefixes)
    )


def effective(own: Value, settings: Settings) -> Map:
    """All tags that a resource is to have."""
    mine = own if isinstance(own, Map) else Map()
    merged = {**dict(settings.default_tags), **{k: "" if v is None else str(v) for k, v in mine.items()}}
    return Map({k: merged[k] for k in sorted(merged) if not is_ignored(k, settings)})


def read_back(found: Mapping[str, str], settings: Settings) -> Map:
    """The tags of AWS's answer that are ours to look after."""
    return Map({k: found[k] for k in sorted(found) if not is_ignored(k, settings)})


def own_of(found: Map, wanted: Value, settings: Settings, line: Line) -> Map:
    """What the output `tags` shows: in SDK 6 everything, else the resource's own without the provider's defaults."""
    if line.major == 6:
        return found
    mine = wanted if isinstance(wanted, Map) else Map()
    defaults = dict(settings.default_tags)
    return Map({k: v for k, v in found.items() if k in mine or defaults.get(k) != v})


@dataclass(frozen=True, slots=True)
class Form:
    """How a service writes tags: the parameters of the two calls, and a list of keys and values, or one map.

    `entries`: the call that removes tags wants entries, too, rather than keys.
    """

    tags: str = "Tags"
    keys: str = "TagKeys"
    key: str = "Key"
    value: str = "Value"
    mapped: bool = False
    entries: bool = False

    def dump(self, tags: Mapping[str, Value]) -> Any:
        """As a parameter."""
        return dict(tags) if self.mapped else [{self.key: key, self.value: value} for key, value in tags.items()]

    def load(self, data: Any) -> dict[str, str]:
        """From an answer."""
        if isinstance(data, Mapping):
            return dict(data)
        return {entry[self.key]: entry[self.value] for entry in data or ()}

    def removal(self, keys: Iterable[str]) -> dict[str, Any]:
        """The parameters that remove tags."""
        return {self.keys: [{self.key: key} for key in keys] if self.entries else list(keys)}


USUAL = Form()


def as_list(tags: Mapping[str, Value]) -> list[dict[str, Any]]:
    """As most services want them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def from_list(data: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """From what most services answer."""
    return {entry["Key"]: entry["Value"] for entry in data or ()}
