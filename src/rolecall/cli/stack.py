"""`rolecall stack`: show, make, list, select, rename and remove stacks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from rolecall.cli import prompts
from rolecall.cli.frame import group, option
from rolecall.cli.invocation import Invocation
from rolecall.cli.problems import UsageProblem
from rolecall.errors import RolecallError

if TYPE_CHECKING:
    from rolecall.api.workspace import Workspace
    from rolecall.model.stack_name import StackName

STACK_HELP = "The name of the stack to operate on. Defaults to the current stack"
OUTPUT_HELP = "The format to print in: default or json"


class NoStackNamed(RolecallError):
    """A stack is needed by name, and there is none to be had."""

    exit_code = 6


def one_format(output: str, json: bool, changed: frozenset[str]) -> bool:
    """Whether JSON is wanted, from `--output` and its older form. Raises UsageProblem."""
    if {"output", "json"} <= changed:
        raise UsageProblem(
            "if any flags in the group [output json] are set none of the others can be; [json output] were all set"
        )
    if output not in ("default", "json"):
        raise UsageProblem(f'output "{output}" not supported, valid values are: default or json')
    return json or output == "json"


def shown(inv: Invocation, workspace: Workspace, name: StackName) -> str:
    """A stack's name as this invocation wants names shown."""
    return str(name) if inv.globals.fully_qualify_stack_names else workspace.shown(name)


@group(
    "stack",
    short="Manage stacks and view stack state",
    long="Shows the selected stack: when and by what it was last updated, its resources and its outputs.\n\n"
    "A stack is one instance of a project, with its own configuration and state.",
    runs_alone=True,
)
@option("--show-ids", "-i", kind=bool, help="Display each resource's provider-assigned unique ID")
@option("--show-urns", "-u", kind=bool, help="Display each resource's Pulumi-assigned globally unique URN")
@option("--show-secrets", kind=bool, help="Display stack outputs which are marked as secret in plaintext")
@option("--show-name", kind=bool, help="Display only the stack name")
@option("--output", default="default", help=OUTPUT_HELP)
@option("--stack", "-s", help=STACK_HELP)
@click.pass_obj
def stack(inv: Invocation, /, stack: str, output: str, show_name: bool, **flags: Any) -> None:
    """Shows one stack."""
    as_json = one_format(output, False, inv.changed)
    workspace = inv.workspace()
    name = workspace.resolve(stack)
    if show_name:
        inv.say(str(name) if inv.globals.fully_qualify_stack_names else name.stack)
        return
    _show(inv, workspace, name, as_json, flags)


def _show(inv: Invocation, workspace: Workspace, name: StackName, as_json: bool, flags: dict[str, Any]) -> None:
    from rolecall.api.stacks import summary
    from rolecall.display.stack_views import summary_data, summary_text
    from rolecall.model.json_text import indented

    found = summary(
        workspace,
        name,
        shown=shown(inv, workspace, name),
        show_secrets=flags.get("show_secrets", False),
        check_integrity=not inv.globals.disable_integrity_checking,
    )
    if as_json:
        inv.say(indented(summary_data(found)))
        return
    now = datetime.now(UTC)
    inv.say(summary_text(found, now, urns=flags.get("show_urns", False), ids=flags.get("show_ids", False)))


@stack.verb("get", short="Show a stack", long="Shows a stack as `pulumi stack` does.")
@option("--output", default="default", help=OUTPUT_HELP)
@option("--show-secrets", kind=bool, help="Display stack outputs which are marked as secret in plaintext")
@option("--stack", "-s", help=STACK_HELP)
@click.argument("name", required=False)
@click.pass_obj
def get(inv: Invocation, /, name: str | None, stack: str, output: str, show_secrets: bool) -> None:
    """Shows one stack."""
    as_json = one_format(output, False, inv.changed)
    workspace = inv.workspace()
    _show(inv, workspace, workspace.resolve(name or stack), as_json, {"show_secrets": show_secrets})


