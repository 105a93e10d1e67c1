"""Decision cases as JSON (`tests/data/iam/cases.json`) and how one becomes a request and its policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rolecall.iam.case import read_policies as policies_of
from rolecall.iam.case import read_request as request_of

FILE = Path(__file__).parents[2] / "data" / "iam" / "cases.json"


def load_cases() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(FILE.read_text())
    return cases


__all__ = ["load_cases", "policies_of", "request_of"]
