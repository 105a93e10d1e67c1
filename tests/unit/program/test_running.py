"""Real programs run against a granting engine: what they ask for, what they say, and how they end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rolecall.model.goal import Aborted, Goal, Registered
from rolecall.model.value import Asset, Reference, Secret, map_of
from tests.fakes.engine import Granting, interpreter_first, run_program

THING = """
import pulumi

class Thing(pulumi.CustomResource):
    out: pulumi.Output
    def __init__(self, name, opts=None, **inputs):
        super().__init__("probe:index:Thing", name, {"out": None, **inputs}, opts)
"""


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", interpreter_first(sys.executable))


def test_a_program_gets_its_settings_and_says_what_it_wants(tmp_path: Path) -> None:
    code = (
        THING
        + """
config = pulumi.Config()
a = Thing("a", plain=config.require("plain"), hidden=config.require_secret("hidden"), text=pulumi.StringAsset("hi"))
Thing("b", pulumi.ResourceOptions(depends_on=[a], protect=True), of=a, value=a.plain if hasattr(a, "plain") else 1)
pulumi.export("who", f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}")
pulumi.export("dry", pulumi.runtime.is_dry_run())
"""
    )
    ended, engine = run_program(tmp_path, code, dry_run=True)
    assert (ended.code, ended.message, engine.has_finished) == (0, "", True)
    a, b = engine.goal("a"), engine.goal("b")
    asset = Asset(text="hi", hash="8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4")
    assert a.properties == map_of({"plain": "value", "hidden": Secret("geheim"), "text": asset})
    assert a.source_position == "project:///__main__.py#10"
    assert b.protect is True and len(b.dependencies) == 1
    assert isinstance(b.properties["of"], Reference)
    assert engine.outputs["proj-dev"] == map_of({"who": "acme/proj/dev", "dry": True})


def test_what_a_program_prints_is_said_line_by_line(tmp_path: Path) -> None:
    code = "import sys; print('one\\ntwo'); print('oops', file=sys.stderr); sys.stdout.write('unended')"
    _, engine = run_program(tmp_path, code)
    assert engine.said("info") == ["one", "two", "unended"]
    assert engine.said("info#err") == ["oops"]


def test_the_debug_log_is_muted_unless_asked_for(tmp_path: Path) -> None:
    code = "import pulumi; pulumi.log.debug('details'); pulumi.log.warn('careful')"
    _, engine = run_program(tmp_path, code)
    assert (engine.said("debug"), engine.said("warning")) == ([], ["careful"])
    _, engine = run_program(tmp_path, code, debug=True)
    assert "details" in engine.said("debug")


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("", 0, ""),
        ("import sys; sys.exit(0)", 0, ""),
        ("import sys; sys.exit(3)", 3, "program exited with non-zero exit code: 3"),
        ("import sys; sys.exit('words')", 1, "program exited with non-zero exit code: 1"),
        ("import pulumi; raise pulumi.RunError('read this')", 1, "program exited with non-zero exit code: 1"),
        ("raise ValueError('broken')", 32, ""),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
            -15,
            "program exited unexpectedly: signal: SIGTERM",
        ),
    ],
)
def test_how_a_program_ends_tells_whether_the_user_knows_already(
    tmp_path: Path, code: str, status: int, message: str
) -> None:
    (tmp_path / "__main__.py").write_text(code)
    ended, _ = run_program(tmp_path)
    assert (ended.code, ended.message) == (status, message)


def test_an_exception_is_reported_from_the_programs_first_line_on(tmp_path: Path) -> None:
    _, engine = run_program(tmp_path, "def f():\n    raise ValueError('broken')\n\nf()\n")
    (said,) = engine.said("error")
    first, _, rest = said.partition("\n")
    assert first == "Program failed with an unhandled exception:"
    frames = [line for line in rest.splitlines() if line.startswith("  File")]
    assert [frame.rpartition(",")[0].rpartition(",")[2] for frame in frames] == [" line 4", " line 2"]
    assert rest.rstrip().endswith("ValueError: broken")
    assert not engine.has_finished


def test_a_syntax_error_names_file_and_line_and_none_of_our_frames(tmp_path: Path) -> None:
    _, engine = run_program(tmp_path, "import pulumi\n\nx = = 1\n")
    (said,) = engine.said("error")
    assert f'File "{tmp_path}/__main__.py", line 3' in said and "SyntaxError" in said
    assert "run.py" not in said and "runpy" not in said


def test_a_run_error_is_reported_by_its_text_alone(tmp_path: Path) -> None:
    _, engine = run_program(tmp_path, "import pulumi; raise pulumi.RunError('read this')")
    assert engine.said("error") == ["read this"]


def test_a_directory_without_a_program_is_said_to_have_none(tmp_path: Path) -> None:
    ended, engine = run_program(tmp_path)
    assert ended.code == 32
    assert engine.said("error") == [f"unable to find main python program `__main__.py` in `{tmp_path}`"]


def test_a_module_that_the_program_cannot_import_is_the_programs_problem(tmp_path: Path) -> None:
    _, engine = run_program(tmp_path, "import nowhere_to_be_found")
    (said,) = engine.said("error")
    assert "ModuleNotFoundError: No module named 'nowhere_to_be_found'" in said


def test_a_program_in_a_file_can_import_what_is_beside_it(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "beside.py").write_text("NAME = 'beside'")
    (tmp_path / "src" / "app.py").write_text("import beside, os; print(beside.NAME, os.getcwd())")
    _, engine = run_program(tmp_path, main="src/app.py")
    assert engine.said("info") == [f"beside {tmp_path / 'src'}"]


def test_modules_of_ours_are_not_in_the_programs_way(tmp_path: Path) -> None:
    _, engine = run_program(tmp_path, "try:\n    import packages\nexcept ImportError:\n    print('none')")
    assert engine.said("info") == ["none"]


def test_a_python_without_the_sdk_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    (bare / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    (bare / "python3").chmod(0o755)
    monkeypatch.setenv("PATH", interpreter_first(str(bare / "python3")))
    ended, engine = run_program(tmp_path, "pass")
    assert ended.message == "program exited with non-zero exit code: 1"
    said = "\n".join(engine.said("info#err"))
    assert "the Pulumi SDK is not installed in" in said and "-m pip install -r requirements.txt" in said


class Ending(Granting):
    async def register(self, goal: Goal) -> Registered:
        if goal.name == "last":
            raise Aborted
        return await super().register(goal)


def test_a_deployment_that_is_over_ends_the_program_without_a_word(tmp_path: Path) -> None:
    ended, engine = run_program(tmp_path, THING + 'Thing("last")\n', monitor=Ending())
    assert ended.code == 130
    assert engine.lines == []


class Broken(Granting):
    async def register(self, goal: Goal) -> Registered:
        raise KeyError("a bug")


def test_a_bug_of_ours_is_kept_for_the_report_and_hangs_nobody(tmp_path: Path) -> None:
    ended, engine = run_program(tmp_path, THING + 'Thing("a")\n', monitor=Broken(may_have_bugs=True))
    assert [repr(bug) for bug in engine.bugs] == ["KeyError('a bug')"]
    assert ended.code == 32
    assert "this is a bug in rolecall" in engine.said("error")[0]


def test_transforms_run_in_order_and_change_what_is_registered(tmp_path: Path) -> None:
    code = (
        THING
        + """
