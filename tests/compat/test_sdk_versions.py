"""Unmodified SDKs, old and new, work with our monitor on its unix socket.

Each version has a virtual environment of its own, made once with pip and kept in pytest's cache. Without such an
environment a test is skipped, unless ROLECALL_COMPAT=1 asks for it to be made (half a minute each, from the network).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rolecall.model.value import Asset, Map, Reference, Secret
from tests.fakes.engine import run_program

pytestmark = [pytest.mark.compat, pytest.mark.timeout(600)]

SDKS = ("3.60.0", "3.100.0", "3.150.0", "3.272.0")
NEWEST_PYTHON_FOR_OLD = (3, 11)
"""The grpcio that SDKs before about 3.130 pin has no wheels for newer ones."""

PROGRAM = """
import pulumi

class Thing(pulumi.CustomResource):
    out: pulumi.Output
    def __init__(self, name, opts=None, **inputs):
        super().__init__("probe:index:Thing", name, {"out": None, **inputs}, opts)

class Box(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("app:index:Box", name, {}, opts)
        self.thing = Thing(name + "-inner", pulumi.ResourceOptions(parent=self), value=1)
        self.register_outputs({"made": self.thing.id})

box = Box("box")
a = Thing("a", hidden=pulumi.Config().require_secret("hidden"), text=pulumi.StringAsset("hi"), number=1.0)
b = Thing("b", pulumi.ResourceOptions(depends_on=[box], protect=True, aliases=[pulumi.Alias(name="old")]), of=a)
Thing.get = classmethod(lambda cls, name, id: cls(name, pulumi.ResourceOptions(id=id)))
Thing.get("known", "id-9")
echo = pulumi.Output.from_input(pulumi.runtime.invoke("probe:index:echo", {"a": 1}).value)
print("printed")
pulumi.log.debug("details")
pulumi.log.warn("careful", b)
pulumi.export("id", b.id)
pulumi.export("secret", pulumi.Output.secret("x"))
pulumi.export("echo", echo)
"""


def old_enough_python() -> str | None:
    """A Python that old SDKs have wheels for."""
    if sys.version_info[:2] <= NEWEST_PYTHON_FOR_OLD:
        return sys.executable
    return next(filter(None, (shutil.which(f"python3.{minor}") for minor in (11, 10, 9))), None)


@pytest.fixture(scope="module")
def environments(request: pytest.FixtureRequest) -> Path:
    assert request.config.cache is not None
    return Path(request.config.cache.mkdir("sdk-environments"))


def make(environment: Path, version: str) -> None:
    """Make the environment of a version, if it is not there; skip the test when that was not asked for."""
    done = environment / "complete"
    if done.exists():
        return
    if os.environ.get("ROLECALL_COMPAT") != "1":
        pytest.skip("set ROLECALL_COMPAT=1 to make this SDK's environment")
    python = old_enough_python()
    if python is None:
        pytest.skip("no Python that is old enough for this SDK")
    shutil.rmtree(environment, ignore_errors=True)
    subprocess.run([python, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", f"pulumi=={version}"]
    subprocess.run(pip, check=True)
    done.touch()


@pytest.fixture(params=SDKS)
def sdk(request: pytest.FixtureRequest, environments: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A version whose interpreter comes first on the PATH."""
    version: str = request.param
    environment = environments / version
    with open(environments / f"{version}.lock", "w") as lock:  # another worker may be making it
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(environment, version)
    monkeypatch.setenv("PATH", os.pathsep.join([str(environment / "bin"), os.environ["PATH"]]))
    return version


def test_a_program_asks_for_the_same_whatever_its_sdk(sdk: str, tmp_path: Path) -> None:
    ended, engine = run_program(tmp_path, PROGRAM)
    assert (ended.code, ended.message) == (0, ""), engine.lines
    asset = Asset(text="hi", hash="8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4")
    assert engine.goal("a").properties == Map({"hidden": Secret("geheim"), "text": asset, "number": 1})
    a_urn = "urn:pulumi:dev::proj::probe:index:Thing::a"
    of = engine.goal("b").properties["of"]
    assert isinstance(of, Reference) and (of.urn, of.id) == (a_urn, "id-a")
    assert engine.goal("b").protect is True
    assert engine.goal("b").aliases[0].name == "old"
    assert engine.goal("box-inner").parent == "urn:pulumi:dev::proj::app:index:Box::box"
    assert engine.outputs["box"] == Map({"made": "id-box-inner"})
    assert engine.outputs["proj-dev"] == Map({"id": "id-b", "secret": Secret("x"), "echo": Map({"a": 1})})
    assert [read.id for read in engine.reads] == ["id-9"]
    assert (engine.said("info"), engine.said("warning"), engine.said("debug")) == (["printed"], ["careful"], [])


def test_a_failure_is_reported_whatever_the_sdk(sdk: str, tmp_path: Path) -> None:
    ended, engine = run_program(tmp_path, "import pulumi\npulumi.export('a', 1)\nraise ValueError('broken')\n")
    assert (ended.code, ended.message) == (32, "")
    (said,) = engine.said("error")
    assert said.startswith("Program failed with an unhandled exception:\n") and "ValueError: broken" in said
