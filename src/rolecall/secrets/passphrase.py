"""Pulumi's `passphrase` secrets: a key derived from a passphrase, and a salt text by which a passphrase is verified.

The salt text is `v1:<base64 salt>:<the word "pulumi", sealed>`: it stands in the stack's settings as `encryptionsalt`
and in its state, and who has it and the passphrase has the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from threading import Lock

from rolecall.secrets.cipher import VERSION, Cipher
from rolecall.secrets.passphrases import PassphraseSource
from rolecall.secrets.sealer import CannotOpen, SecretsError

TYPE = "passphrase"
ITERATIONS = 1_000_000
_SALT_BYTES = 8
_KEY_BYTES = 32
_WORD = "pulumi"

_ciphers: dict[tuple[bytes, str], Cipher] = {}
_lock = Lock()


class WrongPassphrase(SecretsError):
    """The passphrase is not the one that the salt was made with."""

    def __init__(self) -> None:
        super().__init__("incorrect passphrase")


class PassphraseSealer:
    """Seals with a passphrase that has been verified."""

    type = TYPE

    def __init__(self, salt: str, cipher: Cipher) -> None:
        self.salt = salt
        self._cipher = cipher

    @property
    def state(self) -> Mapping[str, object]:
        return {"salt": self.salt}

    def encrypt(self, plaintext: str) -> str:
        return self._cipher.encrypt(plaintext)

    def decrypt(self, ciphertext: str) -> str:
        return self._cipher.decrypt(ciphertext)


def create(passphrase: str) -> PassphraseSealer:
    """A sealer with a salt of its own."""
    salt = os.urandom(_SALT_BYTES)
    cipher = _cipher(passphrase.encode(), salt)
    return PassphraseSealer(f"{VERSION}:{base64.b64encode(salt).decode()}:{cipher.encrypt(_WORD)}", cipher)


def unlock(salt_text: str, passphrase: str) -> PassphraseSealer:
    """The sealer of a salt text. Raises WrongPassphrase, or SecretsError where the salt text itself is broken."""
    version, _, rest = salt_text.partition(":")
    salt, separator, word = rest.partition(":")
    if not separator:
        raise SecretsError("malformed encryption salt: it should read v1:<salt>:v1:<nonce>:<ciphertext>")
    if version != VERSION:
        raise SecretsError(f"unknown state version '{version}' of the encryption salt")
    try:
        salt_bytes = base64.b64decode(salt, validate=True)
    except binascii.Error as error:
        raise SecretsError(f"malformed encryption salt: {error}") from error
    cipher = _cipher(passphrase.encode(), salt_bytes)
    try:
        opened = cipher.decrypt(word)
    except CannotOpen:
        raise WrongPassphrase from None
    if opened != _WORD:
        raise WrongPassphrase
    return PassphraseSealer(salt_text, cipher)


def unlock_from(salt_text: str, passphrases: PassphraseSource) -> PassphraseSealer:
    """The sealer of a salt text; a person who mistypes is asked again. Raises NoPassphrase, WrongPassphrase."""
    remark = ""
    while True:
        text = passphrases.existing(remark)
        try:
            sealer = unlock(salt_text, text)
            passphrases.was_right(text)
            return sealer
        except WrongPassphrase:
            if not passphrases.asks:
                raise
            remark = " (the last one was wrong)"


def _cipher(passphrase: bytes, salt: bytes) -> Cipher:
    """Derived once per process for each passphrase and salt: a derivation takes about 0.3 seconds."""
    name = (hashlib.sha256(passphrase).digest(), salt.hex())
    with _lock:
        if name not in _ciphers:
            _ciphers[name] = Cipher(hashlib.pbkdf2_hmac("sha256", passphrase, salt, ITERATIONS, _KEY_BYTES))
        return _ciphers[name]
