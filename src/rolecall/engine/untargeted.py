"""What --target and --exclude leave alone: kept as it is, in an order that keeps the snapshot sound.

A resource that is not registered again would stay among the base entries, behind those that need it. So whoever is
kept takes along, depth first, what it depends on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rolecall.engine import steps
from rolecall.engine.ending import Bail, Fault
from rolecall.engine.graph import references
from rolecall.engine.held import Held
from rolecall.engine.run import Run
from rolecall.model.resource import Resource
from rolecall.model.urn import URN


async def keep_untargeted(run: Run, old: Held, urn: URN) -> Resource:
    """Keep a registered resource as it is, after what it depends on. `urn`: its URN now."""
    for held in list(_unregistered_needs(run, old, urn)):
        await _keep(run, held)
    run.decisions.sames.add(urn)
    await _keep(run, old)
    return old.state


async def keep_unregistered(run: Run, urn: URN) -> None:
    """Keep what the base has under a URN, and what that depends on, unless it was registered in this run."""
    held = run.holdings.olds.get(urn)
    if held is None or _is_handled(run, urn):
        return
    for other in list(_unregistered_needs(run, held, urn)):
        await _keep(run, other)
    await _keep(run, held)


def leads_to_failed(run: Run, urns: Iterable[URN]) -> bool:
    """Whether any of these failed or was skipped, or needs, through what nobody registers, one that was."""
    failed, olds = run.decisions.failed, run.holdings.olds
    if not failed:
        return False
    waiting, seen = list(urns), set(urns)
    while waiting:
        urn = waiting.pop()
        if urn in failed:
            return True
        held = olds.get(urn)
        if held is None or held.gone or _is_handled(run, urn):
            continue
        further = [needed for needed in references(held.state) if needed not in seen]
        seen.update(further)
        waiting.extend(further)
    return False


def _is_handled(run: Run, urn: URN) -> bool:
    return run.decisions.is_registered(urn) or run.decisions.is_operated_on(urn)


def _unregistered_needs(run: Run, held: Held, urn: URN) -> Iterator[Held]:
    """What `held` needs and nobody registered, depth first."""
    decisions, olds = run.decisions, run.holdings.olds
    provider = held.state.provider
    for needed in dict.fromkeys(references(held.state)):
        if _is_handled(run, needed) or needed == urn:
            continue
        other = olds.get(needed)
        if other is None:
            if provider is not None and needed == provider.urn:
                continue
            raise Fault(f"dependency {needed} of untargeted resource {urn} has no old state")
        if other.state.delete or other.gone:
            continue
        decisions.sames.add(needed)
        decisions.seen.add(needed)
        yield from _unregistered_needs(run, other, urn)
        yield other


async def _keep(run: Run, held: Held) -> None:
    run.decisions.sames.add(held.state.urn)
    run.decisions.seen.add(held.state.urn)
    await steps.keep(run, None, held, replace(held.state, id=""))


def refuse_skipped_dependencies(run: Run, new: Resource) -> None:
    """A resource that is meant must not depend on one that is not created because it is not meant.

    Reported for each; an update then ends (Bail), a preview goes on to find all. Pulumi does not look at excludes, and
    then writes a state that it cannot read; we do.
    """
    for urn in dict.fromkeys(references(new)):
        if urn not in run.decisions.skipped_creates:
            continue
        why = "was was not specified in --target list" if run.scope.targets else "is excluded and does not exist"
        message = f"Resource '{new.urn}' depends on '{urn}' which {why}."
        run.tell("error", message, new.urn)
        run.errors_seen = True
        if not run.preview:
            raise Bail
        run.decisions.skipped_creates.discard(urn)
