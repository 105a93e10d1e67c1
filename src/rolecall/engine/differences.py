"""What differs between old and new: the engine's own comparison, and what the user's options make of a provider's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rolecall.engine.path import BadPath, Path, contains, ignoring_changes, join, parse
from rolecall.model.provider import Differences
from rolecall.model.step import DiffKind, PropertyDiff
from rolecall.model.value import Map, Value, same, unwrap

INIT_ERROR = "#initerror"

NONE = Differences("none")
SOME = Differences("some")

_TO_REPLACE: dict[DiffKind, DiffKind] = {"add": "add-replace", "delete": "delete-replace", "update": "update-replace"}
_INVERSE: dict[DiffKind, DiffKind] = {
    "add": "delete",
    "add-replace": "delete-replace",
    "delete": "add",
    "delete-replace": "add-replace",
}


def replacing(key: str) -> Differences:
    """The answer that a resource must be replaced because of `key`, whatever the provider thinks."""
    return Differences("some", replaces=(key,))


def must_replace(diff: Differences) -> bool:
    """Whether a diff says that the resource cannot be changed in place."""
    return bool(diff.replaces) or any(d.kind.endswith("-replace") for d in (diff.detailed or {}).values())


def of_inputs(old: Map, new: Map, ignore_changes: Sequence[str] = ()) -> Differences:
    """The engine's own comparison of inputs, for a provider that answers "unknown". Secrecy is no difference."""
    new, _ = ignoring_changes(ignore_changes, old, new)
    plain_old, plain_new = unwrap(old), unwrap(new)
    assert isinstance(plain_old, Map) and isinstance(plain_new, Map)
    keys = tuple(sorted(k for k in plain_old.keys() | plain_new.keys() if not _same_at(k, plain_old, plain_new)))
    if not keys:
        return NONE
    detailed = dict(_details("", plain_old, plain_new))
    return Differences("some", diffs=keys, detailed=detailed)


def _same_at(key: str, old: Map, new: Map) -> bool:
    return key in old and key in new and same(old[key], new[key])


def _details(path: str, old: Value, new: Value) -> Iterator[tuple[str, PropertyDiff]]:
    if same(old, new):
        return
    if isinstance(old, Map) and isinstance(new, Map):
        for key in sorted(old.keys() | new.keys()):
            below = join(path, key)
            if key not in old:
                yield below, PropertyDiff("add", input_diff=True)
            elif key not in new:
                yield below, PropertyDiff("delete", input_diff=True)
            else:
                yield from _details(below, old[key], new[key])
    elif isinstance(old, tuple) and isinstance(new, tuple):
        for index in range(max(len(old), len(new))):
            below = join(path, index)
            if index >= len(old):
                yield below, PropertyDiff("add", input_diff=True)
            elif index >= len(new):
                yield below, PropertyDiff("delete", input_diff=True)
            else:
                yield from _details(below, old[index], new[index])
    else:
        yield path, PropertyDiff("update", input_diff=True)


def replace_on_changes(diff: Differences, paths: Sequence[str], *, has_init_errors: bool) -> Differences:
    """The diff with every change below one of `paths` made a reason to replace. Raises BadPath."""
    if not paths or (diff.changes != "some" and not has_init_errors):
        return diff
    wanted = [parse(text) for text in paths]
    detailed = None if diff.detailed is None else dict(diff.detailed)
    for text, how in (detailed or {}).items():
        if detailed is not None and _covered(text, wanted):
            detailed[text] = replace(how, kind=_TO_REPLACE.get(how.kind, how.kind))
    replaces = [*diff.replaces, *(k for k in diff.diffs if k not in diff.replaces and _covered(k, wanted))]
    changes = diff.changes
    if has_init_errors and _covered(INIT_ERROR, wanted):
        replaces.append(INIT_ERROR)
        changes = "some"
        if detailed is not None:
            detailed[INIT_ERROR] = PropertyDiff("update-replace")
    return replace(diff, changes=changes, replaces=tuple(replaces), detailed=detailed)


def _covered(text: str, wanted: Sequence[Path]) -> bool:
    try:
        path = parse(text)
    except BadPath:
        path = (text,)
    return any(contains(outer, path) for outer in wanted)


def inverted(diff: Differences) -> Differences:
    """The same differences seen from the other side, as a refresh shows them: what was added reads as deleted."""
    if diff.detailed is None:
        return diff
    turned = {path: replace(how, kind=_INVERSE.get(how.kind, how.kind)) for path, how in diff.detailed.items()}
    return replace(diff, detailed=turned)
