"""Check: a resource's inputs validated, defaults and names filled in, tags merged (spec 2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rolecall.model.goal import CheckFailure
from rolecall.model.provider import Check, Checked
from rolecall.model.value import UNKNOWN, Map, Secret, Value, has_secrets, has_unknowns, unwrap, value_of
from rolecall.providers.aws import tags
from rolecall.providers.aws.declaration import Prop, ResourceType
from rolecall.providers.aws.kinds import Block, ListOf, block_defaults, missing_fields
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.naming import NoName, automatic
from rolecall.providers.aws.settings import Settings
from rolecall.providers.aws.validators import complaints
from rolecall.providers.aws.values import DEFAULTS, converted, dereferenced, is_unknown

BOOKKEEPING = ("__internal", "__name", DEFAULTS)


def check(kind: ResourceType, request: Check, settings: Settings, line: Line, region: str) -> Checked:
    """The checked inputs and every complaint about them."""
    given = {k: dereferenced(v) for k, v in request.news.items() if k not in BOOKKEEPING and v is not None}
    strangers = [name for name in given if not _is_known(kind, name, line)]
    inputs = {k: _cleaned(kind, k, v) for k, v in given.items()}
    if kind.regional and line.has_region_inputs and "region" not in inputs:
        inputs["region"] = region
    _merge_tags(kind, inputs, settings, line)
    failures: list[CheckFailure] = [_stranger(kind, name, line) for name in strangers]
    defaulted = _fill_defaults(kind, request, inputs, line, failures)
    failures += _problems(kind, request.urn.name, inputs, line)
    inputs[DEFAULTS] = tuple(sorted(defaulted))
    return Checked(Map(_marked(kind, inputs)), tuple(failures))


def _is_known(kind: ResourceType, name: str, line: Line) -> bool:
    if name == "region":
        return kind.regional
    return name == "tagsAll" or any(prop.name == name for prop in kind.inputs(line))


def _stranger(kind: ResourceType, name: str, line: Line) -> CheckFailure:
    return CheckFailure(
        "",
        f"rolecall's own AWS provider does not know the input '{name}' of {kind.type} (pulumi-aws {line}). "
        "The official provider plugin does: pulumi plugin install resource aws, then set ROLECALL_AWS=plugin.",
    )


def _cleaned(kind: ResourceType, name: str, value: Value) -> Value:
    prop = kind.prop(name)
    if prop is None:
        return value
    if isinstance(prop.kind, Block | ListOf) and has_unknowns(value):
        return value
    return converted(value, prop.kind.clean) if not _is_map_with_unknowns(name, value) else value


def _is_map_with_unknowns(name: str, value: Value) -> bool:
    return name in ("tags", "metadata") and has_unknowns(value)


def _merge_tags(kind: ResourceType, inputs: dict[str, Value], settings: Settings, line: Line) -> None:
    """What each SDK line does with tags before anything else sees them (spec 2.3)."""
    if not kind.tagged or line.major < 6:
        return
    own = inputs.get("tags")
    unknown = own is not None and has_unknowns(own)
    merged: Value = UNKNOWN if unknown else tags.effective(unwrap(own), settings)
    if own is not None and has_secrets(own):
        merged = Secret(merged)
    if line.major >= 7:
        inputs["tagsAll"] = merged
    elif unknown or tags.effective(unwrap(own), settings):
        inputs["tags"] = merged
    else:
        inputs.pop("tags", None)


def _fill_defaults(
    kind: ResourceType, request: Check, inputs: dict[str, Value], line: Line, failures: list[CheckFailure]
) -> list[str]:
    """Fills what is absent; gives the names of what a default filled."""
    defaulted: list[str] = []
    for prop in kind.inputs(line):
        if prop.name in inputs or any(other in inputs for other in prop.conflicts):
            continue
        try:
            value = _default(kind, prop, request)
        except NoName as error:
            failures.append(CheckFailure("", str(error)))
            continue
        if value is not None:
            inputs[prop.name] = value
            defaulted.append(prop.name)
    for prop in kind.inputs(line):
        if prop.name in inputs:
            inputs[prop.name] = block_defaults(prop.kind, inputs[prop.name])
    return defaulted


def _default(kind: ResourceType, prop: Prop, request: Check) -> Value:
    named = kind.autoname is not None and prop.name == kind.autoname.property
    if prop.default is None and not named:
        return None
    old = request.olds.get(prop.name)
    if old is not None and prop.name in _defaults_of(request.olds, prop.name):
        return old
    if not named:
        return prop.default
    assert kind.autoname is not None
    return automatic(kind.autoname, kind.type, request.urn.name, request.seed, request.autonaming)


def _defaults_of(olds: Mapping[str, Value], name: str) -> tuple[Value, ...]:
    """The names that a default filled before; without a list, all of them may have been."""
    listed = olds.get(DEFAULTS)
    return listed if isinstance(listed, tuple) else (name,)


def _problems(kind: ResourceType, logical: str, inputs: Mapping[str, Value], line: Line) -> Iterator[CheckFailure]:
    for prop in kind.inputs(line):
        value = inputs.get(prop.name)
        if value is None:
            if prop.required:
                yield CheckFailure("", f"Missing required property '{prop.name}'")
            continue
        for other in prop.conflicts:
            if inputs.get(other) is not None and prop.name < other:
                yield CheckFailure(
                    "",
                    f'Conflicting configuration arguments. "{snake(prop.name)}": conflicts with {snake(other)}. '
                    f"Examine values at '{logical}.{prop.name}'.",
                )
        for path in missing_fields(prop.kind, prop.name, value):
            yield CheckFailure("", f"Missing required property '{path}'")
        if not is_unknown(value) and not has_unknowns(value):
            for text in complaints(prop.kind, prop.checks, snake(prop.name), unwrap(value)):
                yield CheckFailure("", f"{text}. Examine values at '{logical}.{prop.name}'.")


def _marked(kind: ResourceType, inputs: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    for name, value in inputs.items():
        prop = kind.prop(name)
        secret = prop is not None and prop.secret and not isinstance(value, Secret)
        yield name, Secret(value) if secret else value


def snake(name: str) -> str:
    """A wire name as upstream's messages spell it."""
    return re.sub(r"(?<!^)([A-Z]+)", r"_\1", name).lower()


