"""Which state backend is in use: the environment, the project, `rolecall login`, or the login of Pulumi's own CLI.

Pulumi's `credentials.json` is read and never written, so that nobody is logged out of Pulumi Cloud by using rolecall.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rolecall.errors import RolecallError
from rolecall.project import files

VARIABLE = "PULUMI_BACKEND_URL"
SCHEMES = ("azblob", "gs", "s3", "file", "https", "http", "postgres")


class LoginRequired(RolecallError):
    """Nothing says where state is kept."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__(
            f"no state backend is chosen, and {VARIABLE} must be set for login during non-interactive CLI sessions",
            hint="Run `pulumi login --local` to keep state in your home directory, or `pulumi login file://DIR`.",
        )


class UnknownBackend(RolecallError):
    """A URL that names no kind of backend."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A backend's URL and what chose it: `environment`, `project`, `login` or `pulumi`."""

    url: str
    by: str


def pulumi_home(environ: Mapping[str, str]) -> Path:
    """Where Pulumi keeps its files."""
    return Path(environ.get("PULUMI_HOME") or Path(_user_home(environ)) / ".pulumi").expanduser()


def rolecall_home(environ: Mapping[str, str]) -> Path:
    """Where rolecall keeps its own."""
    return Path(environ.get("ROLECALL_HOME") or Path(_user_home(environ)) / ".rolecall").expanduser()


def _user_home(environ: Mapping[str, str]) -> str:
    return environ.get("HOME") or str(Path.home())


def choose(environ: Mapping[str, str], project_url: str) -> Choice:
    """The backend in use. Raises LoginRequired, RolecallError."""
    if environ.get(VARIABLE):
        return Choice(environ[VARIABLE], "environment")
    if project_url:
        return Choice(project_url, "project")
    own = _read(_login_file(environ)).get("current")
    if own:
        return Choice(str(own), "login")
    current = _read(credentials_file(environ)).get("current")
    if current:
        return Choice(str(current), "pulumi")
    raise LoginRequired


def check_url(url: str) -> None:
    """Raises UnknownBackend unless the URL is of a kind that Pulumi knows."""
    if url.partition("://")[0] not in SCHEMES or "://" not in url:
        raise UnknownBackend(
            f"unknown backend cloudUrl format '{url}' (supported Url formats are: "
            "azblob://, gs://, s3://, file://, https://, http:// and postgres://)"
        )


def log_in(environ: Mapping[str, str], url: str) -> None:
    """Remembers a backend as the one in use."""
    files.write(_login_file(environ), json.dumps({"current": url}, indent=files.JSON_INDENT) + "\n", mode=0o600)


def log_out(environ: Mapping[str, str]) -> None:
    """Forgets it. Pulumi's own login stays as it is."""
    _login_file(environ).unlink(missing_ok=True)


def logged_in(environ: Mapping[str, str]) -> str:
    """The backend that `log_in` remembers, or nothing."""
    return str(_read(_login_file(environ)).get("current") or "")


def credentials_file(environ: Mapping[str, str]) -> Path:
    """Where Pulumi's own login is recorded."""
    directory = environ.get("PULUMI_CREDENTIALS_PATH")
    return (Path(directory).expanduser() if directory else pulumi_home(environ)) / "credentials.json"


def _login_file(environ: Mapping[str, str]) -> Path:
    return rolecall_home(environ) / "login.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RolecallError(f"could not read '{path}': {error}") from error
    return data if isinstance(data, dict) else {}
