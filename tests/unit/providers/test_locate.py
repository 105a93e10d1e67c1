"""Where plugins are looked for, in which order, and which are not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.model.provider import ProviderUnavailable
from rolecall.providers.plugin.locate import ProjectPlugin, locate


def executable(directory: Path, name: str = "x") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"pulumi-resource-{name}"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": str(tmp_path / "bin"), "PULUMI_HOME": str(tmp_path / "home")}


def cached(tmp_path: Path, version: str) -> Path:
    return executable(tmp_path / "home" / "plugins" / f"resource-x-v{version}")


def test_the_project_comes_before_the_path_and_the_path_before_the_cache(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    in_cache, on_path, in_project = (
        cached(tmp_path, "1.0.0"),
        executable(tmp_path / "bin"),
        executable(tmp_path / "mine"),
    )
    plugins = (ProjectPlugin("x", str(tmp_path / "mine")),)
    assert locate("x", "1.0.0", plugins, environment).executable == in_project
    found = locate("x", "1.0.0", (), environment)
    assert (found.executable, found.origin) == (on_path, "path")
    ignoring = {**environment, "PULUMI_IGNORE_AMBIENT_PLUGINS": "true"}
    assert locate("x", "1.0.0", (), ignoring).executable == in_cache


def test_a_project_plugin_serves_only_the_version_it_states(tmp_path: Path, environment: dict[str, str]) -> None:
    executable(tmp_path / "mine")
    plugins = (ProjectPlugin("x", str(tmp_path / "mine"), "2.0.0"),)
    assert locate("x", "2.0.0", plugins, environment).origin == "project"
    assert locate("x", "", plugins, environment).origin == "project"
    with pytest.raises(ProviderUnavailable):
        locate("x", "1.0.0", plugins, environment)


def test_without_a_version_the_newest_is_taken(tmp_path: Path, environment: dict[str, str]) -> None:
    for version in ("9.0.0", "10.0.0", "10.1.0-alpha.1"):
        cached(tmp_path, version)
    assert "v10.1.0-alpha.1" in str(locate("x", "", (), environment).executable)
    cached(tmp_path, "10.1.0")
    assert locate("x", "", (), environment).executable.parent.name == "resource-x-v10.1.0"


def test_a_version_is_matched_exactly(tmp_path: Path, environment: dict[str, str]) -> None:
    cached(tmp_path, "1.0.1")
    with pytest.raises(ProviderUnavailable, match=r"at version v1\.0\.0 .* install the plugin using"):
        locate("x", "1.0.0", (), environment)


def test_an_installation_that_was_not_finished_is_none(tmp_path: Path, environment: dict[str, str]) -> None:
    found = cached(tmp_path, "1.0.0")
    found.parent.with_name(found.parent.name + ".partial").touch()
    executable(tmp_path / "home" / "plugins" / "resource-x-v2.0.0.tmp123")
    with pytest.raises(ProviderUnavailable):
        locate("x", "", (), environment)


def test_a_file_that_everybody_may_change_is_not_run(tmp_path: Path, environment: dict[str, str]) -> None:
    executable(tmp_path / "bin").chmod(0o757)
    with pytest.raises(ProviderUnavailable, match="everybody on this machine may change it"):
        locate("x", "", (), environment)


def test_other_packages_with_a_similar_name_are_not_taken(tmp_path: Path, environment: dict[str, str]) -> None:
    executable(tmp_path / "home" / "plugins" / "resource-x-native-v1.0.0", "x-native")
    with pytest.raises(ProviderUnavailable):
        locate("x", "", (), environment)


def test_a_plugin_that_is_source_code_is_refused_by_name(tmp_path: Path, environment: dict[str, str]) -> None:
    place = tmp_path / "home" / "plugins" / "resource-x-v1.0.0"
    place.mkdir(parents=True)
    (place / "PulumiPlugin.yaml").write_text("runtime: python\n")
    with pytest.raises(ProviderUnavailable, match="is source code"):
        locate("x", "", (), environment)
