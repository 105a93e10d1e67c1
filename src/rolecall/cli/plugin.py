"""`rolecall plugin`: the provider plugins of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rolecall.cli import prompts
from rolecall.cli.frame import group, option
from rolecall.cli.invocation import Invocation
from rolecall.cli.problems import UsageProblem

if TYPE_CHECKING:
    from datetime import datetime

    from rolecall.api.plugins import Plugin

_KINDS = ("analyzer", "converter", "language", "resource", "tool")


@group(
    "plugin",
    short="Manage the provider plugins of this machine",
    long="Manages the provider plugins that Pulumi has installed below `PULUMI_HOME`. AWS needs none: it is built in.",
)
def plugin() -> None:
    """Provider plugins."""


@plugin.verb("ls", short="List plugins", aliases=("list",))
@option("--project", "-p", kind=bool, help="List only the plugins used by the current project")
@option("--json", "-j", kind=bool, hidden=True, help="Emit output as JSON")
@option("--output", default="default", help="The format to print in: default or json")
@click.pass_obj
def ls(inv: Invocation, /, json: bool, output: str, **_ignored: bool) -> None:
    """Lists the plugins."""
    from rolecall.api import plugins as api
    from rolecall.display.table import table
    from rolecall.model.json_text import indented

    if output not in ("default", "json"):
        raise UsageProblem(f'output "{output}" not supported, valid values are: default or json')
    found = api.installed(inv.environ)
    if json or output == "json":
        inv.say(indented([_as_json(item) for item in found], sort=False))
        return
    header = ("NAME", "KIND", "VERSION", "SIZE", "INSTALLED", "LAST USED")
    inv.say(table(header, [_row(item) for item in found]))
    inv.say(f"\nTOTAL plugin cache size: {_size(sum(item.size for item in found))}")


def _as_json(found: Plugin) -> dict[str, object]:
    return {
        "name": found.name,
        "kind": found.kind,
        "version": found.version,
        "size": found.size,
        "installTime": _time(found.installed),
        "lastUsedTime": _time(found.used),
    }


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _row(found: Plugin) -> tuple[str, ...]:
    times = (f"{found.installed:%Y-%m-%d}", f"{found.used:%Y-%m-%d}")
    return (found.name, found.kind, found.version, _size(found.size), *times)


def _size(count: int) -> str:
    size, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}"


@plugin.verb(
    "install",
    short="Make sure that a plugin is there",
    long="Succeeds if the plugin is built in or installed. rolecall does not download plugins: Pulumi's own CLI does,\n"
    "and what it has installed is used.",
)
@option("--server", help="A URL to download plugins from")
@option("--exact", kind=bool, help="Force installation of an exact version match (usually >= is accepted)")
@option("--file", "-f", help="Install a plugin from a binary, folder or tarball, instead of downloading it")
@option("--reinstall", kind=bool, help="Reinstall a plugin even if it already exists")
@option("--checksum", help="The expected SHA256 checksum for the plugin archive")
@option("--parallel", kind=int, default=4, help="The max number of concurrent installs to perform")
@click.argument("kind", required=False)
@click.argument("name", required=False)
@click.argument("version", required=False)
@click.pass_obj
def install(
    inv: Invocation, /, kind: str | None, name: str | None, version: str | None, exact: bool, **_ignored: object
) -> None:
    """Checks for a plugin."""
    from rolecall.api import plugins as api

    if kind is None:
        return
    _check_kind(kind)
    if name is None:
        raise UsageProblem("missing plugin name argument")
    remark = api.require(inv.environ, kind, name, version or "", exact=exact)
    if remark:
        inv.tell(remark)


@plugin.verb("rm", short="Remove plugins", aliases=("remove", "delete"))
@option("--all", "-a", kind=bool, help="Remove all plugins")
@option("--yes", "-y", kind=bool, help="Skip confirmation prompts, and proceed with removal anyway")
@click.argument("kind", required=False)
@click.argument("name", required=False)
@click.argument("version", required=False)
@click.pass_obj
def rm(inv: Invocation, kind: str | None, name: str | None, version: str | None, all: bool, yes: bool) -> None:
    """Removes plugins from Pulumi's cache."""
    from rolecall.api import plugins as api

    if kind is None and not all:
        raise UsageProblem("please pass --all if you'd like to remove all plugins")
    if kind is not None:
        _check_kind(kind)
    found = api.matching(inv.environ, kind or "", name or "", version or "")
    if not found:
        inv.say("no plugins found to uninstall")
        return
    if not (yes or inv.skip_confirmations):
        if not inv.interactive:
            raise UsageProblem("non-interactive mode requires --yes flag")
        listed = "\n".join(f"    {item.full_name}" for item in found)
        prompts.confirm_by_typing(f"This will remove {len(found)} plugin(s) from the cache:\n{listed}", "yes")
    for item in found:
        api.remove(item)
        inv.say(f"removed: {item.full_name}")


def _check_kind(kind: str) -> None:
    if kind not in _KINDS:
        raise UsageProblem(f"unrecognized plugin kind: {kind}")
