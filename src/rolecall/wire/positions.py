"""Where in a program a resource was registered: `file:` positions from SDKs as `project:` positions in the state."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from pulumi.runtime.proto.source_pb2 import SourcePosition, StackTrace


def position_text(position: SourcePosition, root: str) -> str:
    """`project:///path#line[,column]`, the path relative to `root`; "" for what is no position in a local file."""
    place = _place(position.uri, root)
    if not place or position.line <= 0 or position.column < 0:
        return ""
    column = f",{position.column}" if position.column else ""
    return f"{place}#{position.line}{column}"


@lru_cache(maxsize=4096)
def _place(uri: str, root: str) -> str:
    """A program has few files and names them in every request, ten times over in the stack trace."""
    url = urlsplit(uri)
    path = unquote(url.path)
    if url.scheme != "file" or not path.startswith("/"):
        return ""
    return f"project:///{quote(posixpath.relpath(path, root))}"


def trace_texts(trace: StackTrace, root: str) -> tuple[str, ...]:
    """The positions of a stack trace, innermost first; frames without a position are left out."""
    frames: Iterable[str] = (position_text(frame.pc, root) for frame in trace.frames)
    return tuple(text for text in frames if text)
