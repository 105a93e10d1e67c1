"""Second factors: the time-based codes (RFC 6238) of virtual MFA devices."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from datetime import datetime
from typing import Any

from rolecall.sandbox.refusal import Refused
from rolecall.sandbox.world import World

STEP = 30


def code_at(seed: bytes, when: datetime) -> str:
    """The six digits that a device shows."""
    counter = struct.pack(">Q", int(when.timestamp()) // STEP)
    digest = hmac.new(seed, counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def prove(world: World, user: Any, serial: str, code: str, now: datetime) -> None:
    """Raises Refused unless the code is that of one of the user's devices, now or one step to either side."""
    device = None if user is None else world.iam(user.account_id).virtual_mfa_devices.get(serial)
    if device is None or serial not in user.mfa_devices or not _shows(device, code, now):
        raise Refused("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.", 403)


def _shows(device: Any, code: str, now: datetime) -> bool:
    raw = device.base32_string_seed
    text = raw.decode() if isinstance(raw, bytes) else str(raw)
    try:
        seed = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError:
        return False
    moments = (now.timestamp() + STEP * step for step in (-1, 0, 1))
    return any(hmac.compare_digest(code_at(seed, datetime.fromtimestamp(m, now.tzinfo)), code) for m in moments)
