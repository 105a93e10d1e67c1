"""`logs`: which resources of a stack write logs, and how to read them. rolecall itself collects none, and says so."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from rolecall.cli.frame import command, option
from rolecall.cli.invocation import Invocation
from rolecall.errors import RolecallError

if TYPE_CHECKING:
    from rolecall.model.resource import Resource

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|ns)")


@command(
    "logs",
    short="Show where the logs of a stack's resources are",
    long="Show where the logs of a stack's resources are.\n\nrolecall collects no log entries: it lists the log groups "
    "of the stack's functions with the AWS CLI's command that reads them. With `--json` the list of entries is empty.",
    aliases=("log",),
)
@option("--stack", "-s", help="The name of the stack to operate on. Defaults to the current stack")
@option("--config-file", help="Use the configuration values in the specified file rather than detecting the file name")
@option("--json", "-j", "json", kind=bool, help="Emit output as JSON")
@option("--follow", "-f", kind=bool, help="Pass on to the commands that are shown")
@option("--since", default="1h", help="Only logs newer than a duration ('5s', '2m', '3h') or a timestamp")
@option("--resource", "-r", help="Only logs of the resource with this name, type, type::name or URN")
@click.pass_obj
def logs(
    inv: Invocation, /, stack: str, json: bool, follow: bool, since: str, resource: str, **_ignored: object
) -> None:
    """Says where logs are."""
    from rolecall.api.stack_graph import resources_of

    workspace = inv.workspace()
    name = workspace.resolve(stack, may_init=False)
    start = _start(since)
    if json:
        inv.say("[]")
        return
    found = [r for r in resources_of(workspace.backend, name) if not r.delete and _is_meant(r, resource)]
    stamp = start.astimezone().isoformat(timespec="milliseconds")
    inv.say(f"Collecting logs for stack {workspace.shown(name)} since {stamp}.\n")
    commands = [line for r in found if (line := _command(r, since, start, follow))]
    if not commands:
        inv.tell("info: rolecall collects no logs, and knows of no resource here that writes any")
        return
    inv.tell("info: rolecall collects no logs; these commands of the AWS CLI read those of the stack's resources:")
    for line in commands:
        inv.tell(f"  {line}")


def _start(text: str) -> datetime:
    """The moment that a duration or a timestamp means. Raises RolecallError."""
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return datetime.now(UTC) - timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RolecallError(
            f"failed to parse argument to '--since' as duration or timestamp: '{text}'",
            hint="Give something like 2h30m or 2026-01-31T12:00:00Z.",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_meant(resource: Resource, wanted: str) -> bool:
    urn = resource.urn
    return not wanted or wanted in (urn, urn.name, resource.type, f"{resource.type}::{urn.name}")


def _command(resource: Resource, since: str, start: datetime, follow: bool) -> str:
    group = _group(resource)
    if not group:
        return ""
    region = resource.outputs.get("region")
    options = [f"--since {since if _PART.match(since) else start.isoformat()}"]
    options += [f"--region {region}"] if isinstance(region, str) else []
    options += ["--follow"] if follow else []
    return f"aws logs tail {group} {' '.join(options)}"


def _group(resource: Resource) -> str:
    """The CloudWatch log group that a resource is, or writes to unless it was told otherwise."""
    if resource.type == "aws:cloudwatch/logGroup:LogGroup":
        return resource.id
    if resource.type == "aws:lambda/function:Function":
        config = resource.outputs.get("loggingConfig")
        group = config.get("logGroup") if isinstance(config, dict) else None
        return group if isinstance(group, str) and group else f"/aws/lambda/{resource.id}"
    return ""
