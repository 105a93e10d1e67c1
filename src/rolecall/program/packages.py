"""Which Pulumi packages a program can import, and in which versions: the versions of default providers come from it."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rolecall.model.goal import PackageRequest, Parameterization
from rolecall.model.versions import parse_version
from rolecall.program.interpreter import find_interpreter
from rolecall.program.source import Program
from rolecall.providers.child import spawn

_SCAN = Path(__file__).parent / "shim" / "packages.py"
_PRE_RELEASES = {"a": "alpha", "b": "beta", "rc": "rc"}
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?(?:\.post(\d+))?(?:\.dev(\d+))?(?:\+.*)?")


async def required_packages(program: Program) -> tuple[PackageRequest, ...]:
    """The packages that the program's environment has and that name a plugin, each once, the highest version first.

    Asks the program's interpreter, without pip; takes some 30 ms and does not depend on the program being started.
    An environment that cannot be asked has no packages: the program's own start will say what is wrong with it.
    """
    interpreter = await find_interpreter(program, os.environ)
    child = await spawn(
        [interpreter.python, str(_SCAN)],
        directory=str(program.directory),
        environment=interpreter.variables(os.environ),
    )
    try:
        out = await child.stdout.read()
        await child.wait()
    finally:
        await child.stop(0)
    try:
        found = json.loads(out)
    except ValueError:
        return ()
    packages = (package_of_distribution(entry) for entry in found)
    return tuple(package for package in packages if package is not None)


def package_of_distribution(found: Mapping[str, Any]) -> PackageRequest | None:
    """The package of one found distribution: its name, its version and the content of its `pulumi-plugin.json`.

    None when it says that it has no plugin, or when its version is of a kind that has no equivalent (an epoch).
    """
    plugin: Mapping[str, Any] = found.get("plugin") or {}
    if plugin.get("resource") is False:
        return None
    name = plugin.get("name") or str(found["distribution"]).removeprefix("pulumi-")
    version = plugin.get("version") or semantic_version(str(found.get("distributionVersion", "")))
    if version is None:
        return None
    version = str(version).removeprefix("v")
    server = str(plugin.get("server") or "").rstrip("/")
    given = plugin.get("parameterization")
    if not isinstance(given, Mapping):
        return PackageRequest(name, version, server)
    try:
        value = base64.b64decode(given.get("value") or "")
    except (binascii.Error, ValueError):
        return None
    made_version = str(given.get("version") or "").removeprefix("v")
    return PackageRequest(
        str(given.get("name") or name), made_version, server, parameterization=Parameterization(name, version, value)
    )


def semantic_version(version: str) -> str | None:
    """A Python package's version as a semantic one (`1.2rc1` is `1.2.0-rc.1`); None for versions with an epoch."""
    if not version:
        return ""
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    release, kind, number, post, dev = match.groups()
    parts = (release.split(".") + ["0", "0"])[:3]
    text = ".".join(str(int(part)) for part in parts)
    if kind:
        text += f"-{_PRE_RELEASES[kind]}.{int(number)}"
    build = (f"post{post}" if post else "") + (f"dev{dev}" if dev else "")
    return f"{text}+{build}" if build else text


def default_packages(found: Iterable[PackageRequest], known: Iterable[PackageRequest]) -> dict[str, PackageRequest]:
    """What default providers are made of when a program names no version: by package, the highest version of each.

    `found`: what the program's environment has. Only when that is nothing, `known` counts: the packages of the
    providers in the stack's state (as Pulumi's engine does it).
    """
    chosen: dict[str, PackageRequest] = {}
    for package in tuple(found) or tuple(known):
        if package.name not in chosen or _order(package.version) > _order(chosen[package.name].version):
            chosen[package.name] = package
    return chosen


def _order(version: str) -> tuple[int, tuple[object, ...]]:
    try:
        return 1, parse_version(version)
    except ValueError:
        return 0, ()
