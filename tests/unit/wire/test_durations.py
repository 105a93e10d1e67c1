"""Go's duration texts."""

from __future__ import annotations

import pytest

from rolecall.wire.durations import seconds_of, text_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("0", 0),
        ("5m", 300),
        ("1h15m30.5s", 4530.5),
        (".5s", 0.5),
        ("250ms", 0.25),
        ("-1m", -60),
        ("10µs", 1e-5),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["5", "m", "5 m", "1d", "5mm", "s5", "-", "1h-5m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid duration"):
        seconds_of(text)


def test_no_timeout_is_no_text() -> None:
    assert text_of(0) == ""
    assert text_of(90) == "90s"
    assert text_of(0.5) == "0.5s"
