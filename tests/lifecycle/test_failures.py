"""What fails, what goes on all the same, and what is remembered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rolecall.engine.deployment import Options
from rolecall.errors import RolecallError
from rolecall.model.event import Cancelled
from rolecall.model.goal import Refused
from rolecall.model.journal import Begun, Done
from rolecall.model.provider import ProviderFailed, ProviderUnavailable
from rolecall.model.urn import UNKNOWN_ID
from rolecall.model.value import UNKNOWN
from tests.lifecycle.stage import Script, Stage
from tests.lifecycle.world import Thing


def failing(action: str, **more: Any) -> Script:
    async def script(stage: Stage) -> None:
        bad = await stage.thing("bad", {"fail": [action], **more})
        await stage.thing("dependent", {"x": bad.outputs.get("computed")}, dependencies=(bad.urn,))

    return script


def test_a_failed_create_leaves_nothing_behind_and_dependents_never_start() -> None:
    stage = Stage()
    result = stage.up(failing("create"))
    assert (result.verdict, result.failed_step) == ("failed", True)
    assert stage.failures() == [("create", "bad")]
    assert stage.messages() == ["no create", "update failed"]
    assert stage.names() == []
    assert stage.memory.begun == {}


def test_siblings_of_a_failure_are_finished_and_remembered() -> None:
    async def script(stage: Stage) -> None:
        await asyncio.gather(stage.thing("good", {}), stage.thing("bad", {"fail": ["create"]}), return_exceptions=True)
        await stage.thing("late")

    stage = Stage()
    assert stage.up(script).verdict == "failed"
    assert stage.names() == ["good"]
    assert stage.world.names() == {"good"}


def test_what_waited_for_its_turn_does_not_begin_after_a_failure() -> None:
    async def script(stage: Stage) -> None:
        names = ["bad", "waiting", "waiting too"]
        things = [stage.thing(name, {"fail": ["create"]} if name == "bad" else {}) for name in names]
        await asyncio.gather(*things, return_exceptions=True)

    stage = Stage()
    assert stage.up(script, parallel=1).verdict == "failed"
    assert stage.world.asked("create") == [("create", "bad")]
    assert stage.names() == []


def test_a_failed_update_keeps_the_old_state() -> None:
    async def script(stage: Stage, **inputs: Any) -> None:
        await stage.thing("a", inputs)

    stage = Stage()
    stage.up(lambda s: script(s, x=1))
    result = stage.up(lambda s: script(s, x=2, fail=["update"]))
    assert result.verdict == "failed"
    assert stage.resource("a").inputs == {"x": 1}


def test_a_partial_create_is_remembered_and_tried_again() -> None:
    async def script(stage: Stage, *sick: str) -> None:
        await stage.thing("a", {"sick": list(sick)})

    stage = Stage()
    result = stage.up(lambda s: script(s, "not ready"))
    assert result.verdict == "failed"
    assert stage.resource("a").init_errors == ("not ready",)
    assert stage.messages()[0] == "1 error occurred:\n\t* not ready\n\n"
    stage.up(script)
    assert stage.steps() == [("update", "a")]
    assert stage.resource("a").init_errors == ()


def test_a_partial_update_keeps_the_old_inputs_with_the_new_outputs() -> None:
    async def script(stage: Stage, x: int, *sick: str) -> None:
        await stage.thing("a", {"x": x, "sick": list(sick)})

    stage = Stage()
    stage.up(lambda s: script(s, 1))
    stage.up(lambda s: script(s, 2, "ill"))
    assert stage.resource("a").inputs["x"] == 1
    assert stage.outputs_of("a")["x"] == 2


def test_refused_inputs_end_the_run_with_the_reason() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", {"wrong": "is bad"})

    stage = Stage()
    result = stage.up(script)
    assert result.verdict == "failed"
    assert not result.failed_step
    assert stage.messages() == ["test:index:Thing resource 'a': property wrong value {is bad} has a problem: is bad"]


def test_with_continue_on_error_only_what_depends_on_the_failure_is_skipped() -> None:
    async def script(stage: Stage) -> None:
        bad = await stage.thing("bad", {"fail": ["create"]})
        assert bad.failed
        child = await stage.thing("child", parent=bad.urn)
        assert child.failed
        assert (await stage.thing("second", dependencies=(child.urn,))).failed
        assert not (await stage.thing("sibling")).failed

    stage = Stage()
    result = stage.up(script, continue_on_error=True)
    assert result.verdict == "failed"
    assert stage.names() == ["sibling"]


def test_with_continue_on_error_what_a_failed_delete_needs_is_kept() -> None:
    async def script(stage: Stage) -> None:
        root = await stage.thing("root")
        await stage.thing("stuck", {"fail": ["delete"]}, dependencies=(root.urn,))
        await stage.thing("free")

    stage = Stage()
    stage.up(script)
    result = stage.destroy(continue_on_error=True)
    assert result.verdict == "failed"
    assert sorted(stage.names()) == ["root", "stuck"]


def test_a_replacement_whose_create_fails_keeps_the_old_one() -> None:
    async def script(stage: Stage, value: int, **more: Any) -> None:
        await stage.thing("a", {"replace": value, **more})

    stage = Stage()
    stage.up(lambda s: script(s, 1))
    stage.up(lambda s: script(s, 2, fail=["create"]))
    assert stage.resource("a").id == "a-1"
    assert stage.world.names() == {"a"}


def test_a_create_that_fails_after_the_delete_leaves_a_pending_replacement() -> None:
    async def script(stage: Stage, value: int, **more: Any) -> None:
        await stage.thing("a", {"dbr": value, **more})

    stage = Stage()
    stage.up(lambda s: script(s, 1))
    stage.up(lambda s: script(s, 2, fail=["create"]))
    assert stage.resource("a").pending_replacement
    stage.up(lambda s: script(s, 2))
    assert stage.steps() == [("replace", "a"), ("create-replacement", "a")]
    assert not stage.resource("a").pending_replacement


def test_nobody_wanting_a_pending_replacement_any_more_clears_it_without_a_call() -> None:
    async def script(stage: Stage, value: int, **more: Any) -> None:
        await stage.thing("a", {"dbr": value, **more})

    async def nothing(stage: Stage) -> None:
        return

    stage = Stage()
    stage.up(lambda s: script(s, 1))
    stage.up(lambda s: script(s, 2, fail=["create"]))
    stage.world.calls.clear()
    stage.up(nothing)
    assert stage.steps() == [("remove-pending-replace", "a")]
    assert stage.world.asked("delete") == []
    assert stage.names() == []


def test_an_old_copy_that_could_not_be_deleted_is_deleted_next_time() -> None:
    async def script(stage: Stage, value: int, **more: Any) -> None:
        await stage.thing("a", {"replace": value, **more})

    stage = Stage()
    stage.up(lambda s: script(s, 1, fail=["delete"]))
    assert stage.up(lambda s: script(s, 2)).verdict == "failed"
    assert [(r.id, r.delete) for r in stage.resources if r.urn.name == "a"] == [("a-2", False), ("a-1", True)]
    stage.resources = tuple(r if not r.delete else _without_failure(r) for r in stage.resources)
    stage.up(lambda s: script(s, 2))
    assert ("delete-replaced", "a") in stage.steps()
    assert [r.id for r in stage.resources if r.urn.name == "a"] == ["a-2"]


def _without_failure(resource: Any) -> Any:
    from dataclasses import replace

    return replace(resource, inputs=resource.inputs.without("fail"))


def test_a_program_that_fails_has_no_deletes_done() -> None:
    async def good(stage: Stage) -> None:
        await stage.thing("a")

    async def bad(stage: Stage) -> str:
        return "program exited with non-zero exit code: 3"

    stage = Stage()
    stage.up(good)
    assert stage.up(bad).verdict == "failed"
    assert stage.names() == ["a"]
    assert stage.messages() == ["an unhandled error occurred: program exited with non-zero exit code: 3"]


def test_a_missing_plugin_is_said() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a")

    stage = Stage()
    stage.world.missing.add("test")
    assert stage.up(script).verdict == "failed"
    assert stage.messages() == ["no resource plugin 'pulumi-resource-test' found"]


@pytest.mark.parametrize(
    ("error", "left_open"),
    [
        (RolecallError("no such role"), []),
        (ProviderFailed("no"), []),
        (ProviderFailed("no", status_unknown=True), []),  # what any plain error of a plugin is
        (ProviderUnavailable("the plugin died"), ["creating"]),
        (ProviderFailed("no answer", unanswered=True), ["creating"]),
    ],
)
def test_whatever_a_provider_raises_on_purpose_fails_the_step_and_not_the_run(
    error: Exception, left_open: list[str]
) -> None:
    """What may exist although nobody said so stays pending."""

    class Raising(Thing):
        async def create(self, request: Any) -> Any:
            raise error

    stage = Stage()

    async def load(_package: Any) -> Thing:
        return Raising(stage.world)

    stage.world.load = load  # type: ignore[method-assign]
    result = stage.up(failing("nothing"))
    assert (result.verdict, result.failed_step) == ("failed", True)
    assert stage.messages() == [str(error), "update failed"]
    assert [pending.kind for pending in stage.memory.begun.values()] == left_open


def test_a_bug_comes_out_and_the_stream_of_events_ends() -> None:
    class Broken(Thing):
        async def check(self, request: Any) -> Any:
            raise ZeroDivisionError

    stage = Stage()

    async def load(_package: Any) -> Thing:
        return Broken(stage.world)

    stage.world.load = load  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        stage.up(failing("nothing"))
    assert isinstance(stage.events[-1], Cancelled)


def test_malformed_types_are_refused_to_the_program_alone() -> None:
    async def script(stage: Stage) -> None:
        with pytest.raises(Refused, match="not a valid type token"):
            await stage.thing("a", type="bad")

    assert Stage().up(script).verdict == "succeeded"


def test_an_intent_is_written_before_the_provider_is_asked_and_the_result_before_the_answer() -> None:
    stage = Stage()
    seen: list[str] = []

    async def script(s: Stage) -> None:
        await s.thing("a")
        last = s.memory.entries[-1]
        assert isinstance(last, Done)
        assert last.added is not None
        assert last.added.id == "a-1"

    class Watching(Thing):
        async def create(self, request: Any) -> Any:
            begun = stage.memory.entries[-1]
            assert isinstance(begun, Begun)
            seen.append(begun.pending.resource.urn.name)
            return await super().create(request)

    async def load(_package: Any) -> Thing:
        return Watching(stage.world)

    stage.world.load = load  # type: ignore[method-assign]
    assert stage.up(script).verdict == "succeeded"
    assert seen == ["a"]


class Slow(Thing):
    """Creates only when told to."""

    gate: asyncio.Event
    entered: asyncio.Event

    async def create(self, request: Any) -> Any:
        self.entered.set()
        await self.gate.wait()
        return await super().create(request)


def _slowly(stage: Stage) -> tuple[asyncio.Event, asyncio.Event]:
    gate, entered = asyncio.Event(), asyncio.Event()

    async def load(_package: Any) -> Thing:
        slow = Slow(stage.world)
        slow.gate, slow.entered = gate, entered
        return slow

    stage.world.load = load  # type: ignore[method-assign]
    return gate, entered


def test_cancelled_once_what_is_under_way_is_finished_and_nothing_is_begun() -> None:
    stage = Stage()
    gate, entered = _slowly(stage)

    async def script(s: Stage) -> None:
        async def stop() -> None:
            await entered.wait()
            s.runner.cancel()
            gate.set()

        task = asyncio.create_task(stop())
        try:
            await s.thing("a")
        finally:
            await task
        await s.thing("b")

    result = stage.up(script)
    assert result.verdict == "canceled"
    assert stage.names() == ["a"]
    assert stage.messages() == ["update canceled"]


def test_cancelled_twice_it_stops_at_once_and_the_intent_remains() -> None:
    from rolecall.api.runner import Stopped

    stage = Stage()
    _, entered = _slowly(stage)

    async def script(s: Stage) -> None:
        async def stop() -> None:
            await entered.wait()
            s.runner.cancel()
            s.runner.cancel()

        task = asyncio.create_task(stop())
        try:
            await s.thing("a")
        finally:
            await task

    with pytest.raises(Stopped):
        stage.up(script)
    assert [pending.kind for pending in stage.memory.begun.values()] == ["creating"]


def test_at_most_as_many_steps_run_at_once_as_allowed() -> None:
    stage = Stage()
    running, most = 0, 0

    class Counting(Thing):
        async def create(self, request: Any) -> Any:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            running -= 1
            return await super().create(request)

    async def load(_package: Any) -> Thing:
        return Counting(stage.world)

    async def script(s: Stage) -> None:
        await asyncio.gather(*(s.thing(f"t{i}") for i in range(10)))

    stage.world.load = load  # type: ignore[method-assign]
    assert stage.up(script, parallel=3).verdict == "succeeded"
    assert most == 3


def test_a_provider_whose_configuration_is_unknown_is_not_asked() -> None:
    async def script(stage: Stage) -> None:
        a = await stage.thing("a")
        p = await stage.thing(
            "p", {"label": a.outputs.get("computed", UNKNOWN)}, type="pulumi:providers:test", dependencies=(a.urn,)
        )
        b = await stage.thing("b", {"x": 1}, provider=f"{p.urn}::{p.id or UNKNOWN_ID}")
        if stage.runner._options.preview:
            assert b.outputs == {}

    stage = Stage()
    assert stage.preview(script).verdict == "succeeded"
    assert ("check", "b") not in stage.world.calls
    assert stage.up(script).verdict == "succeeded"
    assert stage.world.configured[-1] == {"label": "of a-1"}


def test_every_provider_is_closed_at_the_end() -> None:
    stage = Stage()
    stage.up(failing("create"))
    assert stage.world.asked("close") == [("close", "")]


def test_a_journal_that_cannot_be_written_ends_the_run_with_its_error() -> None:
    stage = Stage()

    async def script(s: Stage) -> None:
        async def full(_entry: object) -> None:
            raise RolecallError("no space left on the device")

        s.memory.append = full  # type: ignore[method-assign]
        await s.thing("a")

    with pytest.raises(RolecallError, match="no space"):
        stage.up(script)


def test_options_have_harmless_defaults() -> None:
    assert Options().targets == ()
    assert not Options().preview
