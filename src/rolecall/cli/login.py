"""Commands about the installation and the state backend: login, logout, whoami, version, about."""

from __future__ import annotations

import sys
from typing import Any

import click

from rolecall import __version__
from rolecall.cli.frame import command, group, option
from rolecall.cli.invocation import Invocation, is_terminal
from rolecall.cli.problems import UsageProblem
from rolecall.model.compatibility import PULUMI_VERSION

_LOCAL = "file://~"


def _json_wanted(output: str, json: bool) -> bool:
    """Whether `--output` or its older form `--json` asks for JSON. Raises UsageProblem."""
    if output not in ("default", "json"):
        raise UsageProblem(f'output "{output}" not supported, valid values are: default or json')
    return json or output == "json"


@command(
    "login",
    short="Choose where state is kept",
    long="Chooses the backend that keeps the state of stacks: a directory, `file://PATH`.\n\n"
    "With `--local` it is kept below your home directory. The choice is rolecall's own: Pulumi's login is\n"
    "followed when rolecall has none, but never changed. `PULUMI_BACKEND_URL` and the project's `backend` win\n"
    "over both.",
)
@option("--cloud-url", "-c", help="A cloud URL to log in to")
@option("--local", "-l", kind=bool, help="Use Pulumi in local-only mode")
@option("--default-org", help="A default org to associate with the login (Pulumi Cloud only)")
@option("--insecure", kind=bool, help="Allow insecure server connections when using SSL (Pulumi Cloud only)")
@option("--interactive", kind=bool, help="Show interactive login options based on known accounts")
@click.argument("url", required=False)
@click.pass_obj
def login(inv: Invocation, /, url: str | None, cloud_url: str, local: bool, default_org: str, **_ignored: bool) -> None:
    """Chooses the backend."""
    from rolecall.api import login as api

    given = [text for text in (url, cloud_url, _LOCAL if local else "") if text]
    if len(given) > 1:
        raise UsageProblem("only one of --cloud-url, --local or argument URL may be specified")
    if default_org:
        raise UsageProblem("default organization may not be set for a self-managed backend")
    workspace = inv.workspace()
    done = api.log_in(workspace, given[0] if given else None)
    if done.overridden_by:
        inv.tell(f"warning: PULUMI_BACKEND_URL is set to {done.overridden_by}, which wins over this login")
    inv.say(f"Logged in to {done.host} as {done.user} ({done.url})")


@command(
    "logout",
    short="Forget where state is kept",
    long="Forgets the backend that `pulumi login` chose. Pulumi's own login stays as it is.",
)
@option("--all", kind=bool, help="Logout of all backends")
@option("--cloud-url", "-c", help="A cloud URL to log out of (defaults to current cloud)")
@option("--local", "-l", kind=bool, help="Log out of using local mode")
@click.argument("url", required=False)
@click.pass_obj
def logout(inv: Invocation, url: str | None, all: bool, cloud_url: str, local: bool) -> None:
    """Forgets the backend."""
    from rolecall.api import login as api

    given = [text for text in (url, cloud_url, _LOCAL if local else "") if text]
    if len(given) > 1:
        raise UsageProblem("only one of --all, --cloud-url, --local or argument URL may be specified")
    forgotten = api.log_out(inv.workspace(), given[0] if given else None)
    inv.say("Logged out of everything" if all else f"Logged out of {forgotten}")


@command("whoami", short="Print who is using the state backend")
@option("--verbose", "-v", kind=bool, help="Print detailed whoami information")
@option("--json", "-j", kind=bool, hidden=True, help="Emit output as JSON")
@option("--output", default="default", help="The format to print in: default or json")
@click.pass_obj
def whoami(inv: Invocation, verbose: bool, json: bool, output: str) -> None:
    """Prints the user."""
    from rolecall.model.json_text import indented

    as_json = _json_wanted(output, json)
    workspace = inv.workspace()
    url = workspace.backend.url
    if as_json:
        inv.say(indented({"user": workspace.user, "url": url}, sort=False))
    elif verbose:
        inv.say(f"User: {workspace.user}\nOrganizations: \nBackend URL: {url}\nToken type: personal")
    else:
        inv.say(workspace.user)


@command(
    "version",
    short="Print the version of Pulumi that this is compatible with",
    long="Prints the version of Pulumi whose behaviour rolecall follows, which tools that drive Pulumi want to know.\n"
    "At a terminal, rolecall's own version stands before it.",
)
@click.pass_obj
def version(inv: Invocation) -> None:
    """Prints the version."""
    if is_terminal(sys.stdout) and inv.program == "rolecall":
        inv.say(f"rolecall {__version__}, compatible with Pulumi {PULUMI_VERSION}")
    else:
        inv.say(PULUMI_VERSION)


@group("about", short="Print what is known of this installation, project and stack", runs_alone=True)
@option("--json", "-j", kind=bool, hidden=True, help="Emit output as JSON")
@option("--output", default="default", help="The format to print in: default or json")
@option("--transitive", "-t", kind=bool, help="Include transitive dependencies")
@option("--stack", "-s", help="The name of the stack to get info on. Defaults to the current stack")
@click.pass_obj
def about(inv: Invocation, /, json: bool, output: str, stack: str, **_ignored: bool) -> None:
    """Prints what can be found out, and warns of what cannot."""
    from rolecall.api.about import about as find_out
    from rolecall.model.json_text import indented

    as_json = _json_wanted(output, json)
    found = find_out(inv.workspace(), stack or None)
    for problem in found["errors"]:
        inv.tell(f"warning: {problem}")
    inv.say(indented(found, sort=False) if as_json else _about_text(found))


def _about_text(found: dict[str, Any]) -> str:
    from rolecall.display.table import table

    cli, host, backend, stack = found["cliAbout"], found["host"], found["backend"], found["currentStack"]
    parts = [
        "CLI\n" + table(("Version", PULUMI_VERSION), [("rolecall", cli["rolecall"]), ("Python", cli["python"])]),
        "Host\n" + table(("OS", host["os"]), [("Version", host["version"]), ("Arch", host["arch"])]),
    ]
    if backend:
        parts.append(
            "Backend\n" + table(("Name", backend["name"]), [("URL", backend["url"]), ("User", backend["user"])])
        )
    if found["runtime"]:
        parts.append(f"This project is written in {found['runtime']['language']}")
    if stack:
        rows = [(resource["type"], resource["urn"]) for resource in stack["resources"]]
        parts.append(f"Current Stack: {stack['fullyQualifiedName']}\n\n" + table(("TYPE", "URN"), rows))
        pending = stack["pendingOps"]
        parts.append(
            table(("OPP TYPE", "URN"), [(o["type"], o["urn"]) for o in pending])
            if pending
            else f"Found no pending operations associated with {stack['name']}"
        )
    return "\n\n".join(parts)


@about.verb(
    "env",
    short="List the environment variables that change what this program does",
)
@click.pass_obj
def about_env(inv: Invocation) -> None:
    """Prints the variables with one line each."""
    from rolecall.api.about import VARIABLES
    from rolecall.display.table import table

    inv.say(table(("VARIABLE", "DESCRIPTION"), sorted(VARIABLES.items())))
