"""What an access key id tells, and that keys never show their secret."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.roles.chain import StaticKeys
from rolecall.roles.keys import Keys, account_of, of_a_sandbox


def key_of(account: int, rest: int = 0, prefix: str = "AKIA") -> str:
    raw = ((1 << 47) | (account << 7) | (rest & 0x7F)).to_bytes(6, "big") + bytes(4)
    return prefix + base64.b32encode(raw).decode()


@given(st.integers(0, 10**12 - 1), st.integers(0, 127), st.sampled_from(["AKIA", "ASIA"]))
def test_the_account_is_read_back_from_any_key(account: int, rest: int, prefix: str) -> None:
    assert account_of(key_of(account, rest, prefix)) == f"{account:012d}"


def test_a_key_of_the_world_belongs_to_its_account() -> None:
    # The example of AWS's own documentation of GetAccessKeyInfo-style decoding.
    assert account_of("ASIAQNZGKIQY56JQ7WML") == "029608264753"


@pytest.mark.parametrize("nonsense", ["", "AKIA", "AKIA????????????????", "short"])
def test_nonsense_tells_no_account(nonsense: str) -> None:
    assert account_of(nonsense) == ""


def test_sandbox_keys_are_told_from_real_ones() -> None:
    assert of_a_sandbox(key_of(424242))
    assert not of_a_sandbox(key_of(424242424242))
    assert not of_a_sandbox("AKIAIOSFODNN7EXAMPLE")


def test_no_secret_is_ever_in_a_repr() -> None:
    keys = Keys("AKIAX", "verysecret", "verytoken", datetime(2026, 1, 1, tzinfo=UTC))
    assert "very" not in repr(keys) + str(keys)
    assert "very" not in repr(StaticKeys("AKIAX", "verysecret", "verytoken"))
    assert keys.expires_text() == "2026-01-01T00:00:00Z"
