"""`rolecall sandbox`: an AWS on this machine that checks who asks, and forgets nothing of it."""

from __future__ import annotations

import json
import os
import time

import click

from rolecall.cli.frame import group, option
from rolecall.cli.invocation import Invocation
from rolecall.cli.problems import UsageProblem


@group(
    "sandbox",
    short="Run an AWS on this machine that enforces IAM",
    long="An AWS in one process on loopback, for any AWS client: signatures are verified, policies decide,\n"
    "and CloudTrail records every call.\n\n"
    '    rolecall sandbox start\n    eval "$(rolecall sandbox env)"\n    aws sts get-caller-identity',
)
def sandbox() -> None:
    """The group."""


@sandbox.verb("start", short="Start the sandbox, or say that it runs")
@option("--port", kind=int, help="Serve on this port (default: that of last time, or any free one)")
@option("--json", kind=bool, help="Print endpoint, account, region and pid as JSON")
@click.pass_obj
def start(inv: Invocation, /, port: int, json: bool) -> None:
    """Starts it."""
    from rolecall.api import sandbox as api

    found = api.ensure_running(inv.environ, port or None)
    for note in found.notes:
        inv.tell(f"warning: {note}")
    if json:
        inv.say(_facts(found.endpoint, found.account, found.region, found.pid))
        return
    state = "started" if found.started_now else "already running"
    inv.say(
        f"sandbox {state}: {found.endpoint}   account {found.account}   {found.region}   IAM enforced on every call"
    )
    inv.tell('Point any AWS client at it with: eval "$(rolecall sandbox env)"')


def _facts(endpoint: str, account: str, region: str, pid: int) -> str:
    return json.dumps({"endpoint": endpoint, "account": account, "region": region, "pid": pid}, indent=2)


@sandbox.verb("stop", short="Stop the sandbox; what it holds is kept for the next start")
@click.pass_obj
def stop(inv: Invocation, /) -> None:
    """Stops it."""
    from rolecall.api import sandbox as api

    done = api.stop(inv.environ)
    if not done.was_running:
        inv.say("no sandbox is running")
        return
    for name in done.forgotten:
        inv.tell(f"warning: not kept: {name}")
    inv.say("sandbox stopped")


@sandbox.verb("status", short="Say whether it runs, what it holds, and what would not survive a stop")
@option("--json", kind=bool, help="Print it as JSON")
@click.pass_obj
def status(inv: Invocation, /, json: bool) -> None:
    """Reports; exit code 1 when none runs."""
    from rolecall.api import sandbox as api

    found = api.find_running(inv.environ)
    if found is None:
        inv.say("null" if json else "no sandbox is running")
        raise click.exceptions.Exit(1)
    facts = api.status(inv.environ)
    if json:
        inv.say(_status_json(found.endpoint, found.account, found.region, found.pid, facts))
        return
    inv.say(f"running    {found.endpoint}   account {found.account}   {found.region}   pid {found.pid}")
    inv.say(f"since      {facts['started']}   {facts['records']} calls in the trail")
    inv.say(f"in use     {', '.join(facts['services']) or 'nothing yet'}")
    forgotten = facts["forgotten"]
    inv.say(f"would not survive a stop   {', '.join(forgotten) if forgotten else 'nothing: all of it is saved'}")
    for note in facts["notes"]:
        inv.say(f"note       {note}")


def _status_json(endpoint: str, account: str, region: str, pid: int, facts: dict[str, object]) -> str:
    return json.dumps({"endpoint": endpoint, "account": account, "region": region, "pid": pid, **facts}, indent=2)


@sandbox.verb(
    "env",
    short="Print the settings that lead AWS clients to the sandbox",
    long='For `eval "$(rolecall sandbox env)"`. Whatever would lead to another account is unset: profiles, session\n'
    "tokens, other endpoints; the AWS config files are replaced by the sandbox's own.\n\n"
    "Formats: sh (bash and zsh too), fish, json (null means unset), and profile: a profile for your own AWS\n"
    "config file, as the alternative to exported keys.",
)
@option("--format", "-f", default="sh", help="One of sh, bash, zsh, fish, json, profile")
@click.pass_obj
def env(inv: Invocation, /, format: str) -> None:
    """Prints them."""
    from rolecall.api import sandbox as api

    formats = ("sh", "bash", "zsh", "fish", "json", "profile")
    if format not in formats:
        raise UsageProblem(f'format "{format}" not supported, valid values are: {", ".join(formats)}')
    if format == "json":
        inv.say(json.dumps(api.env_values(inv.environ), indent=2))
        return
    inv.say(api.env_text(format, inv.environ).rstrip("\n"))


@sandbox.verb("credentials", short="Print the administrator's keys, for credential_process")
@click.pass_obj
def credentials(inv: Invocation, /) -> None:
    """Prints them as AWS's credential_process wants them."""
    from rolecall.api import sandbox as api

    keys = api.credentials(inv.environ)
    document = {"Version": 1, "AccessKeyId": keys.access_key_id, "SecretAccessKey": keys.secret_access_key}
    inv.say(json.dumps(document))


@sandbox.verb("reset", short="Empty the sandbox: resources, users, keys and trail")
@option("--yes", "-y", kind=bool, help="Do not ask")
@click.pass_obj
def reset(inv: Invocation, /, yes: bool) -> None:
    """Empties it."""
    from rolecall.api import sandbox as api
    from rolecall.cli.prompts import confirm

    if not yes and inv.interactive and not confirm("Everything in the sandbox will be gone. Do you want this?", False):
        raise click.exceptions.Exit(1)
    api.reset(inv.environ)
    inv.say('sandbox emptied; its keys are new: eval "$(rolecall sandbox env)"')


@sandbox.verb("logs", short="Print the daemon's log")
@option("--follow", kind=bool, help="Go on printing as it grows")
@option("--lines", "-n", kind=int, default=100, help="How many of the last lines")
@click.pass_obj
def logs(inv: Invocation, /, follow: bool, lines: int) -> None:
    """Prints the log."""
    from rolecall.api import sandbox as api

    path = api.log_path(inv.environ)
    if not path.exists():
        inv.say("no log yet")
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        text = file.read().splitlines()
        for line in text[-lines:]:
            inv.say(line)
        while follow:
            more = file.read()
            if more:
                inv.say(more.rstrip("\n"))
            elif os.getppid() == 1:
                return
            else:
                time.sleep(0.2)
