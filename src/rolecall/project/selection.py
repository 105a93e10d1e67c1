"""Which stack is selected in a project: Pulumi's own workspace files, so that both tools agree.

`<home>/workspaces/<project>-<sha1 of the project file's path>-workspace.json` holds the full name of the stack for each
backend. Older versions held one for all, under `stack`; it is read where nothing newer is said.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from rolecall.errors import RolecallError
from rolecall.project import files


class Selection:
    """The selection file of one project."""

    def __init__(self, home: Path, project: str, project_file: Path) -> None:
        digest = hashlib.sha1(str(project_file.absolute()).encode(), usedforsecurity=False).hexdigest()
        self.path = home / "workspaces" / f"{project}-{digest}-workspace.json"

    def get(self, backend_url: str) -> str:
        """The selected stack's full name, or nothing."""
        data = self._read()
        stacks = data.get("stacks")
        chosen = stacks.get(backend_url) if isinstance(stacks, dict) else None
        return str(chosen or data.get("stack") or "")

    def set(self, backend_url: str, name: str) -> None:
        """Selects a stack, or with an empty name none. A file without selections is removed."""
        data = self._read()
        stacks = data.get("stacks")
        stacks = dict(stacks) if isinstance(stacks, dict) else {}
        data.pop("stack", None)
        if name:
            stacks[backend_url] = name
        else:
            stacks.pop(backend_url, None)
        data["stacks"] = stacks
        if not stacks:
            del data["stacks"]
        if data:
            files.write(self.path, json.dumps(data, indent=files.JSON_INDENT), mode=0o600)
        else:
            self.path.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise RolecallError(
                f"could not read the selected stack from '{self.path}': {error}",
                hint="Delete that file and select the stack again.",
            ) from error
        return data if isinstance(data, dict) else {}
