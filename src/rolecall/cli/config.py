"""`rolecall config`: show and change a stack's configuration."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from rolecall.cli.frame import group, option
from rolecall.cli.invocation import Invocation
from rolecall.errors import RolecallError

if TYPE_CHECKING:
    from rolecall.api.stack_workspace import StackWorkspace
    from rolecall.project.values import ConfigValue

_PATH_HELP = "The key contains a path to a property in a map or list to"


def _open(inv: Invocation, stack: str, config_file: str, *, may_create: bool = True) -> StackWorkspace:
    """The stack that the flags name, with its settings. A project is needed."""
    workspace = inv.workspace()
    workspace.require_project()
    opened = workspace.stack(workspace.resolve(stack, may_create=may_create), config_file or None)
    opened.require_settings()
    return opened


@group(
    "config",
    short="Manage configuration",
    long="Lists the configuration of a stack. Secrets are shown as [secret] unless asked for.\n\n"
    "To set a value run `pulumi config set`, to remove one `pulumi config rm`, to get one\n"
    "`pulumi config get <key>`.",
    aliases=("conf", "cfg"),
    runs_alone=True,
)
@option("--show-secrets", kind=bool, help="Show secret values when listing config instead of displaying blinded values")
@option("--open", kind=bool, help="Open and resolve any environments listed in the stack configuration")
@option("--json", "-j", kind=bool, help="Emit output as JSON")
@option(
    "--config-file",
    persistent=True,
    help="Use the configuration values in the specified file rather than detecting the file name",
)
@option(
    "--stack",
    "-s",
    persistent=True,
    help="The name of the stack to operate on. Defaults to the current stack",
)
@click.pass_obj
def config(inv: Invocation, /, show_secrets: bool, json: bool, stack: str, config_file: str, **_ignored: bool) -> None:
    """Lists the configuration."""
    from rolecall.api import config as api
    from rolecall.display.table import table
    from rolecall.model.json_text import indented

    opened = _open(inv, stack, config_file)
    found = api.entries(opened, show_secrets=show_secrets)
    if json:
        inv.say(indented({str(entry.key): entry.as_json(show_secrets) for entry in found}))
    else:
        inv.say(table(("KEY", "VALUE"), [(entry.key.shown(opened.name.project), entry.text) for entry in found]))


@config.verb(
    "get",
    short="Get a single configuration value",
    long="Get a single configuration value.\n\n"
    "The `--path` flag can be used to get a value inside a map or list:\n\n"
    "  - `pulumi config get --path outer.inner` will get the value of the `inner` key, "
    "if the value of `outer` is a map `inner: value`.\n"
    "  - `pulumi config get --path 'names[0]'` will get the value of the first item, "
    "if the value of `names` is a list.",
)
@option("--json", "-j", kind=bool, help="Emit output as JSON")
@option(
    "--open",
    kind=bool,
    default=True,
    help="Open and resolve any environments listed in the stack configuration",
)
@option("--path", kind=bool, help=f"{_PATH_HELP} get")
@click.argument("key")
@click.pass_obj
def get(inv: Invocation, /, key: str, json: bool, path: bool, stack: str, config_file: str, **_ignored: bool) -> None:
    """Prints one value, decrypted."""
    from rolecall.api import config as api
    from rolecall.model.json_text import indented

    opened = _open(inv, stack, config_file)
    found = api.entry(opened, api.parse_key(key, opened.name.project, path), by_path=path)
    inv.say(indented(found.as_json(show_secrets=True), html=True) if json else found.text)


@config.verb(
    "set",
    short="Set a configuration value",
    long="Sets a configuration value. Without a value on the command line, it is read from standard input,\n"
    "or asked for at a terminal (and not shown, with `--secret`). Give `--` before a value that begins with a dash.\n\n"
    "The `--path` flag sets a value inside a map or list; `true`, `false` and integers are then typed:\n\n"
    "  - `pulumi config set --path 'names[0]' a` makes `names` a list with the first item `a`.\n"
    "  - `pulumi config set --path parent.nested value` makes `parent` a map `nested: value`.",
    exclusive=[("secret", "plaintext", "type")],
)
@option("--path", kind=bool, help=f"{_PATH_HELP} set")
@option("--plaintext", kind=bool, help="Save the value as plaintext (unencrypted)")
@option("--secret", kind=bool, help="Encrypt the value instead of storing it in plaintext")
@option("--type", help="Save the value as the given type.  Allowed values are string, bool, int, and float")
@option("--raw", kind=bool, help="Keep the newline at the end of a value that is read from standard input")
@click.argument("key")
@click.argument("value", required=False)
@click.pass_obj
def set_(
    inv: Invocation,
    key: str,
    value: str | None,
    path: bool,
    plaintext: bool,
    secret: bool,
    type: str,
    raw: bool,
    stack: str,
    config_file: str,
) -> None:
    """Sets one value."""
    from rolecall.api import config as api

    opened = _open(inv, stack, config_file)
    parsed = api.parse_key(key, opened.name.project, path)
    text = value if value is not None else _value_asked(inv, secret, raw)
    new: ConfigValue
    if secret:
        new = api.sealed(opened, text)
    else:
        new = api.typed(text, type) if type else text
        if not plaintext:
            api.refuse_forgotten_secret(parsed, text)
    api.set_value(opened, parsed, new, by_path=path)
    opened.save()


def _value_asked(inv: Invocation, secret: bool, raw: bool) -> str:
    """The value from standard input, or from a person."""
    from rolecall.cli import prompts

    if sys.stdin is not None and not sys.stdin.isatty():
        try:
            text = sys.stdin.buffer.read().decode()
        except UnicodeDecodeError as error:
            raise RolecallError(
                f"the value is not UTF-8 text (byte {error.start})", hint="Encode it first, with base64 for example."
            ) from error
        return text if raw else text.removesuffix("\n").removesuffix("\r")
    if not inv.interactive:
        raise RolecallError("config value must be specified in non-interactive mode")
    return prompts.ask_hidden("value") if secret else prompts.ask_text("value")


@config.verb(
    "set-all",
    short="Set multiple configuration values",
    long="Sets several configuration values at once. Each pair follows `--secret` or `--plaintext`:\n\n"
    "  - `pulumi config set-all --secret key1=value1 --plaintext key2=value2`\n\n"
    "With `--path` the keys are paths into maps and lists.",
    exclusive=[("json", "plaintext"), ("json", "secret")],
)
@option("--path", kind=bool, help="Parse the keys as paths in a map or list rather than raw strings")
@option("--plaintext", multiple=True, help="Marks a value as plaintext (unencrypted)")
@option("--secret", multiple=True, help="Marks a value as secret to be encrypted")
@option("--json", help="Read values from a JSON string in the format of 'pulumi config --json'")
@click.pass_obj
def set_all(
    inv: Invocation,
    path: bool,
    plaintext: tuple[str, ...],
    secret: tuple[str, ...],
    json: str,
    stack: str,
    config_file: str,
) -> None:
    """Sets several values."""
    from rolecall.api import config as api

    opened = _open(inv, stack, config_file)
    if json:
        api.set_all_json(opened, json, by_path=path)
    else:
        api.set_all(opened, plaintext, secret, by_path=path)
    opened.save()


@config.verb(
    "rm",
    short="Remove a configuration value",
    long="Removes a configuration value. One that does not exist is no error.",
    aliases=("remove", "delete"),
)
@option("--path", kind=bool, help=f"{_PATH_HELP} remove")
@click.argument("key")
@click.pass_obj
def rm(inv: Invocation, key: str, path: bool, stack: str, config_file: str) -> None:
    """Removes one value."""
    _remove(_open(inv, stack, config_file), (key,), path)


@config.verb(
    "rm-all",
    short="Remove multiple configuration values",
    long="Removes several configuration values.",
    aliases=("remove-all", "delete-all"),
)
@option("--path", kind=bool, help="Parse the keys as paths in a map or list rather than raw strings")
@click.argument("keys", nargs=-1, required=True, metavar="key")
@click.pass_obj
def rm_all(inv: Invocation, keys: tuple[str, ...], path: bool, stack: str, config_file: str) -> None:
    """Removes several values."""
    _remove(_open(inv, stack, config_file), keys, path)


def _remove(opened: StackWorkspace, keys: tuple[str, ...], by_path: bool) -> None:
    from rolecall.api import config as api

    for key in keys:
        opened.settings.remove(api.parse_key(key, opened.name.project, by_path), by_path)
    opened.save()


@config.verb(
    "cp",
    short="Copy config to another stack",
    long="Copies one configuration value, or all of them, to another stack. Secrets are encrypted with its key.",
    aliases=("copy",),
)
@option("--path", kind=bool, help=f"{_PATH_HELP} set")
@option("--dest", "-d", help="The name of the new stack to copy the config to")
@click.argument("key", required=False)
@click.pass_obj
def cp(inv: Invocation, key: str | None, path: bool, dest: str, stack: str, config_file: str) -> None:
    """Copies configuration between stacks."""
    from rolecall.api import config as api

    source = _open(inv, stack, config_file, may_create=False)
    workspace = inv.workspace()
    if not dest or workspace.stack_name(dest) == source.name:
        raise RolecallError("current stack and destination stack are the same")
    destination = workspace.stack(workspace.resolve(dest))
    parsed = api.parse_key(key, source.name.project, path) if key else None
    api.copy(source, destination, parsed, by_path=path)


@config.verb(
    "refresh",
    short="Take the configuration of the stack's last update",
    long="Replaces the stack's configuration by what its last update was run with. The file that is there is kept as\n"
    "a copy that ends in `.bak`, unless `--force` is given.",
)
@option("--force", "-f", kind=bool, help="Overwrite configuration file, if it exists, without creating a backup")
@click.pass_obj
def refresh(inv: Invocation, force: bool, stack: str, config_file: str) -> None:
    """Restores the configuration."""
    from rolecall.api.config_refresh import refresh as restore

    opened = _open(inv, stack, config_file, may_create=False)
    backup = restore(inv.workspace(), opened, force=force)
    if backup is not None:
        inv.say(f"backed up existing configuration file to {backup}")
        inv.say(f"refreshed configuration for stack '{opened.name.stack}'")


@config.subgroup(
    "env",
    short="Manage ESC environments of a stack (Pulumi Cloud only)",
    long="Pulumi ESC environments belong to Pulumi Cloud. rolecall keeps what a stack's settings say of them,\n"
    "and refuses to run a stack whose settings name one.",
)
def env() -> None:
    """Pulumi ESC environments."""


def _no_environments(inv: Invocation) -> None:
    name = inv.workspace().backend.name
    raise RolecallError(
        f"backend {name} does not support environments; Pulumi ESC environments require the Pulumi Cloud backend, "
        "use `pulumi login` without arguments to log into the Pulumi Cloud backend"
    )


@env.verb("add", short="Add environments to a stack")
@option("--yes", "-y", kind=bool, help="True to save changes without prompting")
@click.argument("names", nargs=-1, required=True, metavar="environment-name")
@click.pass_obj
def env_add(inv: Invocation, /, **_ignored: object) -> None:
    """Refuses: there are no environments here."""
    _no_environments(inv)


@env.verb("init", short="Create an environment for a stack")
@option("--yes", "-y", kind=bool, help="True to save the created environment without prompting")
@click.pass_obj
def env_init(inv: Invocation, /, **_ignored: object) -> None:
    """Refuses: there are no environments here."""
    _no_environments(inv)


@env.verb("ls", short="List the environments of a stack", aliases=("list",))
@option("--json", "-j", kind=bool, help="Emit output as JSON")
@click.pass_obj
def env_ls(inv: Invocation, /, **_ignored: object) -> None:
    """Refuses: there are no environments here."""
    _no_environments(inv)


@env.verb("rm", short="Remove an environment from a stack", aliases=("remove", "delete"))
@option("--yes", "-y", kind=bool, help="True to save changes without prompting")
@click.argument("name", metavar="environment-name")
@click.pass_obj
def env_rm(inv: Invocation, /, **_ignored: object) -> None:
    """Refuses: there are no environments here."""
    _no_environments(inv)
