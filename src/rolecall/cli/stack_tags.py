"""`rolecall stack tag`: names with values that a stack carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rolecall.cli.frame import group, option
from rolecall.cli.invocation import Invocation
from rolecall.errors import RolecallError

if TYPE_CHECKING:
    from rolecall.api.stack_tags import StackTags


@group(
    "tag",
    short="Manage stack tags",
    long="Stacks carry tags: names with values, by which they can be told apart and listed.",
)
@option("--stack", "-s", persistent=True, help="The name of the stack to operate on. Defaults to the current stack")
@click.pass_obj
def tag(_inv: Invocation, /, **_flags: str) -> None:
    """Holds the verbs."""


def _open(inv: Invocation, stack: str) -> tuple[StackTags, str]:
    from rolecall.api.stack_tags import StackTags

    workspace = inv.workspace()
    name = workspace.resolve(stack, may_init=False)
    return StackTags(workspace.backend, name), workspace.shown(name)


@tag.verb("get", short="Get a single stack tag value")
@click.argument("name")
@click.pass_obj
def get(inv: Invocation, /, name: str, stack: str) -> None:
    """Prints the value of one tag."""
    tags, shown = _open(inv, stack)
    value = tags.all().get(name)
    if value is None:
        raise RolecallError(f"stack tag '{name}' not found for stack '{shown}'")
    inv.say(value)


@tag.verb("list", short="List all stack tags", aliases=("ls",))
@option("--output", default="default", help="The format to print in: default or json")
@option("--json", "-j", kind=bool, hidden=True, help="Emit output as JSON")
@click.pass_obj
def list_(inv: Invocation, /, output: str, json: bool, stack: str) -> None:
    """Lists tags."""
    from rolecall.cli.stack import one_format
    from rolecall.display.table import table
    from rolecall.model.json_text import indented

    as_json = one_format(output, json, inv.changed)
    tags = _open(inv, stack)[0].all()
    inv.say(indented(tags) if as_json else table(("NAME", "VALUE"), sorted(tags.items())))


@tag.verb("set", short="Set a stack tag")
@click.argument("name")
@click.argument("value")
@click.pass_obj
def set_(inv: Invocation, /, name: str, value: str, stack: str) -> None:
    """Sets one tag."""
    tags, _ = _open(inv, stack)
    tags.set(name, value)


@tag.verb("remove", short="Remove a stack tag", aliases=("rm",))
@click.argument("name")
@click.pass_obj
def remove(inv: Invocation, /, name: str, stack: str) -> None:
    """Removes one tag."""
    tags, _ = _open(inv, stack)
    tags.remove(name)


VERBS = (tag,)
