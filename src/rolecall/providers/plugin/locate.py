"""Where a provider plugin is: named by the project, on the PATH, or in Pulumi's plugin cache, in that order."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rolecall.model.provider import ProviderUnavailable
from rolecall.model.versions import parse_version

_MAIN = "PulumiPlugin.yaml"
_CACHED = re.compile(r"resource-(?P<name>.+?)(?:-v(?P<version>\d+\.\d+\.\d+.*))?")
_UNFINISHED = re.compile(r"\.tmp\d+$")


@dataclass(frozen=True, slots=True)
class ProjectPlugin:
    """A provider plugin that Pulumi.yaml names (`plugins.providers`): the directory it is in."""

    name: str
    path: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """A plugin's executable, and where it was found: `project`, `path` or `cache`."""

    executable: Path
    origin: str


def locate(
    name: str, version: str, project_plugins: tuple[ProjectPlugin, ...], environment: Mapping[str, str]
) -> Located:
    """The executable of the resource plugin of package `name`, in `version` if one is wanted ("" for any).

    Raises ProviderUnavailable when there is none, or when anybody may change it.
    """
    found = (
        _in_project(name, version, project_plugins)
        or _on_path(name, environment)
        or _in_cache(name, version, environment)
    )
    if found is None:
        raise ProviderUnavailable(_missing(name, version))
    _refuse_if_writable_by_all(found.executable)
    return found


def _in_project(name: str, version: str, plugins: tuple[ProjectPlugin, ...]) -> Located | None:
    for plugin in plugins:
        if plugin.name == name and (not plugin.version or not version or plugin.version == version):
            place = Path(plugin.path)
            executable = place if place.is_file() else place / f"pulumi-resource-{name}"
            _refuse_source(place)
            if not executable.is_file():
                raise ProviderUnavailable(
                    f"the project names a plugin for '{name}' at {place}, but there is no {executable.name} in it"
                )
            return Located(executable, "project")
    return None


def _on_path(name: str, environment: Mapping[str, str]) -> Located | None:
    if environment.get("PULUMI_IGNORE_AMBIENT_PLUGINS", "").lower() in ("1", "true"):
        return None
    found = shutil.which(f"pulumi-resource-{name}", path=environment.get("PATH"))
    return Located(Path(found), "path") if found else None


def _in_cache(name: str, version: str, environment: Mapping[str, str]) -> Located | None:
    home = environment.get("PULUMI_HOME") or os.path.join(environment.get("HOME") or os.path.expanduser("~"), ".pulumi")
    candidates = dict(_cached(Path(home, "plugins"), name))
    if version:
        chosen = candidates.get(version.removeprefix("v")) or candidates.get("")
    else:
        chosen = candidates[max(candidates, key=_order)] if candidates else None
    if chosen is None:
        return None
    _refuse_source(chosen)
    return Located(chosen / f"pulumi-resource-{name}", "cache")


def _cached(plugins: Path, name: str) -> Iterator[tuple[str, Path]]:
    """Version and directory of each finished installation of the plugin."""
    if not plugins.is_dir():
        return
    for place in plugins.iterdir():
        match = _CACHED.fullmatch(place.name)
        if match is None or match["name"] != name or not place.is_dir() or _UNFINISHED.search(place.name):
            continue
        if place.with_name(place.name + ".partial").exists():
            continue
        if (place / f"pulumi-resource-{name}").is_file() or (place / _MAIN).is_file():
            yield match["version"] or "", place


def _order(version: str) -> tuple[bool, object]:
    try:
        return (True, parse_version(version))
    except ValueError:
        return (False, version)


def _refuse_source(place: Path) -> None:
    if (place / _MAIN).is_file() and not any(place.glob("pulumi-resource-*")):
        raise ProviderUnavailable(
            f"the plugin at {place} is source code ({_MAIN}), not an executable; rolecall cannot start such plugins yet"
        )


def _refuse_if_writable_by_all(executable: Path) -> None:
    if executable.stat().st_mode & stat.S_IWOTH:
        raise ProviderUnavailable(
            f"refusing to run {executable}: everybody on this machine may change it (chmod o-w {executable})"
        )


def _missing(name: str, version: str) -> str:
    plugin = f"pulumi-resource-{name}"
    if not version:
        return f"no resource plugin '{plugin}' found in the workspace or on your $PATH"
    version = "v" + version.removeprefix("v")
    return (
        f"no resource plugin '{plugin}' found in the workspace at version {version} or on your $PATH, "
        f"install the plugin using `pulumi plugin install resource {name} {version}`"
    )
