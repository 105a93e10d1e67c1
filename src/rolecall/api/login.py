"""Choosing the backend that keeps state, and forgetting it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rolecall.api.workspace import Workspace
from rolecall.errors import RolecallError
from rolecall.project import backend_choice


class CannotLogIn(RolecallError):
    """A backend cannot be used."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The backend that is now chosen. `overridden_by`: a URL in the environment that nevertheless wins."""

    url: str
    host: str
    user: str
    overridden_by: str = ""


def log_in(workspace: Workspace, url: str | None) -> LoggedIn:
    """Makes `url`, or the backend in use, the chosen one, once it is known to work. Raises CannotLogIn."""
    from rolecall.state.backend import BackendSettings, open_backend

    chosen = _absolute(url or workspace.backend_url(), workspace.directory)
    backend_choice.check_url(chosen)
    if chosen.startswith(("http://", "https://")):
        raise CannotLogIn(
            f'could not log in to the state backend "{chosen}": rolecall keeps state itself and does not speak to '
            "Pulumi Cloud",
            hint="Use a directory: `pulumi login --local` or `pulumi login file://PATH`.",
        )
    try:
        backend = open_backend(chosen, BackendSettings.from_environment(workspace.environ))
        backend.stacks()
    except RolecallError as problem:
        raise CannotLogIn(
            f'could not log in to the state backend "{chosen}": {problem.summary}',
            detail=problem.detail,
            hint=problem.hint,
        ) from problem
    backend_choice.log_in(workspace.environ, chosen)
    override = workspace.environ.get(backend_choice.VARIABLE, "")
    return LoggedIn(chosen, backend.name, workspace.user, override if override != chosen else "")


def _absolute(url: str, directory: Path) -> str:
    """A directory's URL that means the same from everywhere. Raises CannotLogIn for a directory that is not there."""
    path, query, options = url.removeprefix("file://").partition("?")
    if not url.startswith("file://") or path.startswith("~"):
        return url
    place = directory / (path or ".")
    if not place.is_dir():
        raise CannotLogIn(
            f'could not log in to the state backend "{url}": {place}: no such directory',
            hint="Create it first; state is only ever kept where you say.",
        )
    return url if path.startswith("/") else f"file://{os.path.normpath(place)}{query}{options}"


def log_out(workspace: Workspace, url: str | None) -> str:
    """Forgets the chosen backend if it is `url` (or whichever it is), and returns its URL."""
    current = backend_choice.logged_in(workspace.environ)
    if url is None or url == current:
        backend_choice.log_out(workspace.environ)
    return url or current or workspace.backend_url()
