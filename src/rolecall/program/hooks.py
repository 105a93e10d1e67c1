"""The hooks that a program registered with us: `rolecall.model.hook.Hooks`, by calling back into the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rolecall.model.goal import Refused
from rolecall.model.hook import HookCall, HookResult
from rolecall.program.callbacks import Callbacks
from rolecall.wire.hooks import hook_request, hook_result

if TYPE_CHECKING:
    from rolecall.wire.messages import Callback


@dataclass(frozen=True, slots=True)
class _Hook:
    callback: Callback
    in_previews: bool
    may_fail: bool


class HookRegister:
    """The hooks of one run. Names of both sorts (around steps, after errors) share one space."""

    def __init__(self, callbacks: Callbacks, *, preview: bool) -> None:
        self._callbacks = callbacks
        self._preview = preview
        self._hooks: dict[str, _Hook] = {}

    def add(self, name: str, callback: Callback, *, in_previews: bool = False, may_fail: bool = False) -> None:
        """Register a hook. `may_fail`: its errors are only warned of. Raises Refused for a name that cannot be."""
        if not name:
            raise Refused("resource hook name cannot be empty")
        if name in self._hooks:
            raise Refused(f'resource hook already registered for name "{name}"')
        self._hooks[name] = _Hook(callback, in_previews, may_fail)

    def knows(self, name: str) -> bool:
        """Whether a hook of this name was registered."""
        return name in self._hooks

    async def run(self, call: HookCall) -> HookResult:
        """Call a registered hook and wait for it; a preview skips those that do not want to run there."""
        hook = self._hooks[call.name]
        if self._preview and not hook.in_previews:
            return HookResult()
        try:
            result = hook_result(call, await self._callbacks.invoke(hook.callback, hook_request(call)))
        except Refused as error:
            result = HookResult(str(error))
        return HookResult(result.error, result.retry, hook.may_fail and bool(result.error))
