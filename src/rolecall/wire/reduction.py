"""What a receiver understands of property values, and reducing values to that before they are sent.

The rules are those of Pulumi's property marshaller (its options KeepUnknowns, KeepSecrets, KeepResources,
KeepOutputValues, UpgradeToOutputValues and ElideAssetContents).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rolecall.model.value import UNKNOWN, Archive, Asset, Map, Output, Reference, Secret, Unknown, Value, transform


@dataclass(frozen=True, slots=True)
class Keep:
    """The marks that survive; a mark that does not is replaced by the nearest plainer thing.

    `unknowns`: else they are dropped from maps and lists. `secrets`: else the value alone. `resources`: else the id, or
    the URN of a component. `outputs`: else value, unknown and secret marks (what they depend on is lost). `assets`:
    else nothing but their hash.
    """

    unknowns: bool = True
    secrets: bool = True
    resources: bool = True
    outputs: bool = False
    assets: bool = True


EVERYTHING: Final = Keep(outputs=True)
PLAIN: Final = Keep(unknowns=False, secrets=False, resources=False)


class _Dropped:
    """The type of the mark for a value that is left out."""


_DROPPED: Final = _Dropped()


def reduce_map(values: Map, keep: Keep, *, holes: bool = False) -> Map:
    """`values` with only the marks that `keep` names.

    `holes`: a dropped element of a list leaves None in its place, as it does when Pulumi reads (not when it writes).
    """
    reduced = ((key, _reduce(value, keep, holes)) for key, value in values.items())
    return Map({key: value for key, value in reduced if not isinstance(value, _Dropped)})


def _reduce(value: Value, keep: Keep, holes: bool) -> Value | _Dropped:
    if value is None or isinstance(value, str | bool | int | float | bytes):
        return value
    if isinstance(value, Map):
        return reduce_map(value, keep, holes=holes)
    if isinstance(value, tuple):
        return _reduce_list(value, keep, holes)
    if isinstance(value, Unknown):
        return UNKNOWN if keep.unknowns else _DROPPED
    if isinstance(value, Secret):
        return _reduce_secret(value, keep, holes)
    if isinstance(value, Output):
        return _reduce_output(value, keep, holes)
    if isinstance(value, Reference):
        return _reduce_reference(value, keep)
    if keep.assets:
        return value
    return Asset(hash=value.hash) if isinstance(value, Asset) else Archive(hash=value.hash)


def _reduce_list(value: tuple[Value, ...], keep: Keep, holes: bool) -> Value:
    reduced = [_reduce(item, keep, holes) for item in value]
    if holes:
        return tuple(None if isinstance(item, _Dropped) else item for item in reduced)
    return tuple(item for item in reduced if not isinstance(item, _Dropped))


def _reduce_secret(value: Secret, keep: Keep, holes: bool) -> Value | _Dropped:
    inner = _reduce(value.value, keep, holes)
    if isinstance(inner, _Dropped) or not keep.secrets:
        return inner
    return Secret(inner)


def _reduce_output(value: Output, keep: Keep, holes: bool) -> Value | _Dropped:
    if not keep.outputs:
        return _reduce(Secret(value.value) if value.secret else value.value, keep, holes)
    if isinstance(value.value, Unknown):
        return value
    inner = _reduce(value.value, keep, holes)
    return inner if isinstance(inner, _Dropped) else Output(inner, value.secret, value.dependencies)


def _reduce_reference(value: Reference, keep: Keep) -> Value | _Dropped:
    if keep.resources:
        return value
    if value.id is None:
        return value.urn
    return _reduce(value.id, keep, False)


def upgraded(values: Map) -> Map:
    """`values` with each secret and unknown as an output value, which is how remote components are given them."""
    return Map({key: transform(value, _upgrade) for key, value in values.items()})


def _upgrade(value: Value) -> Value:
    if isinstance(value, Unknown):
        return Output(UNKNOWN)
    if isinstance(value, Secret):
        inner = value.value
        if isinstance(inner, Output):  # an unknown or a known output inside a secret: one output says both
            return Output(inner.value, True, inner.dependencies)
        return Output(inner, True)
    if isinstance(value, Output) and isinstance(value.value, Output):
        inner_output = value.value
        dependencies = value.dependencies | inner_output.dependencies
        return Output(inner_output.value, value.secret or inner_output.secret, dependencies)
    return value


def dependencies_in(value: Value) -> frozenset[str]:
    """The URNs that output values inside `value` depend on."""
    if isinstance(value, Output):
        return value.dependencies | dependencies_in(value.value)
    if isinstance(value, Secret):
        return dependencies_in(value.value)
    if isinstance(value, Map):
        return frozenset().union(*(dependencies_in(item) for item in value.values()))
    if isinstance(value, tuple):
        return frozenset().union(*(dependencies_in(item) for item in value))
    return frozenset()
