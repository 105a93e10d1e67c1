"""`new`: projects from templates that come with rolecall, that are in Pulumi's home, or in a directory."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from rolecall.project.template import BUILT_IN
from tests.cli.command_line import CommandLine


@pytest.fixture
def place(bare: CommandLine) -> CommandLine:
    """An empty directory."""
    (bare.directory / "Pulumi.yaml").unlink()
    return bare


def template(directory: Path, project: str = "name: ${PROJECT}\ndescription: ${DESCRIPTION}\n") -> Path:
    (directory / "src").mkdir(parents=True)
    (directory / "Pulumi.yaml").write_text(
        project
        + "template:\n  description: of ours\n  config:\n    size: {default: 3}\n    aws:region: {default: eu-west-1}\n"
        "    token: {secret: true}\n    open: {description: may stay empty}\n"
    )
    (directory / "src" / "app.txt").write_text("this is ${PROJECT}: ${DESCRIPTION}\n")
    (directory / "src" / "picture").write_bytes(b"\xff\0${PROJECT}")
    (directory / ".git").mkdir()
    (directory / ".git" / "HEAD").write_text("ref")
    return directory


@pytest.mark.parametrize("name", sorted(path.name for path in BUILT_IN.iterdir()))
def test_each_template_makes_a_project_that_can_be_read(place: CommandLine, name: str) -> None:
    done = place("new", name, "--generate-only", "--yes", "--name", "shop", "--description", "it's: a shop")
    assert done.code == 0, done.err
    assert done.out.startswith("Created project 'shop'\n\nYour new project is ready to go!\n")
    assert "1. pulumi install\n" in done.out and "2. pulumi stack init\n" in done.out
    project = yaml.safe_load((place.directory / "Pulumi.yaml").read_text())
    assert (project["name"], project["description"], project["runtime"]["name"]) == ("shop", "it's: a shop", "python")
    assert "template" not in project and project["config"]["pulumi:tags"]["value"] == {"pulumi:template": name}
    ast.parse((place.directory / "__main__.py").read_text())
    assert {"requirements.txt", ".gitignore"} <= {path.name for path in place.directory.iterdir()}
    assert place.out("stack", "init", "dev") == ""


def test_a_template_of_a_directory_becomes_a_project_with_a_stack_and_its_configuration(
    place: CommandLine, tmp_path: Path
) -> None:
    template(tmp_path / "mine")
    done = place("new", "../mine", "--yes", "-c", "token=hush", "--dir", "shop")
    assert done.code == 0, done.err
    assert done.out.startswith("Created project 'shop'\n") and "run `cd shop`, then, run `pulumi up`" in done.out
    assert done.err == "Created stack 'dev'\n"
    shop = place.directory / "shop"
    assert (shop / "src" / "app.txt").read_text() == "this is shop: of ours\n"
    assert (shop / "src" / "picture").read_bytes() == b"\xff\0${PROJECT}"
    assert not (shop / ".git").exists()
    settings = yaml.safe_load((shop / "Pulumi.dev.yaml").read_text())["config"]
    assert settings["shop:size"] == "3" and settings["aws:region"] == "eu-west-1" and "shop:open" not in settings
    assert set(settings["shop:token"]) == {"secure"}


def test_templates_in_the_home_of_pulumi_are_found_by_name(place: CommandLine, tmp_path: Path) -> None:
    template(tmp_path / "home" / ".pulumi" / "templates" / "ours")
    assert "ours                    of ours" in place.out("new", "--list-templates")
    place.out("new", "ours", "--yes", "--stack", "organization/cart/prod")
    assert (place.directory / "src" / "app.txt").read_text() == "this is cart: of ours\n"
    assert place.out("stack", "ls", "--json").count('"name": "prod"') == 1


def test_what_is_there_is_not_overwritten_without_being_told(place: CommandLine) -> None:
    (place.directory / ".git").mkdir()
    (place.directory / "__main__.py").write_text("precious")
    refused = place("new", "python", "--yes", "--generate-only")
    assert refused.code == 1 and f"error: {place.directory} is not empty; use --force" in refused.err
    assert (place.directory / "__main__.py").read_text() == "precious"
    assert place("new", "python", "--yes", "--generate-only", "--force").code == 0
    assert (place.directory / "__main__.py").read_text() != "precious"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("new", "python"), "error: non-interactive mode requires --yes flag\n"),
        (("new", "nope", "--yes"), "error: template 'nope' not found\nThere are: aws-python, "),
        (("new", "./nope", "--yes"), "error: template './nope' not found: "),
        (("new", "https://example.com/x", "--yes"), "error: rolecall does not fetch templates: "),
        (
            ("new", "python", "--yes", "--name", "a b"),
            "error: 'a b' is not a valid project name: a project name may only",
        ),
        (("new", "python", "--yes", "--runtime-options", "x"), 'error: invalid runtime option "x"'),
        (("new", "--yes", "--ai", "a bucket"), "error: --ai needs Pulumi Cloud"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(
    place: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    done = place(*arguments)
    assert done.code != 0 and done.err.startswith(message), done.err
    assert list(place.directory.iterdir()) == []


def test_without_a_template_nobody_can_be_asked_and_a_bare_project_is_made(place: CommandLine) -> None:
    place.out("new", "--yes", "--name", "bare")
    assert (place.directory / "Pulumi.yaml").read_text() == "name: bare\n"


def test_runtime_options_are_added_to_those_of_the_template(place: CommandLine) -> None:
    place.out("new", "python", "-y", "-g", "--runtime-options", "toolchain=uv,typechecker=mypy")
    project = yaml.safe_load((place.directory / "Pulumi.yaml").read_text())
    assert project["runtime"]["options"] == {"toolchain": "uv", "virtualenv": "venv", "typechecker": "mypy"}


def test_a_link_out_of_a_template_is_not_followed(place: CommandLine, tmp_path: Path) -> None:
    made = template(tmp_path / "mine")
    (tmp_path / "private").write_text("secret")
    (made / "stolen").symlink_to(tmp_path / "private")
    done = place("new", "../mine", "--yes")
    assert done.code == 1 and "'stolen' is a link that leads out of the template" in done.err
    assert list(place.directory.iterdir()) == []
