"""`stack` in all its verbs, on real files."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine

URN = "urn:pulumi:dev::proj::"


def deployment(*resources: dict[str, object], **fields: object) -> str:
    """An export of stack `dev` with a root that has outputs, and these resources."""
    outputs = {
        "plain": "text",
        "number": 1.5,
        "map": {"a": "<b>&"},
        "quoted": "it's $HOME",
        "hidden": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hush"'},
    }
    root = {
        "urn": f"{URN}pulumi:pulumi:Stack::proj-dev",
        "custom": False,
        "type": "pulumi:pulumi:Stack",
        "outputs": outputs,
    }
    return json.dumps({"version": 3, "deployment": {**fields, "resources": [root, *resources], "metadata": {}}})


def bucket(name: str, **fields: object) -> dict[str, object]:
    return {"urn": f"{URN}aws:s3/bucket:Bucket::{name}", "custom": True, "id": name, "type": "aws:s3/bucket:Bucket"} | (
        fields
    )


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test of this module leaves what `filled` made: finding a key takes a third of a second."""
    return tmp_path_factory.mktemp("filled")


@pytest.fixture
def filled(bare: CommandLine, template: Path) -> CommandLine:
    """Stack `dev` with outputs, one of them secret, and two buckets."""
    backend = Path(bare.environ["PULUMI_BACKEND_URL"].removeprefix("file://"))
    if not (template / "backend").exists():
        bare.out("stack", "init", "dev")
        providers = json.loads(bare.out("stack", "export"))["deployment"]["secrets_providers"]
        text = deployment(bucket("a"), bucket("b", dependencies=[bucket("a")["urn"]]), secrets_providers=providers)
        bare.out("stack", "import", stdin=text)
        shutil.copy(bare.directory / "Pulumi.dev.yaml", template)
        shutil.copytree(backend, template / "backend")
    else:
        shutil.copy(template / "Pulumi.dev.yaml", bare.directory)
        shutil.copytree(template / "backend", backend, dirs_exist_ok=True)
        bare.out("stack", "select", "dev")
    return bare


def state_file(run: CommandLine, stack: str = "dev") -> Path:
    return Path(run.environ["PULUMI_BACKEND_URL"].removeprefix("file://")) / f".pulumi/stacks/proj/{stack}.json"


def test_a_new_stack_is_selected_and_its_full_name_is_told(bare: CommandLine) -> None:
    done = bare("stack", "init", "prod")
    assert done.code == 0
    assert done.err.splitlines() == ["Created stack 'prod'", "@ Full name: organization/proj/prod"]
    assert bare.out("stack", "--show-name") == "prod\n"
    assert bare.out("stack", "--show-name", "-Q") == "organization/proj/prod\n"


def test_a_stack_that_exists_is_not_made_again_and_its_settings_stay(run: CommandLine) -> None:
    before = run.settings
    done = run("stack", "init", "dev")
    assert (done.code, done.err) == (1, "error: stack 'organization/proj/dev' already exists\n")
    assert run.settings == before


def test_outputs_are_masked_unless_secrets_are_asked_for(filled: CommandLine) -> None:
    assert json.loads(filled.out("stack", "output", "--json"))["hidden"] == "[secret]"
    assert filled.out("stack", "output", "hidden", "--show-secrets") == "hush\n"


def test_masked_outputs_need_no_passphrase(filled: CommandLine) -> None:
    done = filled("stack", "output", "plain", environ={"PULUMI_CONFIG_PASSPHRASE": None})
    assert (done.code, done.out) == (0, "text\n")


def test_secret_outputs_with_a_wrong_passphrase_are_refused(filled: CommandLine) -> None:
    done = filled("stack", "output", "--show-secrets", environ={"PULUMI_CONFIG_PASSPHRASE": "wrong"})
    assert done.code == 1
    assert "incorrect passphrase" in done.err
    assert "hush" not in done.out + done.err


def test_outputs_in_every_form(filled: CommandLine) -> None:
    assert filled.out("stack", "output", "map") == '{"a":"<b>&"}\n'
    assert "number=1.5\n" in filled.out("stack", "output", "--shell")
    assert "quoted='it'\\''s $HOME'\n" in filled.out("stack", "output", "--shell")
    assert filled.out("stack", "output", "number", "--stack", "organization/proj/dev") == "1.5\n"


def test_an_output_that_is_not_there_is_an_error(filled: CommandLine) -> None:
    done = filled("stack", "output", "none")
    assert (done.code, done.err) == (1, "error: current stack does not have output property 'none'\n")


