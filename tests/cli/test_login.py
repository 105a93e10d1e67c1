"""Where state is kept: login, logout, whoami, about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine


@pytest.fixture
def nowhere(bare: CommandLine) -> CommandLine:
    """A project without any backend chosen."""
    del bare.environ["PULUMI_BACKEND_URL"]
    return bare


def test_without_a_backend_a_login_is_asked_for_with_code_3(nowhere: CommandLine) -> None:
    done = nowhere("whoami")
    assert done.code == 3
    assert "pulumi login file://DIR" in done.err


def test_a_login_is_remembered_and_forgotten_without_touching_pulumis(nowhere: CommandLine, tmp_path: Path) -> None:
    home = tmp_path / "home" / ".pulumi"
    home.mkdir()
    credentials = '{"current": "https://api.pulumi.com", "accounts": {}}'
    (home / "credentials.json").write_text(credentials)
    url = f"file://{tmp_path / 'backend'}"
    assert f" ({url})\n" in nowhere.out("login", url)
    assert json.loads(nowhere.out("whoami", "--json"))["url"] == url
    assert nowhere.out("logout") == f"Logged out of {url}\n"
    assert "https://api.pulumi.com" in nowhere("whoami").err
    assert (home / "credentials.json").read_text() == credentials


def test_pulumis_own_login_is_followed_where_there_is_no_other(nowhere: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text(json.dumps({"current": f"file://{tmp_path / 'backend'}"}))
    nowhere.environ["PULUMI_CREDENTIALS_PATH"] = str(tmp_path)
    nowhere.out("stack", "init", "dev")
    assert (tmp_path / "backend" / ".pulumi" / "stacks" / "proj" / "dev.json").exists()


def test_the_environment_wins_over_the_project_and_the_project_over_a_login(bare: CommandLine, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    environment = bare.environ.pop("PULUMI_BACKEND_URL")
    bare.out("login", f"file://{tmp_path / 'one'}")
    (bare.directory / "Pulumi.yaml").write_text(f"name: proj\nbackend:\n  url: file://{tmp_path / 'two'}\n")
    assert "two\n" in bare.out("whoami", "-v")
    bare.environ["PULUMI_BACKEND_URL"] = environment
    assert environment in bare.out("whoami", "-v")
    assert "which wins over this login" in bare("login", f"file://{tmp_path / 'one'}").err


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("nonsense", "unknown backend cloudUrl format 'nonsense' (supported Url formats are: azblob://, gs://,"),
        ("https://api.pulumi.com", 'could not log in to the state backend "https://api.pulumi.com": '),
        ("file://nowhere", 'could not log in to the state backend "file://nowhere": '),
        ("s3://bucket", 'could not log in to the state backend "s3://bucket": '),
    ],
)
def test_a_backend_that_cannot_be_used_is_refused_and_not_remembered(
    nowhere: CommandLine, url: str, problem: str
) -> None:
    done = nowhere("login", url)
    assert done.code == 1
    assert problem in done.err
    assert nowhere("whoami").code == 3


def test_a_relative_directory_means_the_same_from_elsewhere(nowhere: CommandLine, tmp_path: Path) -> None:
    nowhere.out("login", "file://../backend")
    nowhere.directory = tmp_path
    assert json.loads(nowhere.out("whoami", "--json"))["url"] == f"file://{tmp_path / 'backend'}"


def test_about_never_fails_and_says_what_it_could_not_find(nowhere: CommandLine) -> None:
    done = nowhere("about", "--json")
    assert done.code == 0
    found = json.loads(done.out)
    assert found["backend"] is None
    assert found["runtime"] == {"language": "python"}
    assert len(found["errors"]) == 2
    assert done.err.count("warning: ") == 2


def test_about_shows_the_stack(run: CommandLine) -> None:
    found = json.loads(run.out("about", "--json"))
    assert found["currentStack"]["fullyQualifiedName"] == "organization/proj/dev"
    assert found["errors"] == []
    assert "Current Stack: organization/proj/dev" in run.out("about")


def test_install_outside_a_project_says_so(bare: CommandLine, tmp_path: Path) -> None:
    bare.directory = tmp_path
    assert "no Pulumi.yaml project file found (searching upwards from" in bare("install").err


def test_a_selection_made_by_one_tool_is_seen_by_the_other(run: CommandLine, tmp_path: Path) -> None:
    [file] = (tmp_path / "home" / ".pulumi" / "workspaces").iterdir()
    assert file.name.startswith("proj-")
    url = run.environ["PULUMI_BACKEND_URL"]
    assert json.loads(file.read_text()) == {"stacks": {url: "organization/proj/dev"}}
    run.out("stack", "init", "prod", "--no-select")
    file.write_text(json.dumps({"stack": "organization/proj/prod"}))
    assert run.out("stack", "--show-name") == "prod\n"


@pytest.mark.parametrize("name", ["PULUMI_STACK", "PULUMI_OPTION_STACK"])
def test_a_stack_can_be_named_by_the_environment(run: CommandLine, name: str) -> None:
    run.out("stack", "init", "prod", "--no-select")
    assert run("stack", "--show-name", environ={name: "prod"}).out == "prod\n"
    assert run("stack", "--show-name", environ={name: "none"}).code == 6
