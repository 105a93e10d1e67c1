"""Locks on a stack, by Pulumi's protocol: look for others, leave a file, look again, and step back if someone came.

Both tools see each other's locks. There is no waiting and no expiry: a lock says who made it, and is removed by its
owner or with `cancel`. Ours also tell the birth of their process (Pulumi ignores that), so that those of the dead are
known and need nobody to cancel them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from rolecall.model.stack_name import StackName
from rolecall.state import layout
from rolecall.state.errors import StateError
from rolecall.state.json_text import InvalidJSON, dumps, loads
from rolecall.state.snapshot import timestamp
from rolecall.state.store import ABSENT, Store


class Locked(StateError):
    """Someone else holds the stack. The summary names them, as Pulumi does."""


@dataclass(frozen=True, slots=True)
class LockFile:
    """A lock as it is found: who made it, and when (RFC 3339)."""

    key: str
    pid: int = 0
    username: str = "unknown"
    hostname: str = "unknown"
    time: str = "an unknown time"
    birth: str = ""

    @classmethod
    def read(cls, key: str, data: bytes) -> LockFile:
        """Understands what it can: a lock that cannot be read still locks."""
        try:
            content = loads(data)
        except InvalidJSON:
            return cls(key)
        if not isinstance(content, dict):
            return cls(key)
        given: dict[str, Any] = {
            "pid": content.get("pid"),
            "username": content.get("username"),
            "hostname": content.get("hostname"),
            "time": content.get("timestamp"),
            "birth": content.get("rolecall"),
        }
        return cls(key, **{name: value for name, value in given.items() if value})

    @property
    def is_of_the_dead(self) -> bool:
        """Whether rolecall left this lock in a process that is certainly gone."""
        if not self.birth:
            return False
        from rolecall.state.process import Birth, is_dead  # noqa: PLC0415 - only where a lock is found

        return is_dead(self.pid, Birth.parse(self.birth), self.hostname, hostname())

    def described(self, url: str) -> str:
        """One line for people: who, since when."""
        return f"{url}: created by {self.username}@{self.hostname} (pid {self.pid}) at {_to_seconds(self.time)}"


def find_locks(store: Store, name: StackName) -> list[LockFile]:
    """All locks on a stack."""
    found = []
    for listed in store.list(layout.locks(name)):
        blob = store.read(listed.key)
        if blob is not None:
            found.append(LockFile.read(listed.key, blob.data))
    return found


def acquire(
    store: Store,
    name: StackName,
    identity: str,
    url_of: Callable[[str], str],
    ignoring: Collection[str] = (),
) -> None:
    """Takes the lock of a stack under our identity. Raises Locked, leaving nothing behind.

    `ignoring`: keys of locks whose owners are known to be dead.
    """
    key = layout.lock(name, identity)
    passed_over = {key, *ignoring}
    _refuse(store, name, passed_over, url_of)
    store.write(key, _content(), ABSENT)
    try:
        _refuse(store, name, passed_over, url_of)
    except BaseException:
        store.delete(key)
        raise


def release(store: Store, name: StackName, identity: str) -> None:
    """Gives the lock back. One that someone has cancelled is gone already."""
    store.delete(layout.lock(name, identity))


def cancel(store: Store, name: StackName) -> int:
    """Removes all locks on a stack, whoever holds them. Returns how many there were."""
    return sum(store.delete(listed.key) for listed in store.list(layout.locks(name)))


def hostname() -> str:
    """What this machine calls itself."""
    return os.uname().nodename


def username() -> str:
    """Who we are to the operating system."""
    import getpass  # noqa: PLC0415 - only who takes a lock needs it

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _refuse(store: Store, name: StackName, passed_over: Collection[str], url_of: Callable[[str], str]) -> None:
    others = [lock for lock in find_locks(store, name) if lock.key not in passed_over]
    if others:
        lines = "".join(f"\n  {lock.described(url_of(lock.key))}" for lock in others)
        raise Locked(
            f"the stack is currently locked by {len(others)} lock(s). Either wait for the other process(es) to end or "
            f"delete the lock file with `pulumi cancel`.{lines}"
        )


def _content() -> bytes:
    from rolecall.state.process import Birth  # noqa: PLC0415 - only who takes a lock needs it

    pid = os.getpid()
    return dumps(
        {
            "pid": pid,
            "username": username(),
            "hostname": hostname(),
            "timestamp": timestamp(),
            "rolecall": str(Birth.of(pid)),
        }
    )


def _to_seconds(time: str) -> str:
    """RFC 3339 without fractions of a second."""
    before, dot, after = time.partition(".")
    return before + after.lstrip("0123456789") if dot else time
