"""Credentials at one moment, and what an access key id tells about itself without asking anybody."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

SANDBOX_PREFIX = "000000"
"""Accounts of a sandbox begin so; AWS's own never do."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What signs a request. `expires` is None for keys that last. Never printed: its repr has the key id only."""

    access_key: str
    secret_key: str
    token: str = ""
    expires: datetime | None = None

    def __repr__(self) -> str:
        return f"Keys({self.access_key})"

    @property
    def fingerprint(self) -> str:
        """Tells keys apart without giving them away."""
        return hashlib.sha256(f"{self.access_key}\0{self.secret_key}\0{self.token}".encode()).hexdigest()

    def expires_text(self) -> str:
        """The expiry as RFC 3339 text in UTC, or ""."""
        return self.expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if self.expires else ""


def account_of(access_key: str) -> str:
    """The account that an access key id belongs to, or "" when the id does not say.

    AWS writes it into bits 1 to 40 of the base32 part; what sts:GetAccessKeyInfo answers is computed the same way.
    """
    try:
        raw = base64.b32decode(access_key[4:20])
    except (binascii.Error, ValueError):
        return ""
    if len(raw) < 6:
        return ""
    number = (int.from_bytes(raw[:6], "big") & 0x7FFFFFFFFF80) >> 7
    return f"{number:012d}" if number < 10**12 else ""


def of_a_sandbox(access_key: str) -> bool:
    """Whether these keys were made by a sandbox, so that AWS must never see them."""
    return account_of(access_key).startswith(SANDBOX_PREFIX)
