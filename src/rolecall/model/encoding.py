"""The one plain encoding of values: marked dictionaries, used on the wire and in the checkpoint alike.

A marked value is a dictionary whose key `SIGNATURE` holds the kind. What differs between the wire and a file is how a
secret is written (an envelope around the value, or sealed text), so that is passed in as a function. Source: the
signatures of Pulumi's property marshaller (pulumi/sdk, resource/properties).
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.model.value import (
    UNKNOWN,
    Archive,
    Asset,
    Map,
    Output,
    Reference,
    Secret,
    Unknown,
    Value,
    number,
)

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
BYTES = "803fd3297a5875dc03ca845dda5d2a98"
FLOAT = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"

UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_TEXTS = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""The placeholders for an unknown value of each type. All are read; only `UNKNOWN_TEXT` (string) is written."""


class MalformedValue(ValueError):
    """Plain data that is marked as a value of ours but is not one. Says what is wrong, not where: the caller knows."""


SealSecret = Callable[[Secret, "Encoder"], Any]
OpenSecret = Callable[[Mapping[str, Any], "Decoder"], Value]


def envelope_secret(secret: Secret, encoder: Encoder) -> Any:
    """A secret as the wire has it: an envelope around the plain encoding of its value."""
    return {SIGNATURE: SECRET, "value": encoder.encode(secret.value)}


def open_envelope(data: Mapping[str, Any], decoder: Decoder) -> Value:
    """The inverse of `envelope_secret`."""
    if "value" not in data:
        raise MalformedValue("a secret without a value")
    return Secret(decoder.decode(data["value"]))


@dataclass(frozen=True, slots=True)
class Encoder:
    """Values to plain data (dict, list, str, int, float, bool, None)."""

    secret: SealSecret = envelope_secret
    non_finite_as_bits: bool = False
    """Checkpoints are JSON and have no infinities; there such floats are written as their IEEE bits."""

    def encode(self, value: Value) -> Any:
        """The plain data for one value."""
        if value is None or isinstance(value, bool | str | int):
            return value
        if isinstance(value, float):
            return self._float(value)
        if isinstance(value, Map):
            return {k: self.encode(v) for k, v in value.items()}
        if isinstance(value, tuple):
            return [self.encode(v) for v in value]
        if isinstance(value, Unknown):
            return UNKNOWN_TEXT
        if isinstance(value, Secret):
            return self.secret(value, self)
        if isinstance(value, Output):
            return self._output(value)
        if isinstance(value, Reference):
            return _reference(value)
        if isinstance(value, Asset):
            return _present(
                {SIGNATURE: ASSET, "hash": value.hash, "text": value.text, "path": value.path, "uri": value.uri}
            )
        if isinstance(value, Archive):
            assets = None if value.assets is None else self.encode(value.assets)
            return _present(
                {SIGNATURE: ARCHIVE, "hash": value.hash, "assets": assets, "path": value.path, "uri": value.uri}
            )
        return {SIGNATURE: BYTES, "value": base64.b64encode(value).decode()}

    def _float(self, value: float) -> Any:
        if math.isfinite(value) or not self.non_finite_as_bits:
            return value
        return {SIGNATURE: FLOAT, "value": struct.pack(">d", value).hex()}

    def _output(self, value: Output) -> Any:
        if value.secret and self.secret is not envelope_secret:
            # Where secrets are sealed or masked, its envelope (which only says that it is one) would show it.
            return self.encode(value.value if isinstance(value.value, Secret) else Secret(value.value))
        data: dict[str, Any] = {SIGNATURE: OUTPUT}
        if not isinstance(value.value, Unknown):
            data["value"] = self.encode(value.value)
        if value.secret:
            data["secret"] = True
        if value.dependencies:
            data["dependencies"] = sorted(value.dependencies)
        return data


@dataclass(frozen=True, slots=True)
class Decoder:
    """Plain data to values. `decode` raises MalformedValue on data that is marked but broken."""

    secret: OpenSecret = open_envelope
    unknowns: bool = True
    """Whether the unknown placeholders mean UNKNOWN (the wire) or are ordinary strings."""

    def decode(self, data: Any) -> Value:
        """The value that plain data stands for."""
        if data is None or isinstance(data, bool):
            return data
        if isinstance(data, str):
            return UNKNOWN if self.unknowns and data in UNKNOWN_TEXTS else data
        if isinstance(data, int | float):
            return number(data) if math.isfinite(data) else float(data)
        if isinstance(data, Mapping):
            return self._mapping(data)
        return tuple(self.decode(item) for item in data)

    def decode_map(self, data: Mapping[str, Any] | None) -> Map:
        """The map that a plain mapping stands for; an absent one is empty."""
        return Map({k: self.decode(v) for k, v in (data or {}).items()})

    def _mapping(self, data: Mapping[str, Any]) -> Value:
        signature = data.get(SIGNATURE)
        if not isinstance(signature, str):
            return self.decode_map(data)
        if signature == SECRET:
            return self.secret(data, self)
        if signature == OUTPUT:
            return self._output(data)
        if signature == REFERENCE:
            return self._reference(data)
        if signature == ASSET:
            return Asset(_text(data, "text"), _text(data, "path"), _text(data, "uri"), _text(data, "hash") or "")
        if signature == ARCHIVE:
            assets = data.get("assets")
            decoded = None if assets is None else self.decode_map(assets)
            return Archive(decoded, _text(data, "path"), _text(data, "uri"), _text(data, "hash") or "")
        if signature == BYTES:
            return _bytes(data)
        if signature == FLOAT:
            return _bits(data)
        raise MalformedValue(f"unrecognized signature '{signature}' in property map")

    def _output(self, data: Mapping[str, Any]) -> Output:
        value = self.decode(data["value"]) if "value" in data else UNKNOWN
        return Output(value, bool(data.get("secret", False)), frozenset(data.get("dependencies") or ()))

    def _reference(self, data: Mapping[str, Any]) -> Reference:
        urn = data.get("urn")
        if not isinstance(urn, str):
            raise MalformedValue("a resource reference without a urn")
        id_: str | Unknown | None = None
        if "id" in data:
            text = data["id"]
            id_ = UNKNOWN if not text or text in UNKNOWN_TEXTS else str(text)
        return Reference(
            urn, id_, _text(data, "packageVersion") or "", _text(data, "name") or "", _text(data, "type") or ""
        )


def _reference(value: Reference) -> dict[str, Any]:
    data: dict[str, Any] = {SIGNATURE: REFERENCE, "urn": value.urn, "packageVersion": value.package_version}
    if value.id is not None:
        data["id"] = UNKNOWN_TEXT if isinstance(value.id, Unknown) else value.id
    return data


def _present(data: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in data.items() if v is not None and not (k == "hash" and not v)}


def _text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is None or isinstance(value, str):
        return value
    raise MalformedValue(f"'{key}' of an asset, archive or reference is not a string")


def _bytes(data: Mapping[str, Any]) -> bytes | str:
    try:
        raw = base64.b64decode(data["value"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise MalformedValue("a byte string without base64 value") from error
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _bits(data: Mapping[str, Any]) -> float:
    try:
        unpacked: tuple[float] = struct.unpack(">d", bytes.fromhex(data["value"]))
    except (KeyError, TypeError, ValueError, struct.error) as error:
        raise MalformedValue("a float without its 16 hex digits") from error
    return unpacked[0]
