"""What can be wrong with our memory: unreadable, too new, missing, changed by someone else."""

from __future__ import annotations

from rolecall.errors import RolecallError


class StateError(RolecallError):
    """Something about stored state is wrong. Whatever is stored is left as it is."""


class CorruptState(StateError):
    """Stored state cannot be read. It is never overwritten.

    `excerpt` is shown at terminals only: which file it is, and where older states are. Pulumi says neither.
    """

    excerpt = ""


class UnsupportedState(StateError):
    """Stored state was written by something newer, in a form that we do not know."""


class NoSuchStack(StateError):
    """No stack of that name. `name` is the name as it is shown."""

    exit_code = 6

    def __init__(self, name: str) -> None:
        super().__init__(f"no stack named '{name}' found")


class StackExists(StateError):
    """A stack of that (full) name is there already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"stack '{name}' already exists")


class StackNotEmpty(StateError):
    """The stack still has resources, and nobody insisted."""

    def __init__(self, name: str) -> None:
        super().__init__(f"refusing to remove stack {name} because it still contains resources")


class StateChanged(StateError):
    """Someone else wrote the state while we held its lock."""
