"""Every top-level command: where it lives and one line about it. Nothing is imported until it is used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """`target` is `module:attribute` of a `frame.Command` or `frame.Group`."""

    target: str
    short: str
    aliases: tuple[str, ...] = ()
    hidden: bool = False


COMMANDS: dict[str, Entry] = {
    "about": Entry("rolecall.cli.login:about", "Print what is known of this installation, project and stack"),
    "cancel": Entry("rolecall.cli.cancel:cancel", "Cancel a stack's currently running update, if any"),
    "completion": Entry(
        "rolecall.cli.completion:completion", "Generate completion scripts for a shell", aliases=("gen-completion",)
    ),
    "__complete": Entry("rolecall.cli.completion:complete", "Complete the last of the words", hidden=True),
    "config": Entry("rolecall.cli.config:config", "Manage configuration", aliases=("conf", "cfg")),
    "console": Entry("rolecall.cli.cloud:console", "Open the stack in the Pulumi Console", hidden=True),
    "explain": Entry("rolecall.cli.explain:explain", "Explain why AWS refused a call, from files"),
    "iam": Entry("rolecall.cli.iam:iam", "Ask the IAM policy evaluator"),
    "import": Entry("rolecall.cli.importing:import_", "Import resources into an existing stack"),
    "install": Entry("rolecall.cli.install:install", "Install what the project's program needs"),
    "login": Entry("rolecall.cli.login:login", "Choose where state is kept"),
    "logout": Entry("rolecall.cli.login:logout", "Forget where state is kept"),
    "destroy": Entry(
        "rolecall.cli.operations:destroy", "Destroy all existing resources in the stack", aliases=("down", "dn")
    ),
    "logs": Entry("rolecall.cli.logs:logs", "Show where the logs of a stack's resources are", aliases=("log",)),
    "new": Entry("rolecall.cli.new:new", "Create a new Pulumi project"),
    "org": Entry("rolecall.cli.cloud:org", "Manage organizations (Pulumi Cloud only)", hidden=True),
    "plugin": Entry("rolecall.cli.plugin:plugin", "Manage the provider plugins of this machine"),
    "preview": Entry(
        "rolecall.cli.operations:preview", "Show a preview of updates to a stack's resources", aliases=("pre",)
    ),
    "refresh": Entry("rolecall.cli.operations:refresh", "Refresh the resources in a stack"),
    "up": Entry("rolecall.cli.operations:up", "Create or update the resources in a stack", aliases=("update",)),
    "stack": Entry("rolecall.cli.stack:stack", "Manage stacks and view stack state"),
    "state": Entry("rolecall.cli.state:state", "Edit the current stack's state"),
    "sandbox": Entry("rolecall.cli.sandbox:sandbox", "Run an AWS on this machine that enforces IAM"),
    "tour": Entry("rolecall.cli.tour.command:tour", "Run the whole story on a sandbox and check every claim"),
    "trail": Entry("rolecall.cli.trail:trail", "Show who called what, as whom, and what was refused"),
    "version": Entry("rolecall.cli.login:version", "Print the version of Pulumi that this is compatible with"),
    "whoami": Entry("rolecall.cli.login:whoami", "Print who is using the state backend"),
}


def named(word: str) -> str | None:
    """The canonical name of a command given by name or alias."""
    if word in COMMANDS:
        return word
    return next((name for name, entry in COMMANDS.items() if word in entry.aliases), None)
