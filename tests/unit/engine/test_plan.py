"""What an update plan allows of goals, properties and steps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.engine.plan import Change, PlannedGoal, allows
from rolecall.model.goal import Goal
from rolecall.model.step import Op
from rolecall.model.urn import UNKNOWN_ID, URN
from rolecall.model.value import UNKNOWN, Map, Secret, map_of

MAPS = st.dictionaries(st.sampled_from("abcd"), st.one_of(st.integers(0, 3), st.booleans(), st.text("xy", max_size=2)))
PROVIDER = "urn:pulumi:dev::proj::pulumi:providers:probe::default"


@given(MAPS, MAPS)
@settings(max_examples=200)
def test_what_was_planned_is_allowed_and_so_is_having_done_it_already(old: Map, new: Map) -> None:
    was, now = map_of(old), map_of(new)
    change = Change.between(was, now)
    assert change.violations(was, now) == []
    assert change.violations(now, now) == []


@given(MAPS, MAPS, MAPS)
@settings(max_examples=200)
def test_another_outcome_than_the_planned_one_is_told(old: Map, new: Map, other: Map) -> None:
    was, now, instead = map_of(old), map_of(new), map_of(other)
    told = Change.between(was, now).violations(was, instead)
    assert bool(told) == (Change.between(now, instead) != Change()), told


@pytest.mark.parametrize(
    ("change", "old", "new", "told"),
    [
        (Change(updates=Map(v="two")), Map(v="one"), Map(v="three"), ["~~v[{two}!={three}]"]),
        (Change(updates=Map(v="two")), Map(v="one"), Map(), ["~-v[{two}]"]),
        (Change(updates=Map(v="two")), Map(), Map(v="two"), ["~+v[{two}!={two}]"]),
        (Change(adds=Map(v="two")), Map(), Map(), ["+-v[{two}]"]),
        (Change(deletes=("v",)), Map(v=1), Map(v=1), ["-=v[{1}]"]),
        (Change(), Map(), Map(v=1, w=True), ["=+v[{1}]", "=+w[{true}]"]),
        (Change(), Map(v=1), Map(), ["=-v"]),
        (Change(adds=Map(v=Secret("a"))), Map(), Map(v=Secret("b")), ["++v[{[secret]}!={[secret]}]"]),
    ],
)
def test_a_violation_names_the_planned_and_the_actual_change(
    change: Change, old: Map, new: Map, told: list[str]
) -> None:
    assert change.violations(old, new) == told


def test_a_value_that_the_plan_did_not_know_may_become_anything_or_nothing() -> None:
    change = Change(adds=Map(a=UNKNOWN, b=map_of({"c": UNKNOWN, "d": 1})))
    assert change.violations(Map(), map_of({"a": "x", "b": {"c": 2, "d": 1}})) == []
    assert change.violations(Map(), map_of({"b": {"d": 1}})) == []
    assert change.violations(Map(), map_of({"a": "x", "b": {"c": 2, "d": 2}})) != []


@pytest.mark.parametrize(
    ("planned", "allowed"),
    [
        ("same", {"same"}),
        ("create", {"same", "create"}),
        ("update", {"same", "update"}),
        ("delete", {"delete"}),
        ("create-replacement", {"same", "update", "create-replacement"}),
    ],
)
def test_a_step_may_do_less_than_planned(planned: Op, allowed: set[Op]) -> None:
    steps: tuple[Op, ...] = ("same", "create", "update", "delete", "replace", "create-replacement")
    assert {op for op in steps if allows(planned, op)} == allowed


def goal(**changes: object) -> Goal:
    return Goal(**{"type": "probe:index:Thing", "name": "a", "custom": True, "provider": f"{PROVIDER}::1", **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"protect": True}, "protect changed (expected false)"),
        ({"custom": False}, "resource kind changed (expected custom)"),
        ({"provider": f"{PROVIDER}::2"}, f"provider changed (expected {PROVIDER}::1)"),
        ({"delete_before_replace": True}, "deleteBeforeReplace changed (expected no value)"),
        ({"import_id": "x"}, "importID changed (expected )"),
        ({"ignore_changes": ("v",)}, "ignoreChanges changed: added v"),
        ({"dependencies": (URN("urn:x"),)}, "dependencies changed: added urn:x"),
    ],
)
def test_options_must_be_as_planned(changes: dict[str, object], told: str) -> None:
    planned = PlannedGoal.of(goal(), Map(), Map())
    assert planned.violation(goal(), Map(), Map()) == ""
    assert planned.violation(goal(**changes), Map(), Map()) == told


def test_a_provider_that_was_to_be_created_may_get_any_id() -> None:
    planned = PlannedGoal.of(goal(provider=f"{PROVIDER}::{UNKNOWN_ID}"), Map(), Map())
    assert planned.violation(goal(provider=f"{PROVIDER}::7"), Map(), Map()) == ""
