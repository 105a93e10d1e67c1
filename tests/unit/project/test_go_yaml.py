"""YAML reads as Go's yaml.v3 reads it."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.project import go_yaml
from rolecall.project.go_yaml import BadYaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("on", "on"), ("true", True), ("False", False), ("~", None), ("null", None), ("", None),
        ("42", 42), ("-7", -7), ("+7", 7), ("0x1F", 31), ("0o17", 15), ("017", 15), ("0b101", 5), ("1_000", 1000),
        ("09", 9.0), ("1e3", 1000.0), ("1.50", 1.5), (".5", 0.5), ("1.", 1.0), (".", "."), ("-", "-"),
        ("1.2.3", "1.2.3"),
        ("18446744073709551615", 2**64 - 1), ("18446744073709551616", float(2**64)),
        ("2001-01-01", "2001-01-01 00:00:00 +0000 UTC"),
        ("2001-1-2T03:04:05.50+02:00", "2001-01-02 03:04:05.5 +0200 +0200"),
        ("2001-13-01", "2001-13-01"), ("12:30:45", "12:30:45"), ("eu-west-1", "eu-west-1"),
    ],
)  # fmt: skip
def test_a_plain_scalar_is_what_go_makes_of_it(text: str, value: Any) -> None:
    found = go_yaml.resolve(text)
    assert found == value
    assert isinstance(found, str) == isinstance(value, str)
    assert isinstance(found, bool) == isinstance(value, bool)


@pytest.mark.parametrize("text", ["yes", "N", "42", "true", "~", "", "2001-01-01", "1:30", "1e3", "0x1"])
def test_text_that_would_read_as_something_else_has_to_be_quoted(text: str) -> None:
    assert not go_yaml.reads_as_text(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.5, "1.5"), (1e21, "1e+21"), (1e20, "100000000000000000000"), (1e-5, "1e-05"), (0.0001, "0.0001"),
     (1.25e-7, "1.25e-07"), (100000.0, "100000"), (-0.0, "-0"), (float("inf"), "+Inf"), (float("nan"), "NaN")],
)  # fmt: skip
def test_a_float_prints_as_go_prints_it(value: float, text: str) -> None:
    assert go_yaml.go_float(value) == text


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("name: [proj\n", "yaml: line 1: did not find expected ',' or ']'", 2, 1),
        ("a: b\n c: d\n", "yaml: line 2: mapping values are not allowed in this context", 2, 3),
        ("a: 1\nb: 2\na: 3\n", 'line 3: mapping key "a" already defined at line 1', 3, 1),
    ],
)
def test_what_is_wrong_is_said_in_gos_words_and_where(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(BadYaml) as raised:
        go_yaml.plain(go_yaml.compose(text))
    assert message in str(raised.value)
    assert (raised.value.line, raised.value.column) == (line, column)


def test_merge_keys_fill_in_what_is_not_there() -> None:
    text = "base: &base {a: 1, b: 2}\nit:\n  <<: *base\n  b: 3\n"
    assert go_yaml.plain(go_yaml.compose(text))["it"] == {"a": 1, "b": 3}


def test_only_the_first_document_counts() -> None:
    assert go_yaml.plain(go_yaml.compose("a: 1\n---\nb: 2\n")) == {"a": 1}


def test_a_document_that_contains_itself_is_refused() -> None:
    with pytest.raises(BadYaml, match="nested too deeply"):
        go_yaml.plain(go_yaml.compose("a: &a [*a]\n"))
