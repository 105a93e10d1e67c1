"""What happens in a run, as a stream: the engine makes events, `display` and the event log show them.

Their order in a run: one Prelude, then Diagnostics and Started/Finished/Failed as steps run, one Summary (also after a
failure), and one Cancelled when the operation has ended, whatever the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rolecall.model.diagnostic import Diagnostic
from rolecall.model.provider import Identity
from rolecall.model.step import Step
from rolecall.model.urn import URN

Result = Literal["succeeded", "failed", "canceled"]


@dataclass(frozen=True, slots=True)
class Prelude:
    """The start, with the configuration as text; secret values already read `[secret]`."""

    config: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Message:
    """A Diagnostic in the stream."""

    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class Started:
    """A step is about to be done. `internal` steps (default providers and such) are logged but not shown or counted."""

    step: Step
    planning: bool
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """A step was done, or for a component, its outputs were registered."""

    step: Step
    planning: bool
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A step failed. `status`: 0 nothing happened, 1 it happened in part, 2 nobody knows."""

    step: Step
    status: int
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of the work. `changes`: op to count of logical steps. `duration` in seconds."""

    is_preview: bool
    result: Result
    changes: dict[str, int] = field(hash=False)
    duration: float
    maybe_corrupt: bool = False


@dataclass(frozen=True, slots=True)
class Identified:
    """A provider was configured and knows who it acts as. Ours, not Pulumi's: shown, but not in its event log."""

    provider: URN
    identity: Identity


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The end of the stream, whatever the reason (Pulumi's name for it is a misnomer that we keep)."""


Event: TypeAlias = Prelude | Message | Started | Finished | Failed | Summary | Identified | Cancelled
