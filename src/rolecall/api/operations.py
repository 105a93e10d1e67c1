"""Preview, up, refresh and destroy: the one place where an operation is put together from the parts that do it."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rolecall.api.config_refresh import latest_config
from rolecall.api.metadata import commit_of
from rolecall.api.phase import Phase, Work, run_phase
from rolecall.api.plans import read_plan, write_plan
from rolecall.api.request import Audience, Kind, Outcome, Question, Request
from rolecall.api.stack_workspace import RunConfig, StackWorkspace
from rolecall.api.views import Scenery, action, details_text
from rolecall.api.workspace import Workspace
from rolecall.display import markup
from rolecall.display.identity import IdentityBlock
from rolecall.display.import_file import ImportFileView
from rolecall.display.redaction import Redactor
from rolecall.display.step_words import display_type, is_root_stack
from rolecall.errors import RolecallError
from rolecall.model.compatibility import PULUMI_VERSION
from rolecall.model.encoding import Encoder
from rolecall.model.event import Started
from rolecall.model.journal import Rebased
from rolecall.model.resource import Resource
from rolecall.model.stack_name import StackName
from rolecall.project.project import Project, check_required_version
from rolecall.state import layout
from rolecall.state.history import UpdateInfo, UpdateKind
from rolecall.state.recovery import holding
from rolecall.state.run import Run, open_run, read_stack
from rolecall.state.secrets_in_state import Keeper
from rolecall.state.snapshot import Snapshot

_COMMANDS: dict[Kind, str] = {
    "preview": "preview",
    "update": "up",
    "refresh": "refresh",
    "destroy": "destroy",
    "import": "import",
}
_HISTORY: dict[Kind, UpdateKind] = {
    "preview": "preview",
    "update": "update",
    "refresh": "refresh",
    "destroy": "destroy",
    "import": "resource-import",
}
_NOTHING_UNPROTECTED = (
    "There were no unprotected resources to destroy. There are still {count} protected resources associated with "
    "this stack."
)
_PROTECTED_LEFT = (
    "All unprotected resources were destroyed. There are still {count} protected resources associated with this stack."
)
_PLANNED = (
    "Update plan written to '{path}'\n"
    "Run `pulumi up --plan='{path}'` to constrain the update to the operations planned by this preview"
)
_REMOVED = "The resources in the stack have been deleted, and the history and configuration removed."
_DESTROYED = (
    "The resources in the stack have been deleted, but the history and configuration associated with the stack are "
    "still maintained. \nIf you want to remove the stack completely, run `pulumi stack rm {stack}`."
)


class Declined(RolecallError):
    """The person who was asked said no."""


class NeedsConfirmation(RolecallError):
    """Nobody can be asked whether to go on, and nobody said so beforehand."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(
            "--yes or --skip-preview or --preview-only must be passed in to proceed when running in "
            "non-interactive mode"
        )
        # Pulumi gives this error no type in `refresh`, which makes a difference to its exit code.
        self.exit_code = 1 if kind == "refresh" else 2


class UnexpectedChanges(RolecallError):
    """`--expect-no-changes`, and there are some."""

    exit_code = 7

    def __init__(self, operation: str) -> None:
        super().__init__(f"no changes were expected for {operation} but changes were proposed")


class Cancelled(RolecallError):
    """The user interrupted it; what had begun was finished and recorded."""

    exit_code = 8


def operate(request: Request, workspace: Workspace, audience: Audience) -> Outcome:
    """Carries an operation out, showing it to `audience`.

    What fails inside a run is shown there and makes an Outcome that did not succeed. Raises RolecallError for what
    keeps a run from happening or its result from being kept; UnexpectedChanges, Cancelled and Declined are such.
    """
    if request.kind == "destroy":
        _check_consent(request, audience)
        name, project = workspace.resolve(request.stack or None), workspace.project
    else:
        project = workspace.require_project(searched="")
        check_required_version(project, PULUMI_VERSION)
        _check_consent(request, audience)
        name = workspace.resolve(request.stack or None, may_create=True)
    if project is not None and project.name != name.project:
        project = _project_of_another(request, project, name)
    operation = Operation(request, workspace, audience, name, project)
    outcome = operation.run()
    if outcome.verdict == "canceled":
        raise Cancelled(f"{request.kind} cancelled")
    if outcome.succeeded and request.expect_no_changes and outcome.has_changes:
        raise UnexpectedChanges(request.kind)
    return outcome


def _check_consent(request: Request, audience: Audience) -> None:
    agreed = request.assume_yes or request.skip_preview or audience.interactive
    if request.acts and not agreed:
        raise NeedsConfirmation(request.kind)


def _project_of_another(request: Request, project: Project, name: StackName) -> Project | None:
    """What to do in the directory of a project that is not the stack's."""
    if request.kind == "destroy" and not request.run_program:
        return None
    raise RolecallError(
        f'provided project name "{name.project}" doesn\'t match Pulumi.yaml',
        detail=f"{project.path} is the project '{project.name}'",
    )


