"""The flags of preview, up, refresh and destroy: declared in groups, refused where they are of a later day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from rolecall.cli.flags import option
from rolecall.cli.problems import UsageProblem

_F = TypeVar("_F", bound=Callable[..., Any])

CLOUD_ONLY = (
    "neo", "copilot", "neo-task-on-failure", "remote", "remote-agent-pool-id", "remote-env",
    "remote-env-secret", "remote-executor-image", "remote-executor-image-password",
    "remote-executor-image-username", "remote-git-auth-access-token", "remote-git-auth-password",
    "remote-git-auth-ssh-private-key", "remote-git-auth-ssh-private-key-path", "remote-git-auth-username",
    "remote-git-branch", "remote-git-commit", "remote-git-repo-dir", "remote-inherit-settings",
    "remote-pre-run-command", "remote-skip-install-dependencies", "suppress-stream-logs", "override-env",
)  # fmt: skip
NOT_YET = {
    "attach-debugger": "attaching a debugger",
    "client": "inline programs of the Automation API",
    "policy-pack": "policy packs",
    "policy-pack-config": "policy packs",
    "secrets-provider": "deploying from a template",
    "import-pending-creates": "importing interrupted creations",
    "from": "converters of other tools' state",
    "generate-resources": "conversion of imports",
}


def _all(*options: Callable[[_F], _F]) -> Callable[[_F], _F]:
    def decorate(function: _F) -> _F:
        for one in reversed(options):
            function = one(function)
        return function

    return decorate


def stack_flags(verb: str) -> Callable[[_F], _F]:
    """Which stack, with which configuration."""
    return _all(
        option("--stack", "-s", help="The name of the stack to operate on. Defaults to the current stack"),
        option(
            "--config-file",
            help="Use the configuration values in the specified file rather than detecting the file name",
        ),
        option(
            "--config",
            "-c",
            "config",
            multiple=True,
            help=f"Config to use during the {verb} and save to the stack config file",
        ),
        option("--config-path", kind=bool, help="Config keys contain a path to a property in a map or list to set"),
        option(
            "--skip-config-validation",
            kind=bool,
            help="Skip validation of stack config values against the project config schema",
        ),
        option("--message", "-m", help=f"Optional message to associate with the {verb} operation"),
        option("--debug", "-d", kind=bool, help="Print detailed debugging output during resource operations"),
        option(
            "--sandbox",
            kind=bool,
            help="Work with the AWS inside this machine, started if need be, and never with a real one",
        ),
    )


def selection_flags(verb: str, *, short_exclude: bool = True, exclude_dependents: bool = True) -> Callable[[_F], _F]:
    """Which resources."""
    several = (
        " Multiple resources can be specified using --target urn1 --target urn2. Wildcards (*, **) are also supported"
    )
    flags = [
        option(
            "--target",
            "-t",
            multiple=True,
            help=f"Specify a single resource URN to {verb}. Other resources will not be touched.{several}",
        ),
        option(
            "--target-dependents",
            kind=bool,
            help="Allows touching dependent targets discovered but not specified in --target list",
        ),
        option(
            "--exclude",
            *(("-x",) if short_exclude else ()),
            multiple=True,
            help="Specify a resource URN to ignore. Wildcards (*, **) are also supported",
        ),
    ]
    if exclude_dependents:
        flags.append(
            option(
                "--exclude-dependents",
                kind=bool,
                help="Allows ignoring of dependent targets discovered but not specified in --exclude list",
            )
        )
    return _all(*flags)


def replace_flags() -> Callable[[_F], _F]:
    """What is to be made anew although nothing asks for it."""
    return _all(
        option(
            "--replace",
            multiple=True,
            help="Specify resources to replace. Several can be given: --replace urn1 --replace urn2",
        ),
        option(
            "--target-replace",
            multiple=True,
            help="Specify a resource to replace, and touch no other. Shorthand for --target urn --replace urn.",
        ),
    )


def run_flags() -> Callable[[_F], _F]:
    """How the work is done."""
    return _all(
        option(
            "--parallel",
            "-p",
            kind=int,
            default=0,
            help="Allow P resource operations to run in parallel at once (1 for no parallelism).",
        ),
        option(
            "--run-program",
            "run_program",
            optional_value="true",
            help="Run the program to determine up-to-date state for providers to refresh or destroy resources",
        ),
        option(
            "--skip-plugin-pre-install",
            kind=bool,
            help="Accepted for compatibility: plugins are looked up when they are needed",
        ),
    )


def refresh_flag() -> Callable[[_F], _F]:
    """Looking before doing."""
    return option(
        "--refresh",
        "-r",
        "refresh",
        optional_value="true",
        help="Refresh the state of the stack's resources before this update",
    )


def consent_flags(verb: str, *, preview_only: bool = False, short_skip: bool = True) -> Callable[[_F], _F]:
    """Whether to ask."""
    flags = [
        option("--yes", "-y", kind=bool, help=f"Automatically approve and perform the {verb} after previewing it"),
        option(
            "--skip-preview",
            *(("-f",) if short_skip else ()),
            kind=bool,
            help=f"Do not calculate a preview before performing the {verb}",
        ),
    ]
    if preview_only:
        flags.append(
            option(
                "--preview-only",
                kind=bool,
                help=f"Only show a preview of the {verb}, but don't perform the {verb} itself",
            )
        )
    return _all(*flags)


def expect_flag() -> Callable[[_F], _F]:
    """Nothing may change."""
    return option("--expect-no-changes", kind=bool, help="Return an error if any changes occur or are proposed")


def show_flags(verb: str, *, program: bool = False, config: bool = True, full: bool = True) -> Callable[[_F], _F]:
    """How it is shown. `program`: for the operations that always run one."""
    flags = [
        option("--diff", kind=bool, help="Display operation as a rich diff showing the overall change"),
        option(
            "--json",
            "-j",
            "json",
            kind=bool,
            help=f"Serialize the {verb} diffs, operations, and overall output as JSON",
        ),
        option("--output", default="default", hidden=True, help="Output format. Supported values are: default, json"),
        option(
            "--show-replacement-steps",
            kind=bool,
            help="Show detailed resource replacement creates and deletes instead of a single step",
        ),
        option(
            "--show-sames",
            kind=bool,
            help="Show resources that needn't be updated because they haven't changed, alongside those that do",
        ),
        option("--urns", kind=bool, help="Display full URNs instead of short resource names"),
        option(
            "--suppress-outputs",
            kind=bool,
            help="Suppress display of stack outputs (in case they contain sensitive values)",
        ),
        option("--suppress-progress", kind=bool, help="Suppress display of periodic progress dots"),
        option(
            "--suppress-permalink",
            "suppress_permalink",
            optional_value="false",
            help="Suppress display of the state permalink",
        ),
        option("--event-log", hidden=True, help="Log events to a file at this path"),
        option("--exec-kind", hidden=True),
        option("--exec-agent", hidden=True),
    ]
    if program:
        flags += [
            option(
                "--show-reads",
                kind=bool,
                help="Show resources that are being read in, alongside those being managed directly in the stack",
            ),
            option(
                "--show-policy-remediations",
                kind=bool,
                help="Show per-resource policy remediation details instead of a summary",
            ),
            option("--show-secrets", kind=bool, help="Show secret outputs in the CLI output"),
        ]
    if config:
        flags.append(option("--show-config", kind=bool, help="Show configuration keys and variables"))
    if full:
        flags.append(
            option("--show-full-output", kind=bool, default=False, help="Display full length of inputs & outputs")
        )
    return _all(*flags)


def later_flags(*names: str) -> Callable[[_F], _F]:
    """Flags of Pulumi's that are understood and refused: better than doing something else in silence."""
    switches = ("neo", "copilot", "neo-task-on-failure", "remote", "remote-inherit-settings",
                "remote-skip-install-dependencies", "suppress-stream-logs")  # fmt: skip
    made = []
    for name in (*names, *CLOUD_ONLY):
        parameter = "later_" + name.replace("-", "_")
        if name in switches:
            made.append(option(f"--{name}", parameter, kind=bool, hidden=True))
        else:
            made.append(
                option(
                    f"--{name}",
                    parameter,
                    multiple=True,
                    hidden=True,
                    optional_value="program" if name == "attach-debugger" else None,
                )
            )
    return _all(*made)


def refuse(changed: Sequence[str] | frozenset[str], values: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Raises UsageProblem for flags that were given and cannot be honoured."""
    if "event-log" in changed and environ.get("PULUMI_DEBUG_COMMANDS", "").lower() not in ("1", "true"):
        raise UsageProblem("unknown flag: --event-log")
    for name in sorted(changed):
        value = values.get("later_" + name.replace("-", "_"))
        if not value:
            continue
        if name in NOT_YET:
            raise UsageProblem(f"--{name} is not supported yet: rolecall has no {NOT_YET[name]} so far")
        if name in CLOUD_ONLY:
            raise UsageProblem(f"--{name} needs Pulumi Cloud, which rolecall does not use")
