"""Diff: what of the state differs from what is wanted, and whether that replaces the resource (spec 2.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolecall.model.provider import Diff, Differences
from rolecall.model.step import DiffKind, PropertyDiff
from rolecall.model.value import Map, Value, has_unknowns, unwrap
from rolecall.providers.aws import tags
from rolecall.providers.aws.declaration import Prop, ResourceType
from rolecall.providers.aws.kinds import MAP
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.settings import Settings
from rolecall.providers.aws.values import DEFAULTS, is_nothing, is_unknown, without_bookkeeping

Found = tuple[str, Value, Value]


def diff(kind: ResourceType, request: Diff, settings: Settings, line: Line) -> Differences:
    """Compares the state (its outputs, and its inputs where AWS tells nothing) with checked inputs."""
    old_inputs, news = without_bookkeeping(request.old_inputs), without_bookkeeping(request.news)
    detailed: dict[str, PropertyDiff] = {}
    replaces: set[str] = set()
    for prop in kind.inputs(line):
        if prop.name in ("tags", "tagsAll") and kind.tagged:
            continue
        for path, was, wanted in _differing(prop, old_inputs, request.old_outputs, news):
            if not _ignored(path, request.ignore_changes):
                replacing = prop.replaces or _replacing_field(prop, path) or _replacing_change(prop, was, wanted)
                detailed[path] = _entry(was, wanted, replacing, prop.name in request.old_inputs)
                replaces |= {prop.name} if replacing else set()
    for path, was, wanted in _region(kind, line, old_inputs, request.old_outputs, news):
        detailed[path] = _entry(was, wanted, True, "region" in old_inputs)
        replaces.add("region")
    for path, was, wanted in _tags(kind, old_inputs, request.old_outputs, news, settings, line):
        if not _ignored(path, request.ignore_changes):
            detailed[path] = _entry(was, wanted, False, path.split(".")[0].split("[")[0] in request.old_inputs)
    names = tuple(dict.fromkeys(path.split(".")[0].split("[")[0] for path in detailed))
    return Differences(
        changes="some" if detailed else "none",
        replaces=tuple(sorted(replaces)),
        diffs=names,
        stables=tuple(p.name for p in kind.inputs(line) if p.replaces and p.name not in replaces),
        delete_before_replace=bool(replaces) and _delete_first(kind, request.news),
        detailed=detailed,
    )


def _differing(
    prop: Prop, old_inputs: Mapping[str, Value], old_outputs: Mapping[str, Value], news: Mapping[str, Value]
) -> Iterator[Found]:
    wanted = news.get(prop.name)
    had = old_outputs.get(prop.name, old_inputs.get(prop.name))
    if prop.remembered and prop.name not in old_outputs and prop.name not in old_inputs:
        had = None if not prop.switch else prop.default
    if wanted is None:
        if prop.computed or is_nothing(unwrap(had)):
            return
        yield prop.name, had, None
        return
    if is_unknown(wanted) or has_unknowns(wanted):
        yield prop.name, had, wanted
        return
    plain_had, plain_wanted = unwrap(had), unwrap(wanted)
    if had is None and prop.remembered and plain_wanted == prop.default:
        return
    if is_nothing(plain_had) or is_nothing(plain_wanted):
        if not prop.kind.alike(plain_had, plain_wanted):
            yield prop.name, had, wanted
        return
    yield from prop.kind.differing(prop.name, plain_had, plain_wanted)


def _entry(was: Value, wanted: Value, replacing: bool, of_inputs: bool) -> PropertyDiff:
    kind: DiffKind
    if is_nothing(unwrap(was)) and was is None:
        kind = "add-replace" if replacing else "add"
    elif wanted is None:
        kind = "delete-replace" if replacing else "delete"
    else:
        kind = "update-replace" if replacing else "update"
    return PropertyDiff(kind, input_diff=of_inputs)


def _replacing_field(prop: Prop, path: str) -> bool:
    fields = getattr(prop.kind, "fields", ())
    return any(field.replaces and path.startswith(f"{prop.name}.{field.name}") for field in fields)


def _replacing_change(prop: Prop, was: Value, wanted: Value) -> bool:
    return prop.replaces_if is not None and prop.replaces_if(unwrap(was), unwrap(wanted))


def _region(
    kind: ResourceType,
    line: Line,
    old_inputs: Mapping[str, Value],
    old_outputs: Mapping[str, Value],
    news: Mapping[str, Value],
) -> Iterator[Found]:
    if not kind.regional or not line.has_region_inputs:
        return
    had = old_inputs.get("region", old_outputs.get("region"))
    wanted = news.get("region")
    if had is not None and wanted is not None and unwrap(had) != unwrap(wanted):
        yield "region", had, wanted


def _tags(
    kind: ResourceType,
    old_inputs: Mapping[str, Value],
    old_outputs: Mapping[str, Value],
    news: Mapping[str, Value],
    settings: Settings,
    line: Line,
) -> Iterator[Found]:
    if not kind.tagged:
        return
    own = news.get("tags")
    if own is not None and has_unknowns(own):
        yield "tags", old_outputs.get("tags"), own
        return
    had_all = _map(unwrap(old_outputs.get("tagsAll", old_inputs.get("tagsAll"))))
    wanted_all = tags.effective(unwrap(own), settings)
    if line.major == 6:
        yield from MAP.differing("tags", had_all, wanted_all)
        return
    had_own = _map(unwrap(old_outputs.get("tags", old_inputs.get("tags"))))
    wanted_own = Map({k: v for k, v in _map(unwrap(own)).items() if not tags.is_ignored(k, settings)})
    yield from MAP.differing("tags", had_own, wanted_own)
    yield from MAP.differing("tagsAll", had_all, wanted_all)


def _map(value: Value) -> Map:
    cleaned = MAP.clean(value)
    return cleaned if isinstance(cleaned, Map) else Map()


def _delete_first(kind: ResourceType, news: Mapping[str, Value]) -> bool:
    """A name of the program's own is taken until the old resource is gone (spec 2.2)."""
    if kind.delete_first:
        return True
    listed = news.get(DEFAULTS)
    if kind.autoname is None or not isinstance(listed, tuple):
        return False
    name = kind.autoname.property
    return news.get(name) is not None and name not in listed


def _ignored(path: str, ignored: tuple[str, ...]) -> bool:
    return any(path == wish or path.startswith((f"{wish}.", f"{wish}[")) for wish in ignored)
