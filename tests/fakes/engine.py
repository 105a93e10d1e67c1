"""An engine that grants every wish at once: what a program talks to when only the program is under test."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path

from rolecall.model.goal import (
    Call,
    Called,
    Goal,
    Invoke,
    Invoked,
    LogLine,
    ReadGoal,
    Registered,
)
from rolecall.model.hook import Hooks
from rolecall.model.run import RunInfo
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY, Map
from rolecall.program.host import ProgramHost
from rolecall.program.launch import ProgramExit, launch
from rolecall.program.source import Program


@dataclass
class Granting:
    """A `Monitor` under which every resource has the outputs of its inputs and the id `id-NAME`."""

    goals: list[Goal] = field(default_factory=list)
    reads: list[ReadGoal] = field(default_factory=list)
    invokes: list[Invoke] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    lines: list[LogLine] = field(default_factory=list)
    outputs: dict[str, Map] = field(default_factory=dict)
    has_finished: bool = False
    bugs: list[BaseException] = field(default_factory=list)
    """What the host says it should never have seen. Only a test about that allows any."""
    may_have_bugs: bool = False
    hooks: Hooks | None = None

    def _urn(self, goal: Goal | ReadGoal) -> URN:
        return URN.make("dev", "proj", goal.parent, goal.type, goal.name)

    async def register(self, goal: Goal) -> Registered:
        self.goals.append(goal)
        if not goal.custom:
            return Registered(self._urn(goal))
        return Registered(self._urn(goal), f"id-{goal.name}", goal.properties)

    async def register_outputs(self, urn: URN, outputs: Map) -> None:
        self.outputs[urn.name] = outputs

    async def read(self, goal: ReadGoal) -> Registered:
        self.reads.append(goal)
        return Registered(self._urn(goal), goal.id, goal.properties)

    async def invoke(self, invoke: Invoke) -> Invoked:
        self.invokes.append(invoke)
        return Invoked(invoke.args)

    async def call(self, call: Call) -> Called:
        self.calls.append(call)
        return Called(EMPTY)

    async def finished(self) -> None:
        self.has_finished = True

    def log(self, line: LogLine) -> None:
        self.lines.append(line)

    def said(self, severity: str) -> list[str]:
        """The messages of one severity."""
        return [line.message for line in self.lines if line.severity == severity]

    def goal(self, name: str) -> Goal:
        """The one goal of this name."""
        (found,) = [goal for goal in self.goals if goal.name == name]
        return found


def run_program(
    directory: Path,
    code: str = "",
    *,
    monitor: Granting | None = None,
    debug: bool = False,
    main: str = "",
    runtime_options: dict[str, object] | None = None,
    dry_run: bool = False,
) -> tuple[ProgramExit, Granting]:
    """Run a program for real, in its own interpreter, against a granting engine."""
    if code:
        (directory / "__main__.py").write_text(code)
    engine = monitor or Granting()
    program = Program.locate(directory, main, "python", runtime_options or {})
    run = RunInfo(
        "proj",
        "dev",
        str(program.root),
        str(program.directory),
        organization="acme",
        config={"proj:plain": "value", "proj:hidden": "geheim"},
        secret_keys=frozenset({"proj:hidden"}),
        dry_run=dry_run,
        parallel=4,
    )

    async def main_() -> ProgramExit:
        async with await ProgramHost.open(run) as host:
            host.attach(engine)
            engine.hooks = host.hooks
            ended = await launch(program, run, host.address, engine.log, debug=debug)
            engine.bugs = host.bugs
            assert engine.may_have_bugs or not engine.bugs
            return ended

    return asyncio.run(main_()), engine


def interpreter_first(python: str) -> str:
    """A PATH on which this interpreter is found first."""
    return os.pathsep.join([str(Path(python).parent), os.environ["PATH"]])
