"""HTTP messages as bytes on the line: what signatures are made of, so nothing here is decoded or tidied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

_MAX_LINE = 65536
_MAX_HEADERS = 200
_HEX = re.compile(r"[0-9a-fA-F]{1,16}\Z")
_LONGEST = 5 * 1024**3
"""The largest body that any call takes, in bytes: S3's limit for one upload."""
_PIECE = 1 << 20
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")


class MalformedRequest(Exception):
    """Bytes that are not an HTTP request we accept. `status` is what to answer before closing the connection."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it was sent. `path` and `query` are raw (still percent-encoded), header names lower-case."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    source_ip: str = "127.0.0.1"

    def header(self, name: str, default: str = "") -> str:
        """The values of a header joined by commas, as HTTP says; `default` when it was not sent."""
        values = [value for key, value in self.headers if key == name]
        return ",".join(values) if values else default

    def header_map(self) -> dict[str, str]:
        """Every header, repeated ones joined."""
        joined: dict[str, str] = {}
        for key, value in self.headers:
            joined[key] = f"{joined[key]},{value}" if key in joined else value
        return joined


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `headers` need not hold Content-Length, Date or Connection: the server sees to them."""

    status: int
    headers: Mapping[str, str] = field(hash=False)
    body: bytes = b""


def read_head(stream: BinaryIO) -> tuple[str, str, tuple[tuple[str, str], ...]] | None:
    """Reads request line and headers: method, target, headers. None at the end of the stream.

    Raises MalformedRequest for anything ambiguous (folded headers, spaces before a colon, other versions): two parsers
    that read a request differently are how one is smuggled past the other.
    """
    line = stream.readline(_MAX_LINE + 1)
    while line == b"\r\n":
        line = stream.readline(_MAX_LINE + 1)
    if not line:
        return None
    parts = _text(line).split(" ")
    if len(parts) != 3 or parts[2] not in ("HTTP/1.1", "HTTP/1.0") or not _TOKEN.match(parts[0]):
        raise MalformedRequest("not an HTTP/1.1 request")
    headers: list[tuple[str, str]] = []
    while True:
        line = stream.readline(_MAX_LINE + 1)
        if line in (b"\r\n", b"\n"):
            return parts[0], parts[1], tuple(headers)
        if not line:
            raise MalformedRequest("the request ends in its headers")
        name, colon, value = _text(line).partition(":")
        if not colon or not _TOKEN.match(name):
            raise MalformedRequest("a malformed header line")
        headers.append((name.lower(), value.strip(" \t")))
        if len(headers) > _MAX_HEADERS:
            raise MalformedRequest("too many headers", 431)


def _text(line: bytes) -> str:
    if len(line) > _MAX_LINE:
        raise MalformedRequest("a line is too long", 414)
    return line.decode("latin-1").rstrip("\r\n")


def read_body(stream: BinaryIO, headers: tuple[tuple[str, str], ...]) -> bytes:
    """Reads the body that the headers announce. Raises MalformedRequest when they contradict each other."""
    lengths = {value for name, value in headers if name == "content-length"}
    encodings = [value.lower() for name, value in headers if name == "transfer-encoding"]
    if encodings:
        if lengths or encodings != ["chunked"]:
            raise MalformedRequest("Transfer-Encoding and Content-Length together, or an unknown encoding")
        return _read_chunked(stream)
    if not lengths:
        return b""
    if len(lengths) > 1 or not (length := lengths.pop()).isascii() or not length.isdigit():
        raise MalformedRequest("a Content-Length that is not one number")
    return _exactly(stream, int(length[:20]), int(length[:20]))


def _read_chunked(stream: BinaryIO) -> bytes:
    parts: list[bytes] = []
    total = 0
    while True:
        size_line = _text(stream.readline(_MAX_LINE + 1)).partition(";")[0].strip()
        if not _HEX.match(size_line):
            raise MalformedRequest("a malformed chunk size")
        size = int(size_line, 16)
        if size == 0:
            while stream.readline(_MAX_LINE + 1) not in (b"\r\n", b"\n", b""):
                pass
            return b"".join(parts)
        total += size
        parts.append(_exactly(stream, size, total))
        if stream.readline(3) not in (b"\r\n", b"\n"):
            raise MalformedRequest("a chunk without its end")


def _exactly(stream: BinaryIO, length: int, total: int) -> bytes:
    """So many bytes, read as they come: what is only announced takes no memory. `total` is the body's length so far."""
    if total > _LONGEST:
        raise MalformedRequest("a body of more than 5 GiB", 413)
    data = bytearray()
    while len(data) < length:
        piece = stream.read(min(_PIECE, length - len(data)))
        if not piece:
            raise MalformedRequest("the request ends in its body")
        data += piece
    return bytes(data)
