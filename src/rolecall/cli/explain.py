"""`rolecall explain`: why a call was refused."""

from __future__ import annotations

from pathlib import Path

import click

from rolecall.cli.frame import command, option
from rolecall.cli.invocation import Invocation
from rolecall.cli.problems import UsageProblem
from rolecall.errors import RolecallError


@command(
    "explain",
    short="Explain why AWS refused a call, from files",
    long="Explains a real account's denial offline, from what two commands print:\n\n"
    "    aws cloudtrail lookup-events > event.json\n"
    "    aws iam get-account-authorization-details > account.json\n"
    "    rolecall explain --event event.json --account account.json\n\n"
    "It says which statement decided, which came nearest, and the smallest grant that is missing. Policies of\n"
    "resources, control policies and session policies are not in these files; where AWS named one, that is said.",
)
@option("--event", help="A file with CloudTrail records, or what lookup-events printed")
@option("--account", help="A file with what get-account-authorization-details printed")
@option("--id", help="Explain the event of this id (default: the latest that was denied)")
@option("--all", kind=bool, help="Show every statement that was considered")
@option("--json", kind=bool, help="Print everything that was considered as JSON")
@click.pass_obj
def explain(inv: Invocation, /, event: str, account: str, json: bool, **given: str) -> None:
    """Explains one denial."""
    from rolecall.api.explain import explain_event

    if not event or not account:
        raise UsageProblem("both --event and --account are needed")
    everything = bool(given["all"])
    inv.say(
        explain_event(_read(event), _read(account), event_id=given["id"] or "", as_json=json, everything=everything)
    )


def _read(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise RolecallError(f"could not read {name}: {error.strerror}") from error
