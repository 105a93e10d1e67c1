"""Tables line up for eyes, whatever the cells hold."""

from __future__ import annotations

from rolecall.display.table import table


def test_columns_are_as_wide_as_their_widest_cell_and_the_last_is_not_padded() -> None:
    assert table(("KEY", "VALUE"), [("a", "1"), ("long-key", "")]) == "KEY       VALUE\na         1\nlong-key  "


def test_wide_characters_take_two_cells_and_escapes_none() -> None:
    assert table(("A", "B"), [("日本", "x"), ("\x1b[1mab\x1b[0m", "y"), ("e\u0301", "z")]).splitlines()[1:] == [
        "日本  x",
        "\x1b[1mab\x1b[0m    y",
        "e\u0301     z",
    ]


def test_a_cell_of_several_lines_makes_its_row_higher() -> None:
    assert table(("A", "B"), [("1", "x\ny"), ("2", "z")], prefix="  ") == "  A  B\n  1  x\n     y\n  2  z"


def test_a_table_without_rows_is_its_header() -> None:
    assert table(("KEY", "VALUE"), []) == "KEY  VALUE"
