"""Changes a YAML text so that it reads as given data, and leaves alone every line that need not change.

Comments, blank lines, order, quoting and keys that nobody here knows stay as the user wrote them: an edit is a splice
of text at the places that the parser reports. The result is read again and compared; where a splice would not give the
data (flow collections, anchors, odd indentation), the whole text is written anew. New text looks like Pulumi's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rolecall.project import go_yaml, yaml_text
from rolecall.project.yaml_text import emit


def edited(text: str, data: Mapping[str, Any], first: tuple[str, ...] = ()) -> str:
    """`text`, which must be YAML, changed to read as `data`. Keys named in `first` are inserted before all others."""
    root = go_yaml.compose(text)
    if not data:
        return _comments_only(text) if root is None else (_comments_only(text) or "{}\n")
    if root is None:
        return _with_newline(text) + emit(data)
    if isinstance(root, MappingNode) and not root.flow_style:
        result = _Editor(text, first).edit(root, data)
        if _reads_as(result, data):
            return result
    return emit(data)


def same(a: Any, b: Any) -> bool:
    """Whether plain data is the same, telling `True`, `1` and `"1"` apart."""
    if type(a) is not type(b):
        alike = (str, int | float)
        return a == b and not {type(a), type(b)} & {bool} and any(isinstance(a, t) and isinstance(b, t) for t in alike)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def _reads_as(text: str, data: Mapping[str, Any]) -> bool:
    try:
        return same(go_yaml.plain(go_yaml.compose(text)), dict(data))
    except go_yaml.BadYaml:
        return False


def _comments_only(text: str) -> str:
    lines = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    return "".join(line + "\n" for line in lines)


def _with_newline(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


@dataclass(frozen=True, slots=True)
class _Splice:
    start: int
    end: int
    text: str


class _Editor:
    """Collects splices of one text and applies them."""

    def __init__(self, text: str, first: tuple[str, ...]) -> None:
        self._text = text
        self._first = first
        self._splices: list[_Splice] = []

    def edit(self, root: MappingNode, data: Mapping[str, Any]) -> str:
        self._mapping(root, data, self._first)
        text = self._text
        # From the end, so that positions stay true; of two insertions at one place the outer one, which was found
        # later, comes later in the text.
        ordered = sorted(self._splices, key=lambda s: (s.start, s.end))
        for splice in reversed(ordered):
            text = text[: splice.start] + splice.text + text[splice.end :]
        return text

    def _mapping(self, node: MappingNode, data: Mapping[str, Any], first: tuple[str, ...] = ()) -> None:
        column = node.value[0][0].start_mark.column
        keys = [go_yaml.go_text(go_yaml.plain(key_node)) for key_node, _ in node.value]
        kept = [index for index, key in enumerate(keys) if key in data]
        present = set(keys)
        skipped = kept[0] if kept and kept[0] and self._shares_line(node) else 0
        if skipped:
            self._splices.append(_Splice(node.start_mark.index, node.value[skipped][0].start_mark.index, ""))
        for key, (key_node, value_node) in zip(keys[skipped:], node.value[skipped:], strict=True):
            if key not in data:
                self._cut(key_node, value_node)
            elif not same(go_yaml.plain(value_node), data[key]):
                self._value(key_node, value_node, data[key], column)
        new = {key: value for key, value in data.items() if key not in present}
        head = {key: value for key, value in new.items() if key in first}
        tail = {key: value for key, value in new.items() if key not in first}
        if head:
            start = self._line_start(node.start_mark.index)
            self._splices.append(_Splice(start, start, _indented(emit(head), column)))
        if tail:
            self._insert_after(node, _indented(emit(tail), column))

    def _value(self, key_node: Node, node: Node, data: Any, column: int) -> None:
        if self._descend(node, data):
            return
        text = _indented(emit({"k": data}), column).lstrip(" ").removeprefix("k:").removesuffix("\n")
        start = self._after_colon(key_node)
        end = max(start, self._end(node))
        rest = self._text[end : self._line_end(end)]
        if text.startswith("\n") and rest.strip() and "\n" not in self._text[start:end]:
            # What stands behind the old value, a comment, stays with the key.
            self._splices.append(_Splice(start, end, ""))
            self._splices.append(_Splice(self._line_end(end), self._line_end(end), text.removeprefix("\n") + "\n"))
        else:
            self._splices.append(_Splice(start, end, text))

    def _descend(self, node: Node, data: Any) -> bool:
        """Edits inside a collection that stays one. Returns whether it could."""
        if isinstance(node, MappingNode) and isinstance(data, dict) and data and node.value and not node.flow_style:
            if self._shares_line(node) and not any(key in data for key in go_yaml.plain(node)):
                return False
            self._mapping(node, data)
            return True
        if isinstance(node, SequenceNode) and isinstance(data, list) and data and node.value and not node.flow_style:
            if self._shares_line(node):
                return False
            self._sequence(node, data)
            return True
        return False

    def _sequence(self, node: SequenceNode, data: list[Any]) -> None:
        """Edits the items between those that are the same at the beginning and at the end."""
        column = node.start_mark.column
        old = [go_yaml.plain(item) for item in node.value]
        head = _common(old, data)
        tail = _common(old[head:][::-1], data[head:][::-1])
        items, values = node.value[head : len(old) - tail], data[head : len(data) - tail]
        for item, value in zip(items, values, strict=False):
            if same(go_yaml.plain(item), value) or self._descend(item, value):
                continue
            text = _indented(_item(value), column).lstrip(" ").removesuffix("\n")
            dash = self._text.rindex("-", 0, item.start_mark.index)
            self._splices.append(_Splice(dash, self._end(item), text))
        for item in items[len(values) :]:
            start = self._line_start(item.start_mark.index)
            self._splices.append(_Splice(start, self._line_end(self._end(item)), ""))
        more = "".join(_indented(_item(value), column) for value in values[len(items) :])
        if more and head + len(items):
            self._insert_after(node.value[head + len(items) - 1], more)
        elif more:
            start = self._line_start(node.start_mark.index)
            self._splices.append(_Splice(start, start, more))

    def _cut(self, key_node: Node, value_node: Node) -> None:
        start = self._line_start(key_node.start_mark.index)
        end = max(self._after_colon(key_node), self._end(value_node))
        self._splices.append(_Splice(start, self._line_end(end), ""))

    def _insert_after(self, node: Node, text: str) -> None:
        end = self._line_end(self._end(node))
        if not self._text.endswith("\n") and end == len(self._text):
            text = "\n" + text
        self._splices.append(_Splice(end, end, text))

    def _end(self, node: Node) -> int:
        """Where the text of a node really ends: a collection's end mark stands after the comments that follow it."""
        if isinstance(node, ScalarNode):
            return self._end_of_scalar(node)
        if getattr(node, "flow_style", False) or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1]
        if isinstance(last, tuple):
            return max(self._after_colon(last[0]), self._end(last[1]))
        return self._end(last)

    def _end_of_scalar(self, node: ScalarNode) -> int:
        end = int(node.end_mark.index)
        if not node.value and not node.style:
            return 0  # nothing is written: its mark is that of whatever comes next
        return end - 1 if node.style in ("|", ">") and self._text[end - 1 : end] == "\n" else end

    def _after_colon(self, key_node: Node) -> int:
        return self._text.index(":", key_node.end_mark.index) + 1

    def _shares_line(self, node: Node) -> bool:
        """Whether a collection begins on the line of something else: after the dash of an item."""
        start = int(node.start_mark.index)
        return bool(self._text[self._line_start(start) : start].strip())

    def _line_start(self, index: int) -> int:
        return self._text.rfind("\n", 0, index) + 1

    def _line_end(self, index: int) -> int:
        """Just after the newline that ends the line."""
        newline = self._text.find("\n", index)
        return len(self._text) if newline < 0 else newline + 1


def _common(a: list[Any], b: list[Any]) -> int:
    """How many items are the same from the beginning on."""
    count = 0
    while count < min(len(a), len(b)) and same(a[count], b[count]):
        count += 1
    return count


def _item(value: Any) -> str:
    """One item of a sequence as lines that begin at column 0."""
    return "".join(line + "\n" for line in yaml_text.lines([value]))


def _indented(text: str, column: int) -> str:
    margin = " " * column
    return "".join(margin + line if line.strip() else line for line in text.splitlines(keepends=True))
