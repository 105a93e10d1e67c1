"""Tar headers byte for byte as Go's `archive/tar` writes them for a name, mode 0600 and a size, all else zero.

Go takes USTAR where name and size fit it and PAX records before the header where they do not. Hashes of archives depend
on every byte, so `tarfile` (which writes other types, magics and user fields) does not serve.
"""

from __future__ import annotations

_BLOCK = 512
_NAME = 100
_PREFIX = 155
_MODE = 0o600
_USTAR_MAX_SIZE = 0o77777777777


def header(name: str, size: int) -> bytes:
    """The header blocks of a regular file."""
    if _is_ascii(name) and size <= _USTAR_MAX_SIZE:
        if len(name) <= _NAME:
            return _block(name.encode(), b"", size, b"0", _MODE)
        split = _split(name)
        if split is not None:
            prefix, rest = split
            return _block(rest.encode(), prefix.encode(), size, b"0", _MODE)
    return _pax(name, size)


def padding(size: int) -> bytes:
    """The zeros after a file's content, up to the next block."""
    return b"\0" * (-size % _BLOCK)


def trailer() -> bytes:
    """The two empty blocks that end an archive."""
    return b"\0" * (2 * _BLOCK)


def _is_ascii(text: str) -> bool:
    return text.isascii() and "\0" not in text


def _split(name: str) -> tuple[str, str] | None:
    """The name as a prefix and a rest that fit their fields, split at the last slash that allows it."""
    length = len(name)
    if length > _PREFIX + 1:
        length = _PREFIX + 1
    elif name.endswith("/"):
        length -= 1
    at = name[:length].rfind("/")
    rest = len(name) - at - 1
    if at <= 0 or rest > _NAME or rest == 0 or at > _PREFIX:
        return None
    return name[:at], name[at + 1 :]


def _pax(name: str, size: int) -> bytes:
    """A header for what USTAR cannot say: records of name or size in an entry of their own, then the plain header."""
    records = b""
    if not _is_ascii(name) or (len(name) > _NAME and _split(name) is None):
        records += _record("path", name)
    if size > _USTAR_MAX_SIZE:
        records += _record("size", str(size))
    directory, _, file = name.rpartition("/")
    pax_name = "/".join(part for part in (directory, "PaxHeaders.0", file) if part)
    extended = _block(_ascii(pax_name)[:_NAME].rstrip(b"/"), b"", len(records), b"x", 0)
    plain = _block(_cut(_ascii(name)), b"", size, b"0", _MODE)
    return extended + records + padding(len(records)) + plain


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "ignore")


def _cut(name: bytes) -> bytes:
    """A name cut to its field; ending in a slash there, it would read as a directory's."""
    cut = name[:_NAME]
    if len(name) <= _NAME or not cut.endswith(b"/"):
        return cut
    end = len(cut[:-1].rstrip(b"/"))
    return cut[:end] + b"\0" + cut[end + 1 :]


def _record(key: str, value: str) -> bytes:
    """`length key=value\\n`, the length counting itself."""
    body = f" {key}={value}\n".encode()
    length = len(body) + len(str(len(body)))
    if len(str(length)) + len(body) != length:
        length = len(body) + len(str(length))
    return str(length).encode() + body


def _octal(value: int, width: int) -> bytes:
    return f"{value:0{width - 1}o}".encode()[-(width - 1) :] + b"\0"


def _block(name: bytes, prefix: bytes, size: int, kind: bytes, mode: int) -> bytes:
    fields = [
        name.ljust(_NAME, b"\0"),
        _octal(mode, 8),
        _octal(0, 8),  # user
        _octal(0, 8),  # group
        _octal(size & _USTAR_MAX_SIZE, 12),
        _octal(0, 12),  # time
        b" " * 8,  # the checksum counts itself as blanks
        kind,
        b"\0" * 100,  # link name
        b"ustar\0" + b"00",
        b"\0" * 64,  # user name, group name
        b"\0" * 16 if kind == b"x" else _octal(0, 8) * 2,  # device; Go leaves it blank in entries of records
        prefix.ljust(_PREFIX, b"\0"),
        b"\0" * 12,
    ]
    block = b"".join(fields)
    checksum = f"{sum(block):06o}".encode() + b"\0 "
    return block[:148] + checksum + block[156:]
