"""What the gate must ask before it lets a call through: one check for each action on each resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rolecall.iam import Context

KeyValue = str | bool | int | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One authorisation check. `account` owns the resource; None where it is the caller's own.

    `item` names the part of a bulk call that this check alone decides (a key of DeleteObjects): it being denied does
    not deny the call. `because` says why a check besides the call's own action is needed, such as `tags are set`.
    `keys` are condition keys of this check alone; `context` is complete.
    """

    action: str
    resource: str
    account: str | None = None
    keys: Mapping[str, KeyValue] = field(default_factory=dict, hash=False)
    context: Context = field(default_factory=Context)
    item: str | None = None
    because: str = ""

    def with_context(self, context: Context) -> Check:
        """The same check with its complete context."""
        return replace(self, context=context)


@dataclass(frozen=True, slots=True)
class Question:
    """All checks of one call, in the order in which the first to fail is reported.

    `exact` is False where the call's resources could not be told from its parameters, so that `*` was asked for.
    """

    checks: tuple[Check, ...]
    exact: bool = True