class Operation:
    """One operation on one stack, from its configuration to its place in the history."""

    def __init__(
        self, request: Request, workspace: Workspace, audience: Audience, name: StackName, project: Project | None
    ) -> None:
        self._request = request
        self._workspace = workspace
        self._audience = audience
        self._name = name
        self._project = project
        self._stack: StackWorkspace = workspace.stack(name, request.config_file or None)
        self._speaks = request.showing.form in ("progress", "diff")

    def run(self) -> Outcome:
        """Does it all."""
        work = self._work()
        if not self._request.acts:
            return self._preview(work)
        excluded: tuple[str, ...] = ()
        if self._request.selection.exclude_protected:
            resources = self._read().resources
            excluded = protected_urns(resources)
            if excluded and len(excluded) == len(resources):
                self._say(_NOTHING_UNPROTECTED.format(count=len(excluded)))
                return Outcome("succeeded")
            work.excludes += excluded
        with self._opened() as run:
            outcome = self._change(work, run)
            if outcome.succeeded:
                self._farewell(work, run, len(excluded))
        return outcome

    def _preview(self, work: Work) -> Outcome:
        """Only a preview; and the file that would import what it creates, if that was asked for."""
        self._header(preview=True)
        target = self._request.showing.import_file
        created = ImportFileView(self._encoder())
        if target:
            work.watch = created.show
        phase = asyncio.run(run_phase(work, self._read(), None))
        if target:
            try:
                Path(target).write_text(created.text, encoding="utf-8")
            except OSError as error:
                raise RolecallError(f"could not create import file {target}: {error.strerror}") from error
        if self._request.save_plan and phase.result.verdict == "succeeded":
            self._save_plan(work, phase)
        return _outcome(phase)

    def _save_plan(self, work: Work, phase: Phase) -> None:
        path = self._request.save_plan
        write_plan(Path(path), phase.result.plan or {}, self._encoder(), work.config.sealed)
        self._say(_PLANNED.format(path=path))

    def _encoder(self) -> Encoder:
        return Keeper(self._stack.sealer()).encoder((str(self._name), "inputs"))

    # What it starts from

    def _work(self) -> Work:
        """Everything that does not depend on the state. The key to the secrets is derived meanwhile."""
        request = self._request
        request.imports.requests(self._name)
        if request.config:
            self._stack.set_config(request.config, request.config_path)
        providers = None if self._stack.settings.salt else self._state_provider()
        self._stack.start_unlocking(providers)
        if request.kind == "destroy" and request.stack:
            self._borrow_config()
        needs_config = request.kind in ("preview", "update", "import") or request.run_program
        config = self._stack.run_config(
            validate=needs_config and not request.skip_config_validation, providers=providers
        )
        self._stack.unlock_for_run(providers)
        refresh = request.refresh
        if refresh is None:
            refresh = self._project is not None and self._project.refresh_always
        decoder = Keeper(self._stack.sealer(providers)).decoder((str(self._name), "inputs"))
        return Work(
            request=request,
            workspace=self._workspace,
            name=self._name,
            project=self._project,
            config=config,
            scenery=self._scenery(config),
            refresh=refresh,
            deployment=f"d-{datetime.now(UTC):%Y%m%d}-{uuid.uuid4().hex[:8]}",
            excludes=request.selection.excludes,
            decoder=decoder,
            watch=self._audience.watch,
            plan=read_plan(Path(request.plan), decoder) if request.plan else None,
        )

    def _borrow_config(self) -> None:
        """A stack may be destroyed where its settings are not: then its last update's configuration counts."""
        path = self._stack.settings_path
        if path is None or not path.exists():
            latest = latest_config(self._workspace.backend, self._name)
            self._stack.settings.config.update(latest or {})

    def _scenery(self, config: RunConfig) -> Scenery:
        return Scenery(
            audience=self._audience,
            showing=self._request.showing,
            redactor=Redactor.of(_texts_in(config.values[key] for key in config.secret_keys)),
            identities=IdentityBlock(datetime.now(UTC)),
            project=self._name.project,
            stack=self._name.stack,
        )

    def _state_provider(self) -> tuple[str, Mapping[str, Any]] | None:
        """The secrets provider that the state names: all there is for a stack whose settings are not here."""
        stored = self._workspace.backend.load(self._name)
        provider = stored.checkpoint.secrets_provider if stored else None
        return (provider.type, provider.state or {}) if provider else None

    def _read(self) -> Snapshot:
        """The state as it is, without keeping others from changing it."""
        return read_stack(
            self._workspace.backend,
            self._name,
            self._stack.sealer,
            open_state=self._stack.open_state,
            check_integrity=self._request.check_integrity,
        )

    @contextmanager
    def _opened(self) -> Iterator[Run]:
        """The stack locked and read; the header stands above whatever is wrong with it."""
        backend = self._workspace.backend
        with holding(backend, self._name):
            self._header(preview=not self._request.skip_preview)
            with open_run(
                backend,
                self._name,
                self._stack.sealer,
                open_state=self._stack.open_state,
                command=_COMMANDS[self._request.kind],
                check_integrity=self._request.check_integrity,
            ) as run:
                yield run

    # What it does

    def _change(self, work: Work, run: Run) -> Outcome:
        """The preview, the question, the deed and its place in the history."""
        request = self._request
        if not request.skip_preview:
            preview = asyncio.run(run_phase(work, run.snapshot, None))
            if preview.result.verdict != "succeeded":
                return _outcome(preview)
            if not request.assume_yes and not self._audience.confirm(self._question(work, preview)):
                raise Declined(f"confirmation declined, not proceeding with the {request.kind}")
            self._header(preview=False)
            if request.strict and work.plan is None:
                work.plan = preview.result.plan
        started = int(time.time())
        phase: Phase | None = None
        try:
            phase = asyncio.run(_run_and_keep(work, run))
        finally:
            self._record(work, run, started, phase)
        return _outcome(phase)

    def _question(self, work: Work, preview: Phase) -> Question:
        steps = [event.step for event in preview.fan.events if isinstance(event, Started)]
        leaving = [s for s in steps if s.op in ("delete", "replace") and s.old is not None and s.old.retain_on_delete]
        return Question(
            self._request.kind,
            details=lambda: details_text(preview.fan.events, work.scenery),
            nothing_new=all(is_root_stack(step) for step in steps),
            untracked=tuple(f"{display_type(step.type)} {step.urn.name}" for step in leaving),
        )

    def _record(self, work: Work, run: Run, started: int, phase: Phase | None) -> None:
        """What was done, for the history. A run that broke off is there too, as failed."""
        commit, title = commit_of(self._project.root) if self._project else ({}, "")
        succeeded = phase is not None and phase.result.verdict == "succeeded"
        run.record(
            UpdateInfo(
                kind=_HISTORY[self._request.kind],
                start_time=started,
                end_time=int(time.time()),
                result="succeeded" if succeeded else "failed",
                message=self._request.message or title,
                environment={**self._request.facts, **commit},
                config=work.config.sealed,
                resource_changes=phase.result.changes if phase else {},
            )
        )

    # What it says

    def _header(self, *, preview: bool) -> None:
        label = action(self._request.kind, preview=preview)
        self._say(f"{markup.HEADLINE}{label} ({self._workspace.shown(self._name)}):{markup.RESET}")

    def _say(self, text: str) -> None:
        """A line for people; a reader of JSON gets none."""
        if self._speaks:
            self._audience.write(markup.colorize(text, self._request.showing.options.color) + "\n")

    def _farewell(self, work: Work, run: Run, protected: int) -> None:
        """What there is to say when all went well."""
        request = self._request
        if request.showing.permalink:
            place = self._workspace.backend.url_of(layout.checkpoint(self._name))
            self._say(f"{markup.HEADLINE}Permalink: {markup.RESET}{place}")
        if request.kind == "update" and (self._audience.interactive or work.scenery.identities.any):
            self._say(f"Full name: {self._name}")
        if request.kind != "destroy":
            return
        if protected:
            self._say(_PROTECTED_LEFT.format(count=protected))
        elif request.remove_stack and not request.selection.targets:
            self._remove()
            self._say(_REMOVED)
        elif not request.selection.targets:
            self._say(_DESTROYED.format(stack=self._workspace.shown(self._name)))

    def _remove(self) -> None:
        """The stack itself: what is stored of it, and its settings."""
        self._workspace.backend.remove(self._name)
        path = self._stack.settings_path
        if path is not None:
            path.unlink(missing_ok=True)
        if self._workspace.selected() == self._name:
            self._workspace.select(None)


