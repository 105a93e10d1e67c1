"""Former identities: the URNs under which a resource may be known to the stack, and which of them it is."""

from __future__ import annotations

from collections.abc import Iterable

from rolecall.engine.held import Held
from rolecall.engine.run import Run
from rolecall.model.goal import Alias, Goal
from rolecall.model.urn import STACK_TYPE, URN


def collapsed(run: Run, goal: Goal, alias: Alias) -> URN:
    """The URN that an alias stands for; what it leaves open is as it is now."""
    if alias.urn:
        return alias.urn
    parent = goal.parent
    if alias.parent:
        parent = run.decisions.old_of.get(alias.parent, alias.parent)
    if alias.no_parent or (parent is not None and parent.type == STACK_TYPE):
        parent = None
    deployment = run.deployment
    return URN.make(
        alias.stack or deployment.stack,
        alias.project or deployment.project,
        parent,
        alias.type or goal.type,
        alias.name or goal.name,
    )


def inherited(run: Run, goal: Goal, type_: str, name: str, parent_was: URN) -> URN:
    """The alias that follows from the parent's: a name that begins with the parent's changes with it."""
    assert goal.parent is not None
    if name.startswith(goal.parent.name):
        name = parent_was.name + name[len(goal.parent.name) :]
    return URN.make(run.deployment.stack, run.deployment.project, parent_was, type_, name)


def candidates(run: Run, goal: Goal) -> Iterable[URN]:
    """The URNs to look under, best first, without the current one."""
    own = [collapsed(run, goal, alias) for alias in goal.aliases]
    found = dict.fromkeys(own)
    parent_was = run.decisions.old_of.get(goal.parent) if goal.parent else None
    if parent_was is not None:
        found[inherited(run, goal, goal.type, goal.name, parent_was)] = None
        for urn in own:
            found[inherited(run, goal, urn.type, urn.name, parent_was)] = None
    return found


def find_old(run: Run, urn: URN, goal: Goal) -> tuple[Held | None, URN | None, bool]:
    """What the stack remembers of a resource, the old URN if an alias led there, and whether all is well.

    Two claims to one old resource are reported and make the resource invalid.
    """
    decisions = run.decisions
    valid = True
    if urn in decisions.new_of:
        message = (
            f"Duplicate resource URN '{urn}' conflicting with alias on resource with URN '{decisions.new_of[urn]}'"
        )
        run.tell("error", message, urn)
        valid = False
    old = run.holdings.olds.get(urn)
    if old is not None:
        return old, None, valid
    for former in candidates(run, goal):
        old = run.holdings.olds.get(former)
        if old is None:
            continue
        for other in ([urn] if former in decisions.seen else []) + [
            u for u in [decisions.new_of.get(former)] if u is not None
        ]:
            message = (
                f"Duplicate resource alias '{former}' applied to resource with URN '{urn}' conflicting with resource "
                f"with URN '{other}'"
            )
            run.tell("error", message, urn)
            valid = False
        decisions.new_of[former] = urn
        decisions.old_of[urn] = former
        return old, former, valid
    return None, None, valid
