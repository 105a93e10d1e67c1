"""The part of CBOR (RFC 8949) that AWS's rpc-v2-cbor protocol uses: maps, lists, text, bytes, numbers, times."""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Any


class MalformedCbor(ValueError):
    """Bytes that are not one CBOR item, or use what AWS's protocol does not."""


def encode(value: Any) -> bytes:
    """One item. Datetimes become epoch seconds (tag 1), ints keep their exact width, floats are doubles."""
    out = bytearray()
    _encode(value, out)
    return bytes(out)


def _encode(value: Any, out: bytearray) -> None:
    if value is None or isinstance(value, bool):
        out.append({None: 0xF6, True: 0xF5, False: 0xF4}[value])
    elif isinstance(value, int):
        _head(0 if value >= 0 else 1, value if value >= 0 else -1 - value, out)
    elif isinstance(value, float):
        out += b"\xfb" + struct.pack(">d", value)
    elif isinstance(value, str):
        data = value.encode()
        _head(3, len(data), out)
        out += data
    elif isinstance(value, bytes | bytearray):
        _head(2, len(value), out)
        out += value
    elif isinstance(value, datetime):
        out.append(0xC1)
        _encode(value.timestamp(), out)
    elif isinstance(value, dict):
        _head(5, len(value), out)
        for key, item in value.items():
            _encode(str(key), out)
            _encode(item, out)
    else:
        items = list(value)
        _head(4, len(items), out)
        for item in items:
            _encode(item, out)


def _head(major: int, number: int, out: bytearray) -> None:
    if number < 24:
        out.append(major << 5 | number)
        return
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            out.append(major << 5 | info)
            out += number.to_bytes(size, "big")
            return
    raise MalformedCbor("an integer beyond 64 bits")


def decode(data: bytes) -> Any:
    """The one item in `data`; times (tag 1) are left as their number. Raises MalformedCbor."""
    reader = _Reader(data)
    try:
        value = reader.item()
    except (IndexError, struct.error, UnicodeDecodeError, RecursionError) as problem:
        raise MalformedCbor("truncated or malformed CBOR") from problem
    if reader.position != len(data):
        raise MalformedCbor("bytes after the CBOR item")
    return value


_BREAK = object()
_SIMPLE = {20: False, 21: True, 22: None, 23: None}


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def item(self) -> Any:
        value = self._any()
        if value is _BREAK:
            raise MalformedCbor("a break outside a list or map")
        return value

    def _take(self, count: int) -> bytes:
        if self.position + count > len(self.data):
            raise IndexError
        chunk = self.data[self.position : self.position + count]
        self.position += count
        return chunk

    def _any(self) -> Any:
        first = self._take(1)[0]
        major, info = first >> 5, first & 31
        if major == 7:
            return self._simple(info)
        length = None if info == 31 else self._number(info)
        if major in (0, 1):
            if length is None:
                raise MalformedCbor("an integer without a value")
            return length if major == 0 else -1 - length
        if major in (2, 3):
            return self._string(major, length)
        if major == 4:
            return self._list(length)
        if major == 5:
            return self._map(length)
        return self.item()

    def _number(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise MalformedCbor("a reserved length")
        return int.from_bytes(self._take(1 << (info - 24)), "big")

    def _simple(self, info: int) -> Any:
        if info == 31:
            return _BREAK
        if info in _SIMPLE:
            return _SIMPLE[info]
        formats = {25: ">e", 26: ">f", 27: ">d"}
        if info not in formats:
            raise MalformedCbor("an unknown simple value")
        return struct.unpack(formats[info], self._take(1 << (info - 24)))[0]

    def _string(self, major: int, length: int | None) -> str | bytes:
        if length is not None:
            data = self._take(length)
        else:
            parts = []
            while (part := self._any()) is not _BREAK:
                parts.append(part.encode() if isinstance(part, str) else bytes(part))
            data = b"".join(parts)
        return data.decode() if major == 3 else data

    def _list(self, length: int | None) -> list[Any]:
        items: list[Any] = []
        while length is None or len(items) < length:
            item = self._any()
            if item is _BREAK:
                break
            items.append(item)
        return items

    def _map(self, length: int | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        count = 0
        while length is None or count < length:
            key = self._any()
            if key is _BREAK:
                break
            if not isinstance(key, str) or key in found:
                raise MalformedCbor("a map key that is not text, or twice the same")
            found[key] = self.item()
            count += 1
        return found