@stack.verb(
    "new",
    short="Create an empty stack with the given name, ready for updates",
    long="Creates an empty stack and selects it.\n\n"
    "Names are unique within a project. The full name, `organization/PROJECT/STACK`, is what other programs refer\n"
    "to the stack by. Secrets are sealed with a passphrase of the stack's own.",
    aliases=("init", "create", "setup"),
)
@option("--secrets-provider", default="default", help="The type of the provider that should be used to encrypt secrets")
@option("--copy-config-from", help="The name of the stack to copy existing config from")
@option("--no-select", kind=bool, help="Do not select the stack")
@option("--teams", multiple=True, help="A list of team names that should have permission to this stack")
@option("--stack", "-s", help="The name of the stack to create")
@option("--yes", "-y", kind=bool, hidden=True)
@click.argument("stack_name", required=False)
@click.pass_obj
def init(
    inv: Invocation,
    /,
    stack_name: str | None,
    stack: str,
    secrets_provider: str,
    copy_config_from: str,
    no_select: bool,
    teams: tuple[str, ...],
    yes: bool,
) -> None:
    """Makes a stack."""
    from rolecall.api.stacks import create_stack
    from rolecall.secrets.opening import check_kind

    check_kind(secrets_provider)
    if stack and stack_name:
        raise UsageProblem("only one of --stack or argument stack name may be specified, not both")
    if teams:
        raise RolecallError("stacks of a self-managed backend have no teams: leave --teams out")
    text = stack or stack_name or ""
    if not text and inv.interactive:
        text = prompts.ask_text("stack name", "dev")
    if not text:
        raise RolecallError("missing stack name")
    workspace = inv.workspace()
    if workspace.project is None and text.count("/") != 2:
        raise RolecallError(
            "no Pulumi.yaml project file found; either run this command from a directory containing a Pulumi project, "
            "or pass the fully qualified stack name (organization/project/stack)"
        )
    name = workspace.stack_name(text)
    source = workspace.resolve(copy_config_from) if copy_config_from else None
    create_stack(workspace, name, secrets_provider)
    if source is not None:
        from rolecall.api import config

        config.copy(workspace.stack(source), workspace.stack(name))
    if not no_select:
        workspace.select(name)
    inv.tell(f"Created stack '{shown(inv, workspace, name)}'")
    # Scripts that compare standard error line by line skip progress, which begins with `@` where nobody watches.
    inv.tell(f"{'' if inv.interactive else '@ '}Full name: {name}")


@stack.verb(
    "list",
    short="List stacks",
    long="Lists the stacks of this project, or with `--all` of the whole backend. The selected one has a `*`.",
    aliases=("ls",),
)
@option("--all", "-a", kind=bool, help="List all stacks instead of just stacks for the current project")
@option("--project", "-p", help="Filter returned stacks to those with a specific project name")
@option("--organization", "-o", help="Filter returned stacks to those in a specific organization")
@option("--tag", "-t", help="Filter returned stacks to those that have the given tag: name or name=value")
@option("--output", default="default", help=OUTPUT_HELP)
@option("--json", "-j", kind=bool, hidden=True, help="Emit output as JSON")
@click.pass_obj
def list_(inv: Invocation, /, all: bool, project: str, organization: str, tag: str, output: str, json: bool) -> None:
    """Lists stacks."""
    from rolecall.api.stacks import listings
    from rolecall.display.relative_time import ago
    from rolecall.display.stack_views import json_time
    from rolecall.display.table import table
    from rolecall.model.json_text import indented

    as_json = one_format(output, json, inv.changed)
    workspace = inv.workspace()
    if organization and organization != "organization":
        found = []
    else:
        found = listings(workspace, _project_to_list(workspace, all, project), tag)
    if as_json:
        inv.say(
            indented(
                [
                    {"name": _listed_name(inv, entry), "current": entry.current}
                    | ({"lastUpdate": json_time(entry.updated)} if entry.updated else {})
                    | ({"resourceCount": entry.resources} if entry.resources is not None else {})
                    for entry in found
                ],
                sort=False,
            )
        )
        return
    now = datetime.now(UTC)
    rows = [
        (
            _listed_name(inv, entry) + ("*" if entry.current else ""),
            ago(entry.updated, now) if entry.updated else "n/a",
            "n/a" if entry.resources is None else str(entry.resources),
        )
        for entry in found
    ]
    inv.say(table(("NAME", "LAST UPDATE", "RESOURCE COUNT"), rows))


def _listed_name(inv: Invocation, entry: Any) -> str:
    return str(entry.name) if inv.globals.fully_qualify_stack_names else str(entry.shown)


def _project_to_list(workspace: Workspace, all_: bool, project: str) -> str | None:
    if all_ and project:
        raise UsageProblem("only one of --all and --project may be specified")
    if all_ or project:
        return project or None
    try:
        return workspace.require_project().name
    except RolecallError as error:
        raise RolecallError(f"could not detect current project: {error.summary}", hint=error.hint) from error


