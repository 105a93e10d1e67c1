"""What a step changes, for views: its differences, the short `[diff: ...]`, and the properties of its diff block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rolecall.display import markup
from rolecall.display.comparison import Change, Differences, Sides, compare_maps, detailed, path_of, path_text
from rolecall.display.properties import PropertyPrinter
from rolecall.display.property_changes import ChangePrinter
from rolecall.display.redaction import Redactor
from rolecall.display.step_words import COLORS, MARKS
from rolecall.engine.path import Path, contains
from rolecall.model.resource import Resource
from rolecall.model.step import Op, Step
from rolecall.model.value import EMPTY, Map

_TAINT = f"{markup.RED}taint{markup.RESET}"
_GROUPS: tuple[tuple[str, Op], ...] = (("adds", "create"), ("deletes", "delete"), ("updates", "update"))


def shown_step(step: Step, redactor: Redactor, *, show_secrets: bool = False) -> Step:
    """The step with nothing in its properties that must not be seen."""
    return replace(
        step,
        old=_shown(step.old, redactor, show_secrets),
        new=_shown(step.new, redactor, show_secrets),
    )


def short_diff(step: Step, redactor: Redactor) -> str:
    """`diff: +added-removed~changed` by property, or nothing. Secrets of different values count as equal."""
    if step.old is None or step.new is None:
        return ""
    found = None
    if step.op != "same":
        found = _differences(shown_step(step, redactor))
    found = _with_metadata(step.old, step.new, found)
    if found is None:
        return ""
    text = "diff: "
    for group, op in _GROUPS:
        keys = sorted(str(k) for k in getattr(found, group) if not step.diffs or k in step.diffs)
        if keys:
            text += f"{COLORS[op]}{MARKS[op].strip()}{','.join(keys)}{markup.RESET}"
    return text


def step_details(step: Step, printer: ChangePrinter, *, refreshed: bool = False) -> None:
    """Writes the properties of a step's block in the diff view. The step is one that `shown_step` made."""
    if step.op == "same":
        return
    if step.detailed_diff is not None and step.old is not None and step.new is not None:
        _detailed_details(step, step.old, printer, refreshed)
    elif step.old is None and step.new is not None:
        as_op = replace(printer, op=step.op, marked=False)
        as_op.map(step.new.outputs or step.new.inputs)
    elif step.new is None and step.old is not None:
        if not printer.summary:
            replace(printer, op=step.op, marked=False).map(step.old.inputs)
    elif step.old is not None and step.new is not None:
        _property_details(step, step.old, step.new, printer)


def hidden_paths(step: Step) -> tuple[Path, ...]:
    """The paths whose differences the program asked to hide."""
    resource = step.new or step.old
    return tuple(path_of(text) for text in resource.hide_diff) if resource is not None else ()


def compare_hiding(old: Map, new: Map, hidden: Sequence[Path]) -> tuple[Differences | None, list[str]]:
    """How two maps differ apart from hidden paths, and which of those hid something."""
    hid: set[str] = set()

    def ignore(path: Path) -> bool:
        covers = [h for h in hidden if contains(h, path)]
        hid.update(path_text(c) for c in covers)
        return bool(covers)

    found = compare_maps(old, new, ignore)
    return (Differences() if found is None and hid else found), sorted(hid)


def _detailed_details(step: Step, old: Resource, printer: ChangePrinter, refreshed: bool) -> None:
    found, hid = _detailed(step, refreshed)
    if found is None and not hid:
        plain = PropertyPrinter(printer.out, printer.indent, "same", True, printer.truncate, printer.show_secrets)
        plain.map(old.inputs)
        return
    printer.hidden(path_text(path) for path in hid)
    replace(printer, marked=True).differences(found or Differences())


def _property_details(step: Step, old: Resource, new: Resource, printer: ChangePrinter) -> None:
    only: tuple[str, ...] | None
    if new.outputs and step.op not in ("import", "import-replacement"):
        before, after, only = old.outputs, new.outputs, None
    else:
        before, after, only = old.inputs, new.inputs, step.diffs or None
    found, hid = compare_hiding(before, after, hidden_paths(step))
    if found is None:
        replace(printer, op="same", marked=True).map(after)
        return
    printer.hidden(hid)
    replace(printer, marked=True).differences(found, only)


def _differences(step: Step) -> Differences | None:
    if step.detailed_diff is not None:
        return _detailed(step, refreshed=False)[0]
    assert step.old is not None and step.new is not None
    return compare_maps(step.old.inputs, step.new.inputs)


def _detailed(step: Step, refreshed: bool) -> tuple[Differences | None, list[Path]]:
    old, new = step.old, step.new
    assert old is not None and new is not None
    sides = Sides(old.inputs, old.outputs, new.inputs, new.outputs if refreshed else new.inputs)
    return detailed(step.detailed_diff or {}, sides, hidden_paths(step))


def _with_metadata(old: Resource, new: Resource, found: Differences | None) -> Differences | None:
    """The differences along with those that no property shows."""
    pairs: tuple[tuple[str, object, object], ...] = (
        ("provider", old.provider, new.provider),
        ("protect", old.protect, new.protect),
        (_TAINT, old.taint, new.taint),
    )
    for name, before, after in pairs:
        if before != after:
            found = found or Differences()
            found.updates[name] = Change(str(before), str(after))
    return found


def _shown(resource: Resource | None, redactor: Redactor, show_secrets: bool) -> Resource | None:
    if resource is None:
        return None
    if not resource.inputs and not resource.outputs:
        return resource
    return replace(
        resource,
        inputs=redactor.properties(resource.inputs, show_secrets=show_secrets) if resource.inputs else EMPTY,
        outputs=redactor.properties(resource.outputs, show_secrets=show_secrets) if resource.outputs else EMPTY,
    )
