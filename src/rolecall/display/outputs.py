"""The outputs of a resource, above all of the stack, as text: all of them, or what changed, with marks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rolecall.display.comparison import Change, Differences, compare, is_internal
from rolecall.display.options import Options
from rolecall.display.properties import is_shown, longest
from rolecall.display.property_changes import ChangePrinter
from rolecall.display.step_changes import compare_hiding, hidden_paths
from rolecall.display.step_words import is_root_stack
from rolecall.engine.path import contains
from rolecall.model.step import Op, Step
from rolecall.model.value import EMPTY, Map, Output, Unknown, Value

_KNOWN_IN_PREVIEWS: frozenset[Op] = frozenset({"read", "read-replacement", "import", "import-replacement"})
_RESOURCE_MARK = "@isPulumiResource"


@dataclass(frozen=True, slots=True)
class Moment:
    """When outputs are looked at: in a preview (`planning`), or as the result of a refresh."""

    planning: bool
    refreshed: bool = False


def outputs_text(step: Step, indent: int, moment: Moment, options: Options) -> str:
    """The outputs of a step made by `shown_step`, or "" when there is nothing to say of them.

    The stack's are shown in full after an update. Otherwise what equals an input, or did not change, is left out.
    """
    if moment.planning and not (moment.refreshed or step.op in _KNOWN_IN_PREVIEWS or is_root_stack(step)):
        return ""
    if step.old is not None and step.old.init_errors:
        return ""
    show_sames = options.show_sames or (not moment.planning and is_root_stack(step))
    new = step.new.outputs if step.new is not None else EMPTY
    found, hid = None, list[str]()
    if step.old is not None:
        found, hid = compare_hiding(step.old.outputs, new, hidden_paths(step))
        if found is not None and moment.planning and is_root_stack(step):
            _forget_unknowns_of_resources(found)
        if found is None and not show_sames:
            return ""
    printer = ChangePrinter(
        indent=indent,
        op=step.op,
        truncate=options.truncate,
        show_secrets=options.show_secrets,
        planning=moment.planning,
    )
    printer.hidden(hid)
    if found is None:
        _write_all(printer, step, new, moment)
    else:
        _write_changes(printer, step, found, moment, show_sames)
    return printer.text


def _write_all(printer: ChangePrinter, step: Step, outputs: Map, moment: Moment) -> None:
    width = longest(outputs)
    for key in sorted(outputs):
        if is_internal(key) or not is_shown(outputs[key], outputs=True) or _equals_input(step, key, moment):
            continue
        printer.property(key, outputs[key], width)


def _write_changes(printer: ChangePrinter, step: Step, found: Differences, moment: Moment, show_sames: bool) -> None:
    keys = [str(k) for k in found.keys]
    width = longest(keys)
    for key in keys:
        if _equals_input(step, key, moment) or not (show_sames or found.changed(key)):
            continue
        printer.difference(key, width, found)


def _equals_input(step: Step, key: str, moment: Moment) -> bool:
    """Whether an output only repeats the input of its name."""
    if moment.refreshed or step.new is None or key not in step.new.inputs:
        return False
    hidden = hidden_paths(step)
    ignore = lambda path: any(contains(h, path) for h in hidden)  # noqa: E731 - one use, right here
    return compare(step.new.outputs.get(key), step.new.inputs[key], ignore, (key,)) is None


def _forget_unknowns_of_resources(differences: Differences) -> None:
    """Takes out of a preview's changes what is only not known yet: unknown outputs in place of known ones."""
    of_resource = _RESOURCE_MARK in differences.adds
    if of_resource:
        del differences.adds[_RESOURCE_MARK]
        differences.adds = {k: v for k, v in differences.adds.items() if not isinstance(v, Unknown)}
    differences.adds = {k: _without_marks(v) for k, v in differences.adds.items()}
    for key, change in list(differences.updates.items()):
        if _is_noise(change):
            del differences.updates[key]


def _is_noise(change: Change) -> bool:
    if change.fields is not None:
        _forget_unknowns_of_resources(change.fields)
        return False
    if change.items is not None:
        change.items.adds = {k: _without_marks(v) for k, v in change.items.adds.items()}
        for inner in change.items.updates.values():
            _is_noise(inner)
        return False
    return isinstance(change.new, Unknown)


def _without_marks(value: Value) -> Value:
    if isinstance(value, Map):
        return Map({k: _without_marks(v) for k, v in value.items() if k != _RESOURCE_MARK})
    if isinstance(value, tuple):
        return tuple(_without_marks(v) for v in value)
    if isinstance(value, Output):
        return replace(value, value=_without_marks(value.value))
    return value