def mark(text):
    def transform(args):
        trail = args.props.get("trail", "") + text
        return pulumi.ResourceTransformResult(props={**args.props, "trail": trail}, opts=args.opts)
    return transform

class Box(pulumi.ComponentResource):
    pass

def retire(args):
    args.opts.retain_on_delete = True
    return pulumi.ResourceTransformResult(props=args.props, opts=args.opts)

pulumi.runtime.register_resource_transform(mark("stack"))
box = Box("app:index:Box", "box", None, pulumi.ResourceOptions(transforms=[mark("box ")]))
Thing("a", pulumi.ResourceOptions(parent=box, transforms=[mark("own "), retire]))
Thing("b")
"""
    )
    ended, engine = run_program(tmp_path, code)
    assert ended.code == 0
    assert engine.goal("a").properties == map_of({"trail": "own box stack"})
    assert engine.goal("a").retain_on_delete is True
    assert engine.goal("b").properties == map_of({"trail": "stack"})


def test_a_transform_that_raises_fails_the_registration(tmp_path: Path) -> None:
    code = (
        THING
        + """
def wrong(args):
    raise ValueError("a wrong transform")

Thing("a", pulumi.ResourceOptions(transforms=[wrong]))
"""
    )
    ended, engine = run_program(tmp_path, code)
    assert ended.code == 32
    assert "a wrong transform" in engine.said("error")[-1]
    assert [goal.name for goal in engine.goals] == ["proj-dev"]


def test_invoke_transforms_change_the_arguments(tmp_path: Path) -> None:
    code = """
import pulumi

def louder(args):
    return pulumi.InvokeTransformResult(args={**args.args, "loud": True}, opts=args.opts)

pulumi.runtime.register_invoke_transform(louder)
pulumi.runtime.invoke_output("probe:index:echo", {"a": 1})
"""
    ended, engine = run_program(tmp_path, code)
    assert ended.code == 0, engine.lines
    assert [invoke.args for invoke in engine.invokes] == [map_of({"a": 1, "loud": True})]


def test_a_program_of_two_thousand_nested_components_finishes(tmp_path: Path) -> None:
    code = """
import pulumi
parent = None
for number in range(2000):
    parent = pulumi.ComponentResource("app:index:Box", f"box{number}", None, pulumi.ResourceOptions(parent=parent))
    if number % 10 == 9:
        parent = None
"""
    ended, engine = run_program(tmp_path, code)
    assert (ended.code, len(engine.goals)) == (0, 2001)