def test_an_export_imported_again_is_the_same_state(filled: CommandLine, tmp_path: Path) -> None:
    exported = filled.out("stack", "export")
    (tmp_path / "state.json").write_text(exported)
    filled.out("stack", "import", "--file", str(tmp_path / "state.json"))
    assert json.loads(filled.out("stack", "export")) == json.loads(exported)


def test_an_export_is_private_and_keeps_secrets_sealed(filled: CommandLine, tmp_path: Path) -> None:
    os.umask(0o022)
    file = tmp_path / "state.json"
    filled.out("stack", "export", "--file", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert "hush" not in file.read_text()


def test_an_export_to_where_no_file_can_be_is_the_users_mistake(filled: CommandLine, tmp_path: Path) -> None:
    done = filled("stack", "export", "--file", str(tmp_path / "nowhere" / "state.json"))
    assert done.code != 0
    assert done.err.startswith("error: could not open file: open ") and "bug" not in done.err


def test_no_secret_is_in_plain_text_in_the_state(filled: CommandLine) -> None:
    assert "hush" not in state_file(filled).read_text()


def test_an_import_of_another_stack_needs_force(filled: CommandLine) -> None:
    other = deployment(bucket("x")).replace("urn:pulumi:dev", "urn:pulumi:prod").replace("hidden", "shown")
    other = other.replace('"plaintext": "\\"hush\\""', '"ciphertext": "v1:a:b"')
    done = filled("stack", "import", stdin=other)
    assert done.code == 1
    assert done.err.startswith("error: 3 errors occurred:\n    1) resource 'urn:pulumi:prod::proj::pulumi")
    assert done.err.endswith("    3) importing this file could be dangerous; rerun with --force to proceed anyway\n")


def test_secrets_without_a_key_cannot_be_imported(filled: CommandLine) -> None:
    before = state_file(filled).read_bytes()
    done = filled("stack", "import", stdin=deployment())
    assert done.code == 1
    assert "secrets_providers" in done.err
    assert state_file(filled).read_bytes() == before


def test_an_unsound_file_is_not_imported(filled: CommandLine) -> None:
    done = filled("stack", "import", stdin=deployment(bucket("b", dependencies=[bucket("ghost")["urn"]])))
    assert done.code == 1
    assert "state file contains errors" in done.err


def test_a_renamed_stack_has_new_urns_its_settings_and_its_outputs(filled: CommandLine) -> None:
    assert filled.out("stack", "rename", "prod") == "Renamed dev to prod\n"
    exported = json.loads(filled.out("stack", "export"))["deployment"]["resources"]
    assert exported[0]["urn"] == "urn:pulumi:prod::proj::pulumi:pulumi:Stack::proj-prod"
    assert exported[2]["dependencies"] == ["urn:pulumi:prod::proj::aws:s3/bucket:Bucket::a"]
    assert not (filled.directory / "Pulumi.dev.yaml").exists()
    assert filled.out("stack", "output", "hidden", "--show-secrets") == "hush\n"
    assert json.loads(filled.out("stack", "ls", "--json"))[0] | {"lastUpdate": ""} == {
        "name": "prod",
        "current": True,
        "lastUpdate": "",
        "resourceCount": 3,
    }


def test_a_stack_with_resources_is_removed_only_by_force(filled: CommandLine) -> None:
    done = filled("stack", "rm", "dev", "--yes")
    assert done.code == 1
    assert "'dev' still has resources; removal rejected" in done.err
    assert filled.out("stack", "rm", "dev", "--yes", "--force") == "Stack 'dev' has been removed!\n"
    assert filled("stack", "output", "--stack", "dev").code == 6
    assert not (filled.directory / "Pulumi.dev.yaml").exists()
    assert state_file(filled).with_suffix(".json.bak").exists()


def test_a_corrupt_state_is_named_and_never_overwritten(filled: CommandLine) -> None:
    state_file(filled).write_text("{broken")
    for command in (["stack", "output"], ["stack", "export"], ["stack", "rename", "prod"], ["stack", "rm", "--yes"]):
        done = filled(*command)
        assert done.code == 1
        assert "invalid character 'b' looking for beginning of object key string" in done.err
    assert state_file(filled).read_text() == "{broken"


def test_a_state_of_a_newer_pulumi_is_refused(filled: CommandLine) -> None:
    content = json.loads(state_file(filled).read_text())
    state_file(filled).write_text(json.dumps({**content, "version": 5}))
    assert "unsupported checkpoint version 5" in filled("stack").err
    state_file(filled).write_text(json.dumps({**content, "version": 4, "features": ["teleport"]}))
    assert "teleport" in filled("stack").err


def test_who_holds_a_lock_is_told_and_cancel_frees_it(filled: CommandLine) -> None:
    locks = state_file(filled).parents[2] / "locks/organization/proj/dev"
    (locks / "someone.json").write_text(
        '{"pid": 7, "username": "ann", "hostname": "elsewhere", "timestamp": "2026-01-31T09:00:00.123Z"}'
    )
    done = filled("stack", "rm", "--yes", "--force")
    assert done.code == 1
    assert "created by ann@elsewhere (pid 7) at 2026-01-31T09:00:00Z" in done.err
    assert "pulumi cancel" in done.err
    assert filled.out("cancel", "--yes") == "The currently running update for 'dev' has been canceled!\n"
    assert filled("stack", "rm", "--yes", "--force").code == 0


def test_the_tree_of_resources(filled: CommandLine) -> None:
    lines = filled.out("stack", "-i").splitlines()
    start = lines.index("Current stack resources (3):")
    assert lines[start + 1 : start + 7] == [
        "    TYPE                     NAME",
        "    pulumi:pulumi:Stack      proj-dev",
        "    ├─ aws:s3/bucket:Bucket  a",
        "    │     ID: a",
        "    └─ aws:s3/bucket:Bucket  b",
        "          ID: b",
    ]


def test_the_graph_shows_dependencies(filled: CommandLine, tmp_path: Path) -> None:
    filled.out("stack", "graph", str(tmp_path / "g.dot"), "--short-node-name")
    text = (tmp_path / "g.dot").read_text()
    assert re.search(r'Resource0 \[label="a"\];\n    Resource0 -> Resource1 \[color="#246C60"\];', text)


def test_a_new_passphrase_opens_configuration_and_state_and_the_old_one_does_not(filled: CommandLine) -> None:
    filled.out("config", "set", "--secret", "token", "quiet")
    filled.out("stack", "change-secrets-provider", "passphrase", stdin="new\n")
    new = {"PULUMI_CONFIG_PASSPHRASE": "new"}
    assert filled("config", "get", "token", environ=new).out == "quiet\n"
    assert filled("stack", "output", "hidden", "--show-secrets", environ=new).out == "hush\n"
    assert filled("stack", "output", "hidden", "--show-secrets").code == 1


def test_a_stack_of_a_backend_with_the_old_layout_is_refused(run: CommandLine) -> None:
    root = state_file(run).parents[2]
    (root / "meta.yaml").unlink()
    (root / "stacks/old.json").write_text("{}")
    done = run("stack", "ls")
    assert done.code == 1
    assert "pulumi state upgrade" in done.err
    (root / "stacks/old.json").unlink()
    (root / "meta.yaml").write_text("version: 2\n")
    assert "'meta.yaml' version (2) is not supported" in run("stack", "ls").err


@pytest.mark.parametrize("variable", ["PULUMI_DIY_BACKEND_GZIP", "PULUMI_SELF_MANAGED_STATE_GZIP"])
def test_states_can_be_compressed(filled: CommandLine, variable: str) -> None:
    exported = filled.out("stack", "export")
    filled.environ[variable] = "true"
    filled.out("stack", "import", stdin=exported)
    assert not state_file(filled).exists()
    assert state_file(filled).with_suffix(".json.gz").read_bytes()[:2] == b"\x1f\x8b"
    assert json.loads(filled.out("stack", "export")) == json.loads(exported)


def test_a_moved_resource_has_its_secrets_sealed_with_the_key_of_its_new_stack(filled: CommandLine) -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"deep"'}
    providers = json.loads(filled.out("stack", "export"))["deployment"]["secrets_providers"]
    text = deployment(bucket("a", inputs={"key": secret}), secrets_providers=providers)
    filled.out("stack", "import", stdin=text)
    other = {"PULUMI_CONFIG_PASSPHRASE": "other"}
    assert filled("stack", "init", "prod", "--no-select").code == 0
    filled.out("stack", "change-secrets-provider", "passphrase", "--stack", "prod", stdin="open sesame\n")
    done = filled("state", "move", "--dest", "prod", "--yes", f"{URN}aws:s3/bucket:Bucket::a")
    assert done.code == 0, done.err
    moved = json.loads(filled.out("stack", "export", "--stack", "prod", "--show-secrets"))["deployment"]["resources"]
    assert moved[-1]["urn"] == "urn:pulumi:prod::proj::aws:s3/bucket:Bucket::a"
    assert moved[-1]["inputs"]["key"]["plaintext"] == '"deep"'
    assert filled("stack", "export", "--stack", "prod", "--show-secrets", environ=other).code == 1
