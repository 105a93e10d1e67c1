"""`rolecall state`: mend a stack's state by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rolecall.cli.frame import group, option
from rolecall.cli.invocation import Invocation
from rolecall.cli.problems import UsageProblem
from rolecall.cli.prompts import Declined, choose, confirm

if TYPE_CHECKING:
    from rolecall.api.workspace import Workspace
    from rolecall.model.stack_name import StackName
    from rolecall.state.editing import Flag

_stack = option("--stack", "-s", help="The name of the stack to operate on. Defaults to the current stack")
_yes = option("--yes", "-y", kind=bool, help="Skip confirmation prompts")


@group(
    "state",
    short="Edit the current stack's state",
    long="Edits the state of a stack directly, without its program. For when state and program cannot be brought\n"
    "together otherwise. Nothing is changed but the state: resources that it forgets go on to exist.",
)
def state() -> None:
    """Holds the verbs."""


def _open(inv: Invocation, stack: str, yes: bool) -> tuple[Workspace, StackName]:
    """The stack to edit. A person is asked whether to; without one, the command itself is taken for a yes."""
    workspace = inv.workspace()
    name = workspace.resolve(stack, may_create=True)
    if inv.interactive and not yes and not inv.skip_confirmations:
        question = "warning: This command will edit your stack's state directly. Confirm?"
        if not confirm(question):
            raise Declined("confirmation declined")
    return workspace, name


def _wanted(inv: Invocation, urns: tuple[str, ...], stack: str, question: str) -> tuple[str, ...]:
    """The resources that are meant; a person who named none may choose one."""
    if urns:
        return urns
    if not inv.interactive:
        raise UsageProblem("Must supply <resource URN> unless pulumi is run interactively")
    from rolecall.api.stack_graph import resources_of

    workspace = inv.workspace()
    known = [str(r.urn) for r in resources_of(workspace.backend, workspace.resolve(stack)) if not r.delete]
    if not known:
        raise UsageProblem("the stack has no resources")
    return (choose(question, known),)


@state.verb(
    "repair",
    short="Repair an invalid state",
    long="Repairs a state that is not sound: sorts its resources so that what one refers to comes before it, and\n"
    "drops references to resources that are not there.",
)
@_stack
@_yes
@click.pass_obj
def repair(inv: Invocation, /, stack: str, yes: bool) -> None:
    """Repairs a state."""
    from rolecall.api import state_edit

    workspace, name = _open(inv, stack, yes)
    done = state_edit.repair(workspace.backend, name)
    inv.say("State repaired successfully" if done else "The snapshot is already valid; skipping repair")


@state.verb(
    "delete",
    short="Deletes a resource from a stack's state",
    long="Makes a state forget resources, as long as no others depend on them. The resources go on to exist.",
)
@option("--force", kind=bool, help="Force deletion of protected resources")
@option("--all", kind=bool, help="Delete all resources in the stack")
@option("--target-dependents", kind=bool, help="Delete the URN and all its dependents")
@_stack
@_yes
@click.argument("urns", nargs=-1, metavar="resource-urn")
@click.pass_obj
def delete(
    inv: Invocation, /, urns: tuple[str, ...], force: bool, all: bool, target_dependents: bool, stack: str, yes: bool
) -> None:
    """Forgets resources."""
    from rolecall.api import state_edit

    if all and urns:
        raise UsageProblem("cannot specify a resource URN when deleting all resources")
    if not all:
        urns = _wanted(inv, urns, stack, "Select the resource to delete")
    workspace, name = _open(inv, stack, yes)
    count = state_edit.forget(
        workspace.backend,
        name,
        None if all else urns,
        force=force,
        dependents=target_dependents,
        warn=lambda text: inv.tell(f"warning: {text}"),
        check_integrity=not inv.globals.disable_integrity_checking,
    )
    if all:
        inv.say("Resources deleted")
    else:
        inv.say("Resource deleted" if len(urns) == 1 else f"{count} resources deleted")


@state.verb(
    "rename",
    short="Renames a resource from a stack's state",
    long="Gives a resource another name in the state: its own URN, and wherever others refer to it.",
)
@_stack
@_yes
@click.argument("urn", metavar="resource-urn")
@click.argument("new_name")
@click.pass_obj
def rename(inv: Invocation, /, urn: str, new_name: str, stack: str, yes: bool) -> None:
    """Renames a resource."""
    from rolecall.api import state_edit

    workspace, name = _open(inv, stack, yes)
    strict = not inv.globals.disable_integrity_checking
    state_edit.rename(workspace.backend, name, urn, new_name, check_integrity=strict)
    inv.say("Resource renamed")


def _flag(
    inv: Invocation, urns: tuple[str, ...], all_: bool, stack: str, yes: bool, flag: tuple[Flag, bool, str]
) -> None:
    from rolecall.api import state_edit

    which, value, done = flag
    if not all_:
        urns = _wanted(inv, urns, stack, "Select a resource")
    workspace, name = _open(inv, stack, yes)
    strict = not inv.globals.disable_integrity_checking
    state_edit.flag(workspace.backend, name, None if all_ else urns, which, value, check_integrity=strict)
    inv.say(f"All resources {done}" if all_ else f"{len(urns)} resources {done}")


@state.verb(
    "unprotect",
    short="Unprotect resources in a stack's state",
    long="Clears the protection of resources, so that they can be deleted.",
)
@option("--all", kind=bool, help="Unprotect all resources in the checkpoint")
@_stack
@_yes
@click.argument("urns", nargs=-1, metavar="resource-urn")
@click.pass_obj
def unprotect(inv: Invocation, /, urns: tuple[str, ...], all: bool, stack: str, yes: bool) -> None:
    """Clears protection."""
    _flag(inv, urns, all, stack, yes, ("protect", False, "unprotected"))


@state.verb(
    "protect",
    short="Protect resources in a stack's state",
    long="Protects resources from being deleted.",
)
@option("--all", kind=bool, help="Protect all resources in the checkpoint")
@_stack
@_yes
@click.argument("urns", nargs=-1, metavar="resource-urn")
@click.pass_obj
def protect(inv: Invocation, /, urns: tuple[str, ...], all: bool, stack: str, yes: bool) -> None:
    """Sets protection."""
    _flag(inv, urns, all, stack, yes, ("protect", True, "protected"))


@state.verb(
    "taint",
    short="Taint one or more resources in the stack's state",
    long="Marks resources so that the next update replaces them.",
)
@_stack
@_yes
@click.argument("urns", nargs=-1, metavar="resource-urn")
@click.pass_obj
def taint(inv: Invocation, /, urns: tuple[str, ...], stack: str, yes: bool) -> None:
    """Marks for replacement."""
    _flag(inv, urns, False, stack, yes, ("taint", True, "tainted"))


@state.verb(
    "untaint",
    short="Untaint one or more resources in the stack's state",
    long="Takes the mark of `pulumi state taint` off again.",
)
@option("--all", kind=bool, help="Untaint all resources in the checkpoint")
@_stack
@_yes
@click.argument("urns", nargs=-1, metavar="resource-urn")
@click.pass_obj
def untaint(inv: Invocation, /, urns: tuple[str, ...], all: bool, stack: str, yes: bool) -> None:
    """Takes the mark off."""
    _flag(inv, urns, all, stack, yes, ("taint", False, "untainted"))


@state.verb(
    "get",
    short="Show a resource of a stack's state",
    long="Shows one resource, by URN or by a name that only one has.",
)
@option("--output", default="default", help="The format to print in: default or json")
@option("--show-secrets", kind=bool, help="Display secrets in plaintext")
@_stack
@click.argument("urn", metavar="resource-urn")
@click.pass_obj
def get(inv: Invocation, /, urn: str, output: str, show_secrets: bool, stack: str) -> None:
    """Shows a resource."""
    from rolecall.api import state_edit
    from rolecall.cli.stack import one_format
    from rolecall.display.resource_view import resource_data, resource_text
    from rolecall.model.json_text import indented

    as_json = one_format(output, False, inv.changed)
    workspace = inv.workspace()
    name = workspace.resolve(stack)
    opener = workspace.stack(name).open_state if show_secrets else None
    entry = state_edit.entry(workspace.backend, name, urn, opener)
    inv.say(indented(resource_data(entry)) if as_json else resource_text(entry))


@state.verb(
    "move",
    short="Move resources from one stack to another",
    long="Moves resources, with everything below them, from one stack to another. Their providers are copied.\n"
    "References between what moves and what stays are dropped, and named before anything is done.",
    aliases=("mv",),
)
@option("--source", help="The name of the stack to move resources from")
@option("--dest", help="The name of the stack to move resources to")
@option("--include-parents", kind=bool, help="Include all the parents of the moved resources as well")
@option("--yes", "-y", kind=bool, help="Automatically approve and perform the move")
@click.argument("urns", nargs=-1, required=True, metavar="urn")
@click.pass_obj
def move(inv: Invocation, /, urns: tuple[str, ...], source: str, dest: str, include_parents: bool, yes: bool) -> None:
    """Moves resources."""
    from rolecall.api.state_move import planned_move
    from rolecall.display.move_view import plan_text

    if not source and not dest:
        raise UsageProblem("at least one of --source or --dest must be provided")
    workspace = inv.workspace()
    here, there = (workspace.resolve(text, may_init=False) for text in (source, dest))
    with planned_move(workspace, here, there, urns, include_parents=include_parents) as planned:
        inv.say(plan_text(planned.move, str(here), str(there)))
        if not yes and not inv.skip_confirmations:
            if not inv.interactive:
                raise UsageProblem("non-interactive mode requires --yes flag")
            if not confirm("Do you want to perform this move?"):
                inv.say("Confirmation denied, not proceeding with the state move")
                return
        planned.perform()
    inv.say(f"Successfully moved resources from {here} to {there}")


@state.verb(
    "edit",
    short="Edit the current stack's state in your EDITOR",
    long="Opens the state as JSON in $VISUAL or $EDITOR, and stores what was made of it if it is sound. Secrets stay\n"
    "sealed. The stack is locked until the editor is closed.",
)
@_stack
@click.pass_obj
def edit(inv: Invocation, /, stack: str) -> None:
    """Has the state edited."""
    from rolecall.api import state_edit
    from rolecall.cli.editor import edited

    if not inv.interactive:
        raise UsageProblem("pulumi state edit must be run in interactive mode")
    workspace = inv.workspace()
    name = workspace.resolve(stack)

    def change(text: str) -> str:
        new = edited(text, f"{name.stack}.json", inv.environ)
        if new != text and not confirm("This will change your stack's state. Confirm?"):
            raise Declined("confirmation declined")
        return new

    done = state_edit.rewrite(workspace.backend, name, change)
    inv.say("State edited" if done else "Nothing was changed")


@state.verb(
    "upgrade",
    short="Migrates the current backend to the latest supported version",
    long="Backends that rolecall uses have the latest layout. Files of an older one are named in a warning; Pulumi's\n"
    "own CLI can move those.",
)
@_yes
@click.pass_obj
def upgrade(inv: Invocation, /, yes: bool) -> None:
    """Opens the backend, which checks its layout."""
    inv.workspace().backend.stacks(None)
    inv.say("Nothing to do")
