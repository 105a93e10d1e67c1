"""The provider plugins that Pulumi has installed on this machine, which rolecall uses but does not download."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rolecall.errors import RolecallError
from rolecall.model.versions import Version, parse_version, satisfies
from rolecall.project.backend_choice import pulumi_home

BUILT_IN = frozenset({("resource", "aws")})
"""What needs no plugin, because rolecall has it inside."""

_DIRECTORY = re.compile(r"(resource|language|analyzer|converter|tool)-(.+)-v(\d+\.\d+\.\d+.*)")


class PluginMissing(RolecallError):
    """A plugin is asked for that is not there, and cannot be had from here."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin in Pulumi's cache. `size` in bytes; times are those of the directory."""

    kind: str
    name: str
    version: str
    path: Path
    size: int
    installed: datetime
    used: datetime

    @property
    def order(self) -> tuple[str, Version]:
        return self.name, parse_version(self.version)

    @property
    def full_name(self) -> str:
        return f"{self.kind} {self.name}-{self.version}"


def installed(environ: Mapping[str, str]) -> list[Plugin]:
    """All plugins, by name, the newest version of each first."""
    found = sorted(_cached(pulumi_home(environ) / "plugins"), key=lambda plugin: plugin.order[1], reverse=True)
    return sorted(found, key=lambda plugin: plugin.name)


def _cached(directory: Path) -> Iterator[Plugin]:
    if not directory.is_dir():
        return
    for place in directory.iterdir():
        match = _DIRECTORY.fullmatch(place.name)
        if match is None or not place.is_dir() or place.with_name(f"{place.name}.partial").exists():
            continue
        try:
            parse_version(match[3])
        except ValueError:
            continue
        status = place.stat()
        size = sum(file.lstat().st_size for file in place.rglob("*") if not file.is_dir())
        times = [datetime.fromtimestamp(seconds, UTC) for seconds in (status.st_mtime, status.st_atime)]
        yield Plugin(match[1], match[2], match[3], place, size, times[0], times[1])


def require(environ: Mapping[str, str], kind: str, name: str, version: str, *, exact: bool = False) -> str:
    """Makes sure that a plugin is there, and returns a remark if it is built in. Raises PluginMissing.

    Without `exact`, a newer version will do, as it does for Pulumi.
    """
    wanted = version.removeprefix("v")
    for plugin in installed(environ):
        if (plugin.kind, plugin.name) == (kind, name) and _will_do(plugin.version, wanted, exact):
            return ""
    if (kind, name) in BUILT_IN:
        return f"[{kind} plugin {name}] is built into rolecall"
    shown = f"{name} {version}".strip()
    raise PluginMissing(
        f"no {kind} plugin '{shown}' is installed, and rolecall does not download plugins",
        hint=f"Install it with Pulumi's own CLI: pulumi plugin install {kind} {shown}. It is then used from there.",
    )


def _will_do(found: str, wanted: str, exact: bool) -> bool:
    if not wanted or found == wanted:
        return True
    return not exact and parse_version(found) >= parse_version(wanted)


def matching(environ: Mapping[str, str], kind: str, name: str, range_: str) -> list[Plugin]:
    """The plugins that are meant by what is given of kind, name and version range. Raises RolecallError."""
    try:
        return [
            plugin
            for plugin in installed(environ)
            if (not kind or plugin.kind == kind)
            and (not name or plugin.name == name)
            and (not range_ or satisfies(plugin.version, range_))
        ]
    except ValueError as error:
        raise RolecallError(f"invalid plugin semver: {error}") from error


def remove(plugin: Plugin) -> None:
    """Deletes a plugin from the cache. Raises RolecallError."""
    try:
        shutil.rmtree(plugin.path)
        plugin.path.with_name(f"{plugin.path.name}.lock").unlink(missing_ok=True)
    except OSError as error:
        raise RolecallError(f"failed to delete {plugin.full_name}: {error}") from error