def imported_inputs(kind: ResourceType, outputs: Mapping[str, Value], line: Line) -> Map:
    """The inputs that would have made what was read, for a resource that no program has described yet."""
    inputs: dict[str, Value] = {}
    for prop in kind.inputs(line):
        value = outputs.get(prop.name)
        empty = value is None or value in ((), "", False) or (isinstance(value, Map) and not value)
        named = kind.autoname is not None and prop.name == kind.autoname.property
        if not empty and (named or not prop.computed) and value != prop.default:
            inputs[prop.name] = outputs[prop.name]
    if kind.regional and line.has_region_inputs and "region" in outputs:
        inputs["region"] = outputs["region"]
    return Map({**inputs, DEFAULTS: value_of([])})


def refreshed_inputs(kind: ResourceType, inputs: Map, outputs: Mapping[str, Value], line: Line) -> Map:
    """The old inputs with what AWS has now in those that were given; nothing is added (spec 2.5)."""
    changed: dict[str, Value] = {}
    for prop in kind.inputs(line):
        if prop.name not in inputs or prop.name not in outputs and prop.remembered:
            continue
        old, new = inputs[prop.name], outputs.get(prop.name)
        plain_old = unwrap(old)
        if new is None and not prop.computed and plain_old != prop.default:
            changed[prop.name] = None
        elif new is not None and not prop.kind.alike(plain_old, unwrap(new)):
            changed[prop.name] = Secret(new) if isinstance(old, Secret) else new
    kept: dict[str, Value] = {k: v for k, v in {**inputs, **changed}.items() if v is not None}
    if "tagsAll" in inputs and "tagsAll" in outputs:
        kept["tagsAll"] = outputs["tagsAll"]
    return Map(kept)
