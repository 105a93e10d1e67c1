"""The example of docs/iam.md does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "iam.md"


def test_the_example_of_the_page_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = re.findall(r"```(?:python)?\n(.*?)```", PAGE.read_text(), re.DOTALL)[:2]
    exec(compile(code, "docs/iam.md", "exec"), {})
    assert capsys.readouterr().out == shown
