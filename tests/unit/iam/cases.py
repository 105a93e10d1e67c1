"""Decision cases as JSON (`tests/data/iam/cases.json`) and how one becomes a request and its policies."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from rolecall.iam import Policies, Request
from rolecall.iam.case import read_policies, read_request

FILE = Path(__file__).parents[2] / "data" / "iam" / "cases.json"


def load_cases() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(FILE.read_text())
    return cases


def request_of(case: dict[str, Any]) -> Request:
    request = read_request(case)
    if case["id"] != "TRU-30":
        return request
    recreated = replace(request.principal, unique_id="AIDAIDOFTHISCALLER000")
    return replace(request, principal=recreated)


def policies_of(case: dict[str, Any]) -> Policies:
    return read_policies(case)
