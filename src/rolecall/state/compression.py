"""State files may be compressed with gzip or zstd; which one is seen from the content, as Pulumi does."""

from __future__ import annotations

import importlib
from typing import Any

from rolecall.state.errors import CorruptState, StateError

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
EXTENSIONS = {"": "", ".gz": "gzip", ".zst": "zstd"}
"""File name extension to the name of the compression, empty for none."""


def decompress(data: bytes) -> bytes:
    """The content of a state file, whatever it was compressed with."""
    if data.startswith(_GZIP):
        module = importlib.import_module("gzip")
    elif data.startswith(_ZSTD):
        module = _zstd()
    else:
        return data
    try:
        return bytes(module.decompress(data))
    except Exception as error:
        # Each library has errors of its own for content that is damaged.
        raise CorruptState(f"the compressed state cannot be read: {error}") from error


def compress(data: bytes, extension: str) -> bytes:
    """What to write into a file with this extension (`.gz`, `.zst` or none)."""
    if extension == ".gz":
        return bytes(importlib.import_module("gzip").compress(data, mtime=0))
    if extension == ".zst":
        return bytes(_zstd().compress(data))
    return data


def _zstd() -> Any:
    # Standard from Python 3.14 on; before that a package that we do not insist on.
    for name in ("compression.zstd", "zstandard"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise StateError(
        "the state is compressed with zstd, which this Python cannot read",
        hint="install the package 'zstandard' beside rolecall, or use Python 3.14 or newer",
    )
