"""How two property values differ, as a tree: what was added, deleted, updated and stayed the same, at each level."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rolecall.engine.path import BadPath, Path, Wildcard, contains, join, parse
from rolecall.model.step import DiffKind, PropertyDiff
from rolecall.model.value import UNKNOWN, Map, Output, Secret, Unknown, Value, same

Ignore = Callable[[Path], bool]


@dataclass(slots=True)
class Differences:
    """How the entries of two maps (keys are names) or two lists (keys are positions) differ."""

    adds: dict[str | int, Value] = field(default_factory=dict)
    deletes: dict[str | int, Value] = field(default_factory=dict)
    sames: dict[str | int, Value] = field(default_factory=dict)
    updates: dict[str | int, Change] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.adds or self.deletes or self.updates)

    @property
    def keys(self) -> list[str | int]:
        """Every key there is, in order."""
        return sorted({*self.adds, *self.deletes, *self.sames, *self.updates}, key=lambda k: (str(type(k)), k))

    def changed(self, key: str | int) -> bool:
        """Whether the entry differs."""
        return key in self.adds or key in self.deletes or key in self.updates


@dataclass(slots=True)
class Change:
    """One value in place of another; `items` or `fields` say more where both are lists, or both maps."""

    old: Value
    new: Value
    items: Differences | None = None
    fields: Differences | None = None


def never(_path: Path) -> bool:
    """Ignores nothing."""
    return False


def is_internal(key: str | int) -> bool:
    """Keys that the engine and SDKs use among themselves."""
    return isinstance(key, str) and key.startswith("__")


def compare_maps(old: Map, new: Map, ignore: Ignore = never, path: Path = ()) -> Differences | None:
    """How two maps differ; None when they do not. Internal keys and ignored paths count as if they were not there."""
    found = Differences()
    for key, value in old.items():
        here = (*path, key)
        if is_internal(key) or ignore(here):
            continue
        if key not in new:
            if _has_value(value):
                found.deletes[key] = value
            continue
        change = compare(value, new[key], ignore, here)
        if change is None:
            found.sames[key] = value
        elif not _has_value(value):
            found.adds[key] = new[key]
        elif not _has_value(new[key]):
            found.deletes[key] = value
        else:
            found.updates[key] = change
    for key, value in new.items():
        if key not in old and _has_value(value) and not is_internal(key) and not ignore((*path, key)):
            found.adds[key] = value
    return found or None


def compare(old: Value, new: Value, ignore: Ignore = never, path: Path = ()) -> Change | None:
    """How two values differ; None when they do not."""
    if isinstance(old, tuple) and isinstance(new, tuple):
        items = _compare_lists(old, new, ignore, path)
        return Change(old, new, items=items) if items else None
    if isinstance(old, Map) and isinstance(new, Map):
        fields = compare_maps(old, new, ignore, path)
        return Change(old, new, fields=fields) if fields else None
    return None if same(old, new) else Change(old, new)


@dataclass(frozen=True, slots=True)
class Sides:
    """The values that a detailed diff is about: old ones from inputs or outputs, as each entry says, and new ones."""

    old_inputs: Map
    old_outputs: Map
    new_inputs: Map
    new_outputs: Map


def detailed(
    entries: dict[str, PropertyDiff], sides: Sides, hidden: Iterable[Path]
) -> tuple[Differences | None, list[Path]]:
    """What a provider's detailed diff says, as differences; and which of the hidden paths hid something of it."""
    top = Change(None, None)
    hid: dict[str, Path] = {}
    for text, difference in entries.items():
        path = path_of(text)
        cover = next((h for h in hidden if contains(h, path)), None)
        if cover is not None:
            hid[path_text(cover)] = cover
        elif difference.input_diff:
            _place(top, path, difference.kind, sides.old_inputs, sides.new_inputs)
        else:
            _place(top, path, difference.kind, sides.old_outputs, sides.new_outputs)
    return top.fields, [hid[text] for text in sorted(hid)]


def path_of(text: str) -> Path:
    """A property path from its text; text that is no path is one name."""
    try:
        return parse(text) or (text,)
    except BadPath:
        return (text,)


def path_text(path: Path) -> str:
    """A path as text."""
    text = ""
    for part in path:
        text = f"{text}[*]" if isinstance(part, Wildcard) else join(text, part)
    return text


def _compare_lists(old: tuple[Value, ...], new: tuple[Value, ...], ignore: Ignore, path: Path) -> Differences | None:
    found = Differences(
        adds={i: new[i] for i in range(len(old), len(new))},
        deletes={i: old[i] for i in range(len(new), len(old))},
    )
    for index, (before, after) in enumerate(zip(old, new, strict=False)):
        change = compare(before, after, ignore, (*path, index))
        if change is None:
            found.sames[index] = before
        else:
            found.updates[index] = change
    return found or None


def _has_value(value: Value) -> bool:
    """Nothing and not-yet-known are no values: an unknown that appears is shown when it is known."""
    return value is not None


def _place(parent: Change, path: Path, kind: DiffKind, old_parent: Value, new_parent: Value) -> None:
    """Enters one difference of a detailed diff. Below a value that one side lacks, it becomes an add or a delete."""
    key = "*" if isinstance(path[0], Wildcard) else path[0]
    old, had = _entry(old_parent, key)
    new, has = _entry(new_parent, key)
    if isinstance(key, int):
        parent.items = level = parent.items or Differences()
    else:
        parent.fields = level = parent.fields or Differences()
    if len(path) > 1:
        if old is None and new is not None:
            level.adds[key] = new
        elif old is not None and new is None:
            level.deletes[key] = old
        else:
            change = level.updates.setdefault(key, Change(old, new))
            _place(change, path[1:], kind, old, new)
        return
    if kind in ("add", "add-replace"):
        level.adds[key] = new if has else UNKNOWN
    elif kind in ("delete", "delete-replace"):
        level.deletes[key] = old if had else UNKNOWN
    else:
        level.updates[key] = compare(old, new) or Change(old, new)


def _entry(parent: Value, key: str | int) -> tuple[Value, bool]:
    """The value at a key, and whether there is one. What is unknown or secret hides what is inside it."""
    if isinstance(parent, tuple):
        if isinstance(key, int) and 0 <= key < len(parent):
            return parent[key], True
    elif isinstance(parent, Map):
        if isinstance(key, str) and key in parent:
            return parent[key], True
    elif isinstance(parent, Unknown | Secret | Output):
        return parent, True
    return None, False
