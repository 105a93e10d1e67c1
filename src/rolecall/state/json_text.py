"""JSON to data and back, fast, with the words of Go's decoder for what is wrong with a text.

Users meet those words in Pulumi and look them up; the scanner below runs only when the fast decoder has given up.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

_SPACE = b" \t\r\n"
_DIGITS = b"0123456789"
_HEX = b"0123456789abcdefABCDEF"
_ESCAPES = b'bfnrt\\/"'
_LITERALS = {ord("t"): b"true", ord("f"): b"false", ord("n"): b"null"}


class InvalidJSON(ValueError):
    """The text is not JSON. Says so as Go's encoding/json does."""


def loads(text: bytes) -> Any:
    """The data that a JSON text stands for. Raises InvalidJSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        _Scanner(text).document()
    # It is JSON to Go, which puts a replacement character for what is not Unicode (lone surrogates, stray bytes).
    data = json.loads(text.decode("utf-8", errors="replace"))
    return _without_surrogates(data)


def dumps(data: Any, *, sort: bool = False) -> bytes:
    """Compact JSON. Numbers beyond 64 bits are written as floats, which is what they are to Pulumi."""
    option = orjson.OPT_SORT_KEYS if sort else 0
    try:
        return orjson.dumps(data, option=option)
    except TypeError:
        return orjson.dumps(_writable(data), option=option)


def _writable(data: Any) -> Any:
    if isinstance(data, orjson.Fragment):
        return data
    if isinstance(data, dict):
        return {_without_surrogates(k): _writable(v) for k, v in data.items()}
    if isinstance(data, list | tuple):
        return [_writable(v) for v in data]
    if isinstance(data, int) and not isinstance(data, bool) and not -(2**63) <= data < 2**64:
        return float(data)
    return _without_surrogates(data)


def _without_surrogates(data: Any) -> Any:
    if isinstance(data, str):
        return data.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
    if isinstance(data, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in data.items()}
    if isinstance(data, list):
        return [_without_surrogates(v) for v in data]
    return data


class _Scanner:
    """Finds the first thing that Go's decoder would complain about."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.at = 0

    def document(self) -> None:
        self.value()
        self.space()
        if self.at < len(self.text):
            self.fail("after top-level value")

    def peek(self) -> int:
        if self.at >= len(self.text):
            raise InvalidJSON("unexpected end of JSON input")
        return self.text[self.at]

    def fail(self, context: str) -> None:
        raise InvalidJSON(f"invalid character {_quoted(self.text, self.at)} {context}")

    def space(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _SPACE:
            self.at += 1

    def value(self) -> None:
        self.space()
        first = self.peek()
        if first == ord("{"):
            self.members("}", self.member, "looking for beginning of object key string", "after object key:value pair")
        elif first == ord("["):
            self.members("]", self.value, "looking for beginning of value", "after array element")
        elif first == ord('"'):
            self.string()
        elif first in _LITERALS:
            self.literal(_LITERALS[first])
        elif first == ord("-") or first in _DIGITS:
            self.number()
        else:
            self.fail("looking for beginning of value")

    def members(self, end: str, one: Any, at_start: str, after: str) -> None:
        self.at += 1
        self.space()
        if self.peek() == ord(end):
            self.at += 1
            return
        while True:
            self.space()
            if end == "}" and self.peek() != ord('"'):
                self.fail(at_start)
            one()
            self.space()
            found = self.peek()
            if found == ord(end):
                self.at += 1
                return
            if found != ord(","):
                self.fail(after)
            self.at += 1

    def member(self) -> None:
        self.string()
        self.space()
        if self.peek() != ord(":"):
            self.fail("after object key")
        self.at += 1
        self.value()

    def string(self) -> None:
        self.at += 1
        while (found := self.peek()) != ord('"'):
            if found < 0x20:
                self.fail("in string literal")
            self.at += 1
            if found == ord("\\"):
                self.escape()
        self.at += 1

    def escape(self) -> None:
        kind = self.peek()
        if kind == ord("u"):
            for _ in range(4):
                self.at += 1
                if self.peek() not in _HEX:
                    self.fail("in \\u hexadecimal character escape")
        elif kind not in _ESCAPES:
            self.fail("in string escape code")
        self.at += 1

    def literal(self, word: bytes) -> None:
        for expected in word:
            if self.peek() != expected:
                self.fail(f"in literal {word.decode()} (expecting {chr(expected)!r})")
            self.at += 1

    def number(self) -> None:
        if self.peek() == ord("-"):
            self.at += 1
            if self.peek() not in _DIGITS:
                self.fail("in numeric literal")
        if self.peek() == ord("0"):
            self.at += 1
        else:
            self.digits()
        if self.next_is(b"."):
            self.at += 1
            if self.peek() not in _DIGITS:
                self.fail("after decimal point in numeric literal")
            self.digits()
        if self.next_is(b"eE"):
            self.at += 1
            if self.next_is(b"+-"):
                self.at += 1
            if self.peek() not in _DIGITS:
                self.fail("in exponent of numeric literal")
            self.digits()

    def next_is(self, characters: bytes) -> bool:
        return self.at < len(self.text) and self.text[self.at] in characters

    def digits(self) -> None:
        while self.next_is(_DIGITS):
            self.at += 1


def _quoted(text: bytes, at: int) -> str:
    byte = text[at]
    if byte == ord("'"):
        return r"'\''"
    if byte == ord('"'):
        return "'\"'"
    if 0x20 <= byte < 0x7F and byte != ord("\\"):
        return f"'{chr(byte)}'"
    return {0x0A: r"'\n'", 0x0D: r"'\r'", 0x09: r"'\t'", 0x5C: r"'\\'"}.get(byte, f"'{_escaped(byte)}'")


def _escaped(byte: int) -> str:
    return chr(byte) if byte >= 0xA1 else f"\\x{byte:02x}" if byte < 0x80 else f"\\u{byte:04x}"
