"""What a stack is: its resources in order, what was interrupted, and which key its secrets are sealed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rolecall.model.compatibility import PULUMI_VERSION
from rolecall.model.resource import PendingOperation, Resource


@dataclass(frozen=True, slots=True)
class Manifest:
    """Who wrote a state, and when. `magic` is the SHA-256 of `version`; `extra`: fields that we do not know."""

    time: str = ""
    magic: str = ""
    version: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def now(cls, moment: datetime | None = None) -> Manifest:
        """The manifest of a state that we write."""
        return cls(timestamp(moment), magic_of(PULUMI_VERSION), PULUMI_VERSION)

    @property
    def is_genuine(self) -> bool:
        return self.magic == magic_of(self.version)


@dataclass(frozen=True, slots=True)
class SecretsProvider:
    """How secrets of a state are sealed: the manager's type and what it needs to find the key again."""

    type: str
    state: Any = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stack's state. Resources are in topological order: what one refers to comes before it.

    `metadata` holds `integrity_error` when the state was written although it is unsound. `extra`: fields of the
    deployment that we do not know.
    """

    resources: tuple[Resource, ...] = ()
    pending: tuple[PendingOperation, ...] = ()
    manifest: Manifest = Manifest()
    secrets_provider: SecretsProvider | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False)
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def root(self) -> Resource | None:
        """The stack's own resource, if there is one."""
        return next((r for r in self.resources if r.is_root_stack and not r.delete), None)


def magic_of(version: str) -> str:
    """The checksum that goes with a version in a manifest; an empty version has none."""
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, which reading outputs does not need

    return hashlib.sha256(version.encode()).hexdigest() if version else ""


def timestamp(moment: datetime | None = None) -> str:
    """RFC 3339 in UTC, as Go prints it: fractions of a second without trailing zeros."""
    when = (moment or datetime.now(UTC)).astimezone(UTC)
    fraction = f"{when.microsecond:06d}".rstrip("0")
    return when.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if fraction else "") + "Z"
