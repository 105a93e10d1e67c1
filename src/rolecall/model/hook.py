"""Hooks: functions of the program that run around steps. The engine says when, the side of the program runs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from rolecall.model.urn import URN
from rolecall.model.value import Map

HookKind = Literal[
    "before_create", "after_create", "before_update", "after_update", "before_delete", "after_delete", "on_error"
]


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call of the hook registered as `name`. Maps that do not apply are None.

    `failed_operation` (`create`, `update`, `delete`) and `errors` (newest first) are for on_error.
    """

    name: str
    kind: HookKind
    urn: URN
    id: str
    resource_name: str
    type: str
    new_inputs: Map | None = None
    old_inputs: Map | None = None
    new_outputs: Map | None = None
    old_outputs: Map | None = None
    failed_operation: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HookResult:
    """How it went. `error`: why it failed. `ignored`: it was registered to fail without consequences. `retry`: an
    on_error hook wants the operation tried again."""

    error: str = ""
    retry: bool = False
    ignored: bool = False


class Hooks(Protocol):
    """The hooks that the program registered. A call in a preview does nothing unless the hook wants to run there."""

    def knows(self, name: str) -> bool: ...
    async def run(self, call: HookCall) -> HookResult: ...
