"""Which outputs are secret, and what becomes of marks on the way to and from providers."""

from __future__ import annotations

from collections.abc import Sequence

from rolecall.model.value import (
    UNKNOWN,
    Map,
    Output,
    Secret,
    Unknown,
    Value,
    has_secrets,
    transform,
)


def downgraded(properties: Map) -> Map:
    """Properties without output values: known ones are their value, unknown ones UNKNOWN, secret ones a Secret."""
    plain = transform(properties, _downgrade)
    assert isinstance(plain, Map)
    return plain


def _downgrade(value: Value) -> Value:
    if not isinstance(value, Output):
        return value
    inner = UNKNOWN if isinstance(value.value, Unknown) else value.value
    return Secret(inner) if value.secret and not isinstance(inner, Secret) else inner


def marked_like(sent: Map, returned: Map) -> Map:
    """What a provider without secret support returned, with secret what was secret when it was sent, by name."""
    changed: dict[str, Value] = {}
    for key, value in returned.items():
        if key not in sent:
            continue
        other = sent[key]
        if isinstance(value, Map) and isinstance(other, Map):
            changed[key] = marked_like(other, value)
        elif has_secrets(other) and not isinstance(value, Secret):
            changed[key] = Secret(value)
    return returned.with_(changed) if changed else returned


def with_secret_outputs(outputs: Map, inputs: Map, additional: Sequence[str]) -> Map:
    """Outputs, secret where the user says so and where the input of the same name is secret at its top.

    Source: rule (b) keeps a provider that echoes its inputs from showing them. An id cannot be secret.
    """
    names = {name for name in additional if name != "id"}
    names.update(key for key, value in inputs.items() if isinstance(value, Secret))
    changed = {k: Secret(v) for k, v in outputs.items() if k in names and not isinstance(v, Secret)}
    return outputs.with_(changed) if changed else outputs


def all_secret(result: Map) -> Map:
    """Every property secret: the answer of a provider without secret support that was given secrets."""
    return Map({k: v if isinstance(v, Secret) else Secret(v) for k, v in result.items()})


def known(properties: Map) -> Map:
    """Properties without what is unknown: left out of maps, taken out of lists.

    An update that goes on past failures, or leaves out what is no target, can meet values that nobody will know.
    """
    return Map({key: _known(value) for key, value in properties.items() if not _is_unknown(value)})


def _is_unknown(value: Value) -> bool:
    while isinstance(value, Secret | Output):
        value = value.value
    return isinstance(value, Unknown)


def _known(value: Value) -> Value:
    if isinstance(value, Map):
        return known(value)
    if isinstance(value, tuple):
        return tuple(_known(item) for item in value if not _is_unknown(item))
    if isinstance(value, Secret):
        return Secret(_known(value.value))
    return value
