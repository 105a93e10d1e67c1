"""Tags of a stack: names with values, in a file of their own beside the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.model.stack_name import StackName
from rolecall.state import layout
from rolecall.state.errors import CorruptState
from rolecall.state.json_text import InvalidJSON, dumps, loads
from rolecall.state.store import Store


def read(store: Store, name: StackName) -> dict[str, str]:
    """The tags of a stack. Raises CorruptState."""
    key = layout.tags(name)
    blob = store.read(key)
    if blob is None:
        return {}
    try:
        data = loads(blob.data)
    except InvalidJSON as error:
        raise CorruptState(f"failed to load stack tags: {key}: {error}") from error
    tags = data.get("tags") if isinstance(data, dict) else None
    if not isinstance(tags, dict | None):
        raise CorruptState(f"failed to load stack tags: {key} has no map of tags")
    return {str(tag): str(value) for tag, value in (tags or {}).items()}


def write(store: Store, name: StackName, tags: Mapping[str, str]) -> None:
    """Replaces all tags of a stack. The caller holds the stack's lock."""
    store.write(layout.tags(name), dumps({"version": 1, "tags": dict(sorted(tags.items()))}))


def move(store: Store, old: StackName, new: StackName) -> None:
    """Makes the tags of one stack those of another."""
    blob = store.read(layout.tags(old))
    if blob is not None:
        store.write(layout.tags(new), blob.data)
        store.delete(layout.tags(old))