@stack.verb(
    "select",
    short="Switch the current workspace to the given stack",
    long="Switch the current workspace to the given stack.\n\n"
    "Selecting a stack allows you to use commands like `config`, `preview`, and `update`\n"
    "without needing to type the stack name each time.\n\n"
    "If no <stack> argument is supplied, you will be prompted to select one interactively.\n"
    "If provided stack name is not found you may pass the --create flag to create and select it",
)
@option("--create", "-c", kind=bool, help="If selected stack does not exist, create it")
@option(
    "--secrets-provider",
    default="default",
    help="Use with --create flag, The type of the provider that should be used to encrypt and decrypt secrets\n"
    "(possible choices: default, passphrase, awskms, azurekeyvault, gcpkms, hashivault)",
)
@option("--stack", "-s", help="The name of the stack to select")
@click.argument("stack_name", required=False, metavar="stack")
@click.pass_obj
def select(inv: Invocation, /, stack_name: str | None, stack: str, create: bool, secrets_provider: str) -> None:
    """Selects a stack."""
    from rolecall.api.stacks import create_stack
    from rolecall.state.errors import NoSuchStack

    if stack and stack_name:
        raise UsageProblem("only one of --stack or argument stack name may be specified, not both")
    workspace = inv.workspace()
    text = stack or stack_name or ""
    if not text:
        workspace.select(_picked(inv, workspace))
        return
    name = workspace.stack_name(text)
    if not workspace.backend.exists(name):
        if not create:
            raise NoSuchStack(text)
        create_stack(workspace, name, secrets_provider)
        inv.tell(f"Created stack '{shown(inv, workspace, name)}'")
    workspace.select(name)


def _picked(inv: Invocation, workspace: Workspace) -> StackName:
    if workspace.person is None:
        raise NoStackNamed("no stack selected; specify a stack name with --stack")
    known = {shown(inv, workspace, name): name for name in workspace.backend.stacks(workspace.require_project().name)}
    text = workspace.person.choose_stack(list(known), False)
    return known.get(text) or workspace.stack_name(text)


@stack.verb(
    "unselect",
    short="Resets stack selection from the current workspace",
    long="Forgets which stack is selected: commands then have to be given one.",
)
@click.pass_obj
def unselect(inv: Invocation, /) -> None:
    """Forgets the selection."""
    workspace = inv.workspace()
    workspace.require_project()
    if workspace.selected() is not None:
        workspace.select(None)
        inv.tell("Stack was unselected")


@stack.verb(
    "remove",
    short="Remove a stack and its configuration",
    long="Removes a stack, its history and its configuration file. This cannot be undone.\n\n"
    "A stack that still has resources is only removed with `--force`; the resources are not deleted, only forgotten.",
    aliases=("rm",),
)
@option("--force", "-f", kind=bool, help="Forces deletion of the stack, leaving behind any resources managed by it")
@option("--yes", "-y", kind=bool, help="Skip confirmation prompts, and proceed with removal anyway")
@option("--preserve-config", kind=bool, help="Do not delete the corresponding Pulumi.<stack-name>.yaml configuration")
@option("--remove-backups", kind=bool, help="Additionally remove backups of the stack, if using the DIY backend")
@option("--stack", "-s", help=STACK_HELP)
@click.argument("stack_name", required=False)
@click.pass_obj
def remove(
    inv: Invocation,
    /,
    stack_name: str | None,
    stack: str,
    force: bool,
    yes: bool,
    preserve_config: bool,
    remove_backups: bool,
) -> None:
    """Removes a stack."""
    from rolecall.api.stacks import remove_stack

    if stack and stack_name:
        raise UsageProblem("only one of --stack or argument stack name may be specified, not both")
    workspace = inv.workspace()
    name = workspace.resolve(stack or stack_name, may_init=False)
    text = shown(inv, workspace, name)
    confirmed(inv, yes, f"This will permanently remove the '{text}' stack!", text)
    remove_stack(workspace, name, force=force, preserve_config=preserve_config, remove_backups=remove_backups)
    inv.say(f"Stack '{text}' has been removed!")


def confirmed(inv: Invocation, yes: bool, question: str, name: str) -> None:
    """Makes sure that somebody wants this. Raises RolecallError when nobody can be asked, Declined."""
    if yes or inv.skip_confirmations:
        return
    if not inv.interactive:
        raise RolecallError("non-interactive mode requires --yes flag")
    prompts.confirm_by_typing(question, name)


@stack.verb(
    "rename",
    short="Rename an existing stack",
    long="Renames a stack: every resource's URN, its history and its configuration file. The resources stay as they\n"
    "are, except where the program uses the name of the stack.",
)
@option("--stack", "-s", help=STACK_HELP)
@click.argument("new_name")
@click.pass_obj
def rename(inv: Invocation, /, new_name: str, stack: str) -> None:
    """Renames a stack."""
    from rolecall.api.stacks import rename_stack

    workspace = inv.workspace()
    old = workspace.resolve(stack, may_init=False)
    new = workspace.stack_name(new_name)
    rename_stack(workspace, old, new)
    inv.say(f"Renamed {shown(inv, workspace, old)} to {shown(inv, workspace, new)}")


def _add_others() -> None:
    from rolecall.cli import stack_data, stack_tags

    for verb in (*stack_data.VERBS, *stack_tags.VERBS):
        stack.add(verb)


_add_others()
