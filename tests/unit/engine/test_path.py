"""Property paths: reading them, what they contain, and putting values back where they were."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.engine.path import ANY, BadPath, contains, ignoring_changes, join, parse, reset
from rolecall.model.value import Secret, map_of, value_of


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("root", ("root",)),
        ("root.nested", ("root", "nested")),
        ('root["nested"]', ("root", "nested")),
        ('["root"].nested', ("root", "nested")),
        ("root.array[0]", ("root", "array", 0)),
        ("root.array[100].nested", ("root", "array", 100, "nested")),
        ('root["key with \\"escaped\\" quotes"]', ("root", 'key with "escaped" quotes')),
        ('root["key with a ."]', ("root", "key with a .")),
        ("a.*.b", ("a", ANY, "b")),
        ("a[*]", ("a", ANY)),
        ("*", (ANY,)),
    ],
)
def test_paths_are_read(text: str, elements: tuple[Any, ...]) -> None:
    assert parse(text) == elements


@pytest.mark.parametrize("text", ["a[", "a[x]", 'a["b', "a..b", "a.", "a[-1]"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(BadPath):
        parse(text)


@pytest.mark.parametrize(
    ("outer", "inner", "inside"),
    [
        ("a", "a", True),
        ("a", "a.b[0]", True),
        ("a.b", "a", False),
        ("*", "anything.at.all", True),
        ("a.*.c", "a.b.c.d", True),
        ("a.*.c", "a.b.d", False),
        ("a[0]", "a[1]", False),
    ],
)
def test_a_path_contains_what_lies_below_it(outer: str, inner: str, inside: bool) -> None:
    assert contains(parse(outer), parse(inner)) == inside


@pytest.mark.parametrize(
    ("path", "key", "text"), [("", "a", "a"), ("a", "b", "a.b"), ("a", 0, "a[0]"), ("a", "b.c", 'a["b.c"]')]
)
def test_joined_paths_are_read_back(path: str, key: str | int, text: str) -> None:
    assert join(path, key) == text
    assert parse(text) == (*parse(path), key)


RESETS: list[tuple[str, Any, Any, Any, bool]] = [
    ("a", {"a": 1}, {"a": 2}, {"a": 1}, True),
    ("a", {"a": 1}, {}, {"a": 1}, True),
    ("a", {}, {"a": 2, "b": 3}, {"b": 3}, True),
    ("a.b", {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}, True),
    ("a.b", {"a": {"b": 1}}, {}, {}, False),
    ("a.b", {}, {"a": {"b": 2}}, {"a": {}}, True),
    ("a.b.c", {}, {"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 1}}}, False),
    ("a.b", {}, {}, {}, True),
    ("a.b", {"a": {"b": 1}}, {"a": 5}, {"a": 5}, False),
    ("a[0]", {"a": [1, 2]}, {"a": [3, 4]}, {"a": [1, 4]}, True),
    ("a[2]", {"a": [1, 2]}, {"a": [3, 4]}, {"a": [3, 4]}, True),
    ("a[1]", {"a": [1]}, {"a": [3, 4]}, {"a": [3, 4]}, False),
    ("a[*].x", {"a": [{"x": 1}, {"x": 2}]}, {"a": [{"x": 3}, {"x": 4}]}, {"a": [{"x": 1}, {"x": 2}]}, True),
    ("a[*]", {"a": [1, 2]}, {"a": [3]}, {"a": [1]}, False),
    ("*", {"a": 1}, {"a": 2, "b": 3}, {"a": 1}, True),
    ("*.x", {"a": {"x": 1}}, {"a": {"x": 2}, "b": {"x": 3}}, {"a": {"x": 1}, "b": {"x": 3}}, True),
    ("*.x", {"a": {"x": 1}, "gone": {"x": 1}}, {"a": {"x": 2}}, {"a": {"x": 1}}, False),
    ("a", {"a": Secret("s")}, {"a": "t"}, {"a": Secret("s")}, True),
    ("a.b", {"a": Secret(map_of({"b": 1}))}, {"a": {"b": 2}}, {"a": {"b": Secret(1)}}, True),
    ("a.b", {"a": {"b": 1}}, {"a": Secret(map_of({"b": 2}))}, {"a": Secret(map_of({"b": 1}))}, True),
]


@pytest.mark.parametrize(("path", "old", "new", "result", "matches"), RESETS)
def test_a_path_is_put_back_as_it_was(path: str, old: Any, new: Any, result: Any, matches: bool) -> None:
    assert reset(parse(path), value_of(old), value_of(new)) == (value_of(result), matches)


def test_paths_that_do_not_match_are_named_and_the_others_applied() -> None:
    inputs, failed = ignoring_changes(["x", "list[1]", "[nonsense"], map_of({"x": 1}), map_of({"x": 2, "list": [1]}))
    assert inputs == map_of({"x": 1, "list": [1]})
    assert failed == ("list[1]",)
