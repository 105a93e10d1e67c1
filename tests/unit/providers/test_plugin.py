"""Provider plugins are found, started, asked, understood when they fail, and gone afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rolecall.model.goal import LogLine, PackageRequest, Parameterization
from rolecall.model.provider import (
    CheckConfig,
    Configure,
    Construct,
    Create,
    InvokeFunction,
    ProviderFailed,
    ProviderUnavailable,
    Read,
)
from rolecall.model.run import RunInfo
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY, UNKNOWN, Asset, Map, Secret, map_of
from rolecall.providers.builtin import StackOutputs
from rolecall.providers.plugin.provider import PluginProvider
from rolecall.providers.registry import Registry, Surroundings

PLUGINS = Path(__file__).parent.parent.parent / "data" / "plugins"
THING = URN("urn:pulumi:dev::proj::parrot:index:Thing::a")
PROVIDER = URN("urn:pulumi:dev::proj::pulumi:providers:parrot::default")

Use = Callable[[PluginProvider], Awaitable[None]]


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([str(PLUGINS), python, os.environ["PATH"]]))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))


def with_parrot(tmp_path: Path, use: Use, package: PackageRequest | None = None) -> list[LogLine]:
    """Load the parrot, use it, and end it; what was logged."""
    logged: list[LogLine] = []
    run = RunInfo(
        "proj",
        "dev",
        str(tmp_path),
        str(tmp_path),
        config={"proj:key": "value"},
        runtime_options={"virtualenv": "venv"},
    )

    async def read_stack(_name: str) -> StackOutputs:
        return StackOutputs(EMPTY)

    async def main() -> None:
        registry = Registry(run, "127.0.0.1:1", Surroundings(logged.append, read_stack))
        try:
            provider = await registry.load(package or PackageRequest("parrot"))
            assert isinstance(provider, PluginProvider)
            await use(provider)
        finally:
            await registry.close()

    asyncio.run(main())
    return logged


async def nothing(_provider: PluginProvider) -> None: ...


def test_a_plugin_on_the_path_is_used_and_the_user_is_told_which(tmp_path: Path) -> None:
    async def use(provider: PluginProvider) -> None:
        made = await provider.create(Create(THING, map_of({"s": Secret("x"), "n": 1})))
        assert (made.id, made.outputs) == ("parrot-1", map_of({"s": Secret("x"), "n": 1}))

    logged = with_parrot(tmp_path, use)
    where = PLUGINS / "pulumi-resource-parrot"
    assert [(line.severity, line.message) for line in logged] == [
        ("warning", f"using pulumi-resource-parrot from $PATH at {where}")
    ]


def test_a_plugin_is_told_about_the_project(tmp_path: Path) -> None:
    async def use(provider: PluginProvider) -> None:
        told = (await provider.invoke(InvokeFunction("parrot:index:tell", EMPTY))).result
        environment = json.loads(str(told["environment"]))
        assert environment["PULUMI_PROJECT"] == "proj"
        assert json.loads(environment["PULUMI_CONFIG"]) == {"proj:key": "value"}
        assert environment["PULUMI_RUNTIME_VIRTUALENV"] == "venv"
        assert told["directory"] == str(tmp_path)
        assert told["arguments"] == ("127.0.0.1:1",)

    with_parrot(tmp_path, use)


def test_secrets_are_not_sent_to_a_plugin_that_does_not_know_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARROT_OLD", "1")

    async def use(provider: PluginProvider) -> None:
        await provider.configure(Configure(PROVIDER, "id", EMPTY))
        assert not provider.features.secrets and not provider.features.preview
        made = await provider.create(Create(THING, map_of({"s": Secret("x"), "u": UNKNOWN})))
        assert made.outputs == map_of({"s": "x"})
        preview = await provider.create(Create(THING, map_of({"u": UNKNOWN}), preview=True))
        assert (preview.id, preview.outputs) == ("", map_of({"u": UNKNOWN}))  # it was not asked
        with pytest.raises(ProviderFailed, match="must support secrets"):
            from rolecall.model.goal import Goal

            await provider.construct(Construct(Goal("parrot:index:Cage", "c", False, remote=True)))

    with_parrot(tmp_path, use)


def test_configuration_that_comes_back_is_secret_where_it_was(tmp_path: Path) -> None:
    async def use(provider: PluginProvider) -> None:
        news = map_of({"token": Secret("x"), "nested": {"a": Secret("y"), "b": 1}, "list": [1, Secret(2)]})
        checked = await provider.check_config(CheckConfig(PROVIDER, EMPTY, news))
        assert checked.inputs == Map(
            {"token": Secret("x"), "nested": map_of({"a": Secret("y"), "b": 1}), "list": Secret((1, 2))}
        )

    with_parrot(tmp_path, use)


def test_missing_configuration_is_named_with_the_command_that_sets_it(tmp_path: Path) -> None:
    async def use(provider: PluginProvider) -> None:
        with pytest.raises(ProviderFailed) as caught:
            await provider.configure(Configure(PROVIDER, "id", map_of({"missing": True})))
        assert 'missing required configuration key "parrot:region": where to fly' in caught.value.message
        assert "config set parrot:region <value>" in caught.value.message

    with_parrot(tmp_path, use)


def test_assets_that_come_back_as_a_hash_have_their_content_again(tmp_path: Path) -> None:
    async def use(provider: PluginProvider) -> None:
        known = Map({"a": Asset(path="file.txt", hash="ab12"), "b": (Asset(text="t", hash="cd34"),)})
        found = await provider.read(Read(THING, "parrot-1", known, known))
        assert (found.inputs, found.outputs) == (known, known)

    with_parrot(tmp_path, use)


def test_what_an_import_leaves_out_is_left_out(tmp_path: Path) -> None:
    async def use(provider: PluginProvider) -> None:
        assert (await provider.read(Read(THING, "parrot-1"))).inputs is None
        assert (await provider.read(Read(THING, "parrot-1", EMPTY, EMPTY))).inputs == EMPTY

    with_parrot(tmp_path, use)


def test_a_clean_refusal_differs_from_an_outcome_that_nobody_knows(tmp_path: Path) -> None:
    async def use(provider: PluginProvider) -> None:
        with pytest.raises(ProviderFailed, match="^no$") as refused:
            await provider.create(Create(THING, map_of({"do": "refuse"})))
        assert not refused.value.status_unknown
        with pytest.raises(ProviderFailed, match="empty id") as nameless:
            await provider.create(Create(THING, map_of({"do": "no id"})))
        assert nameless.value.status_unknown

    with_parrot(tmp_path, use)


def test_a_plugin_that_dies_at_work_is_named_with_what_it_wrote_and_the_outcome_is_unknown(tmp_path: Path) -> None:
    async def use(provider: PluginProvider) -> None:
        with pytest.raises(ProviderFailed) as caught:
            await provider.create(Create(THING, map_of({"do": "crash"})))
        message = caught.value.message
        assert caught.value.status_unknown
        assert "plugin 'parrot'" in message and str(PLUGINS / "pulumi-resource-parrot") in message
        assert "exit status 7 while it was asked to Create" in message and "the parrot is dead" in message

    with_parrot(tmp_path, use)


@pytest.mark.parametrize(
    ("start", "said"),
    [("exit", "ended with exit status 1 before it could be used\nit wrote:\n  no perch"), ("babble", "'hello, hello'")],
)
def test_a_plugin_that_does_not_come_up_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str, said: str
) -> None:
    monkeypatch.setenv("PARROT_START", start)
    with pytest.raises(ProviderUnavailable) as caught:
        with_parrot(tmp_path, nothing)
    assert said in str(caught.value)


def test_no_process_is_left_when_the_providers_are_closed(tmp_path: Path) -> None:
    pids: list[int] = []

    async def use(provider: PluginProvider) -> None:
        assert provider.process.pid is not None
        pids.append(provider.process.pid)
        os.kill(pids[0], 0)

    with_parrot(tmp_path, use)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_plugin_can_become_another_package(tmp_path: Path) -> None:
    package = PackageRequest("macaw", "2.0.0", parameterization=Parameterization("parrot", "", b"feathers"))
    with_parrot(tmp_path, nothing, package)


def test_a_plugin_that_its_developer_runs_is_attached_to_and_left_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(provider: PluginProvider) -> None:
        told = (await provider.invoke(InvokeFunction("parrot:index:tell", EMPTY))).result
        assert (told["attachedTo"], told["arguments"]) == ("127.0.0.1:1", ())

    command = [sys.executable, str(PLUGINS / "pulumi-resource-parrot")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parrot:
        assert parrot.stdout is not None
        monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", f"other:1,parrot:{parrot.stdout.readline().strip()}")
        assert with_parrot(tmp_path, use) == []
        assert parrot.poll() is None
        parrot.kill()


def test_a_missing_plugin_is_said_as_pulumi_says_it(tmp_path: Path) -> None:
    text = r"^no resource plugin 'pulumi-resource-lost' found in the workspace or on your \$PATH$"
    with pytest.raises(ProviderUnavailable, match=text):
        with_parrot(tmp_path, nothing, PackageRequest("lost"))
