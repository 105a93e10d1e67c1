"""What goes into the engine and what comes out of it: messages are facts, effects are wishes. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rolecall.engine.plan import Plan
from rolecall.model.event import Event
from rolecall.model.event import Result as Verdict
from rolecall.model.goal import (
    Call,
    Called,
    Goal,
    Invoke,
    Invoked,
    LogLine,
    PackageRequest,
    ReadGoal,
    Registered,
)
from rolecall.model.hook import HookCall, HookResult
from rolecall.model.journal import Entry
from rolecall.model.provider import Features, ProviderAnswer, ProviderRequest
from rolecall.model.urn import URN
from rolecall.model.value import Map


@dataclass(frozen=True, slots=True)
class RegisterOutputs:
    """A component is complete: these are its outputs."""

    urn: URN
    outputs: Map


@dataclass(frozen=True, slots=True)
class NoMore:
    """The program will register nothing more. Answered when all is done, deletes included."""


Request: TypeAlias = Goal | ReadGoal | Invoke | Call | RegisterOutputs | NoMore
Answer: TypeAlias = Registered | Invoked | Called | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A program asks for something; the answer is a Reply or Refuse with its ticket."""

    ticket: int
    request: Request


@dataclass(frozen=True, slots=True)
class Loaded:
    """The answer to Load: the number by which the provider is asked from now on."""

    plugin: int


@dataclass(frozen=True, slots=True)
class Performed:
    """What was asked for in `Perform` was done. `features` comes with the answers to Load and Configure."""

    number: int
    answer: ProviderAnswer | Loaded | HookResult | None
    features: Features | None = None


@dataclass(frozen=True, slots=True)
class NotPerformed:
    """What was asked for in `Perform` failed."""

    number: int
    error: Exception


@dataclass(frozen=True, slots=True)
class ProgramEnded:
    """The program is gone. `problem`: None all well, "" it failed and said why, else the text to report."""

    problem: str | None


@dataclass(frozen=True, slots=True)
class Logged:
    """A program or provider has something to say."""

    line: LogLine


@dataclass(frozen=True, slots=True)
class Cancelling:
    """The user wants it to end: begin nothing new."""


Message: TypeAlias = Asked | Performed | NotPerformed | ProgramEnded | Logged | Cancelling


@dataclass(frozen=True, slots=True)
class Load:
    """Find and start a provider."""

    package: PackageRequest


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask a provider that was loaded as `plugin`."""

    plugin: int
    request: ProviderRequest


@dataclass(frozen=True, slots=True)
class Write:
    """Append to the journal; performed when it is durable."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class RunHook:
    """Call a hook of the program; answered with None when it registered none of that name."""

    call: HookCall


Work: TypeAlias = Load | Ask | Write | RunHook


@dataclass(frozen=True, slots=True)
class Perform:
    """Do some work and answer with its number. Works may be done in any order, but Writes in the order given."""

    number: int
    work: Work


@dataclass(frozen=True, slots=True)
class Show:
    """Something happened."""

    event: Event


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to what was asked with that ticket."""

    ticket: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Refuse:
    """What was asked with that ticket is refused: Aborted or Refused of `model.goal`."""

    ticket: int
    error: Exception


@dataclass(frozen=True, slots=True)
class StartProgram:
    """Run the program; say ProgramEnded when it is gone."""


@dataclass(frozen=True, slots=True)
class StopProgram:
    """Interrupt the program, which can do nothing useful any more."""


@dataclass(frozen=True, slots=True)
class Finish:
    """All is done; nothing will come after this."""

    verdict: Verdict
    changes: dict[str, int]
    maybe_corrupt: bool
    failed_step: bool
    plan: Plan | None = None


Effect: TypeAlias = Perform | Show | Reply | Refuse | StartProgram | StopProgram | Finish
