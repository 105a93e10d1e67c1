"""`rolecall state`: mend a stack's state by hand."""

from __future__ import annotations

import click

from rolecall.cli.frame import group, option
from rolecall.cli.invocation import Invocation
from rolecall.cli.prompts import Declined, confirm


@group(
    "state",
    short="Edit the current stack's state",
    long="Edits the state of a stack directly, without its program. For when state and program cannot be brought\n"
    "together otherwise.",
)
def state() -> None:
    """Holds the verbs."""


def confirmed(inv: Invocation, yes: bool) -> None:
    """Asks a person whether the state is really to be edited. Without one, the command itself is taken for a yes."""
    if inv.interactive and not yes and not inv.skip_confirmations:
        question = "warning: This command will edit your stack's state directly. Confirm?"
        if not confirm(question):
            raise Declined("confirmation declined")


@state.verb(
    "repair",
    short="Repair an invalid state",
    long="Repairs a state that is not sound: sorts its resources so that what one refers to comes before it, and\n"
    "drops references to resources that are not there.",
)
@option("--stack", "-s", help="The name of the stack to operate on. Defaults to the current stack")
@option("--yes", "-y", kind=bool, help="Skip confirmation prompts")
@click.pass_obj
def repair(inv: Invocation, /, stack: str, yes: bool) -> None:
    """Repairs a state."""
    from rolecall.api import state_edit

    workspace = inv.workspace()
    name = workspace.resolve(stack, may_create=True)
    confirmed(inv, yes)
    done = state_edit.repair(workspace.backend, name)
    inv.say("State repaired successfully" if done else "The snapshot is already valid; skipping repair")
