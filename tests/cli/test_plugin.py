"""`rolecall plugin`, and commands that only Pulumi Cloud has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine


@pytest.fixture
def cache(bare: CommandLine, tmp_path: Path) -> Path:
    """Pulumi's cache with a few plugins and things that are none."""
    plugins = tmp_path / "home" / ".pulumi" / "plugins"
    for name in ("resource-random-v4.9.0", "resource-random-v4.16.0", "language-go-v3.1.0", "other", "resource-x-vbad"):
        (plugins / name).mkdir(parents=True)
        (plugins / name / "file").write_text("12345")
    (plugins / "resource-half-v1.0.0").mkdir()
    (plugins / "resource-half-v1.0.0.partial").touch()
    return plugins


def test_plugins_are_listed_by_name_the_newest_first(bare: CommandLine, cache: Path) -> None:
    found = json.loads(bare.out("plugin", "ls", "--json"))
    assert [(item["name"], item["version"], item["size"]) for item in found] == [
        ("go", "3.1.0", 5),
        ("random", "4.16.0", 5),
        ("random", "4.9.0", 5),
    ]
    assert all(item["lastUsedTime"].endswith("Z") for item in found)
    assert bare.out("plugin", "ls").endswith("TOTAL plugin cache size: 15 B\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("aws", "v4.0.0"), 0), (("random", "4.10.0"), 0), (("random",), 0), (("random", "4.10.0", "--exact"), 1),
     (("random", "5.0.0"), 1), (("tls",), 1)],
)  # fmt: skip
def test_a_plugin_is_there_or_it_is_said_how_to_get_it(
    bare: CommandLine, cache: Path, arguments: tuple[str, ...], code: int
) -> None:
    done = bare("plugin", "install", "resource", *arguments)
    assert (done.code, done.out) == (code, "")
    assert ("pulumi plugin install resource" in done.err) == bool(code)


def test_plugins_are_removed_only_when_it_is_certain_which(bare: CommandLine, cache: Path) -> None:
    assert bare("plugin", "rm").code == 1
    assert bare("plugin", "rm", "resource").err == "error: non-interactive mode requires --yes flag\n"
    assert bare.out("plugin", "rm", "resource", "none", "--yes") == "no plugins found to uninstall\n"
    assert bare.out("plugin", "rm", "resource", "random", "<4.10.0", "--yes") == "removed: resource random-4.9.0\n"
    assert sorted(path.name for path in cache.glob("resource-random*")) == ["resource-random-v4.16.0"]


def test_what_only_pulumi_cloud_has_is_refused(bare: CommandLine) -> None:
    assert "do not support organizations" in bare("org", "get-default").err
    assert bare("org", "set-default", "x").code == 1
    assert bare("console").code == 0
