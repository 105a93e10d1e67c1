"""One phase of an operation: the preview, or the real thing. Joins program, providers, engine, memory and views."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from rolecall.api.interrupts import interrupts
from rolecall.api.request import Request
from rolecall.api.runner import Result, Runner
from rolecall.api.stack_workspace import RunConfig
from rolecall.api.views import Fan, Scenery, make_fan
from rolecall.api.workspace import Workspace
from rolecall.engine.deployment import Deployment, Options
from rolecall.engine.packages import request_of
from rolecall.engine.plan import Plan
from rolecall.model.encoding import Decoder
from rolecall.model.event import Event
from rolecall.model.goal import LogLine, Monitor, PackageRequest
from rolecall.model.journal import Journal
from rolecall.model.run import RunInfo
from rolecall.model.stack_name import ORGANIZATION, StackName
from rolecall.model.value import Secret
from rolecall.program.host import ProgramHost
from rolecall.program.interpreter import find_interpreter
from rolecall.program.launch import launch
from rolecall.program.packages import default_packages, required_packages
from rolecall.program.prepare import prepare
from rolecall.program.source import Program
from rolecall.project.project import Project
from rolecall.providers.builtin import StackOutputs
from rolecall.providers.plugin.locate import ProjectPlugin
from rolecall.providers.registry import ProjectPython, Registry, Surroundings
from rolecall.state.snapshot import Snapshot

_TICK = 1.0
_PENDING = (
    "Attempting to deploy or update resources with {count} pending operations from previous deployment.\n{lines}"
    "These resources are in an unknown state because the Pulumi CLI was interrupted while waiting for changes to these "
    "resources to complete. You should confirm whether or not the operations listed completed successfully by checking "
    "the state of the appropriate provider. For example, if you are using AWS, you can confirm using the AWS "
    "Console.\n\nOnce you have confirmed the status of the interrupted operations, you can repair your stack using "
    "`pulumi refresh` which will refresh the state from the provider you are using and clear the pending operations if "
    "there are any.\n\nNote that `pulumi refresh` will need to be run interactively to clear pending CREATE operations."
)


@dataclass(slots=True)
class Work:
    """What the phases of one operation share. `packages` is filled in by the first phase.

    `excludes`: the request's, and what `--exclude-protected` adds to them. `deployment`: an id for cloud audit logs.
    `watch`: gets every event of every phase. `decoder`: opens secrets of an import file.
    `plan`: all that may be done.
    """

    request: Request
    workspace: Workspace
    name: StackName
    project: Project | None
    config: RunConfig
    scenery: Scenery
    refresh: bool
    deployment: str
    excludes: tuple[str, ...] = ()
    packages: dict[str, PackageRequest] | None = field(default=None)
    watch: Callable[[Event], None] | None = None
    decoder: Decoder = field(default_factory=Decoder)
    plan: Plan | None = None

    @property
    def runs_program(self) -> bool:
        """Whether the user's program takes part."""
        return self.request.kind in ("preview", "update") or self.request.run_program


@dataclass(frozen=True, slots=True)
class Phase:
    """What a phase led to: its result, and the events of its steps."""

    result: Result
    fan: Fan


async def run_phase(work: Work, snapshot: Snapshot, journal: Journal | None) -> Phase:
    """Runs a phase to its end; without a journal it is a preview. Raises what the stream of events has no place for."""
    preview = journal is None
    warning = "" if preview else _pending_warning(work, snapshot)
    fan = make_fan(work.scenery, work.request.kind, preview=preview, warning=warning, watch=work.watch)
    program = _program(work) if work.runs_program else None
    run = _run_info(work, program, preview)
    async with AsyncExitStack() as stack:
        looking = asyncio.create_task(_packages(work, program, snapshot))
        stack.callback(looking.cancel)
        host = await stack.enter_async_context(await ProgramHost.open(run))
        work.packages, said = await looking
        for line in said:
            host.log(line)
        registry = _registry(work, run, host, program)
        stack.push_async_callback(registry.close)
        runner = Runner(
            _deployment(work, snapshot),
            _options(work, preview),
            loader=registry,
            journal=journal,
            show=fan.show,
            hooks=host.hooks,
        )
        host.attach(runner.monitor)
        with interrupts(_Cancelling(runner, registry), _teller(work, fan), preview=preview):
            result = await _with_ticks(fan, _start(work, runner, _Started(program, run, host, _debugs(work))))
    if host.bugs:
        raise host.bugs[0]
    return Phase(result, fan)


@dataclass(slots=True)
class _Cancelling:
    """What an interrupt does: the first lets providers finish, the second does not wait for them."""

    runner: Runner
    registry: Registry
    times: int = 0

    def __call__(self) -> None:
        self.times += 1
        self.runner.cancel()
        if self.times > 1:
            self.registry.kill()


async def _packages(
    work: Work, program: Program | None, snapshot: Snapshot
) -> tuple[dict[str, PackageRequest], list[LogLine]]:
    """What default providers are made of, once the program is ready to run; and what was said while it was made so."""
    said: list[LogLine] = []
    if work.packages is not None:
        return work.packages, said
    found: tuple[PackageRequest, ...] = ()
    if program is not None:
        await prepare(program, said.append)
        found = await required_packages(program)
    elif work.request.kind == "import" and (idle := _program(work)) is not None:
        found = await required_packages(idle)
    known = [request_of(r.type, r.inputs) for r in snapshot.resources if r.is_provider]
    return default_packages(found, known), said


