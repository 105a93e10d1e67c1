"""Commands that only mean something with Pulumi Cloud: they say so."""

from __future__ import annotations

import click

from rolecall.cli.frame import command, group
from rolecall.cli.invocation import Invocation
from rolecall.errors import RolecallError


@command("console", short="Open the stack in the Pulumi Console (Pulumi Cloud only)")
@click.argument("stack", required=False)
@click.pass_obj
def console(inv: Invocation, stack: str | None) -> None:
    """Says that there is no console."""
    inv.say("This command is not available for your backend: its stacks have no web console.")


@group("org", short="Manage organizations (Pulumi Cloud only)", long="Organizations belong to Pulumi Cloud.")
def org() -> None:
    """Organizations."""


def _no_organizations(inv: Invocation) -> RolecallError:
    return RolecallError(f"backends of this type '{inv.workspace().backend.name}' do not support organizations")


@org.verb("get-default", short="Get the default organization")
@click.pass_obj
def get_default(inv: Invocation) -> None:
    """Refuses: there are no organizations here."""
    raise _no_organizations(inv)


@org.verb("set-default", short="Set the default organization")
@click.argument("name")
@click.pass_obj
def set_default(inv: Invocation, name: str) -> None:
    """Refuses: there are no organizations here."""
    raise _no_organizations(inv)
