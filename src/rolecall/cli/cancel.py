"""`rolecall cancel`: free a stack that a run has locked and will not free itself."""

from __future__ import annotations

import click

from rolecall.cli.frame import command, option
from rolecall.cli.invocation import Invocation
from rolecall.cli.problems import UsageProblem


@command(
    "cancel",
    short="Cancel a stack's currently running update, if any",
    long="Removes the locks of a stack, whoever holds them. It does not stop a run that is still going on: make sure\n"
    "that there is none. What an interrupted run had done is recovered by the next command.",
)
@option("--yes", "-y", kind=bool, help="Skip confirmation prompts, and proceed with cancellation anyway")
@option("--stack", "-s", help="The name of the stack to operate on. Defaults to the current stack")
@click.argument("stack_name", required=False)
@click.pass_obj
def cancel(inv: Invocation, /, stack_name: str | None, stack: str, yes: bool) -> None:
    """Removes locks."""
    from rolecall.cli.prompts import confirm_by_typing

    if stack and stack_name:
        raise UsageProblem("only one of --stack or argument stack name may be specified, not both")
    workspace = inv.workspace()
    name = workspace.resolve(stack or stack_name, may_init=False)
    shown = workspace.shown(name)
    if inv.interactive and not yes and not inv.skip_confirmations:
        confirm_by_typing(f"This will irreversibly cancel the currently running update for '{shown}'!", shown)
    workspace.backend.cancel(name)
    inv.say(f"The currently running update for '{shown}' has been canceled!")
