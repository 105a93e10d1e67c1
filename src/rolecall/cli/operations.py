"""`preview`, `up`, `refresh` and `destroy`: their flags made into a request, and what came of it into an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import click

from rolecall.cli.flags import option
from rolecall.cli.frame import command
from rolecall.cli.invocation import Invocation
from rolecall.cli.operation_flags import (
    consent_flags,
    expect_flag,
    later_flags,
    refresh_flag,
    refuse,
    replace_flags,
    run_flags,
    selection_flags,
    show_flags,
    stack_flags,
)
from rolecall.cli.problems import UsageProblem
from rolecall.errors import RolecallError

if TYPE_CHECKING:
    from rolecall.api.request import Form, Kind, Request, Showing
    from rolecall.model.event import Event

TRUE = ("1", "t", "T", "TRUE", "true", "True")
FALSE = ("0", "f", "F", "FALSE", "false", "False")
_LARGEST = 2**31 - 1


@command(
    "preview",
    short="Show a preview of updates to a stack's resources",
    long="Show a preview of updates to a stack's resources.\n\nThis command displays a preview of the updates to an "
    "existing stack whose state is represented by an existing state file. The new desired state is computed by "
    "running a Pulumi program, and compared with the state. No changes to the stack will actually take place.",
    aliases=("pre",),
    exclusive=(("target", "exclude"), ("json", "output")),
)
@stack_flags("preview")
@selection_flags("update")
@replace_flags()
@run_flags()
@refresh_flag()
@expect_flag()
@option("--ignore-protect", kind=bool, help="Preview as if no resource were protected")
@show_flags("preview", program=True)
@option("--import-file", help="Save any creates seen during the preview into an import file for `pulumi import`")
@option("--save-plan", help="Save the operations proposed by the preview to a plan file at the given path")
@later_flags("attach-debugger", "client", "policy-pack", "policy-pack-config")
@click.pass_obj
def preview(invocation: Invocation, /, **values: Any) -> None:
    """Shows what an update would do."""
    operate_with("preview", invocation, values)


@command(
    "up",
    short="Create or update the resources in a stack",
    long="Create or update the resources in a stack.\n\nThis command creates or updates resources in a stack. The new "
    "desired goal state for the target stack is computed by running the current Pulumi program and observing all "
    "resource allocations to produce a resource graph. This goal state is then compared against the existing state to "
    "determine what create, read, update, and/or delete operations must take place to achieve the desired goal state, "
    "in the most minimally disruptive way.",
    aliases=("update",),
    exclusive=(("target", "exclude"), ("json", "output")),
)
@stack_flags("update")
@selection_flags("update", short_exclude=False)
@replace_flags()
@run_flags()
@refresh_flag()
@consent_flags("update")
@expect_flag()
@option(
    "--continue-on-error",
    kind=bool,
    help="Continue updating resources even if an error is encountered "
    "(can also be set with PULUMI_CONTINUE_ON_ERROR environment variable)",
)
@option("--ignore-protect", kind=bool, help="Ignore the protect resource option for this operation")
@show_flags("update", program=True)
@option(
    "--plan",
    help="Path to a plan file to use for the update. The update will not perform operations that exceed its plan",
)
@option("--strict", kind=bool, help="Do no more than the preview showed. Not with --skip-preview")
@later_flags("attach-debugger", "client", "policy-pack", "policy-pack-config", "secrets-provider")
@click.argument("template", required=False)
@click.pass_obj
def up(invocation: Invocation, /, template: str | None, **values: Any) -> None:
    """Makes the stack what the program says."""
    if template:
        raise UsageProblem("deploying from a template is not supported yet", hint="run `pulumi up` inside of a project")
    if values["strict"] and values["skip_preview"]:
        raise UsageProblem("--strict and --skip-preview cannot be used together")
    operate_with("update", invocation, values)


@command(
    "refresh",
    short="Refresh the resources in a stack",
    long="Refresh the resources in a stack.\n\nThis command compares the current stack's resource state with the state "
    "known to exist in the actual cloud provider. Any such changes are adopted into the current stack.",
    exclusive=(("target", "exclude"), ("json", "output")),
)
@stack_flags("refresh")
@selection_flags("refresh")
@run_flags()
@consent_flags("refresh", preview_only=True)
@expect_flag()
@option("--skip-pending-creates", kind=bool, help="Skip importing pending creates in interactive mode")
@option("--clear-pending-creates", kind=bool, help="Clear all pending creates, dropping them from the state")
@show_flags("refresh", config=False, full=False)
@later_flags("client", "import-pending-creates")
@click.argument("url", required=False)
@click.pass_obj
def refresh(invocation: Invocation, /, url: str | None, **values: Any) -> None:
    """Makes the state say what there is."""
    _refuse_url(url)
    if values["skip_pending_creates"] and values["clear_pending_creates"]:
        raise UsageProblem("cannot set both --skip-pending-creates and --clear-pending-creates")
    operate_with("refresh", invocation, values)


@command(
    "destroy",
    short="Destroy all existing resources in the stack",
    long="Destroy all existing resources in the stack, but not the stack itself.\n\nDeletes all the resources in the "
    "selected stack. The current state is loaded from the associated state file in the workspace. After running to "
    "completion, all of this stack's resources and associated state are deleted.\n\nThe stack itself is not deleted. "
    "Use `pulumi stack rm` or the `--remove` flag to delete the stack and its config file.\n\nWarning: this command is "
    "generally irreversible and should be used with great care.",
    aliases=("down", "dn"),
    exclusive=(("target", "exclude"), ("exclude-protected", "ignore-protect"), ("json", "output")),
)
@stack_flags("destroy")
@selection_flags("destroy", exclude_dependents=False)
@run_flags()
@refresh_flag()
@consent_flags("destroy", preview_only=True)
@option(
    "--continue-on-error",
    kind=bool,
    help="Continue to perform the destroy operation despite the occurrence of errors "
    "(can also be set with PULUMI_CONTINUE_ON_ERROR env var)",
)
@option("--exclude-protected", kind=bool, help="Do not destroy protected resources. Destroy all other resources.")
@option("--ignore-protect", kind=bool, help="Ignore the protect resource option for this operation")
@option(
    "--remove",
    kind=bool,
    help="Remove the stack and its config file after all resources in the stack have been deleted",
)
@show_flags("destroy")
@later_flags("client")
@click.argument("url", required=False)
@click.pass_obj
def destroy(invocation: Invocation, /, url: str | None, **values: Any) -> None:
    """Deletes what the stack has."""
    _refuse_url(url)
    if values["target"] and values["exclude_protected"]:
        raise UsageProblem("you cannot specify --target and --exclude-protected")
    operate_with("destroy", invocation, values)


def _refuse_url(url: str | None) -> None:
    if url:
        raise UsageProblem("operations on a repository by its URL need Pulumi Cloud, which rolecall does not use")


def operate_with(
    kind: Kind, invocation: Invocation, values: dict[str, Any], watch: Callable[[Event], None] | None = None
) -> None:
    """Runs the operation; exits with 1 when it failed in a way that was shown already. `watch` gets every event."""
    refuse(invocation.changed, values, invocation.environ)
    request = _request(kind, invocation, values)
    if values["sandbox"]:
        _enter_sandbox()
    # gRPC's own log of connections that end is no news for the user, neither from us nor from the program.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from rolecall.api.operations import operate
    from rolecall.api.request import Audience
    from rolecall.api.runner import Stopped
    from rolecall.cli.confirmation import confirm

    audience = Audience(
        write=_stdout,
        write_errors=_stderr,
        interactive=invocation.interactive,
        confirm=lambda question: confirm(question, invocation.color),
        watch=watch,
    )
    try:
        outcome = operate(request, invocation.workspace(), audience)
    except Stopped as error:
        _leave_at_once(error, invocation)
    if not outcome.succeeded:
        raise click.exceptions.Exit(1)


def _leave_at_once(error: RolecallError, invocation: Invocation) -> NoReturn:
    """Ends the process without waiting for threads: those that wait for an answer from AWS may do so for a minute."""
    from rolecall.cli.main import report

    code = report(error, invocation)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _enter_sandbox() -> None:
    """From here on this process, the program and the providers know only the AWS inside this machine."""
    from rolecall.api.sandbox import ensure_running

    scrubbed = ensure_running().scrub(os.environ)
    os.environ.clear()
    os.environ.update(scrubbed)


def _request(kind: Kind, invocation: Invocation, values: dict[str, Any]) -> Request:
    from rolecall.api.imports import ImportList
    from rolecall.api.metadata import started_by
    from rolecall.api.request import Request, Selection

    given = {name: values.get(name.replace("-", "_"), "") for name in invocation.changed}
    skip_preview = values.get("skip_preview", False)
    yes = values.get("yes", False) or skip_preview or (kind != "preview" and invocation.skip_confirmations)
    preview_only = values.get("preview_only", False)
    if skip_preview and preview_only:
        raise UsageProblem("--skip-preview and --preview-only cannot be used together")
    if yes and preview_only:
        raise UsageProblem("--yes and --preview-only cannot be used together")
    replacing = tuple(values.get("target_replace", ()))
    return Request(
        kind=kind,
        stack=values["stack"],
        config_file=values["config_file"],
        config=tuple(values["config"]),
        config_path=values["config_path"],
        message=values["message"],
        facts=started_by(given, invocation.environ, values["exec_kind"], values["exec_agent"]),
        parallel=_parallel(values["parallel"], invocation),
        selection=Selection(
            targets=(*values["target"], *replacing),
            target_dependents=values["target_dependents"],
            excludes=tuple(values["exclude"]),
            exclude_dependents=values.get("exclude_dependents", False),
            exclude_protected=values.get("exclude_protected", False),
            replaces=(*values.get("replace", ()), *replacing),
        ),
        refresh=_refresh(values.get("refresh", "")),
        run_program=_run_program(values["run_program"], invocation),
        skip_config_validation=values["skip_config_validation"],
        continue_on_error=values.get("continue_on_error", False) or _is_on(invocation, "PULUMI_CONTINUE_ON_ERROR"),
        ignore_protect=values.get("ignore_protect", False),
        skip_preview=skip_preview,
        preview_only=preview_only,
        assume_yes=yes,
        remove_stack=values.get("remove", False),
        clear_pending=values.get("clear_pending_creates", False),
        plan=values.get("plan", ""),
        save_plan=values.get("save_plan", ""),
        strict=values.get("strict", False),
        imports=values.get("imports") or ImportList(()),
        expect_no_changes=values.get("expect_no_changes", False),
        check_integrity=not invocation.globals.disable_integrity_checking,
        showing=_showing(kind, invocation, values),
    )


def _showing(kind: Kind, invocation: Invocation, values: dict[str, Any]) -> Showing:
    from rolecall.api.request import Showing
    from rolecall.display.options import Options

    return Showing(
        form=_form(values),
        options=Options(
            color=invocation.color,  # type: ignore[arg-type]
            debug=values["debug"],
            show_config=values.get("show_config", False),
            show_replacement_steps=values.get("show_replacement_steps", False),
            show_sames=values.get("show_sames", False),
            show_reads=values.get("show_reads", False),
            show_secrets=values.get("show_secrets", False),
            suppress_outputs=values["suppress_outputs"],
            suppress_progress=values["suppress_progress"],
            truncate=kind != "refresh" and not values.get("show_full_output", False),
            urns=values["urns"],
        ),
        event_log=values["event_log"],
        import_file=values.get("import_file", ""),
        permalink=values["suppress_permalink"] == "false",
    )


def _form(values: dict[str, Any]) -> Form:
    if values["json"]:
        return "json"
    if values["output"] not in ("default", "json"):
        raise UsageProblem(f'invalid --output value "{values["output"]}" (expected "default" or "json")')
    if values["output"] == "json":
        return "summary"
    return "diff" if values["diff"] else "progress"


def _refresh(text: str) -> bool | None:
    if not text:
        return None
    if text not in TRUE + FALSE:
        raise UsageProblem("unable to determine value for --refresh")
    return text in TRUE


def _run_program(text: str, invocation: Invocation) -> bool:
    if not text:
        return _is_on(invocation, "PULUMI_RUN_PROGRAM")
    if text not in TRUE + FALSE:
        raise UsageProblem(
            f'invalid argument "{text}" for "--run-program" flag: strconv.ParseBool: parsing "{text}": invalid syntax'
        )
    return text in TRUE


def _parallel(given: int, invocation: Invocation) -> int:
    """How many at once: as given, else PULUMI_PARALLEL, else four for each processor."""
    if "parallel" in invocation.changed:
        return given
    text = invocation.environ.get("PULUMI_PARALLEL", "")
    if text.isdigit() and int(text) > 0:
        return min(int(text), _LARGEST)
    return 4 * len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 4 * (os.cpu_count() or 1)


def _is_on(invocation: Invocation, name: str) -> bool:
    return invocation.environ.get(name, "").lower() in ("1", "true")


def _stdout(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _stderr(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
