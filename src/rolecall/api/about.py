"""What can be found out about the installation, the project and the stack, without ever failing."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any, TypeVar

from rolecall import __version__
from rolecall.api.workspace import Workspace
from rolecall.errors import RolecallError
from rolecall.model.compatibility import PULUMI_VERSION

_T = TypeVar("_T")

VARIABLES = {
    "PULUMI_BACKEND_URL": "the state backend; wins over the project's and over any login",
    "PULUMI_CONFIG_PASSPHRASE": "the passphrase of the stack's secrets",
    "PULUMI_CONFIG_PASSPHRASE_FILE": "a file that holds it",
    "PULUMI_CONTINUE_ON_ERROR": "go on with what does not depend on a resource that failed",
    "PULUMI_CREDENTIALS_PATH": "the directory of Pulumi's credentials.json, which is only read",
    "PULUMI_DEBUG_COMMANDS": "show commands and flags for debugging, such as --event-log",
    "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "keep no copies of each state below .pulumi/backups",
    "PULUMI_DIY_BACKEND_GZIP": "write states compressed with gzip",
    "PULUMI_DIY_BACKEND_RETAIN_CHECKPOINTS": "keep a copy of every state that is written",
    "PULUMI_HOME": "where Pulumi keeps its files (~/.pulumi): selected stacks and plugins",
    "PULUMI_OPTION_<NAME>": "the value of any flag that is not on the command line",
    "PULUMI_PARALLEL": "how many resources are worked on at once",
    "PULUMI_SKIP_CONFIRMATIONS": "the same as --yes, where a command has it",
    "PULUMI_STACK": "the stack to work on, where --stack is not given",
    "ROLECALL_HOME": "where rolecall keeps its own files (~/.rolecall): login and sandbox",
    "NO_COLOR": "print without colours",
}


def about(workspace: Workspace, stack: str | None) -> dict[str, Any]:
    """Pulumi's `about --json`, with what rolecall adds under `cliAbout`. Parts that cannot be had are None, and
    `errors` says why."""
    errors: list[str] = []

    def attempt(what: str, find: Callable[[], _T]) -> _T | None:
        try:
            return find()
        except RolecallError as problem:
            errors.append(f"{what}: {problem.summary}")
            return None

    project = attempt("Failed to read project", workspace.require_project)
    backend = attempt("Could not access the backend", lambda: _backend(workspace))
    current = attempt("Failed to get information about the current stack", lambda: _stack(workspace, stack))
    return {
        "plugins": [],
        "host": {"os": platform.system().lower(), "version": platform.release(), "arch": platform.machine()},
        "backend": backend,
        "currentStack": current,
        "cliAbout": {
            "version": PULUMI_VERSION.removeprefix("v"),
            "goVersion": "",
            "goCompiler": "",
            "rolecall": __version__,
            "python": platform.python_version(),
        },
        "runtime": {"language": project.runtime} if project and project.runtime else None,
        "dependencies": [],
        "errors": errors,
    }


def _backend(workspace: Workspace) -> dict[str, Any]:
    backend = workspace.backend
    return {"name": backend.name, "url": backend.url, "user": workspace.user, "organizations": None}


def _stack(workspace: Workspace, stack: str | None) -> dict[str, Any]:
    name = workspace.resolve(stack)
    checkpoint = workspace.backend.require(name).checkpoint
    pending = (checkpoint.latest or {}).get("pending_operations") or []
    return {
        "name": name.stack,
        "fullyQualifiedName": str(name),
        "resources": [{"type": r["type"], "urn": r["urn"]} for r in checkpoint.resources],
        "pendingOps": [{"type": o["type"], "urn": o["resource"]["urn"]} for o in pending],
    }
