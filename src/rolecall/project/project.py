"""The project file, `Pulumi.yaml`: what a program is called, what runs it, and how."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rolecall.errors import RolecallError
from rolecall.model import versions
from rolecall.project import declarations, files, schema
from rolecall.project.declarations import Declaration


class NoProject(RolecallError):
    """There is no project file here or above."""

    def __init__(self, searched: str) -> None:
        super().__init__(
            f"no Pulumi.yaml project file found (searching upwards from {searched}). "
            "If you have not created a project yet, use `pulumi new` to do so: no project file found"
        )


class InvalidProject(RolecallError):
    """A project file says what it may not, or not what it must."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"could not validate '{path}': {problem}")


@dataclass(frozen=True, slots=True)
class PluginEntry:
    """A plugin that the project has at a path: `kind` is `resource`, `language` or `analyzer`."""

    kind: str
    name: str
    path: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project file, read and checked. `raw` is all that it says."""

    path: Path
    name: str
    runtime: str = ""
    runtime_options: Mapping[str, Any] = field(default_factory=dict)
    main: str = ""
    description: str = ""
    declarations: tuple[Declaration, ...] = ()
    stack_config_dir: str = ""
    backend_url: str = ""
    refresh_always: bool = False
    required_version: str = ""
    plugins: tuple[PluginEntry, ...] = ()
    packages: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The directory of the project file."""
        return self.path.parent

    @classmethod
    def load(cls, path: Path) -> Project:
        """Reads a project file. Raises MalformedFile, InvalidProject, and FileNotFoundError when there is none."""
        data = files.read(path).data
        try:
            return cls._of(path, schema.checked(data))
        except ValueError as error:
            raise InvalidProject(path, str(error)) from error

    @classmethod
    def _of(cls, path: Path, data: Mapping[str, Any]) -> Project:
        name = data["name"]
        runtime = data.get("runtime")
        config = data.get("config")
        if isinstance(config, str) and data.get("stackConfigDir"):
            raise ValueError(
                "Should not use both config and stackConfigDir to define the stack directory. "
                "Use only stackConfigDir instead."
            )
        return cls(
            path=path,
            name=name,
            runtime=str(runtime.get("name") or "") if isinstance(runtime, Mapping) else (runtime or ""),
            runtime_options=dict(runtime.get("options") or {}) if isinstance(runtime, Mapping) else {},
            main=data.get("main") or "",
            description=data.get("description") or "",
            declarations=declarations.read(name, config) if isinstance(config, Mapping) else (),
            stack_config_dir=config if isinstance(config, str) else data.get("stackConfigDir") or "",
            backend_url=(data.get("backend") or {}).get("url") or "",
            refresh_always=(data.get("options") or {}).get("refresh") == "always",
            required_version=data.get("requiredPulumiVersion") or "",
            plugins=_plugins(data.get("plugins") or {}),
            packages=data.get("packages") or {},
            raw=data,
        )


def _plugins(data: Mapping[str, Any]) -> tuple[PluginEntry, ...]:
    kinds = {"providers": "resource", "languages": "language", "analyzers": "analyzer"}
    return tuple(
        PluginEntry(kind, str(entry.get("name", "")), str(entry.get("path", "")), str(entry.get("version") or ""))
        for section, kind in kinds.items()
        for entry in data.get(section) or ()
    )


def find(directory: Path) -> Path | None:
    """The nearest project file in a directory or above it."""
    for place in (directory, *directory.parents):
        for name in files.PROJECT_FILES:
            candidate = place / name
            if _is_file(candidate):
                return candidate
    return None


def _is_file(path: Path) -> bool:
    """Whether there is such a file. Directories that may not be looked into have none."""
    try:
        return path.is_file()
    except PermissionError:
        return False


def check_required_version(project: Project, version: str) -> None:
    """Raises RolecallError unless the Pulumi version we stand for is one that the project asks for."""
    wanted = project.required_version
    if not wanted:
        return
    try:
        fits = versions.satisfies(version, wanted)
    except ValueError as error:
        raise RolecallError(f'parsing CLI version range "{wanted}": {error}') from error
    if not fits:
        raise RolecallError(
            f"Pulumi CLI version {version.removeprefix('v')} does not satisfy the version range {json.dumps(wanted)} "
            f"requested by the project {project.name}."
        )
