"""Which provider versions a program's environment asks for."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from rolecall.model.goal import PackageRequest, Parameterization
from rolecall.program.packages import default_packages, package_of_distribution, required_packages, semantic_version
from rolecall.program.source import Program
from tests.fakes.engine import interpreter_first


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.2.3", "1.2.3"),
        ("1.2", "1.2.0"),
        ("7", "7.0.0"),
        ("1.2.3.4", "1.2.3"),
        ("6.0.0a3", "6.0.0-alpha.3"),
        ("6.0.0b1", "6.0.0-beta.1"),
        ("6.0.0rc2", "6.0.0-rc.2"),
        ("1.0.0.post1", "1.0.0+post1"),
        ("1.0.0a1.dev7", "1.0.0-alpha.1+dev7"),
        ("1!2.0", None),
        ("", ""),
    ],
)
def test_a_python_version_has_a_semantic_equivalent(version: str, expected: str | None) -> None:
    assert semantic_version(version) == expected


@pytest.mark.parametrize(
    ("plugin", "expected"),
    [
        (None, PackageRequest("thing", "1.0.0")),
        ({"resource": True}, PackageRequest("thing", "1.0.0")),
        ({"resource": False}, None),
        ({"resource": True, "name": "other", "version": "v2.0.0"}, PackageRequest("other", "2.0.0")),
        ({"server": "https://x/"}, PackageRequest("thing", "1.0.0", "https://x")),
        (
            {"name": "base", "version": "3.0.0", "parameterization": {"name": "n", "version": "v4", "value": "eA=="}},
            PackageRequest("n", "4", parameterization=Parameterization("base", "3.0.0", b"x")),
        ),
    ],
)
def test_what_a_package_says_of_its_plugin_comes_before_what_its_name_says(
    plugin: dict[str, Any] | None, expected: PackageRequest | None
) -> None:
    found = {"distribution": "pulumi-thing", "distributionVersion": "1.0.0", "plugin": plugin}
    assert package_of_distribution(found) == expected


def test_the_programs_environment_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    for directory, name, version in (("pulumi_one", "one", "1.1.1"), ("custom_sdk", "two", "2.2.2")):
        (site / directory).mkdir(parents=True)
        plugin = {"resource": True, "name": name, "version": version}
        (site / directory / "pulumi-plugin.json").write_text(json.dumps(plugin))
    (site / "pulumi_three-3.3.3rc1.dist-info").mkdir()
    (site / "unrelated-1.0.dist-info").mkdir()
    (site / "broken").mkdir()
    (site / "broken" / "pulumi-plugin.json").write_text("{")
    monkeypatch.setenv("PATH", interpreter_first(sys.executable))
    monkeypatch.setenv("PYTHONPATH", str(site))
    found = asyncio.run(required_packages(Program(tmp_path, tmp_path)))
    versions = {package.name: package.version for package in found}
    assert (versions["one"], versions["two"], versions["three"]) == ("1.1.1", "2.2.2", "3.3.3-rc.1")
    assert "unrelated" not in versions


def test_the_highest_version_of_each_package_is_the_default() -> None:
    found = [PackageRequest("a", v) for v in ("1.9.0", "1.10.0", "", "1.10.0-rc.1")]
    assert default_packages(found, [PackageRequest("b", "1.0.0")]) == {"a": PackageRequest("a", "1.10.0")}


def test_the_state_is_asked_only_when_the_environment_has_nothing() -> None:
    known = [PackageRequest("b", ""), PackageRequest("b", "1.0.0")]
    assert default_packages([], known) == {"b": PackageRequest("b", "1.0.0")}
