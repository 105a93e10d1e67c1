"""Differences between properties as indented text with marks, as the diff view and the outputs of a stack show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rolecall.display.comparison import Change, Differences, compare
from rolecall.display.line_changes import line_changes, text_pieces
from rolecall.display.properties import PropertyPrinter, is_shown, longest, short_hash
from rolecall.display.text_forms import decoded, escaped, quoted
from rolecall.model.value import Archive, Asset, Map, Output, Reference, Secret, Value

Title = Callable[["ChangePrinter"], None]


@dataclass(frozen=True, slots=True)
class ChangePrinter(PropertyPrinter):
    """Writes differences. `summary`: what is unchanged is left out. `planning`: of a preview."""

    planning: bool = False
    summary: bool = False

    def hidden(self, paths: Iterable[str]) -> None:
        """A line for each path whose differences the program asked to hide."""
        marked = self.as_op("update")
        for path in paths:
            marked.line_start(f"{path} (hidden)\n")

    def differences(self, differences: Differences, only: Sequence[str] | None = None) -> None:
        """The differences of a map, by name; `only` these properties where given."""
        keys = [str(k) for k in differences.keys if only is None or k in only]
        width = longest(keys)
        for key in keys:
            self.difference(key, width, differences)

    def difference(self, key: str, width: int, differences: Differences) -> None:
        """What became of one property."""

        def title(printer: ChangePrinter) -> None:
            printer.title(key, width)

        if key in differences.adds:
            self._added(differences.adds[key], title)
        elif key in differences.deletes:
            self._deleted(differences.deletes[key], title)
        elif key in differences.updates:
            self._changed(title, differences.updates[key])
        elif not self.summary and is_shown(differences.sames.get(key), outputs=self.planning):
            self.as_op("same", marked=False).property(key, differences.sames[key], width)

    def _added(self, value: Value, title: Title) -> None:
        printer = self.as_op("create")
        title(printer)
        printer.value(value)

    def _deleted(self, value: Value, title: Title) -> None:
        printer = self.as_op("delete")
        title(printer)
        printer.value(value)

    def _changed(self, title: Title, change: Change) -> None:
        printer = self.as_op("update")
        if self.show_secrets and (isinstance(change.old, Secret | Output) or isinstance(change.new, Secret | Output)):
            opened = compare(_opened(change.old), _opened(change.new))
            if opened is not None:
                printer._changed(title, opened)
                return
        if change.items is not None:
            title(printer)
            printer._changed_list(change.items)
        elif change.fields is not None:
            title(printer)
            printer.write("{\n")
            printer.deeper().differences(change.fields)
            printer.line_start("}\n", marked=False)
        else:
            printer._replaced(title, change.old, change.new)

    def _changed_list(self, items: Differences) -> None:
        self.write("[\n")
        length = max((int(k) + 1 for k in items.keys), default=0)
        for index in range(length):
            inner = self.deeper(2)

            def title(printer: ChangePrinter, index: int = index) -> None:
                printer.deeper(-1).line_start(f"[{index}]: ")

            if index in items.adds:
                inner._added(items.adds[index], title)
            elif index in items.deletes:
                inner._deleted(items.deletes[index], title)
            elif index in items.updates:
                inner._changed(title, items.updates[index])
            elif index in items.sames and not self.summary:
                plain = inner.as_op("same", marked=False)
                title(plain)
                plain.value(items.sames[index])
        self.line_start("]\n", marked=False)

    def _replaced(self, title: Title, old: Value, new: Value) -> None:
        show_old, show_new = is_shown(old), is_shown(new)
        if show_old and show_new:
            if isinstance(old, Archive) and isinstance(new, Archive) and self._archive_change(title, old, new):
                return
            if _is_primitive(old) and _is_primitive(new):
                title(self)
                self._primitive_change(old, new)
                return
        if show_old:
            self._deleted(old, title)
        if show_new:
            self._added(new, title)

    def _primitive_change(self, old: Value, new: Value) -> None:
        if isinstance(old, str) and isinstance(new, str):
            self._text_change(old, new)
            return
        self.as_op("delete").primitive(old)
        self.write(" => ")
        self.as_op("create").primitive(new)
        self.write("\n")

    def _text_change(self, old: str, new: str) -> None:
        before, after = decoded(old), decoded(new)
        if before is not None and after is not None:
            self._structure_change((old, *before), (new, *after))
        elif "\n" in old or "\n" in new:
            self._line_change(old, new)
        else:
            self._character_change(old, new)

    def _structure_change(self, old: tuple[str, Value, str], new: tuple[str, Value, str]) -> None:
        """Two texts that hold structures: what changed inside, or how the texts differ when nothing did."""
        change = compare(old[1], new[1])
        if change is None:
            self._text_change(quoted(old[0]), quoted(new[0]))
            return
        self.write(f"({old[2]}) " if old[2] == new[2] else f"({old[2]} => {new[2]}) ")
        self._changed(lambda _printer: None, change)

    def _character_change(self, old: str, new: str) -> None:
        pieces = text_pieces(old, new)
        self.write('"')
        for op, text in pieces:
            if op != "create":
                self.as_op(op).write(escaped(text))
        self.write('" => "')
        for op, text in pieces:
            if op != "delete":
                self.as_op(op).write(escaped(text))
        self.write('"\n')

    def _line_change(self, old: str, new: str) -> None:
        self.write("\n")
        inner = self.deeper()
        for op, line in line_changes(old, new):
            inner.as_op(op, marked=op != "same").line_start(line)
            self.out.append("\n")

    def _archive_change(self, title: Title, old: Archive, new: Archive) -> bool:
        """Two archives of the same kind. False when they are of different kinds."""
        hashes = _from_to(short_hash(old.hash), short_hash(new.hash))
        if old.path is not None and new.path is not None:
            title(self)
            self.write(f"archive(file:{hashes}) {{ {_from_to(old.path, new.path)} }}\n")
        elif old.uri is not None and new.uri is not None:
            title(self)
            self.write(f"archive(uri:{hashes}) {{ {_from_to(old.uri, new.uri)} }}\n")
        elif old.assets is not None and new.assets is not None:
            title(self)
            self.write(f"archive(assets:{hashes}) {{\n")
            self.deeper()._asset_changes(old.assets, new.assets)
            self.line_start("}\n", marked=False)
        else:
            return False
        return True

    def _asset_changes(self, old: Map, new: Map) -> None:
        names = {name: f'"{name}"' for name in sorted({*old, *new})}
        width = longest(names.values())
        for name, shown in names.items():

            def title(printer: ChangePrinter, shown: str = shown) -> None:
                printer.title(shown, width)

            if name not in new:
                self.deeper()._deleted(old[name], title)
            elif name not in old:
                self.deeper()._added(new[name], title)
            elif old[name] != new[name]:
                self._content_change(title, old[name], new[name])

    def _content_change(self, title: Title, old: Value, new: Value) -> None:
        if isinstance(old, Archive) and isinstance(new, Archive):
            if self._archive_change(title, old, new):
                return
        elif isinstance(old, Asset) and isinstance(new, Asset) and self._asset_change(title, old, new):
            return
        self._deleted(old, title)
        self._added(new, title)

    def _asset_change(self, title: Title, old: Asset, new: Asset) -> bool:
        hashes = _from_to(short_hash(old.hash), short_hash(new.hash))
        if old.text is not None and new.text is not None:
            title(self)
            self.write(f"asset(text:{hashes}) {{")
            self.deeper()._text_change(old.text, new.text)
            self.line_start("}\n", marked=False)
        elif old.path is not None and new.path is not None:
            title(self)
            self.write(f"asset(file:{hashes}) {{ {_from_to(old.path, new.path)} }}\n")
        elif old.uri is not None and new.uri is not None:
            title(self)
            self.write(f"asset(uri:{hashes}) {{ {_from_to(old.uri, new.uri)} }}\n")
        else:
            return False
        return True


def _is_primitive(value: Value) -> bool:
    return not isinstance(value, tuple | Map | Asset | Archive | Reference)


def _opened(value: Value) -> Value:
    return value.value if isinstance(value, Secret | Output) else value


def _from_to(old: str, new: str) -> str:
    return old if old == new else f"{old}->{new}"
