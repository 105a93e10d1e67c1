"""Giving back to what a provider returns what was kept from it: secret marks, and the contents of assets."""

from __future__ import annotations

from rolecall.model.value import Archive, Asset, Map, Secret, Value, has_secrets, transform, walk


def with_secrets_of(returned: Map, sent: Map) -> Map:
    """`returned`, secret where the value sent under the same name was or held a secret; maps are compared inside.

    A list with a secret anywhere makes the whole list secret, since providers may reorder lists.
    """
    return Map({key: _marked(value, sent[key]) if key in sent else value for key, value in returned.items()})


def _marked(returned: Value, sent: Value) -> Value:
    if isinstance(returned, Map) and isinstance(sent, Map):
        return with_secrets_of(returned, sent)
    if not isinstance(returned, Secret) and has_secrets(sent):
        return Secret(returned)
    return returned


def restored(returned: Map, known: Map) -> Map:
    """`returned` with the contents of assets and archives that came back as nothing but the hash of a known one."""
    contents = {
        (type(value), value.hash): value
        for value in walk(known)
        if isinstance(value, Asset | Archive) and value.hash and not _is_bare(value)
    }
    if not contents:
        return returned

    def restore(value: Value) -> Value:
        if isinstance(value, Asset | Archive) and _is_bare(value):
            return contents.get((type(value), value.hash), value)
        return value

    return Map({key: transform(value, restore) for key, value in returned.items()})


def _is_bare(value: Asset | Archive) -> bool:
    content = value.text if isinstance(value, Asset) else value.assets
    return not (content or value.path or value.uri)
