"""Paths into configuration values, by Pulumi's rules."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.project import property_path, structure, values
from rolecall.project.keys import ConfigKey
from rolecall.project.looks_secret import looks_secret
from rolecall.project.structure import MISSING, CannotSet
from rolecall.project.values import Sealed


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('a["with.dot"][1]', ("a", "with.dot", 1)),
        ('["root.name"].x', ("root.name", "x")),
        ('["a"].["b"]', ("a", "b")),
        (r'a["say \"hi\""]', ("a", 'say "hi"')),
        ("", ()),
    ],
)
def test_a_path_is_its_elements(text: str, path: property_path.Path) -> None:
    assert property_path.parse(text) == path


@pytest.mark.parametrize("text", ["a[", "a[x]", "a[-1]", 'a["b', 'a["b"', "a."])
def test_a_broken_path_is_refused(text: str) -> None:
    with pytest.raises(property_path.InvalidPath, match="invalid config key path"):
        property_path.parse(text)


@pytest.mark.parametrize(
    ("before", "path", "new", "after"),
    [
        (MISSING, ("a",), "x", {"a": "x"}),
        (MISSING, (0,), "x", ["x"]),
        (["a"], (1,), "x", ["a", "x"]),
        ({"a": ["b"]}, ("a", 1, "c"), 1, {"a": ["b", {"c": 1}]}),
        ("scalar", ("a",), "x", {"a": "x"}),
        ({"a": None}, ("a", "b"), "x", {"a": {"b": "x"}}),
        ({"a": 1, "b": 2}, ("secure",), "x", {"a": 1, "b": 2, "secure": "x"}),
        ({}, ("secure",), Sealed("v1:x:y"), {"secure": Sealed("v1:x:y")}),
    ],
)
def test_setting_makes_the_containers_it_needs(before: Any, path: Any, new: Any, after: Any) -> None:
    assert structure.put(before, "root", path, new) == after


@pytest.mark.parametrize(
    ("before", "path", "problem"),
    [
        ([1], (5,), "root[5]: array index out of range"),
        ({"a": "text"}, ("a", "b"), "root.a: expected a map"),
        ({"a": "text"}, ("a", 0), "root.a: expected an array"),
        ([1], ("a",), "root.a: key for an array must be an int"),
        ({"a": 1}, (0,), "root[0]: key for a map must be a string"),
        (MISSING, ("secure",), 'maps with the single key "secure" are reserved'),
        ({"a": {}}, ("a", "secure"), 'maps with the single key "secure" are reserved'),
    ],
)
def test_what_cannot_be_set_is_said_with_its_path(before: Any, path: Any, problem: str) -> None:
    with pytest.raises(CannotSet) as raised:
        structure.put(before, "root", path, "x")
    assert raised.value.summary == problem


def test_removing_may_not_leave_what_looks_like_a_secret() -> None:
    with pytest.raises(CannotSet, match='root.a: maps with the single key "secure" are reserved'):
        structure.remove({"a": 1, "secure": "x"}, "root", ("a",))


@pytest.mark.parametrize("path", [("z",), ("list", 9), ("list", "a"), ("list", 0, "deeper"), (0,)])
def test_removing_what_is_not_there_changes_nothing(path: Any) -> None:
    value = {"list": [1, 2]}
    assert structure.remove(value, "root", path) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("false", False), ("True", "True"), ("1", 1), ("-1", -1), ("0", 0), ("007", "007"), ("1.5", "1.5"),
     ("", ""), ("-", "-"), ("9223372036854775808", 2**63), ("18446744073709551616", "18446744073709551616"),
     ("-9223372036854775809", "-9223372036854775809"), ("١", "١")],
)  # fmt: skip
def test_text_set_by_path_is_typed(text: str, value: Any) -> None:
    found = values.coerced(text)
    assert found == value
    assert type(found) is type(value)


def test_a_program_sees_a_structure_as_compact_sorted_json_with_its_secrets_open() -> None:
    value = values.read({"b": [1, 2.0, {"secure": "X"}], "a": "<&>"})
    assert values.is_secret(value)
    assert values.text_of(values.opened(value, str.lower)) == '{"a":"\\u003c\\u0026\\u003e","b":[1,2,"x"]}'


@pytest.mark.parametrize(
    ("text", "by_path", "key"),
    [
        ("name", False, ConfigKey("proj", "name")),
        ("aws:region", False, ConfigKey("aws", "region")),
        ("aws:config:region", False, ConfigKey("aws", "region")),
        ("aws:tags.a", True, ConfigKey("aws", "tags.a")),
        ('tags["a:b"]', True, ConfigKey("proj", 'tags["a:b"]')),
    ],
)
def test_a_key_without_a_namespace_is_the_projects(text: str, by_path: bool, key: ConfigKey) -> None:
    assert (ConfigKey.parse_path if by_path else ConfigKey.parse)(text, "proj") == key


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("password", "kj4h5kj34h5kj34h5kj3h45", True),
        ("dbPassword", "Xk9$mP2vL8qR", True),
        ("token", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", True),
        ("secretAccessKey", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", True),
        ("password", "abc", False),
        ("password", "passwordpassword", False),
        ("tokenCount", "1000000000000000", False),
        ("passthrough", "true", False),
        ("name", "kj4h5kj34h5kj34h5kj3h45", False),
        ("password", "", False),
    ],
)
def test_a_value_looks_secret_if_its_key_says_so_and_it_is_hard_to_guess(name: str, value: str, secret: bool) -> None:
    assert looks_secret(name, value) == secret
