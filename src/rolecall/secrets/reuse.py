"""Keeps the sealed text of secrets that have not changed, so that a state or settings file changes only where it must.

A nonce makes every sealing different. What was opened at a place is remembered; the same text sealed again at that
place gives the old sealed text. Equal secrets at different places stay unlinkable: the place is part of the key.
"""

from __future__ import annotations

from collections.abc import Hashable

from rolecall.secrets.sealer import Sealer


class Reusing:
    """A sealer with a memory of places. Any hashable names a place, such as `(urn, "inputs", "password")`."""

    def __init__(self, sealer: Sealer) -> None:
        self.sealer = sealer
        self._known: dict[tuple[Hashable, str], str] = {}

    def decrypt_at(self, place: Hashable, ciphertext: str) -> str:
        """Opens and remembers. Raises CannotOpen."""
        plaintext = self.sealer.decrypt(ciphertext)
        self._known[place, plaintext] = ciphertext
        return plaintext

    def encrypt_at(self, place: Hashable, plaintext: str) -> str:
        """The sealed text that was seen at this place for this plaintext, or a new one."""
        known = self._known.get((place, plaintext))
        if known is None:
            known = self._known[place, plaintext] = self.sealer.encrypt(plaintext)
        return known
