"""Hooks that a program registers are called in the program, with what the step has, and their answers come back."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rolecall.model.goal import Goal, Registered
from rolecall.model.hook import HookCall, HookKind, HookResult
from rolecall.model.urn import URN
from rolecall.model.value import Secret, map_of
from tests.fakes.engine import Granting, interpreter_first, run_program

PROGRAM = """
import pulumi

class Thing(pulumi.CustomResource):
    def __init__(self, name, opts=None, **inputs):
        super().__init__("probe:index:Thing", name, inputs, opts)

def note(args):
    print(args.name, args.type, args.id, args.new_inputs, args.old_inputs)

def fail(args):
    raise ValueError("a hook says no")

def again(args):
    print(args.failed_operation, list(args.errors))
    return True

note = pulumi.ResourceHook("note", note, pulumi.ResourceHookOptions(on_dry_run=False))
fail = pulumi.ResourceHook("fail", fail)
again = pulumi.ErrorHook("again", again)
binding = pulumi.ResourceHookBinding(before_create=[note, fail], on_error=[again])
Thing("a", pulumi.ResourceOptions(hooks=binding), value="x", hidden=pulumi.Output.secret("y"))
"""


@dataclass
class Hooking(Granting):
    """Runs the hooks of each resource before it is granted."""

    results: list[HookResult] = field(default_factory=list)

    async def register(self, goal: Goal) -> Registered:
        assert self.hooks is not None
        for kind, names in goal.hooks.items():
            for name in names:
                assert self.hooks.knows(name)
                self.results.append(await self.hooks.run(self._call(name, kind, goal)))
        return await super().register(goal)

    def _call(self, name: str, kind: str, goal: Goal) -> HookCall:
        kinds: dict[str, HookKind] = {"before_create": "before_create", "on_error": "on_error"}
        urn = URN.make("dev", "proj", goal.parent, goal.type, goal.name)
        failure = {"failed_operation": "create", "errors": ("second", "first")} if kind == "on_error" else {}
        return HookCall(name, kinds[kind], urn, "id-1", goal.name, goal.type, new_inputs=goal.properties, **failure)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", interpreter_first(sys.executable))


def test_hooks_run_in_the_program_and_say_how_it_went(tmp_path: Path) -> None:
    ended, engine = run_program(tmp_path, PROGRAM, monitor=(hooking := Hooking()))
    assert ended.code == 0, engine.lines
    noted, failed, retried = hooking.results
    assert noted == HookResult()
    assert "a hook says no" in failed.error and not failed.ignored
    assert retried == HookResult(retry=True)
    first, second = engine.said("info")
    assert first.startswith("a probe:index:Thing id-1 ") and first.endswith(" None") and "'value': 'x'" in first
    assert second == "create ['second', 'first']"
    assert engine.goal("a").properties == map_of({"value": "x", "hidden": Secret("y")})


def test_a_preview_runs_only_hooks_that_want_to_be_run_there(tmp_path: Path) -> None:
    ended, engine = run_program(tmp_path, PROGRAM, monitor=(hooking := Hooking()), dry_run=True)
    assert ended.code == 0
    assert [result.error for result in hooking.results] == ["", "", ""]
    assert engine.said("info") == []


def test_a_name_can_be_taken_once(tmp_path: Path) -> None:
    code = PROGRAM.replace('pulumi.ErrorHook("again"', 'pulumi.ErrorHook("note"')
    ended, engine = run_program(tmp_path, code, monitor=Hooking())
    assert ended.code == 32
    assert 'resource hook already registered for name "note"' in "\n".join(engine.said("error"))
