"""AES-256-GCM over text in Pulumi's form, `v1:<base64 nonce>:<base64 ciphertext and tag>`."""

from __future__ import annotations

import base64
import binascii
import os

from rolecall.secrets.sealer import CannotOpen

VERSION = "v1"
_NONCE_BYTES = 12


class Cipher:
    """One key of 32 bytes at work."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  (30 ms that not all runs need)

        self._gcm = AESGCM(key)

    def encrypt(self, plaintext: str) -> str:
        """Sealed text with a nonce of its own."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._gcm.encrypt(nonce, plaintext.encode(), None)
        return f"{VERSION}:{_encode(nonce)}:{_encode(sealed)}"

    def decrypt(self, ciphertext: str) -> str:
        """The text that was sealed. Raises CannotOpen for another key's work and for anything malformed."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415

        version, _, rest = ciphertext.partition(":")
        nonce, separator, sealed = rest.partition(":")
        if not separator:
            raise CannotOpen("bad value: not of the form version:nonce:ciphertext")
        if version != VERSION:
            raise CannotOpen(f"unknown value version '{version}'")
        try:
            opened = self._gcm.decrypt(_decode(nonce), _decode(sealed), None)
            return opened.decode()
        except InvalidTag:
            raise CannotOpen("cipher: message authentication failed") from None
        except ValueError as error:
            raise CannotOpen(f"bad value: {error}") from error


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise CannotOpen(f"bad value: {error}") from error