@dataclass(frozen=True, slots=True)
class _Started:
    """The user's program as the runner wants it."""

    program: Program | None
    run: RunInfo
    host: ProgramHost
    debug: bool

    async def __call__(self, monitor: Monitor) -> str | None:
        if self.program is None:
            return None
        ended = await launch(self.program, self.run, self.host.address, self.host.log, debug=self.debug)
        return None if ended.succeeded else ended.message


async def _start(work: Work, runner: Runner, program: _Started) -> Result:
    asked = program if work.request.run_program else None
    match work.request.kind:
        case "preview" | "update":
            return await runner.update(program)
        case "refresh":
            return await runner.refresh(asked)
        case "destroy":
            return await runner.destroy(asked)
        case "import":
            return await runner.import_(work.request.imports.requests(work.name, work.decoder))


async def _with_ticks(fan: Fan, running: Coroutine[object, object, Result]) -> Result:
    async def tick() -> None:
        while True:
            await asyncio.sleep(_TICK)
            fan.tick()

    ticking = asyncio.create_task(tick())
    try:
        return await running
    finally:
        ticking.cancel()


def _program(work: Work) -> Program | None:
    """The program of the project; a project without a runtime has none and wants nothing."""
    project = work.project
    if project is None or not project.runtime:
        return None
    return Program.locate(project.root, project.main, project.runtime, project.runtime_options)


def _run_info(work: Work, program: Program | None, preview: bool) -> RunInfo:
    root = work.project.root.absolute() if work.project else work.workspace.directory.absolute()
    return RunInfo(
        project=work.name.project,
        stack=work.name.stack,
        root=str(root),
        directory=str(program.directory if program else root),
        organization=ORGANIZATION,
        config=dict(work.config.values),
        secret_keys=work.config.secret_keys,
        dry_run=preview,
        parallel=work.request.parallel,
        runtime=work.project.runtime if work.project else "",
        runtime_options=dict(work.project.runtime_options) if work.project else {},
    )


def _deployment(work: Work, snapshot: Snapshot) -> Deployment:
    secret = work.config.secret_keys
    return Deployment(
        project=work.name.project,
        stack=work.name.stack,
        organization=ORGANIZATION,
        base=snapshot.resources,
        config={k: Secret(text) if k in secret else text for k, text in work.config.values.items()},
        packages=work.packages or {},
    )


def _options(work: Work, preview: bool) -> Options:
    request, selection = work.request, work.request.selection
    return Options(
        preview=preview,
        parallel=request.parallel,
        targets=selection.targets,
        target_dependents=selection.target_dependents,
        excludes=work.excludes,
        exclude_dependents=selection.exclude_dependents,
        replaces=selection.replaces,
        refresh=work.refresh,
        run_program=request.run_program,
        continue_on_error=request.continue_on_error,
        ignore_protect=request.ignore_protect,
        plan=work.plan,
        make_plan=preview and bool(request.save_plan or request.strict),
    )


def _registry(work: Work, run: RunInfo, host: ProgramHost, program: Program | None) -> Registry:
    plugins = work.project.plugins if work.project else ()
    surroundings = Surroundings(
        log=host.log,
        read_stack=lambda name: _stack_outputs(work, name),
        python=(lambda: _project_python(program)) if program is not None else None,
        plugins=tuple(ProjectPlugin(p.name, p.path, p.version) for p in plugins if p.kind == "resource"),
    )
    return Registry(run, host.address, surroundings, deployment=work.deployment)


async def _project_python(program: Program) -> ProjectPython:
    found = await find_interpreter(program, os.environ)
    return ProjectPython(found.python, found.variables(os.environ))


async def _stack_outputs(work: Work, name: str) -> StackOutputs:
    from rolecall.api.stacks import stack_outputs

    opener = work.workspace.stack(work.name).open_state
    outputs, secret_names = await asyncio.to_thread(stack_outputs, work.workspace.backend, name, opener)
    return StackOutputs(outputs, tuple(secret_names))


def _pending_warning(work: Work, snapshot: Snapshot) -> str:
    """What an interrupted run left unknown. Refreshing finds out about it, so it is not said there. The words are
    Pulumi's."""
    if not snapshot.pending or work.refresh or work.request.kind == "refresh":
        return ""
    lines = "".join(f"  * {p.resource.urn}, interrupted while {p.kind}\n" for p in snapshot.pending)
    return _PENDING.format(count=len(snapshot.pending), lines=lines)


def _teller(work: Work, fan: Fan) -> Callable[[str], None]:
    """Where what is no event is said: above a tree that would be drawn over it, else on standard error."""

    def tell(text: str) -> None:
        if not fan.aside(text):
            work.scenery.audience.write_errors(text + "\n")

    return tell


def _debugs(work: Work) -> bool:
    """Whether anybody wants to see the SDK's debug log, which is most of what a Python program sends."""
    return work.scenery.showing.options.debug or bool(work.scenery.showing.event_log)
