"""Verbs of `rolecall stack` about what a stack holds: outputs, whole states, history, the graph, the key."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from rolecall.cli.frame import command, option
from rolecall.cli.invocation import Invocation
from rolecall.errors import RolecallError

_STACK_HELP = "The name of the stack to operate on. Defaults to the current stack"


@command(
    "output",
    short="Show a stack's output properties",
    long="Shows the outputs of a stack, or one of them. Secrets read [secret] unless asked for.",
)
@option("--json", "-j", kind=bool, help="Emit output as JSON")
@option("--shell", kind=bool, help="Emit output as a shell script")
@option("--show-secrets", kind=bool, help="Display outputs which are marked as secret in plaintext")
@option("--stack", "-s", help=_STACK_HELP)
@click.argument("property_name", required=False)
@click.pass_obj
def output(
    inv: Invocation, /, property_name: str | None, json: bool, shell: bool, show_secrets: bool, stack: str
) -> None:
    """Prints outputs."""
    from rolecall.api.stack_outputs import NoSuchOutput, output_data
    from rolecall.display.stack_views import output_text, outputs_text, shell_text
    from rolecall.model.json_text import indented

    if json and shell:
        raise RolecallError("only one of --json and --shell may be set")
    workspace = inv.workspace()
    name = workspace.resolve(stack, may_init=False)
    outputs = output_data(workspace.backend, name, workspace.stack(name).open_state if show_secrets else None)
    if property_name and property_name not in outputs:
        raise NoSuchOutput(property_name)
    if json:
        inv.say(indented(outputs[property_name] if property_name else outputs))
    elif shell:
        text = shell_text({property_name: outputs[property_name]} if property_name else outputs)
        if text:
            inv.say(text)
    elif property_name:
        inv.say(output_text(outputs[property_name]))
    else:
        inv.say(outputs_text(outputs))


@command(
    "export",
    short="Export a stack's deployment to standard out",
    long="Writes the state of a stack as JSON, to edit it and import it again or to move it elsewhere.\n"
    "Secrets stay sealed unless asked for.",
)
@option("--file", help="A filename to write stack output to")
@option("--version", help="Previous stack version to export. (If unset, will export the latest.)")
@option("--show-secrets", kind=bool, help="Emit secrets in plaintext in exported stack. Defaults to `false`")
@option("--stack", "-s", help=_STACK_HELP)
@click.pass_obj
def export(inv: Invocation, /, file: str, version: str, show_secrets: bool, stack: str) -> None:
    """Writes a state."""
    from rolecall.api.stack_transfer import export_stack
    from rolecall.model.json_text import indented

    workspace = inv.workspace()
    name = workspace.resolve(stack, may_init=False)
    if version:
        host = workspace.backend.name
        raise RolecallError(f"the current backend ({host}) does not provide the ability to export previous deployments")
    opener = workspace.stack(name).open_state if show_secrets else None
    text = indented(export_stack(workspace.backend, name, opener), 4, sort=False)
    if not file:
        inv.say(text)
        return
    _write_private(Path(file), text + "\n")


def _write_private(path: Path, text: str) -> None:
    """Writes a file; one that is made is only for its owner: states hold more than their secrets that is private."""
    try:
        path.touch(mode=0o600, exist_ok=True)
        path.write_text(text)
    except OSError as error:
        raise RolecallError(f"could not open file: open {path}: {error.strerror}") from error


@command(
    "import",
    short="Import a deployment from standard in into an existing stack",
    long="Makes an exported deployment the state of a stack. The file must fit the stack: `--force` turns what does\n"
    "not into warnings.",
)
@option("--force", "-f", kind=bool, help="Force the import to occur, even if apparent errors are discovered")
@option("--file", help="A filename to read stack input from")
@option("--stack", "-s", help=_STACK_HELP)
@click.pass_obj
def import_(inv: Invocation, /, file: str, force: bool, stack: str) -> None:
    """Reads a state."""
    from rolecall.api.stack_transfer import import_stack

    workspace = inv.workspace()
    name = workspace.resolve(stack, may_init=False)
    try:
        data = Path(file).read_bytes() if file else sys.stdin.buffer.read()
    except OSError as error:
        raise RolecallError(f"could not open file: open {file}: {(error.strerror or str(error)).lower()}") from error
    opener = workspace.stack(name).open_state
    import_stack(workspace.backend, name, data, opener, force=force, warn=lambda text: inv.tell(f"warning: {text}"))
    inv.say("Import complete.")


@command(
    "history",
    short="Display history for a stack",
    long="Lists what was done to a stack, newest first.",
    aliases=("hist",),
)
@option("--full-dates", kind=bool, help="Show full dates, instead of relative dates")
@option("--page", kind=int, default=1, help="Used with 'page-size' to paginate results")
@option("--page-size", kind=int, default=10, help="Used with 'page' to control number of results returned")
@option("--show-secrets", kind=bool, help="Show secret values when listing config instead of displaying blinded values")
@option("--output", default="default", help="The format to print in: default or json")
@option("--json", "-j", kind=bool, hidden=True, help="Emit output as JSON")
@option("--stack", "-s", help="Choose a stack other than the currently selected one")
@click.pass_obj
def history(
    inv: Invocation,
    /,
    full_dates: bool,
    page: int,
    page_size: int,
    show_secrets: bool,
    output: str,
    json: bool,
    stack: str,
) -> None:
    """Lists what was done."""
    from rolecall.api.stack_history import updates
    from rolecall.cli.stack import one_format
    from rolecall.display.history_views import history_data, history_text
    from rolecall.model.json_text import indented

    as_json = one_format(output, json, inv.changed)
    workspace = inv.workspace()
    name = workspace.resolve(stack, may_init=False)
    if show_secrets:
        workspace.require_project()
    decrypt = workspace.stack(name).sealer().decrypt if show_secrets else None
    found = updates(workspace.backend, name, page_size, page, decrypt)
    if as_json:
        inv.say(indented(history_data(found)))
    else:
        inv.say(history_text(found, datetime.now(UTC), page=page, full_dates=full_dates))


@command(
    "graph",
    short="Export a stack's dependency graph to a file",
    long="Writes the dependency graph of a stack's resources in the DOT format.",
)
@option("--ignore-parent-edges", kind=bool, help="Ignores edges introduced by parent/child resource relationships")
@option("--ignore-dependency-edges", kind=bool, help="Ignores edges introduced by dependency resource relationships")
@option("--dependency-edge-color", default="#246C60", help="Sets the color of dependency edges in the graph")
@option("--parent-edge-color", default="#AA6639", help="Sets the color of parent edges in the graph")
@option("--short-node-name", kind=bool, help="Sets the resource name as the node label for each node of the graph")
@option("--dot-fragment", help="An optional DOT fragment that will be inserted at the top of the digraph element")
@option("--stack", "-s", help=_STACK_HELP)
@click.argument("filename")
@click.pass_obj
def graph(
    inv: Invocation,
    /,
    filename: str,
    ignore_parent_edges: bool,
    ignore_dependency_edges: bool,
    dependency_edge_color: str,
    parent_edge_color: str,
    short_node_name: bool,
    dot_fragment: str,
    stack: str,
) -> None:
    """Writes the graph."""
    from rolecall.api.stack_graph import resources_of
    from rolecall.display.graph_view import GraphStyle, dot

    workspace = inv.workspace()
    name = workspace.resolve(stack, may_init=False)
    style = GraphStyle(
        parent_color="" if ignore_parent_edges else parent_edge_color,
        dependency_color="" if ignore_dependency_edges else dependency_edge_color,
        short_names=short_node_name,
        fragment=dot_fragment,
    )
    text = dot(resources_of(workspace.backend, name), style)
    try:
        Path(filename).write_text(text)
    except OSError as error:
        raise RolecallError(f"open {filename}: {(error.strerror or str(error)).lower()}") from error
    inv.tell(f"Wrote stack dependency graph to `{filename}`")


@command(
    "change-secrets-provider",
    short="Change the secrets provider for the current stack",
    long="Seals configuration and state of a stack anew. With `passphrase`, a new passphrase is read from standard\n"
    "input (at a terminal it is asked for).",
)
@option("--stack", "-s", help=_STACK_HELP)
@click.argument("new_secrets_provider")
@click.pass_obj
def change_secrets_provider(inv: Invocation, /, new_secrets_provider: str, stack: str) -> None:
    """Changes the key."""
    from rolecall.api.stack_secrets import change_passphrase
    from rolecall.secrets.opening import check_kind, unsupported

    kind = check_kind(new_secrets_provider)
    if kind not in ("default", "passphrase"):
        raise unsupported(new_secrets_provider)
    workspace = inv.workspace()
    workspace.require_project()
    name = workspace.resolve(stack, may_init=False)
    passphrase = _new_passphrase(inv)
    inv.say("Migrating old configuration and state to new secrets provider")
    change_passphrase(workspace, name, passphrase)


def _new_passphrase(inv: Invocation) -> str:
    from rolecall.cli.prompts import ask_hidden

    while inv.interactive:
        first = ask_hidden("Enter your new passphrase to protect config/secrets")
        if first == ask_hidden("Re-enter your new passphrase to confirm"):
            return first
        inv.tell("passphrases do not match")
    return sys.stdin.readline().rstrip("\r\n")


VERBS = (output, export, import_, history, graph, change_secrets_provider)
