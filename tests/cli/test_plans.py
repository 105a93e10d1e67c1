"""`preview --save-plan`, `up --plan` and `up --strict`, with a real program and plugin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path)
    made.out("stack", "init", "dev")
    return made


def test_an_update_does_what_was_planned_and_nothing_else(shelf: Shelf) -> None:
    plan = shelf.root / "plan.json"
    shelf.write("Thing('a', token=pulumi.Output.secret('hush'))\nThing('b', value='one')\npulumi.export('x', 1)\n")
    saved = shelf.out("preview", "--save-plan", str(plan))
    assert f"Run `pulumi up --plan='{plan}'` to constrain the update" in saved
    assert plan.stat().st_mode & 0o777 == 0o600 and "hush" not in plan.read_text()
    planned = json.loads(plan.read_text())["resourcePlans"]
    assert planned["urn:pulumi:dev::proj::shelf:index:Thing::b"]["steps"] == ["create"]
    done = shelf.up("--plan", str(plan))
    assert done.code == 0, done.out + done.err

    again = shelf.up("--plan", str(plan))
    assert again.code == 0, "doing less than planned is allowed: " + again.out + again.err
    shelf.write("Thing('a', token=pulumi.Output.secret('hush'))\npulumi.export('x', 1)\n")
    refused = shelf.up("--plan", str(plan))
    assert refused.code == 1 and shelf.things == {"a", "b"}
    assert "delete is not allowed by the plan: this resource is constrained to create" in refused.out


def test_what_was_planned_must_happen_and_outputs_too(shelf: Shelf) -> None:
    plan = shelf.root / "plan.json"
    shelf.write("Thing('a')\nThing('b')\npulumi.export('x', 1)\n")
    shelf.out("preview", "--save-plan", str(plan))
    shelf.write("Thing('a')\npulumi.export('x', 1)\n")
    refused = shelf.up("--plan", str(plan))
    urn = "urn:pulumi:dev::proj::shelf:index:Thing::b"
    assert refused.code == 1 and f"expected resource operations for {urn} but none were seen" in refused.out
    shelf.write("Thing('a')\nThing('b')\npulumi.export('x', 2)\n")
    refused = shelf.up("--plan", str(plan))
    assert refused.code == 1 and "violates plan: properties changed: +~x[{1}!={2}]" in refused.out


def test_a_new_resource_that_is_not_planned_is_not_created(shelf: Shelf) -> None:
    plan = shelf.root / "plan.json"
    shelf.write("Thing('a')\n")
    shelf.out("preview", "--save-plan", str(plan))
    shelf.write("Thing('a')\nThing('c')\n")
    refused = shelf.up("--plan", str(plan))
    assert refused.code == 1 and "c" not in shelf.things
    assert "create is not allowed by the plan: no steps were expected for this resource" in refused.out


def test_a_strict_update_does_no_more_than_its_preview_showed(shelf: Shelf) -> None:
    shelf.write("Thing('a')\nif not pulumi.runtime.is_dry_run(): Thing('surprise')\n")
    refused = shelf.run("up", "--yes", "--strict")
    assert refused.code == 1 and "not allowed by the plan" in refused.out and "surprise" not in shelf.things
    shelf.write("Thing('a')\n")
    assert shelf.run("up", "--yes", "--strict").code == 0
    both = shelf.up("--strict", "--skip-preview")
    assert both.code != 0 and "--strict and --skip-preview cannot be used together" in both.err


@pytest.mark.parametrize("text", [None, "{", '{"resourcePlans": 1}', "[]"])
def test_a_file_that_is_no_plan_is_an_error_that_names_it(shelf: Shelf, text: str | None) -> None:
    plan = shelf.root / "plan.json"
    if text is not None:
        plan.write_text(text)
    shelf.write("")
    refused = shelf.up("--plan", str(plan))
    assert refused.code == 1 and refused.err.startswith("error: could not read plan:") and str(plan) in refused.err
