"""Where the result of a step goes among what is held, and how the journal says what becomes of the entry before it.

An entry of the base is superseded by one at the end of this run's list. One that this run added itself (an import or a
refresh that the program then wants changed) changes where it stands: all that it needs stands before it.
"""

from __future__ import annotations

from typing import Any

from rolecall.engine.held import Held
from rolecall.engine.run import Run
from rolecall.model.journal import Done, Marked
from rolecall.model.resource import Resource

Fields = dict[str, Any]
"""The fields of a Done."""


def supersede(run: Run, old: Held | None, state: Resource) -> tuple[Held, Fields]:
    """Hold a new state in place of an old one, if there is one."""
    if old is not None and old.is_new:
        old.state = state
        return old, {"removed_new": old.index, "added": state}
    held = run.holdings.add(state)
    if old is None or old.gone:
        return held, {"added": state}
    old.gone = True
    return held, {"added": state, "removed": old.index}


async def mark(run: Run, old: Held, **changes: Any) -> Fields:
    """Change an entry where it stands. For one of this run that is a write of its own."""
    state = run.holdings.mark(old, **changes)
    if not old.is_new:
        return {"marked": Marked(old.index, state)}
    await run.write(Done(0, removed_new=old.index, added=state))
    return {}


def leave(old: Held) -> Fields:
    """Hold an entry no longer."""
    old.gone = True
    return {"removed_new": old.index} if old.is_new else {"removed": old.index}
