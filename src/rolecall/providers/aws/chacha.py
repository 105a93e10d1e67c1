"""The random stream behind Pulumi's automatic names: ChaCha12 keyed with the SHA-256 of the engine's seed.

Names made from one seed must come out as Pulumi's do, so that a preview, an update and another engine agree (the
generator is lukechampine.com/frand; the cipher is RFC 8439's with 12 rounds, a 64-bit counter and no nonce).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

_CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")
_COLUMNS_AND_DIAGONALS = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip
_MASK = 0xFFFFFFFF


def draws(seed: bytes, below: int) -> Iterator[int]:
    """Numbers from 0 to `below` - 1, uniformly, the same for the same seed."""
    limit = (2**64 - 1) - (2**64 - 1) % below
    stream = _stream(hashlib.sha256(seed).digest())
    while True:
        word = int.from_bytes(bytes(next(stream) for _ in range(8)), "little")
        if word < limit:
            yield word % below


def _stream(key: bytes) -> Iterator[int]:
    # The first 32 bytes of each buffer are the key of the next: the generator forgets what it gave.
    while True:
        buffer = b"".join(block(key, counter) for counter in range((32 + 1024 + 63) // 64))[: 32 + 1024]
        key = buffer[:32]
        yield from buffer[32:]


def block(key: bytes, counter: int, rounds: int = 12) -> bytes:
    """64 bytes of the key's stream."""
    start = [*_CONSTANTS, *struct.unpack("<8I", key), counter & _MASK, counter >> 32, 0, 0]
    state = list(start)
    for _ in range(rounds // 2):
        for a, b, c, d in _COLUMNS_AND_DIAGONALS:
            _quarter(state, a, b, c, d)
    return struct.pack("<16I", *((x + y) & _MASK for x, y in zip(state, start, strict=True)))


def _quarter(s: list[int], a: int, b: int, c: int, d: int) -> None:
    for first, second, third, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[first] = (s[first] + s[second]) & _MASK
        mixed = s[third] ^ s[first]
        s[third] = ((mixed << turn) | (mixed >> (32 - turn))) & _MASK
