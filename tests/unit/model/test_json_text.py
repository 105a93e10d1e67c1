"""JSON as Go writes it."""

from __future__ import annotations

import pytest

from rolecall.model.json_text import compact, indented


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.5, "0.5"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (1e-6, "0.000001"), (1e-7, "1e-7"),
     (1.25e-7, "1.25e-7"), (-0.0, "-0"), (5e-324, "5e-324"), (123456789.125, "123456789.125")],
)  # fmt: skip
def test_a_float_has_the_shortest_digits_and_gos_exponents(value: float, text: str) -> None:
    assert compact(value) == text


def test_what_html_would_take_for_markup_is_escaped_where_go_does_so() -> None:
    assert compact("<&>\u2028é") == '"\\u003c\\u0026\\u003e\\u2028é"'
    assert compact("<&>", html=False) == '"<&>"'


def test_indented_text_has_sorted_keys_and_no_space_in_empty_containers() -> None:
    text = '{\n  "a": [],\n  "b": {\n    "c": [\n      1,\n      true\n    ]\n  }\n}'
    assert indented({"b": {"c": [1, True]}, "a": []}) == text
    assert indented({"b": 1, "a": 2}, sort=False) == '{\n  "b": 1,\n  "a": 2\n}'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_has_no_infinities(value: float) -> None:
    with pytest.raises(ValueError, match="JSON has no"):
        compact(value)
