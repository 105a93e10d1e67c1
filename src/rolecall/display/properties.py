"""Property values as indented text, as the diff view and the outputs of a stack show them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from rolecall.display import markup
from rolecall.display.comparison import is_internal
from rolecall.display.step_words import COLORS, MARKS
from rolecall.display.text_forms import decoded, number_text, quoted, truncated
from rolecall.model.step import Op
from rolecall.model.value import Archive, Asset, Map, Output, Reference, Secret, Unknown, Value

INDENT = "    "


@dataclass(frozen=True, slots=True)
class PropertyPrinter:
    """Writes properties at one indentation, in the colour of one operation, into `out`.

    `marked`: lines begin with the operation's mark.
    """

    out: list[str] = field(default_factory=list)
    indent: int = 1
    op: Op = "same"
    marked: bool = False
    truncate: bool = False
    show_secrets: bool = False

    @property
    def text(self) -> str:
        """What was written so far."""
        return "".join(self.out)

    def deeper(self, by: int = 1) -> Self:
        """The same at a deeper indentation."""
        return replace(self, indent=self.indent + by)

    def as_op(self, op: Op, *, marked: bool = True) -> Self:
        """The same for another operation."""
        return replace(self, op=op, marked=marked)

    def write(self, text: str) -> None:
        """Text in the colour of the operation."""
        self.out.append(f"{COLORS[self.op]}{text}{markup.RESET}")

    def line_start(self, text: str, *, marked: bool | None = None) -> None:
        """Indented text, with the operation's mark in the last two columns of the indentation where lines have one."""
        space = INDENT * self.indent
        if (self.marked if marked is None else marked) and space:
            space = space[:-2] + MARKS[self.op]
        self.write(space + (truncated(text) if self.truncate else text))

    def map(self, properties: Map) -> None:
        """All properties that are not internal, by name."""
        width = longest(properties)
        for key in sorted(properties):
            if not is_internal(key):
                self.property(key, properties[key], width)

    def property(self, key: str, value: Value, width: int) -> None:
        """One property on lines of its own."""
        self.title(key, width)
        self.value(value)

    def title(self, key: str, width: int) -> None:
        """The beginning of a line: a name, padded so that values stand below each other."""
        self.line_start(f"{key:<{width}}: ")

    def value(self, value: Value) -> None:
        """A value and the end of its line."""
        self.bare(value)
        self.write("\n")

    def bare(self, value: Value) -> None:
        """A value without the end of its line."""
        if isinstance(value, Secret) and self.show_secrets:
            self.bare(value.value)
        elif isinstance(value, tuple):
            self._list(value)
        elif isinstance(value, Map):
            self._braced(value)
        elif isinstance(value, Asset):
            self._asset(value)
        elif isinstance(value, Archive):
            self._archive(value)
        elif isinstance(value, Reference):
            self._reference(value)
        else:
            self.primitive(value)

    def _list(self, items: tuple[Value, ...]) -> None:
        if not items:
            self.write("[]")
            return
        self.write("[\n")
        for index, item in enumerate(items):
            self.line_start(f"{INDENT}[{index}]: ")
            self.deeper().value(item)
        self.line_start("]", marked=False)

    def _braced(self, properties: Map) -> None:
        if not properties:
            self.write("{}")
            return
        self.write("{\n")
        self.deeper().map(properties)
        self.line_start("}", marked=False)

    def _reference(self, reference: Reference) -> None:
        self.write("{\n")
        inner = self.deeper()
        inner.title("URN", 3)
        inner.write(quoted(reference.urn) + "\n")
        inner.title("ID", 3)
        inner.value(reference.id)
        inner.title("PackageVersion", 3)
        inner.write(quoted(reference.package_version) + "\n")
        self.line_start("}", marked=False)

    def _asset(self, asset: Asset) -> None:
        if asset.text is not None:
            self.write(f"asset(text:{short_hash(asset.hash)}) {{\n")
            for line in asset.text.split("\n"):
                self.line_start(f"{INDENT}{line}\n", marked=False)
            self.line_start("}", marked=False)
        elif asset.path is not None:
            self.write(f"asset(file:{short_hash(asset.hash)}) {{ {asset.path} }}")
        elif asset.uri is not None:
            self.write(f"asset(uri:{short_hash(asset.hash)}) {{ {asset.uri} }}")
        else:
            self.write(f"asset(unknown:{short_hash(asset.hash)}) {{ }}")

    def _archive(self, archive: Archive) -> None:
        if archive.assets is not None:
            self.write(f"archive(assets:{short_hash(archive.hash)}) {{\n")
            for name in sorted(archive.assets):
                self.line_start(f'{INDENT}"{name}": ')
                self.deeper().value(archive.assets[name])
            self.line_start("}", marked=False)
        elif archive.path is not None:
            self.write(f"archive(file:{short_hash(archive.hash)}) {{ {archive.path} }}")
        elif archive.uri is not None:
            self.write(f"archive(uri:{short_hash(archive.hash)}) {{ {archive.uri} }}")
        else:
            self.write(f"archive({short_hash(archive.hash)}) {{ }}")

    def primitive(self, value: Value) -> None:
        """A value that is no list, map, asset, archive or reference."""
        if isinstance(value, Output):
            self.bare(Secret(value.value) if value.secret else value.value)
        elif isinstance(value, str):
            self._string(value)
        else:
            self.write(_plain(value))

    def _string(self, text: str) -> None:
        structure = decoded(text)
        if structure is not None:
            value, kind = structure
            self.write(f"({kind}) ")
            self.value(value)
            return
        self.write(quoted(truncated(text) if self.truncate else text))


def is_shown(value: Value, *, outputs: bool = False) -> bool:
    """Whether a value is worth a line: nulls and what is empty are not, nor are outputs unless asked for."""
    if value is None or value == "" or (isinstance(value, tuple | Map) and not value):
        return False
    return outputs or not isinstance(value, Output)


def longest(keys: Iterable[str]) -> int:
    """The width of the longest name, in bytes: Go's `len`."""
    return max((len(k.encode()) for k in keys), default=0)


def short_hash(text: str) -> str:
    """The beginning of a hash, enough to tell contents apart."""
    return text[:7]


def _plain(value: Value) -> str:
    if value is None:
        return "<null>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, bytes):
        return f'b"{base64.b64encode(value).decode()}"'
    if isinstance(value, Unknown):
        return "[unknown]"
    assert isinstance(value, Secret)
    return "[secret]"
