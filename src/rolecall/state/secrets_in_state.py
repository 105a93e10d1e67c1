"""Secrets as a state holds them: sealed text in an envelope, and how such envelopes become values and values envelopes.

A secret may be opened (an operation needs its value) or kept as it is (renaming a stack does not): `Sealed` is the text
of one that was kept, so that a state whose passphrase nobody knows can still be read and written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rolecall.model.encoding import SECRET, SIGNATURE, Decoder, Encoder, MalformedValue, OpenSecret, SealSecret
from rolecall.model.value import Secret, Value
from rolecall.secrets.sealer import Sealer
from rolecall.state.errors import StateError
from rolecall.state.json_text import InvalidJSON, dumps, loads

MASK = "[secret]"

Place = tuple[str, str]
"""Where a secret is: the URN of its resource, and the field."""


class Sealed(str):
    """The sealed text of a secret that was not opened; found only directly inside a Secret."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Sealed(...)"


class Keeper:
    """Reads and writes the secrets of one state.

    With a sealer secrets are opened and sealed; without one they stay as they are. A secret that is at the same place
    with the same value gets its former sealed text back, which keeps states comparable; across places it never does,
    which would tell a reader of the file that two secrets are equal.
    """

    def __init__(self, sealer: Sealer | None = None, opener: Sealer | None = None) -> None:
        """`opener`: opens what is there when it was sealed with another key than the one to seal with."""
        self._sealer = sealer
        self._opener = opener or sealer
        self._reusable = opener is None or opener is sealer
        self._known: dict[tuple[Place, str], str] = {}

    def decoder(self, place: Place) -> Decoder:
        """What reads property values at a place."""
        return Decoder(secret=self._opening(place), unknowns=True)

    def encoder(self, place: Place) -> Encoder:
        """What writes property values at a place."""
        return Encoder(secret=self._sealing(place), non_finite_as_bits=True)

    def _opening(self, place: Place) -> OpenSecret:
        def open_secret(data: Mapping[str, Any], _decoder: Decoder) -> Value:
            plaintext, ciphertext = data.get("plaintext") or "", data.get("ciphertext") or ""
            if bool(plaintext) == bool(ciphertext):
                raise MalformedValue("a secret must have exactly one of 'ciphertext' and 'plaintext'")
            if plaintext:
                return Secret(_value_of(plaintext))
            if self._opener is None:
                return Secret(Sealed(ciphertext))
            plaintext = self._opener.decrypt(ciphertext)
            if self._reusable:
                self._known[place, plaintext] = ciphertext
            return Secret(_value_of(plaintext))

        return open_secret

    def _sealing(self, place: Place) -> SealSecret:
        def seal_secret(secret: Secret, _encoder: Encoder) -> Any:
            if isinstance(secret.value, Sealed):
                return {SIGNATURE: SECRET, "ciphertext": str(secret.value)}
            if self._sealer is None:
                raise StateError(
                    "there are secrets to write, but no secrets provider to seal them with",
                    hint="the state has no 'secrets_providers'",
                )
            plaintext = _text_of(secret.value)
            ciphertext = self._known.get((place, plaintext))
            if ciphertext is None:
                ciphertext = self._known[place, plaintext] = self._sealer.encrypt(plaintext)
            return {SIGNATURE: SECRET, "ciphertext": ciphertext}

        return seal_secret


class Showing:
    """Writes secrets in the open, as `stack export --show-secrets` does. Never used for what is stored."""

    def encoder(self, _place: Place) -> Encoder:
        """What writes property values."""
        return Encoder(secret=self._show, non_finite_as_bits=True)

    @staticmethod
    def _show(secret: Secret, _encoder: Encoder) -> Any:
        return {SIGNATURE: SECRET, "plaintext": _text_of(secret.value)}


def shown(data: Any, sealer: Sealer) -> Any:
    """Plain data of a state whose secrets are in the open, in the envelopes of `stack export --show-secrets`.

    Raises what the sealer raises.
    """
    if isinstance(data, Mapping):
        if data.get(SIGNATURE) == SECRET and data.get("ciphertext"):
            return {SIGNATURE: SECRET, "plaintext": sealer.decrypt(data["ciphertext"])}
        return {k: shown(v, sealer) for k, v in data.items()}
    return [shown(v, sealer) for v in data] if isinstance(data, list) else data


def revealed(data: Any, decrypt: Callable[[str], str]) -> Any:
    """Plain data of a state with the values of its secrets in place of their envelopes, at any depth.

    Raises what `decrypt` raises, and MalformedValue.
    """
    if isinstance(data, Mapping):
        if data.get(SIGNATURE) != SECRET:
            return {k: revealed(v, decrypt) for k, v in data.items()}
        plaintext = data.get("plaintext") or decrypt(data.get("ciphertext") or "")
        try:
            # A secret within a secret is not sealed once more.
            return revealed(loads(plaintext.encode()), lambda text: text)
        except InvalidJSON as error:
            raise MalformedValue(f"a secret whose text is not JSON: {error}") from error
    return [revealed(v, decrypt) for v in data] if isinstance(data, list) else data


def masked(data: Any) -> Any:
    """Plain data of a state in which every secret reads `[secret]`, at any depth."""
    if isinstance(data, Mapping):
        return MASK if data.get(SIGNATURE) == SECRET else {k: masked(v) for k, v in data.items()}
    return [masked(v) for v in data] if isinstance(data, list) else data


def has_secret_envelopes(data: Any) -> bool:
    """Whether plain data of a state holds a secret."""
    if isinstance(data, Mapping):
        return data.get(SIGNATURE) == SECRET or any(has_secret_envelopes(v) for v in data.values())
    return isinstance(data, list) and any(has_secret_envelopes(v) for v in data)


def _text_of(value: Value) -> str:
    """The JSON text that is sealed. A secret inside carries its own JSON text under `ciphertext`, not sealed again."""

    def nested(secret: Secret, _encoder: Encoder) -> Any:
        return {SIGNATURE: SECRET, "ciphertext": _text_of(secret.value)}

    return dumps(Encoder(secret=nested, non_finite_as_bits=True).encode(value), sort=True).decode()


def _value_of(plaintext: str) -> Value:
    def nested(data: Mapping[str, Any], _decoder: Decoder) -> Value:
        return Secret(_value_of(data.get("ciphertext") or data.get("plaintext") or "null"))

    try:
        return Decoder(secret=nested, unknowns=True).decode(loads(plaintext.encode()))
    except InvalidJSON as error:
        raise MalformedValue(f"a secret whose text is not JSON: {error}") from error
