"""A project whose resources are files on a shelf, and the real command line run on it, each command a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLUGINS = Path(__file__).parent.parent / "data" / "plugins"
PASSPHRASE = "open sesame"
HEADER = """
import pulumi

class Thing(pulumi.CustomResource):
    def __init__(self, name, opts=None, **properties):
        super().__init__("shelf:index:Thing", name, properties, opts)

"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.out.splitlines()]


class Shelf:
    """A project `proj` with stack `dev`; `place` is the shelf."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.program = root / "program"
        self.place = root / "shelf"
        self.backend = root / "backend"
        for directory in (self.program, self.place, self.backend, root / "home"):
            directory.mkdir()
        (self.program / "Pulumi.yaml").write_text("name: proj\nruntime: python\n")
        for pipe in (".reached", ".open"):
            os.mkfifo(self.place / pipe)

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "TZ") if name in os.environ}
        return {
            **kept,
            "PATH": os.pathsep.join([str(PLUGINS), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(self.root / "home"),
            "LANG": "C.UTF-8",
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DEBUG_COMMANDS": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SHELF": str(self.place),
        }

    def write(self, code: str) -> None:
        """Makes this the program."""
        (self.program / "__main__.py").write_text(HEADER + code)

    def run(self, *arguments: str, cwd: Path | None = None, **environ: str) -> Done:
        """One command from beginning to end."""
        done = subprocess.run(
            [sys.executable, "-m", "rolecall", *arguments],
            cwd=cwd or self.program,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=100,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def out(self, *arguments: str) -> str:
        """What a command that must succeed prints."""
        done = self.run(*arguments)
        assert done.code == 0, done.out + done.err
        return done.out

    def up(self, *arguments: str) -> Done:
        """`up` without questions."""
        return self.run("up", "--yes", "--skip-preview", *arguments)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that is left running, in a process group of its own, like a shell's foreground job."""
        return subprocess.Popen(
            [sys.executable, "-m", "rolecall", *arguments],
            cwd=self.program,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def reached(self) -> str:
        """Waits until a thing is at its gate; its name."""
        with (self.place / ".reached").open() as pipe:
            return pipe.readline().strip()

    def open_gate(self) -> None:
        """Lets the thing that waits go on."""
        (self.place / ".open").write_text("go")

    @property
    def things(self) -> set[str]:
        """What really is on the shelf."""
        return {path.name for path in self.place.iterdir() if not path.name.startswith(".")}

    @property
    def deployment(self) -> dict[str, Any]:
        """The state as `stack export` gives it."""
        data: dict[str, Any] = json.loads(self.out("stack", "export"))["deployment"]
        return data

    @property
    def remembered(self) -> set[str]:
        """The things that the state knows."""
        resources = self.deployment.get("resources") or []
        return {r["urn"].rsplit("::", 1)[-1] for r in resources if r["type"] == "shelf:index:Thing"}

    @property
    def pending(self) -> list[tuple[str, str]]:
        """The interrupted operations that the state knows."""
        operations = self.deployment.get("pending_operations") or []
        return [(o["type"], o["resource"]["urn"].rsplit("::", 1)[-1]) for o in operations]

    @property
    def locks(self) -> list[Path]:
        """Lock files that are there."""
        return list((self.backend / ".pulumi" / "locks").rglob("*.json"))
