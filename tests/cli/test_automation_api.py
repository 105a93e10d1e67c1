"""Pulumi's Automation API drives `pulumi-rolecall` as its `pulumi` for configuration and selection."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


@pytest.fixture
def cli_root(tmp_path: Path) -> Path:
    """A directory in which the SDK finds `bin/pulumi`."""
    entry = Path(sys.executable).with_name("pulumi-rolecall")
    if not entry.exists():
        pytest.skip("rolecall's entry points are not installed beside this Python")
    (tmp_path / "cli" / "bin").mkdir(parents=True)
    (tmp_path / "cli" / "bin" / "pulumi").symlink_to(entry)
    return tmp_path / "cli"


def test_the_automation_api_configures_a_stack(tmp_path: Path, cli_root: Path) -> None:
    from pulumi import automation as auto

    (tmp_path / "program").mkdir()
    (tmp_path / "backend").mkdir()
    (tmp_path / "program" / "Pulumi.yaml").write_text("name: proj\nruntime: python\n")
    workspace = auto.LocalWorkspace(
        work_dir=str(tmp_path / "program"),
        pulumi_home=str(tmp_path / "home"),
        pulumi_command=auto.PulumiCommand(str(cli_root)),
        env_vars={
            "HOME": str(tmp_path),
            "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "open sesame",
        },
    )
    with pytest.raises(auto.errors.StackNotFoundError):
        auto.Stack.select("dev", workspace)
    stack = auto.Stack.create("dev", workspace)
    with pytest.raises(auto.errors.StackAlreadyExistsError):
        auto.Stack.create("dev", workspace)
    stack.set_all_config({"plain": auto.ConfigValue("-x y"), "token": auto.ConfigValue("hush", secret=True)})
    stack.set_config("names[0]", auto.ConfigValue("1"), path=True)
    stack.set_config("dash", auto.ConfigValue("--dash"))
    found = stack.get_all_config()
    assert {key: (item.value, item.secret) for key, item in found.items()} == {
        "proj:dash": ("--dash", False),
        "proj:names": ("[1]", False),
        "proj:plain": ("-x y", False),
        "proj:token": ("hush", True),
    }
    stack.remove_all_config(["plain", "dash"])
    stack.remove_config("names[0]", path=True)
    assert stack.get_config("token").value == "hush"
    assert workspace.who_am_i().url == f"file://{tmp_path / 'backend'}"
    assert [summary.name for summary in workspace.list_stacks()] == ["dev"]
    assert "hush" not in (tmp_path / "program" / "Pulumi.dev.yaml").read_text()
