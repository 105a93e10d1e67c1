"""What an update does with one resource after another, and what a preview says of it."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.model.resource import Timeouts
from rolecall.model.value import Secret
from tests.lifecycle.stage import Script, Stage


def things(**inputs: dict[str, Any]) -> Script:
    """A program of independent things."""

    async def script(stage: Stage) -> None:
        for name, properties in inputs.items():
            await stage.thing(name, properties)

    return script


@pytest.mark.parametrize("preview", [True, False])
def test_what_is_new_is_created(preview: bool) -> None:
    stage = Stage()
    result = stage.up(things(a={"x": 1}), preview=preview)
    assert result.verdict == "succeeded"
    assert stage.steps() == [("create", "a")]
    assert result.changes == {"create": 2}
    assert stage.world.names() == (set() if preview else {"a"})


def test_a_preview_changes_nothing() -> None:
    stage = Stage()
    stage.up(things(a={"x": 1}, b={"y": 1}))
    before, world = stage.resources, dict(stage.world.things)
    stage.preview(things(a={"x": 2, "replace": 1}))
    assert stage.resources == before
    assert stage.world.things == world


@pytest.mark.parametrize("preview", [True, False])
def test_what_is_the_same_is_left_alone(preview: bool) -> None:
    stage = Stage()
    stage.up(things(a={"x": 1}))
    result = stage.up(things(a={"x": 1}), preview=preview)
    assert stage.steps() == [("same", "a")]
    assert result.changes == {"same": 2}
    assert stage.world.asked("create", "update") == [("create", "a")]


@pytest.mark.parametrize("preview", [True, False])
def test_what_changed_is_updated(preview: bool) -> None:
    stage = Stage()
    stage.up(things(a={"x": 1}))
    stage.up(things(a={"x": 2}), preview=preview)
    assert stage.steps() == [("update", "a")]
    assert stage.resource("a").inputs == {"x": 1 if preview else 2}


@pytest.mark.parametrize("preview", [True, False])
def test_what_the_program_no_longer_names_is_deleted(preview: bool) -> None:
    stage = Stage()
    stage.up(things(a={}, b={}))
    stage.up(things(a={}), preview=preview)
    assert ("delete", "b") in stage.steps()
    assert stage.world.names() == ({"a", "b"} if preview else {"a"})


@pytest.mark.parametrize("preview", [True, False])
def test_a_replacement_is_created_before_the_old_one_is_deleted(preview: bool) -> None:
    stage = Stage()
    stage.up(things(a={"replace": 1}))
    result = stage.up(things(a={"replace": 2}), preview=preview)
    assert stage.steps() == [("create-replacement", "a"), ("replace", "a"), ("delete-replaced", "a")]
    assert result.changes == {"replace": 1, "same": 1}
    if not preview:
        assert stage.world.asked("create", "delete")[1:] == [("create", "a"), ("delete", "a")]
        assert stage.resource("a").id == "a-2"


@pytest.mark.parametrize("preview", [True, False])
def test_a_provider_that_asks_for_it_has_the_old_one_deleted_first(preview: bool) -> None:
    stage = Stage()
    stage.up(things(a={"dbr": 1}))
    stage.up(things(a={"dbr": 2}), preview=preview)
    assert stage.steps() == [("delete-replaced", "a"), ("replace", "a"), ("create-replacement", "a")]


def test_the_option_overrules_the_provider_in_the_order_of_replacement() -> None:
    async def script(stage: Stage, **inputs: Any) -> None:
        await stage.thing("a", inputs, delete_before_replace="replace" in inputs)

    stage = Stage()
    stage.up(lambda s: script(s, replace=1))
    stage.up(lambda s: script(s, replace=2))
    assert stage.steps()[0] == ("delete-replaced", "a")


def _chain(**options: Any) -> Script:
    async def script(stage: Stage) -> None:
        a = await stage.thing("a", {"dbr": options["dbr"]})
        needs_a = {"dependencies": (a.urn,)}
        b = await stage.thing(
            "hard", {"replace": a.outputs.get("computed")}, property_dependencies={"replace": (a.urn,)}, **needs_a
        )
        await stage.thing("soft", {"x": a.outputs.get("computed")}, property_dependencies={"x": (a.urn,)}, **needs_a)
        await stage.thing("ordered", {"x": 1}, property_dependencies={"x": ()}, **needs_a)
        await stage.thing(
            "far",
            {"replace": b.outputs.get("computed")},
            property_dependencies={"replace": (b.urn,)},
            dependencies=(b.urn,),
        )

    return script


@pytest.mark.parametrize("preview", [True, False])
def test_dependents_that_would_be_replaced_go_before_what_is_deleted_first(preview: bool) -> None:
    stage = Stage()
    stage.up(_chain(dbr=1))
    result = stage.up(_chain(dbr=2), preview=preview)
    deleted = [name for op, name in stage.steps() if op == "delete-replaced"]
    assert deleted == ["far", "hard", "a"]
    assert ("update", "soft") in stage.steps()
    assert ("same", "ordered") in stage.steps()
    assert result.changes == {"replace": 3, "update": 1, "same": 2}


def test_a_protected_dependent_stops_the_replacement() -> None:
    async def script(stage: Stage, dbr: int) -> None:
        a = await stage.thing("a", {"dbr": dbr})
        await stage.thing(
            "b", {"replace": a.outputs["computed"]}, property_dependencies={"replace": (a.urn,)}, protect=True
        )

    stage = Stage()
    stage.up(lambda s: script(s, 1))
    result = stage.up(lambda s: script(s, 2))
    assert result.verdict == "failed"
    assert stage.world.asked("delete") == []
    assert "as part of replacing" in stage.messages()[0]


def test_deletes_go_from_dependents_to_what_they_need() -> None:
    async def script(stage: Stage) -> None:
        a = await stage.thing("a")
        b = await stage.thing("b", dependencies=(a.urn,))
        await stage.thing("c", dependencies=(b.urn,))

    stage = Stage()
    stage.up(script)
    stage.up(things())
    assert stage.world.asked("delete") == [("delete", "c"), ("delete", "b"), ("delete", "a")]


def test_a_protected_resource_is_not_deleted_and_the_others_are() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("kept", protect=True)
        await stage.thing("gone")

    stage = Stage()
    stage.up(script)
    result = stage.destroy()
    assert result.verdict == "failed"
    assert stage.world.names() == {"kept"}
    assert "kept" in stage.names()


def test_a_retained_resource_leaves_the_state_and_stays_in_the_world() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", retain_on_delete=True)

    stage = Stage()
    stage.up(script)
    stage.destroy()
    assert stage.resources == ()
    assert stage.world.names() == {"a"}


def test_what_is_deleted_with_another_is_not_deleted_by_its_provider() -> None:
    async def script(stage: Stage) -> None:
        a = await stage.thing("a")
        await stage.thing("b", deleted_with=a.urn)

    stage = Stage()
    stage.up(script)
    stage.destroy()
    assert stage.world.asked("delete") == [("delete", "a")]
    assert stage.resources == ()


def test_secret_inputs_make_outputs_of_the_same_name_secret() -> None:
    stage = Stage()
    stage.up(things(a={"password": Secret("hunter2"), "x": 1}))
    assert stage.outputs_of("a")["password"] == Secret("hunter2")
    assert stage.outputs_of("a")["x"] == 1


def test_additional_secret_outputs_are_secret_even_when_nothing_changed() -> None:
    async def script(stage: Stage, *secret: str) -> None:
        await stage.thing("a", additional_secret_outputs=secret)

    stage = Stage()
    stage.up(script)
    stage.up(lambda s: script(s, "computed"))
    assert stage.steps() == [("same", "a")]
    assert stage.outputs_of("a")["computed"] == Secret("of a-1")


@pytest.mark.parametrize(
    ("paths", "inputs", "kept"),
    [
        (("x",), {"x": 2}, {"x": 1}),
        (("tags.a",), {"x": 1, "tags": {"a": 2}}, {"x": 1, "tags": {}}),
        (("*",), {"x": 5, "y": 6}, {"x": 1}),
    ],
)
def test_ignored_changes_are_sent_as_they_were(
    paths: tuple[str, ...], inputs: dict[str, Any], kept: dict[str, Any]
) -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", inputs, ignore_changes=paths)

    stage = Stage()
    stage.up(things(a={"x": 1}))
    stage.up(script)
    assert stage.resource("a").inputs == kept


def test_ignored_paths_that_lead_nowhere_are_told_of() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", {"list": [1]}, ignore_changes=("list[1]",))

    stage = Stage()
    stage.up(things(a={"list": [1, 2]}))
    stage.up(script)
    assert stage.messages("info") == ['cannot ignore changes in added or removed elements of the path: "list[1]"']


def test_changes_below_replace_on_changes_replace() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", {"x": 2}, replace_on_changes=("x",))

    stage = Stage()
    stage.up(things(a={"x": 1}))
    stage.up(script)
    assert ("replace", "a") in stage.steps()


def test_a_provider_that_cannot_compare_has_its_inputs_compared() -> None:
    stage = Stage()
    stage.up(things(a={"mode": "unknown", "x": 1}))
    stage.up(things(a={"mode": "unknown", "x": 1}))
    assert stage.steps() == [("same", "a")]
    stage.up(things(a={"mode": "unknown", "x": {"deep": 2}}))
    assert stage.steps() == [("update", "a")]


def test_timeouts_reach_the_provider_in_seconds() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", custom_timeouts=Timeouts(create=300, delete=60))

    stage = Stage()
    stage.up(script)
    stage.destroy()
    timeouts = [r.timeout for r in stage.world.requests if type(r).__name__ in ("Create", "Delete")]
    assert timeouts == [300, 60]


def test_a_renamed_resource_with_an_alias_stays_what_it_is() -> None:
    from rolecall.model.goal import Alias

    async def before(stage: Stage) -> None:
        old = await stage.thing("old")
        await stage.thing("child", parent=old.urn)
        await stage.thing("user", dependencies=(old.urn,))

    async def after(stage: Stage) -> None:
        new = await stage.thing("new", aliases=(Alias(name="old"),))
        await stage.thing("child", parent=new.urn)
        await stage.thing("user", dependencies=(new.urn,))

    stage = Stage()
    stage.up(before)
    stage.up(after)
    assert stage.steps() == [("same", "new"), ("same", "child"), ("same", "user")]
    assert stage.world.asked("delete") == []
    assert sorted(stage.names()) == ["child", "new", "user"]
    assert stage.resource("child").parent == stage.resource("new").urn


def test_two_resources_of_one_name_end_the_run() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a")
        await stage.thing("a")

    stage = Stage()
    assert stage.up(script).verdict == "failed"
    assert "Duplicate resource URN" in stage.messages()[0]
    assert stage.names() == ["a"]


def test_replace_with_replaces_along() -> None:
    async def script(stage: Stage, value: int) -> None:
        a = await stage.thing("a", {"replace": value})
        await stage.thing("b", {"x": 1}, replace_with=(a.urn,))

    stage = Stage()
    stage.up(lambda s: script(s, 1))
    stage.up(lambda s: script(s, 2))
    assert ("replace", "b") in stage.steps()


def test_a_changed_trigger_replaces() -> None:
    async def script(stage: Stage, trigger: str) -> None:
        await stage.thing("a", {"x": 1}, replacement_trigger=trigger)

    stage = Stage()
    stage.up(lambda s: script(s, "one"))
    stage.up(lambda s: script(s, "one"))
    assert stage.steps() == [("same", "a")]
    stage.up(lambda s: script(s, "two"))
    assert ("replace", "a") in stage.steps()


def test_a_component_is_complete_when_its_outputs_are_registered() -> None:
    async def script(stage: Stage) -> None:
        box = await stage.component("box")
        await stage.thing("a", parent=box.urn)
        await stage.outputs(box.urn, said="yes")

    stage = Stage()
    stage.up(script)
    assert stage.outputs_of("box") == {"said": "yes"}
    assert stage.names().index("box") < stage.names().index("a")


def test_stack_outputs_of_a_failed_run_take_none_away() -> None:
    async def good(stage: Stage) -> None:
        await stage.outputs(stage.stack, kept="old", changed="old")

    async def bad(stage: Stage) -> str:
        await stage.outputs(stage.stack, changed="new")
        return ""

    stage = Stage()
    stage.up(good)
    assert stage.up(bad).verdict == "failed"
    assert stage.resources[0].outputs == {"kept": "old", "changed": "new"}
