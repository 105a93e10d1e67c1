"""Operations other than a plain update: reads, refreshes, destroys, imports, targets, providers, hooks."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.engine.deployment import ImportRequest
from rolecall.errors import RolecallError
from rolecall.model.goal import Call, Invoke, PackageRequest, ReadGoal, Refused
from rolecall.model.hook import HookCall, HookResult
from rolecall.model.provider import Features
from rolecall.model.value import Reference, Secret, map_of
from tests.lifecycle.stage import THING, Script, Stage


async def nothing(stage: Stage) -> None:
    return


def one(name: str = "a", **inputs: Any) -> Script:
    async def script(stage: Stage) -> None:
        await stage.thing(name, inputs)

    return script


def get(name: str, id_: str) -> Script:
    async def script(stage: Stage) -> None:
        await stage.monitor.read(ReadGoal(THING, name, id_, parent=stage.stack))

    return script


# Reads


def test_what_is_read_is_remembered_and_never_deleted() -> None:
    stage = Stage()
    stage.world.things["given"] = map_of({"x": 1})
    stage.up(get("a", "given"))
    assert stage.resource("a").external
    assert stage.outputs_of("a")["x"] == 1
    stage.up(nothing)
    assert stage.steps() == [("discard", "a")]
    assert "given" in stage.world.things


def test_reading_what_is_not_there_fails() -> None:
    stage = Stage()
    assert stage.up(get("a", "given")).verdict == "failed"
    assert stage.messages() == ["resource 'given' does not exist", "update failed"]


def test_owning_what_was_read_creates_another_and_discards_the_old() -> None:
    stage = Stage()
    stage.world.things["given"] = map_of({"x": 1})
    stage.up(get("a", "given"))
    stage.up(one("a", x=2))
    assert stage.steps() == [("create-replacement", "a"), ("replace", "a"), ("discard-replaced", "a")]
    assert set(stage.world.things) == {"given", "a-1"}


def test_reading_what_is_owned_lets_it_go_when_the_id_is_the_same_and_replaces_it_otherwise() -> None:
    stage = Stage()
    stage.up(one("a", x=1))
    stage.up(get("a", "a-1"))
    assert stage.steps() == [("read", "a")]
    assert "a-1" in stage.world.things
    stage.up(one("a", x=1))
    stage.world.things["other"] = map_of({"x": 3})
    stage.up(get("a", "other"))
    assert stage.steps() == [("read-replacement", "a"), ("replace", "a"), ("delete-replaced", "a")]
    assert "a-2" not in stage.world.things


# Refreshes


def test_a_refresh_takes_what_it_finds_and_forgets_what_is_gone() -> None:
    async def script(stage: Stage) -> None:
        a = await stage.thing("a", {"x": 1})
        await stage.thing("b", {"x": 1}, dependencies=(a.urn,))
        await stage.thing("same", {"x": 1})

    stage = Stage()
    stage.up(script)
    del stage.world.things["a-1"]
    stage.world.things["b-1"] = map_of({"x": 2})
    result = stage.refresh()
    assert sorted(stage.steps()) == [("delete", "a"), ("same", "same"), ("update", "b")]
    assert result.changes == {"delete": 1, "update": 1, "same": 2}
    assert stage.resource("b").inputs == {"x": 2}
    assert stage.resource("b").dependencies == ()


def test_a_previewed_refresh_finds_the_same_and_remembers_nothing() -> None:
    stage = Stage()
    stage.up(one(x=1))
    stage.world.things["a-1"] = map_of({"x": 2})
    stage.refresh(preview=True)
    assert stage.steps() == [("update", "a")]
    assert stage.resource("a").inputs == {"x": 1}


def test_a_read_that_fails_does_not_keep_the_others_from_being_refreshed() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", {"x": 1})
        await stage.thing("b", {"x": 1})

    stage = Stage()
    stage.up(script)
    stage.world.things["a-1"] = map_of({"fail": ["read"]})
    stage.world.things["b-1"] = map_of({"x": 2})
    assert stage.refresh().verdict == "failed"
    assert stage.resource("b").inputs == {"x": 2}
    assert stage.resource("a").inputs == {"x": 1}


def test_an_update_that_refreshes_first_puts_drift_right_even_when_it_then_fails() -> None:
    stage = Stage()
    stage.up(one(x=1))
    stage.world.things["a-1"] = map_of({"x": 2})
    stage.up(one(x=1), refresh=True)
    assert stage.steps() == [("refresh", "a"), ("update", "a")]
    assert stage.world.things["a-1"] == {"x": 1}


def test_a_refresh_by_the_program_reads_what_it_registers_and_the_rest() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", {"x": 1})
        await stage.thing("b", {"x": 1})

    stage = Stage()
    stage.up(script)
    stage.world.things["a-1"] = map_of({"x": 2})
    del stage.world.things["b-1"]
    stage.up(one(x=1), refresh=True, run_program=True)
    assert stage.steps()[:2] == [("refresh", "a"), ("update", "a")]
    assert stage.names() == ["a"]


# Destroys


def test_a_destroy_deletes_all() -> None:
    stage = Stage()
    stage.up(one(x=1))
    result = stage.destroy()
    assert (stage.resources, stage.world.things) == ((), {})
    assert result.changes == {"delete": 2}


def test_a_destroy_by_the_program_makes_nothing_new() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", {"x": 1})
        assert (await stage.thing("new", {"x": 1})).unknown

    stage = Stage()
    stage.up(one(x=1))
    assert stage.destroy(script).verdict == "succeeded"
    assert stage.world.asked("create") == [("create", "a")]
    assert stage.resources == ()


# Imports


def test_an_import_takes_over_what_exists_and_updates_it_where_it_differs() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", {"x": 2}, import_id="given")

    stage = Stage()
    stage.world.things["given"] = map_of({"x": 1})
    stage.up(script)
    assert stage.steps() == [("import", "a"), ("update", "a")]
    assert stage.world.things == {"given": {"x": 2}}
    assert [r.urn.name for r in stage.resources].count("a") == 1
    stage.up(script)
    assert stage.steps() == [("same", "a")]


def test_importing_what_does_not_exist_fails() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", {"x": 2}, import_id="given")

    stage = Stage()
    assert stage.up(script).verdict == "failed"
    assert stage.messages()[0] == "resource 'given' does not exist"


def test_a_planned_import_adopts_under_a_new_stack() -> None:
    stage = Stage()
    stage.world.things["given"] = map_of({"x": 1, "y": 2})
    result = stage.import_(ImportRequest(THING, "a", "given", properties=("x",)))
    assert result.verdict == "succeeded"
    assert stage.resource("a").inputs == {"x": 1}
    assert stage.resource("a").protect
    assert stage.import_(ImportRequest(THING, "b", "missing")).verdict == "failed"
    assert "a" in stage.names()


# Targets


def test_what_is_no_target_stays_as_it_is() -> None:
    async def script(stage: Stage, x: int) -> None:
        await stage.thing("a", {"x": x})
        await stage.thing("b", {"x": x})

    stage = Stage()
    stage.up(lambda s: script(s, 1))
    target = stage.resource("a").urn
    stage.up(lambda s: script(s, 2), targets=(target,))
    assert stage.world.things == {"a-1": {"x": 2}, "b-1": {"x": 1}}
    assert sorted(stage.steps()) == [("same", "b"), ("update", "a")]


def test_a_target_that_does_not_exist_fails_the_run() -> None:
    stage = Stage()
    assert stage.up(one(x=1), targets=("urn:pulumi:dev::proj::t:m:T::none",)).verdict == "failed"
    assert "could not be found in the stack" in stage.messages()[0]


def test_a_target_cannot_need_what_is_not_created() -> None:
    async def script(stage: Stage) -> None:
        new = await stage.thing("new")
        await stage.thing("a", {"x": 1}, dependencies=(new.urn,))

    stage = Stage()
    result = stage.up(script, targets=("**::a",))
    assert result.verdict == "failed"
    assert "was not specified in --target list" in stage.messages()[0]


def test_destroying_a_target_takes_its_dependents_when_allowed() -> None:
    async def script(stage: Stage) -> None:
        a = await stage.thing("a")
        await stage.thing("b", dependencies=(a.urn,))
        await stage.thing("c")

    stage = Stage()
    stage.up(script)
    target = stage.resource("a").urn
    assert stage.destroy(targets=(target,)).verdict == "failed"
    assert stage.destroy(targets=(target,), target_dependents=True).verdict == "succeeded"
    assert stage.names() == ["c"]


def test_destroying_all_but_the_excluded_keeps_what_they_need() -> None:
    async def script(stage: Stage) -> None:
        a = await stage.thing("a")
        await stage.thing("b", dependencies=(a.urn,))
        await stage.thing("c")

    stage = Stage()
    stage.up(script)
    stage.destroy(excludes=(stage.resource("b").urn,))
    assert sorted(stage.names()) == ["a", "b"]


def test_a_replace_target_is_replaced() -> None:
    stage = Stage()
    stage.up(one(x=1))
    stage.up(one(x=1), replaces=(stage.resource("a").urn,))
    assert ("replace", "a") in stage.steps()
    assert stage.resource("a").id == "a-2"


# Providers


def test_default_providers_are_shared_by_version_and_configured_from_the_stack() -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", package=PackageRequest("test", "1.0.0"))
        await stage.thing("b", package=PackageRequest("test", "1.0.0"))
        await stage.thing("c", package=PackageRequest("test", "2.0.0"))

    stage = Stage(config={"test:region": "here", "proj:other": "x"})
    stage.up(script)
    providers = {r.urn.name: r.inputs for r in stage.resources if r.is_provider}
    assert providers == {
        "default_1_0_0": {"region": "here", "version": "1.0.0", "__internal": {}},
        "default_2_0_0": {"region": "here", "version": "2.0.0", "__internal": {}},
    }
    assert stage.world.configured[0] == {"region": "here", "version": "1.0.0"}


def test_a_default_provider_that_is_forbidden_is_said() -> None:
    stage = Stage(config={"pulumi:disable-default-providers": '["test"]'})
    assert stage.up(one()).verdict == "failed"
    assert stage.messages()[0].startswith("Default provider for 'test' disabled.")


def test_children_inherit_the_provider_of_their_component() -> None:
    async def script(stage: Stage) -> None:
        p = await stage.thing("p", {"label": "mine"}, type="pulumi:providers:test")
        box = await stage.component("box", providers={"test": f"{p.urn}::{p.id}"})
        inner = await stage.component("inner", parent=box.urn)
        a = await stage.thing("a", parent=inner.urn)
        await stage.thing("below", parent=a.urn)

    stage = Stage()
    stage.up(script)
    assert {stage.resource(name).provider for name in ("a", "below")} == {stage.resource("p").as_provider}
    assert not any(r.urn.name == "default" for r in stage.resources)


def test_a_provider_that_cannot_take_a_resource_over_replaces_it() -> None:
    async def script(stage: Stage, account: str) -> None:
        p = await stage.thing(f"p-{account}", {"account": account}, type="pulumi:providers:test")
        await stage.thing("a", {"x": 1}, provider=f"{p.urn}::{p.id}")

    stage = Stage()
    stage.up(lambda s: script(s, "one"))
    stage.up(lambda s: script(s, "two"))
    assert ("replace", "a") in stage.steps()


def test_secrets_come_back_from_a_provider_that_knows_none() -> None:
    stage = Stage()
    stage.world.features = Features(secrets=False)
    stage.up(one(deep=map_of({"password": Secret("x")})))
    assert stage.outputs_of("a")["deep"] == {"password": Secret("x")}


# Functions


def test_functions_and_their_failures_reach_the_program() -> None:
    async def script(stage: Stage) -> None:
        said = await stage.monitor.invoke(Invoke("test:index:echo", map_of({"x": 1})))
        assert said.result == {"x": 1}
        with pytest.raises(Refused, match="invocation of test:index:fail returned an error: it fails"):
            await stage.monitor.invoke(Invoke("test:index:fail"))

    assert Stage().up(script).verdict == "succeeded"


def test_a_function_that_waits_for_what_a_preview_does_not_create_is_unknown() -> None:
    answers = []

    async def script(stage: Stage) -> None:
        box = await stage.component("box")
        await stage.thing("a", parent=box.urn)
        answer = await stage.monitor.invoke(Invoke("test:index:echo", depends_on=(box.urn,)))
        answers.append(answer.unknown)

    stage = Stage()
    stage.preview(script)
    stage.up(script)
    assert answers == [True, False]


def test_a_method_goes_to_the_provider_of_its_resource() -> None:
    async def script(stage: Stage) -> None:
        a = await stage.thing("a")
        called = await stage.monitor.call(Call("test:index:Thing/say", map_of({"__self__": Reference(a.urn, a.id)})))
        assert called.result == {"said": "yes"}

    assert Stage().up(script).verdict == "succeeded"


# Hooks


class Hooks:
    """Writes down calls; those named in `fail` fail, and `again` asks for retries until told otherwise."""

    def __init__(self, *fail: str, retries: int = 0) -> None:
        self.calls: list[HookCall] = []
        self.fail = fail
        self.retries = retries

    def knows(self, name: str) -> bool:
        return name != "nobody"

    async def run(self, call: HookCall) -> HookResult:
        self.calls.append(call)
        if call.kind == "on_error":
            self.retries -= 1
            return HookResult(retry=self.retries >= 0)
        return HookResult(error="no" if call.name in self.fail else "")


def hooked(stage: Stage, hooks: Hooks) -> Stage:
    make = stage._runner

    def runner(options: Any) -> Any:
        made = make(options)
        made._hooks = hooks
        return made

    stage._runner = runner  # type: ignore[method-assign]
    return stage


def with_hooks(**names: tuple[str, ...]) -> Script:
    async def script(stage: Stage) -> None:
        await stage.thing("a", {"x": 1}, hooks=names)

    return script


def test_hooks_run_around_the_call() -> None:
    hooks = Hooks()
    stage = hooked(Stage(), hooks)
    stage.up(with_hooks(before_create=("first", "second"), after_create=("third",)))
    assert [(c.name, c.kind, c.new_outputs is not None) for c in hooks.calls] == [
        ("first", "before_create", False),
        ("second", "before_create", False),
        ("third", "after_create", True),
    ]


def test_a_hook_that_fails_before_keeps_the_step_from_happening() -> None:
    stage = hooked(Stage(), Hooks("bad"))
    assert stage.up(with_hooks(before_create=("bad",))).verdict == "failed"
    assert stage.world.things == {}
    assert stage.messages() == ['before hook "bad" failed: no', "update failed"]


def test_a_hook_that_fails_after_leaves_the_step_done_and_fails_the_run() -> None:
    stage = hooked(Stage(), Hooks("bad"))
    assert stage.up(with_hooks(after_create=("bad",))).verdict == "failed"
    assert stage.names() == ["a"]


def test_a_hook_that_nobody_registered_fails_the_step() -> None:
    stage = hooked(Stage(), Hooks())
    stage.up(with_hooks(before_create=("nobody",)))
    assert stage.messages()[0] == 'hook "nobody" was not registered'


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (2, 3)])
def test_an_error_hook_decides_how_often_it_is_tried_again(retries: int, attempts: int) -> None:
    async def script(stage: Stage) -> None:
        await stage.thing("a", {"fail": ["create"]}, hooks={"on_error": ("again",)})

    stage = hooked(Stage(), Hooks(retries=retries))
    assert stage.up(script).verdict == "failed"
    assert len(stage.world.asked("create")) == attempts


def test_destroying_what_has_delete_hooks_needs_the_program() -> None:
    hooks = Hooks()
    stage = hooked(Stage(), hooks)
    script = with_hooks(before_delete=("bye",))
    stage.up(script)
    with pytest.raises(RolecallError, match="--run-program"):
        stage.destroy()
    assert stage.destroy(script).verdict == "succeeded"
    assert [call.kind for call in hooks.calls] == ["before_delete"]
