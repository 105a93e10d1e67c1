"""`rolecall trail`: who called what, through which roles, and what was refused."""

from __future__ import annotations

import json
from typing import Any

import click

from rolecall.cli.frame import command, option
from rolecall.cli.invocation import Invocation


@command(
    "trail",
    short="Show who called what, as whom, and what was refused",
    long="Reads CloudTrail: the sandbox's, as its administrator whatever keys are exported, or with `--profile` that\n"
    "of an AWS account (management events of the last 90 days, with that profile's permissions).",
)
@option("--event", help="Only this event, such as CreateBucket")
@option("--user", help="Only this user or session name")
@option("--resource", help="Only events about this resource (its name or ARN)")
@option("--denied", kind=bool, help="Only what was refused")
@option("--writes", kind=bool, help="Only what may have changed something")
@option("--limit", kind=int, default=0, help="At most so many of the latest")
@option(
    "--json", kind=bool, help="Print whole CloudTrail records as a JSON array, oldest first (with --follow: one a line)"
)
@option("--follow", kind=bool, help="Go on as new calls arrive (sandbox only)")
@option("--profile", help="Read an AWS account's trail through this profile")
@option("--region", help="The region to look in, with --profile")
@click.pass_obj
def trail(inv: Invocation, /, event: str, follow: bool, json: bool, **given: Any) -> None:
    """Shows the trail."""
    from rolecall.api import trail as api

    profile, region = given.pop("profile"), given.pop("region")
    wanted = api.Filter(event=event, **given)
    entries = api.from_aws(profile, region, wanted) if profile else api.from_sandbox(inv.environ, wanted)
    if not follow:
        _print_all(inv, entries, json)
        return
    for entry in api.follow_sandbox(inv.environ, wanted):
        inv.say(_line(entry.record) if json else api.as_line(entry))


def _line(record: Any) -> str:
    return json.dumps(record, separators=(",", ":"))


def _print_all(inv: Invocation, entries: list[Any], as_json: bool) -> None:
    from rolecall.api import trail as api

    if as_json:
        inv.say(json.dumps([entry.record for entry in entries], indent=2))
        return
    if not entries:
        inv.tell("no such calls in the trail")
    for entry in entries:
        inv.say(api.as_line(entry))
