"""S3's aws-chunked bodies: taken apart, with the signatures of chunks and trailer and the checksum verified."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from botocore import httpchecksum

from rolecall.sandbox import sigv4
from rolecall.sandbox.refusal import Refused
from rolecall.sandbox.sigv4 import Signature

_SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_HEX = re.compile(r"[0-9a-fA-F]{1,16}\Z")
_CHECKSUM = "x-amz-checksum-"


@dataclass(frozen=True, slots=True)
class Decoded:
    """The content, and the checksum headers of the trailer."""

    content: bytes
    trailer: Mapping[str, str]


def decode(body: bytes, headers: Mapping[str, str], signature: Signature, signing_key: bytes) -> Decoded:
    """The content of an aws-chunked body. Raises Refused for a wrong chunk signature, length or checksum."""
    variant = headers.get("x-amz-content-sha256", "")
    signer = _Chain(signature, signing_key) if variant.startswith(_SIGNED) else None
    parts: list[bytes] = []
    position = 0
    while True:
        line, position = _line(body, position)
        size_text, _, attributes = line.partition(";")
        size = _size(size_text)
        data = body[position : position + size]
        if len(data) != size:
            raise _incomplete()
        if signer is not None:
            signer.check_chunk(data, attributes.removeprefix("chunk-signature="))
        if size == 0:
            break
        parts.append(data)
        position += size
        if body[position : position + 2] != b"\r\n":
            raise _incomplete()
        position += 2
    trailer, trailer_signature = _trailer(body, position)
    _check_announced(trailer, headers)
    if signer is not None and (trailer or variant.endswith("-TRAILER")):
        signer.check_trailer(trailer, trailer_signature)
    content = b"".join(parts)
    _check_length(content, headers)
    _check_checksums(content, trailer)
    return Decoded(content, trailer)


class _Chain:
    """Each chunk is signed together with the signature before it."""

    def __init__(self, signature: Signature, key: bytes) -> None:
        self._previous = signature.signature
        self._key = key
        self._prefix = f"{signature.timestamp}\n{signature.scope}\n"

    def check_chunk(self, data: bytes, given: str) -> None:
        text = (
            f"AWS4-HMAC-SHA256-PAYLOAD\n{self._prefix}{self._previous}\n{sigv4.EMPTY_SHA256}\n"
            f"{hashlib.sha256(data).hexdigest()}"
        )
        self._check(text, given)

    def check_trailer(self, trailer: Mapping[str, str], given: str) -> None:
        lines = "".join(f"{name}:{value}\n" for name, value in trailer.items())
        text = f"AWS4-HMAC-SHA256-TRAILER\n{self._prefix}{self._previous}\n{hashlib.sha256(lines.encode()).hexdigest()}"
        self._check(text, given)

    def _check(self, text: str, given: str) -> None:
        expected = sigv4.sign(self._key, text)
        if not sigv4.matches(expected, given):
            raise Refused(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and "
                "signing method.",
                403,
            )
        self._previous = expected


def _line(body: bytes, position: int) -> tuple[str, int]:
    end = body.find(b"\r\n", position)
    if end < 0:
        raise _incomplete()
    return body[position:end].decode("latin-1"), end + 2


def _size(text: str) -> int:
    if not _HEX.match(text):
        raise Refused("InvalidRequest", "The chunk size of an aws-chunked body is not a number", 400)
    return int(text, 16)


def _trailer(body: bytes, position: int) -> tuple[dict[str, str], str]:
    found: dict[str, str] = {}
    signature = ""
    while position < len(body):
        line, position = _line(body, position)
        name, colon, value = line.partition(":")
        if not colon:
            break
        if name.lower() == "x-amz-trailer-signature":
            signature = value.strip()
        else:
            found[name.lower()] = value.strip()
    return found, signature


def _check_announced(trailer: Mapping[str, str], headers: Mapping[str, str]) -> None:
    """A trailer holds the checksums that the signed headers announce, and nothing else: what it holds is not signed in
    one of the variants, and becomes a header of the request."""
    names = (name.strip().lower() for name in headers.get("x-amz-trailer", "").split(","))
    if {name for name in names if name} != set(trailer) or not all(name.startswith(_CHECKSUM) for name in trailer):
        text = (
            "The request contained trailing data that was not well-formed or did not conform to our published schema."
        )
        raise Refused("MalformedTrailerError", text, 400)


def _incomplete() -> Refused:
    message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
    return Refused("IncompleteBody", message, 400)


def _check_length(content: bytes, headers: Mapping[str, str]) -> None:
    declared = headers.get("x-amz-decoded-content-length")
    if declared is None:
        raise Refused("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    if not declared.isdigit() or int(declared) != len(content):
        raise _incomplete()


def _check_checksums(content: bytes, trailer: Mapping[str, str]) -> None:
    for name, value in trailer.items():
        algorithm = name.removeprefix(_CHECKSUM)
        computed = checksum(algorithm, content)
        if computed is not None and computed != value:
            raise Refused(
                "BadDigest", f"The {algorithm.upper()} you specified did not match the calculated checksum.", 400
            )


def checksum(algorithm: str, content: bytes) -> str | None:
    """A checksum of S3's kinds, base64; None for one that this installation cannot compute (crc32c, crc64nvme)."""
    if algorithm == "crc32":
        return base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
    if algorithm in ("sha1", "sha256"):
        return base64.b64encode(hashlib.new(algorithm, content).digest()).decode()
    calculator = getattr(httpchecksum, "_CHECKSUM_CLS", {}).get(algorithm)
    if calculator is None:
        return None
    made = calculator()
    made.update(content)
    return str(made.b64digest())
