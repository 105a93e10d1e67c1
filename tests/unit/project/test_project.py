"""Project files: found, read, and refused with reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.errors import RolecallError
from rolecall.project import declarations
from rolecall.project.files import MalformedFile
from rolecall.project.keys import ConfigKey
from rolecall.project.project import InvalidProject, Project, check_required_version, find
from rolecall.project.values import Sealed


def project(tmp_path: Path, text: str, name: str = "Pulumi.yaml") -> Project:
    path = tmp_path / name
    path.write_text(text)
    return Project.load(path)


def test_the_nearest_project_file_above_is_found(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").touch()
    (tmp_path / "a" / "Pulumi.yml").touch()
    assert find(inner) == tmp_path / "a" / "Pulumi.yml"
    assert find(tmp_path) == tmp_path / "Pulumi.yaml"


def test_everything_that_a_project_says_is_read(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        "\ufeffname: proj\nruntime: {name: python, options: {toolchain: uv}}\nmain: app/\ndescription: what\n"
        "stackConfigDir: stacks\nbackend: {url: 'file://x'}\noptions: {refresh: always}\n"
        "plugins: {providers: [{name: p, path: ./p, version: 1.0.0}]}\nrequiredPulumiVersion: '>=3.0.0'\nown: [1]\n",
    )
    assert (found.name, found.runtime, found.runtime_options, found.main) == (
        "proj",
        "python",
        {"toolchain": "uv"},
        "app/",
    )
    assert (found.stack_config_dir, found.backend_url, found.refresh_always) == ("stacks", "file://x", True)
    assert found.plugins[0].kind == "resource"
    assert found.raw["own"] == [1]


def test_config_as_text_is_the_older_way_to_name_the_directory_of_settings(tmp_path: Path) -> None:
    assert project(tmp_path, "name: p\nconfig: stacks\n").stack_config_dir == "stacks"
    with pytest.raises(InvalidProject, match="Should not use both config and stackConfigDir"):
        project(tmp_path, "name: p\nconfig: a\nstackConfigDir: b\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("runtime: python\n", "project is missing a 'name' attribute"),
        ("nmae: p\n", "project is missing a 'name' attribute; found 'nmae' instead"),
        ("name: ''\n", "project is missing a non-empty string 'name' attribute"),
        ("name: 5\n", "project is missing a non-empty string 'name' attribute"),
        ("- a\n", "expected project to be an object, was 'array'"),
        ("", "expected project to be an object, was 'null'"),
        ("name: p\nruntime: [x]\n", "#/runtime: expected string or object, but got array"),
        ("name: p\nruntime: {nam: x}\n", "#/runtime: missing properties: 'name'"),
        ("name: p\nmain: 5\n", "#/main: expected string, but got number"),
        ("name: p\nbackend: {ulr: x}\n", "#/backend: additionalProperties 'ulr' not allowed; did you mean 'url'?"),
        ("name: p\nconfig: {a: {typ: string}}\n", "not allowed; did you mean 'type'?"),
        ("name: p\nconfig: {a: {type: number}}\n", "#/config/a/type: value must be one of"),
        ("name: p\nconfig: {a: {type: array}}\n", "declares an array but does not specify the underlying type"),
        ("name: p\nconfig: {a: {type: integer, default: x}}\n", "is not of the expected type 'integer'"),
        ("name: p\nconfig: {a: {default: 1, value: 2}}\n", "cannot have both a 'default' and 'value'"),
        ("name: p\nconfig: {'x:a': {type: string}}\n", "is not namespaced by the project and should not define a type"),
        ("name: p\nconfig: {'x:a': {default: 1}}\n", "should not define a default value"),
        ("name: p\nconfig: {'x:a': {description: d}}\n", "is namespaced and must provide an attribute 'value'"),
    ],
)
def test_what_is_wrong_with_a_project_is_said_with_its_path(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InvalidProject) as raised:
        project(tmp_path, text)
    assert raised.value.summary.startswith(f"could not validate '{tmp_path / 'Pulumi.yaml'}': ")
    assert problem in raised.value.summary


def test_malformed_yaml_is_shown_with_file_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(MalformedFile) as raised:
        project(tmp_path, "name: proj\nruntime: a: b\n")
    assert (raised.value.line, raised.value.column) == (2, 11)
    path = tmp_path / "Pulumi.yaml"
    assert raised.value.excerpt == f"  {path}:2:11\n   |\n 2 | runtime: a: b\n   |           ^"


def test_malformed_json_is_shown_with_file_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(MalformedFile, match=r"invalid JSON file: line 2, column 9"):
        project(tmp_path, '{"name": "p",\n"main": x}', "Pulumi.json")


@pytest.mark.parametrize(
    ("wanted", "fits"), [(">=3.0.0", True), (">=3.0.0 !3.260.0", False), ("3.x", True), ("<3.0.0", False)]
)
def test_a_project_may_require_a_version(tmp_path: Path, wanted: str, fits: bool) -> None:
    found = project(tmp_path, f"name: p\nrequiredPulumiVersion: '{wanted}'\n")
    if fits:
        check_required_version(found, "v3.260.0")
        return
    with pytest.raises(RolecallError, match="does not satisfy the version range"):
        check_required_version(found, "v3.260.0")


DECLARED = """\
name: proj
config:
  short: blue
  proj:number: {type: integer, default: 3}
  list: {type: array, items: {type: array, items: {type: boolean}}}
  key: {type: string, secret: true}
  optional: {description: only described, default: ''}
  aws:region: eu-west-1
"""


def test_defaults_fill_in_what_a_stack_does_not_set(tmp_path: Path) -> None:
    declared = project(tmp_path, DECLARED).declarations
    applied, missing = declarations.apply({ConfigKey("proj", "short"): "red"}, declared)
    assert {str(key): value for key, value in applied.items()} == {
        "proj:short": "red", "proj:number": "3", "aws:region": "eu-west-1", "proj:optional": "",
    }  # fmt: skip
    assert missing == ["key", "list"]
    assert declarations.missing_error("dev", missing).summary == (
        "Stack 'dev' is missing configuration values 'key' and 'list'"
    )
    assert str(declarations.missing_error("dev", ["c", "a", "b"])).endswith("values 'a', 'b' and 'c'")


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("number", "many", "Stack 'dev' with configuration key 'proj:number' must be of type 'integer'"),
        ("number", "-12", ""),
        ("list", [[True], ["false"]], ""),
        ("list", [["maybe"]], "Stack 'dev' with configuration key 'list' must be of type 'array<array<boolean>>'"),
        ("key", "plain", "Stack 'dev' with configuration key 'key' must be encrypted as it's secret"),
        ("key", Sealed("x"), ""),
        ("short", [1], ""),
    ],
)
def test_values_are_held_against_their_declared_types(tmp_path: Path, name: str, value: object, problem: str) -> None:
    declared = project(tmp_path, DECLARED).declarations
    config = {ConfigKey("proj", name): value}
    if not problem:
        declarations.validate("dev", config, declared, str)
        return
    with pytest.raises(declarations.InvalidConfig) as raised:
        declarations.validate("dev", config, declared, str)
    assert raised.value.summary == problem
