"""Semantic versions in order, and ranges of them as blang/semver reads them."""

from __future__ import annotations

import pytest

from rolecall.model.versions import parse_version, satisfies

IN_ORDER = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"]


def test_versions_have_the_order_of_the_semver_specification() -> None:
    assert sorted(set(IN_ORDER), key=parse_version) == IN_ORDER
    assert parse_version("1.9.0") < parse_version("v1.10.0+build")


@pytest.mark.parametrize(
    ("range_", "expected"),
    [
        (">=3.0.0", True),
        (">=3.0.0 <4.0.0", True),
        (">=4.0.0 || <3.261.0", True),
        ("3.260.0", True),
        ("=3.260.0", True),
        ("!3.260.0", False),
        (">3.260.0", False),
        ("3.x", True),
        (">3.260.x", False),
        ("<=3.260.x", True),
        (">= 3.261.0", False),
    ],
)
def test_a_version_is_in_a_range_or_not(range_: str, expected: bool) -> None:
    assert satisfies("3.260.0", range_) is expected


@pytest.mark.parametrize("range_", ["", "abc", ">=", ">=1.2.3 ||", ">=4"])
def test_what_is_no_range_is_refused(range_: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        satisfies("3.260.0", range_)
