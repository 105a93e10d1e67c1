"""A sealer whose key is sought when it is first needed, or meanwhile on a thread of its own.

A state can so be read and written back without its passphrase, as long as no secret in it has to be opened; and a run
does not wait for the derivation of a key (0.3 seconds) before its program starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock, Thread
from typing import Any

from rolecall.secrets.passphrase import WrongPassphrase
from rolecall.secrets.passphrases import FILE_VARIABLE, VARIABLE
from rolecall.secrets.sealer import CannotOpen, Sealer, SecretsError


class DeferredSealer:
    """Stands for the sealer that `find` will give. `find` is called once and may raise SecretsError."""

    def __init__(self, type_: str, state: Mapping[str, Any], find: Callable[[], Sealer]) -> None:
        self._type = type_
        self._state = state
        self._find = find
        self._lock = Lock()
        self._found: Sealer | None = None
        self._problem: SecretsError | None = None

    @property
    def type(self) -> str:
        return self._type

    @property
    def state(self) -> Mapping[str, Any]:
        return self._state

    def start(self) -> None:
        """Begins to seek the key on a thread. What goes wrong there is raised by whoever needs the key."""
        Thread(target=self._seek, name="unlock-secrets", daemon=True).start()

    def ready(self) -> Sealer:
        """The sealer itself, once there. Raises the SecretsError that finding it raised."""
        self._seek()
        if self._found is None:
            assert self._problem is not None
            raise self._problem
        return self._found

    def encrypt(self, plaintext: str) -> str:
        self._seek()
        if self._found is None:
            raise SecretsError(f"failed to encrypt: {self._explained()}") from self._problem
        return self._found.encrypt(plaintext)

    def decrypt(self, ciphertext: str) -> str:
        self._seek()
        if self._found is None:
            raise CannotOpen(f"failed to decrypt: {self._explained()}") from self._problem
        return self._found.decrypt(ciphertext)

    def _seek(self) -> None:
        with self._lock:
            if self._found is not None or self._problem is not None:
                return
            try:
                self._found = self._find()
            except SecretsError as problem:
                self._problem = problem

    def _explained(self) -> str:
        if isinstance(self._problem, WrongPassphrase):
            return (
                f"incorrect passphrase, please set {VARIABLE} to the correct passphrase or set {FILE_VARIABLE} "
                "to a file containing the passphrase"
            )
        return str(self._problem)
