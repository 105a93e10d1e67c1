"""When hooks run: around the calls of a step, and after a failure to ask whether to try again.

A hook before a call can keep the step from happening. One after it cannot undo it: the step counts as done and is
remembered, and the run fails all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from rolecall.engine.ending import Fault
from rolecall.engine.run import Run
from rolecall.model.hook import HookCall, HookKind
from rolecall.model.provider import PartlyDone, ProviderFailed
from rolecall.model.resource import Resource
from rolecall.model.urn import URN

T = TypeVar("T")
MOST_RETRIES = 100


async def before(run: Run, kind: HookKind, old: Resource | None, new: Resource | None) -> None:
    """Run the hooks before a step's call. Raises Fault when one fails: the step must then fail."""
    await _run_all(run, kind, old, new, new_outputs=False)


async def after(run: Run, kind: HookKind, old: Resource | None, new: Resource | None) -> bool:
    """Run the hooks after a step's call; False when one failed. That was told, and the run will have failed."""
    try:
        await _run_all(run, kind, old, new, new_outputs=True)
    except Fault as fault:
        resource = new or old
        run.tell("error", fault.message, resource.urn if resource else None)
        run.failed_step = True
        return False
    return True


async def _run_all(run: Run, kind: HookKind, old: Resource | None, new: Resource | None, *, new_outputs: bool) -> None:
    resource = new or old
    assert resource is not None
    for name in resource.hooks.get(kind, ()):
        result = await run.hook(_call(name, kind, old, new, new_outputs=new_outputs))
        if result is None:
            raise Fault(f'hook "{name}" was not registered')
        if result.error and result.ignored:
            title = kind.title().replace("_", "")
            run.tell("warning", f'{title} hook "{name}" failed: {result.error}', resource.urn)
        elif result.error:
            raise Fault(f'{kind.partition("_")[0]} hook "{name}" failed: {result.error}')


def _call(name: str, kind: HookKind, old: Resource | None, new: Resource | None, *, new_outputs: bool) -> HookCall:
    resource = new or old
    assert resource is not None
    return HookCall(
        name,
        kind,
        resource.urn,
        resource.id or (old.id if old else ""),
        resource.urn.name,
        resource.type,
        new_inputs=new.inputs if new else None,
        old_inputs=old.inputs if old else None,
        new_outputs=new.outputs if new and new_outputs else None,
        old_outputs=old.outputs if old else None,
    )


async def retrying(
    run: Run, operation: str, old: Resource | None, new: Resource | None, act: Callable[[], Awaitable[T]]
) -> T:
    """Do `act`, and again as long as it fails and an on_error hook asks for it."""
    resource = new or old
    assert resource is not None
    names = resource.hooks.get("on_error", ())
    failures: list[str] = []
    while True:
        try:
            return await act()
        except ProviderFailed as error:
            failures.insert(0, error.message if not isinstance(error, PartlyDone) else str(error))
            if names and len(failures) >= MOST_RETRIES:
                run.tell("warning", f"maximum number of error hook retries ({MOST_RETRIES}) reached", resource.urn)
                raise
            if not await _wants_retry(run, names, operation, old, new, tuple(failures)):
                raise
        message = f"retrying {operation} due to on-error hook request ({len(failures)}/{MOST_RETRIES})"
        run.tell("warning", message, resource.urn)


async def _wants_retry(
    run: Run,
    names: Iterable[str],
    operation: str,
    old: Resource | None,
    new: Resource | None,
    failures: tuple[str, ...],
) -> bool:
    wanted = False
    for name in names:
        call = _call(name, "on_error", old, new, new_outputs=False)
        result = await run.hook(_with_failure(call, operation, failures))
        if result is None:
            raise Fault(f'error hooks execution failed: error hook "{name}" was not registered')
        if result.error:
            raise Fault(f'error hooks execution failed: error hook "{name}" failed: {result.error}')
        wanted |= result.retry
    return wanted


def _with_failure(call: HookCall, operation: str, failures: tuple[str, ...]) -> HookCall:
    return replace(call, failed_operation=operation, errors=failures)


def needing_program(resources: Iterable[Resource]) -> dict[URN, tuple[str, ...]]:
    """The resources whose deletion runs hooks, with their names: destroying them needs the program."""
    found = {r.urn: (*r.hooks.get("before_delete", ()), *r.hooks.get("after_delete", ())) for r in resources}
    return {urn: names for urn, names in found.items() if names}