def protected_urns(resources: Iterable[Resource]) -> tuple[str, ...]:
    """What must stay when protected resources stay: these, their parents, providers, and all that they depend on."""
    known = {resource.urn: resource for resource in resources}
    waiting = [urn for urn, resource in known.items() if resource.protect]
    kept: dict[str, None] = {}
    while waiting:
        urn = waiting.pop()
        resource = known.get(urn)
        if resource is None or urn in kept:
            continue
        kept[urn] = None
        waiting += resource.dependencies
        waiting += (d for ds in resource.property_dependencies.values() for d in ds)
        waiting += (d for d in (resource.parent, resource.deleted_with) if d)
        if resource.provider is not None:
            waiting.append(resource.provider.urn)
    return tuple(kept)


async def _run_and_keep(work: Work, run: Run) -> Phase:
    """The deed; whatever comes of it, what was done is stored."""
    try:
        snapshot = run.snapshot
        if work.request.clear_pending:
            snapshot = _without_pending_creates(snapshot)
            await run.journal.append(Rebased(snapshot.resources, snapshot.pending))
        return await run_phase(work, snapshot, run.journal)
    finally:
        await run.finish()


def _without_pending_creates(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, pending=tuple(p for p in snapshot.pending if p.kind != "creating"))


def _outcome(phase: Phase) -> Outcome:
    return Outcome(phase.result.verdict, phase.result.changes)


def _texts_in(values: Iterable[str]) -> Iterator[str]:
    """The secret texts themselves, and those inside values that are JSON."""
    for value in values:
        yield value
        if value.startswith(("{", "[")):
            try:
                yield from _leaves(json.loads(value))
            except ValueError:
                continue


def _leaves(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for inner in data.values() if isinstance(data, dict) else data:
            yield from _leaves(inner)
