"""Pulumi's `b64` secrets: no encryption at all. They occur in exports of throw-away stacks and must be readable."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from rolecall.secrets.sealer import CannotOpen

TYPE = "b64"


class Base64Sealer:
    """Encodes. Nothing new is ever stored with it unless the state already says so."""

    type = TYPE

    @property
    def state(self) -> Mapping[str, object]:
        return {}

    def encrypt(self, plaintext: str) -> str:
        return base64.b64encode(plaintext.encode()).decode()

    def decrypt(self, ciphertext: str) -> str:
        try:
            return base64.b64decode(ciphertext, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise CannotOpen(f"failed to decrypt: {error}") from error
