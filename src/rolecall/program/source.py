"""Which program a project has: where it runs, what starts it, and in which language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rolecall.errors import RolecallError

RUNTIMES = ("python",)
_PULUMIS_OWN = frozenset({"nodejs", "bun", "go", "dotnet", "java", "yaml", "pcl"})


class NoProgram(RolecallError):
    """A project whose program cannot be found or not be run by us."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to start.

    `root` is the directory of Pulumi.yaml, `directory` the one it runs in, both absolute; `entry` is what starts it
    there: `.` or a file's name. `options` are those of the project's runtime.
    """

    root: Path
    directory: Path
    entry: str = "."
    runtime: str = "python"
    options: Mapping[str, object] = field(default_factory=dict, hash=False)

    @classmethod
    def locate(cls, root: Path, main: str, runtime: str, options: Mapping[str, object]) -> Program:
        """The program that a project names: by `main` (a directory or a file, relative to `root`), else at its root.

        Raises NoProgram when `main` cannot be read, or the runtime is none of ours.
        """
        if runtime not in RUNTIMES and runtime not in _PULUMIS_OWN:
            raise NoProgram(
                f"failed to load language plugin {runtime}: no language plugin 'pulumi-language-{runtime}' found in "
                "the workspace or on your $PATH"
            )
        if runtime not in RUNTIMES:
            raise NoProgram(
                f"programs of runtime '{runtime}' cannot be run yet",
                detail=f"{root / 'Pulumi.yaml'} asks for it; rolecall runs {', '.join(RUNTIMES)} programs now",
                hint="Run this project with the Pulumi CLI; state and settings are the same files.",
            )
        root = root.absolute()
        if not main:
            return cls(root, root, ".", runtime, options)
        path = (root / main).absolute()
        if not path.exists():
            raise NoProgram(f"project 'main' could not be read: stat {path}: no such file or directory")
        if path.is_dir():
            return cls(root, path, ".", runtime, options)
        return cls(root, path.parent, path.name, runtime, options)

    def option(self, name: str) -> str:
        """A text option of the runtime, "" when it is not given. Raises NoProgram when it is no text."""
        value = self.options.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise NoProgram(f"{name} option must be a string", detail=f"runtime options in {self.root / 'Pulumi.yaml'}")
        return value
