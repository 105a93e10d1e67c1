"""The one world that a daemon owns: moto's backends behind a lock, the root user's key, sessions, and the trail.

Everything that reads or changes the embedded AWS holds `lock`: moto is not made for threads, pure Python gains nothing
from them, and a decision must be about the state in which the call then runs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rolecall.sandbox.authentication import Key
from rolecall.sandbox.call import Session
from rolecall.sandbox.keys import new_id, new_secret

ACCOUNT = "000000424242"
REGION = "us-east-1"

os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_ALLOW_NONEXISTENT_REGION", "false")
for _name in ("MOTO_ACCOUNT_ID", "MOTO_S3_CUSTOM_ENDPOINTS", "INITIAL_NO_AUTH_ACTION_COUNT"):
    os.environ.pop(_name, None)


@dataclass(frozen=True, slots=True)
class RootKey:
    """An access key of an account's root user."""

    account: str
    key_id: str
    secret: str = field(repr=False)


def new_root_key(account: str) -> RootKey:
    """A key for the root user of an account."""
    return RootKey(account, new_id("AKIA", account, 20), new_secret())


@dataclass(slots=True)
class OwnState:
    """What the gate itself must remember, beside moto's backends: saved in the snapshot with them."""

    root_keys: dict[str, RootKey] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    denials: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Recent denials by id, for sts:DecodeAuthorizationMessage."""


class World:
    """Moto's state and the gate's own."""

    def __init__(self, account: str = ACCOUNT) -> None:
        self.lock = threading.RLock()
        self.account = account
        self.own = OwnState(root_keys={account: new_root_key(account)})
        self.changes = 0
        """Counts calls that may have changed something, so that the memory knows when to save."""

    @property
    def root_key(self) -> RootKey:
        """The key of the sandbox's own account's root user: its administrator."""
        return self.own.root_keys[self.account]

    def accounts(self) -> Iterator[tuple[str, Any]]:
        """Every account that has an IAM, with moto's IAM backend."""
        from moto.iam.models import iam_backends  # noqa: PLC0415

        for account in list(iam_backends):
            yield account, iam_backends[account]["aws"]

    def iam(self, account: str) -> Any:
        """moto's IAM backend of an account."""
        from moto.iam.models import iam_backends  # noqa: PLC0415

        return iam_backends[account]["aws"]

    def find_key(self, key_id: str) -> Key | None:
        """A key that could sign now: of root, of a user that exists, or of a session whose principal exists."""
        for root in self.own.root_keys.values():
            if root.key_id == key_id:
                return Key(key_id, root.secret)
        session = self.own.sessions.get(key_id)
        if session is not None:
            return self._session_key(session)
        found = self.find_user_key(key_id)
        return None if found is None else Key(key_id, found[1].secret_access_key, found[1].status == "Active")

    def _session_key(self, session: Session) -> Key | None:
        if not self._issuer_exists(session):
            return None
        return Key(session.access_key_id, session.secret_access_key, True, session.token, session.expires)

    def _issuer_exists(self, session: Session) -> bool:
        iam = self.iam(session.account)
        if session.kind == "role":
            return session.issuer_id in iam.roles
        if session.issuer_id == session.account:
            return True
        return any(user.id == session.issuer_id for user in iam.users.values())

    def find_user_key(self, key_id: str) -> tuple[Any, Any] | None:
        """moto's user and access key for a long-term key id. A key that its user no longer has is not one."""
        for _, iam in self.accounts():
            key = iam.access_keys.get(key_id)
            user = None if key is None else iam.users.get(key.user_name)
            if user is not None and key in user.access_keys:
                return user, key
        return None

    def find_role(self, account: str, name: str) -> Any:
        """moto's role of that name, or None."""
        return next((role for role in self.iam(account).roles.values() if role.name == name), None)

    def remember(self, session: Session) -> None:
        """Keeps a session, and forgets those that have long expired."""
        now = datetime.now(UTC)
        expired = [key for key, old in self.own.sessions.items() if (now - old.expires).days >= 1]
        for key in expired:
            del self.own.sessions[key]
        self.own.sessions[session.access_key_id] = session

    def reset(self) -> None:
        """Empties everything. The root key changes too: old exports must not work on a new world."""
        from moto.core.base_backend import BackendDict  # noqa: PLC0415

        with self.lock:
            BackendDict.reset()
            self.own = OwnState(root_keys={self.account: new_root_key(self.account)})
            self.changes += 1
