"""The port that whoever stores secrets sees: text in, sealed text out, and what a reader needs to know of the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from rolecall.errors import RolecallError


class SecretsError(RolecallError):
    """Something about keys, passphrases or sealed text is wrong."""


class CannotOpen(SecretsError):
    """Sealed text could not be opened with the key at hand."""


class Sealer(Protocol):
    """Seals and opens text. Safe to use from several threads.

    `type` and `state` are what a deployment's `secrets_providers` holds (`passphrase`, `{"salt": ...}`): a sealer made
    again from both opens what this one sealed.
    """

    @property
    def type(self) -> str: ...

    @property
    def state(self) -> Mapping[str, Any]: ...

    def encrypt(self, plaintext: str) -> str:
        """Sealed text, different each time. Raises SecretsError when the key is not to be had."""
        ...

    def decrypt(self, ciphertext: str) -> str:
        """The text that was sealed. Raises CannotOpen."""
        ...
