"""Update plans: what a preview found would be done, as constraints on a later update.

A plan allows less than it says, never more: unknown values in it accept any value, "same" is allowed in place of a
change, an update in place of a replacement. Source: Pulumi's `deploy.Plan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rolecall.engine.printing import shown
from rolecall.model.goal import Goal
from rolecall.model.resource import Resource, Timeouts
from rolecall.model.step import Op
from rolecall.model.urn import UNKNOWN_ID, URN, ProviderRef
from rolecall.model.value import EMPTY, Map, Output, Secret, Unknown, Value, same

_REPLACING = ("replace", "create-replacement", "delete-replaced")


@dataclass(frozen=True, slots=True)
class Change:
    """How a map of properties is to change, at its top level."""

    adds: Map = EMPTY
    deletes: tuple[str, ...] = ()
    updates: Map = EMPTY

    @classmethod
    def between(cls, old: Map, new: Map) -> Change:
        """What makes `new` of `old`."""
        return cls(
            Map({k: v for k, v in new.items() if k not in old}),
            tuple(sorted(k for k in old if k not in new)),
            Map({k: v for k, v in new.items() if k in old and not same(v, old[k])}),
        )

    def violations(self, old: Map, new: Map) -> list[str]:
        """What differs when `old` becomes `new`: planned and actual sign (`+ - ~ =`), the property, the values."""
        keys = {*old, *new, *self.adds, *self.updates, *self.deletes}
        return sorted(text for key in keys if (text := self._violation(key, old, new)))

    def _violation(self, key: str, old: Map, new: Map) -> str:
        planned, expected = self._planned(key)
        if key not in new:
            allowed = (key not in old and planned in "-=") or planned == "-"
            allowed |= planned in "~+" and isinstance(expected, Unknown) and (planned == "~" or key not in old)
            return "" if allowed else _told(planned, "-", key, expected, known=planned in "~+")
        actual = "+" if key not in old else "=" if same(old[key], new[key]) else "~"
        allowed = planned == actual or (planned == "+" and actual in "~=") or (planned == "~" and actual == "=")
        if allowed and (planned not in "+~" or _accepts(expected, new[key])):
            return ""
        return _told(planned, actual, key, expected, known=planned in "~+", value=new[key])

    def _planned(self, key: str) -> tuple[str, Value]:
        if key in self.adds:
            return "+", self.adds[key]
        if key in self.updates:
            return "~", self.updates[key]
        return ("-" if key in self.deletes else "="), None


def _told(planned: str, actual: str, key: str, expected: Value, *, known: bool, value: Value | None = None) -> str:
    values = ([shown(expected)] if known else []) + ([shown(value)] if actual != "-" else [])
    return f"{planned}{actual}{key}" + (f"[{'!='.join(values)}]" if values else "")


def _accepts(expected: Value, actual: Value) -> bool:
    """Whether a value is as planned. What the plan did not know, at any depth, may be anything."""
    if isinstance(expected, Unknown):
        return True
    if isinstance(expected, Map) and isinstance(actual, Map):
        missing = (v for k, v in expected.items() if k not in actual)
        return all(isinstance(v, Unknown) for v in missing) and all(
            k in expected and _accepts(expected[k], v) for k, v in actual.items()
        )
    if isinstance(expected, tuple) and isinstance(actual, tuple):
        return len(expected) == len(actual) and all(map(_accepts, expected, actual))
    if isinstance(expected, Secret | Output) and isinstance(actual, Secret | Output):
        return _accepts(expected.value, actual.value)
    return same(expected, actual)


@dataclass(frozen=True, slots=True)
class PlannedGoal:
    """What a program wanted of one resource when the plan was made. `outputs`: of components and the stack."""

    type: str
    name: str
    custom: bool
    inputs: Change = Change()
    outputs: Change = Change()
    parent: URN | None = None
    protect: bool = False
    dependencies: tuple[URN, ...] = ()
    provider: str = ""
    property_dependencies: dict[str, tuple[URN, ...]] = field(default_factory=dict, hash=False)
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    import_id: str = ""
    custom_timeouts: Timeouts | None = None

    @classmethod
    def of(cls, goal: Goal, old: Map, new: Map) -> PlannedGoal:
        """The goal of a program whose checked inputs are to change from `old` to `new`."""
        return cls(
            type=goal.type,
            name=goal.name,
            custom=goal.custom,
            inputs=Change.between(old, new),
            parent=goal.parent,
            protect=bool(goal.protect),
            dependencies=tuple(dict.fromkeys(goal.dependencies)),
            provider=goal.provider,
            property_dependencies=goal.property_dependencies,
            delete_before_replace=goal.delete_before_replace,
            ignore_changes=goal.ignore_changes,
            additional_secret_outputs=goal.additional_secret_outputs,
            import_id=goal.import_id,
            custom_timeouts=goal.custom_timeouts,
        )

    @classmethod
    def unchanged(cls, old: Resource) -> PlannedGoal:
        """What is wanted of a resource that a plan does not speak of: that it stays."""
        return cls(
            type=old.type,
            name=old.urn.name,
            custom=old.custom,
            parent=old.parent,
            protect=old.protect,
            dependencies=old.dependencies,
            provider=str(old.provider) if old.provider else "",
            property_dependencies=old.property_dependencies,
            additional_secret_outputs=old.additional_secret_outputs,
            custom_timeouts=old.custom_timeouts,
        )

    def violation(self, goal: Goal, old: Map, new: Map) -> str:
        """The first thing about a goal that the plan does not allow, or ""."""
        return next(self._violations(goal, old, new), "")

    def _violations(self, goal: Goal, old: Map, new: Map) -> Iterator[str]:
        if goal.custom != self.custom:
            yield f"resource kind changed (expected {'custom' if self.custom else 'component'})"
        if not _is_provider_planned(self.provider, goal.provider):
            yield f"provider changed (expected {self.provider})"
        if goal.parent != self.parent:
            yield f"parent changed (expected {self.parent or ''})"
        if bool(goal.protect) != self.protect:
            yield f"protect changed (expected {_go(self.protect)})"
        if goal.delete_before_replace != self.delete_before_replace:
            yield f"deleteBeforeReplace changed (expected {_go(self.delete_before_replace)})"
        if goal.import_id != self.import_id:
            yield f"importID changed (expected {self.import_id})"
        yield from _changed_timeouts(self.custom_timeouts or Timeouts(), goal.custom_timeouts or Timeouts())
        yield from _changed_set("ignoreChanges", self.ignore_changes, goal.ignore_changes)
        yield from _changed_set(
            "additionalSecretOutputs", self.additional_secret_outputs, goal.additional_secret_outputs
        )
        yield from _changed_set("dependencies", self.dependencies, goal.dependencies)
        changes = self.inputs.violations(old, new)
        if changes:
            yield f"properties changed: {', '.join(changes)}"
        for name, urns in self.property_dependencies.items():
            if name in goal.property_dependencies:
                yield from _changed_set(f"dependencies for {name}", urns, goal.property_dependencies[name])


def _is_provider_planned(planned: str, actual: str) -> bool:
    """Whether it is the planned provider; one that was to be created had no id yet."""
    if planned == actual:
        return True
    if not planned or not actual:
        return False
    expected, given = ProviderRef.parse(planned), ProviderRef.parse(actual)
    return expected.urn == given.urn and expected.id == UNKNOWN_ID


def _changed_timeouts(planned: Timeouts, actual: Timeouts) -> Iterator[str]:
    for name in ("create", "update", "delete"):
        expected = getattr(planned, name)
        if expected != getattr(actual, name):
            yield f"{name} timeout changed (expected {expected:g})"


def _changed_set(name: str, planned: Iterable[str], actual: Iterable[str]) -> Iterator[str]:
    was, now = set(planned), set(actual)
    parts = []
    if now - was:
        parts.append("added " + ", ".join(sorted(now - was)))
    if was - now:
        parts.append("deleted " + ", ".join(sorted(was - now)))
    if parts:
        yield f"{name} changed: {'; '.join(parts)}"


def _go(value: bool | None) -> str:
    return "no value" if value is None else str(value).lower()


@dataclass(slots=True)
class ResourcePlan:
    """What is planned for one resource: its goal (None: nobody wants it any more), its steps in order, and the seed
    of its random name."""

    goal: PlannedGoal | None = None
    ops: list[Op] = field(default_factory=list)
    seed: bytes = b""


Plan = dict[URN, ResourcePlan]


def allows(planned: Op, op: Op) -> bool:
    """Whether a step is no more than what was planned."""
    if op == planned:
        return True
    if planned in ("create", "update"):
        return op == "same"
    return planned in _REPLACING and op in ("same", "update")


def is_replacing(op: Op) -> bool:
    """Whether a step is one of those that together make a replacement."""
    return op in _REPLACING
