"""Property values in messages of the engine, in the form that Pulumi's users know, with secrets left out."""

from __future__ import annotations

from rolecall.model.value import Archive, Asset, Map, Output, Reference, Secret, Unknown, Value


def shown(value: Value) -> str:
    """A value as in `property size value {10} has a problem`."""
    if isinstance(value, Unknown) or (isinstance(value, Output) and isinstance(value.value, Unknown)):
        return "output<string>{}"
    if isinstance(value, Output):
        return "{[secret]}" if value.secret else shown(value.value)
    return "{" + _inner(value) + "}"


def _inner(value: Value) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Secret):
        return "[secret]"
    if isinstance(value, Map):
        return "map[" + " ".join(f"{key}:{shown(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, tuple):
        return "[" + " ".join(shown(item) for item in value) + "]"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Asset | Archive):
        return type(value).__name__.lower()
    if isinstance(value, Reference):
        return value.urn
    return str(value)


def _number(value: float) -> str:
    return f"{value:g}" if value == float(f"{value:g}") else repr(value)
