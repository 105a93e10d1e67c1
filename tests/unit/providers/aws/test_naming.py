"""Names that are made up, bit for bit as Pulumi makes them."""

from __future__ import annotations

import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from hypothesis import given
from hypothesis import strategies as st

from rolecall.model.provider import Autonaming
from rolecall.providers.aws import chacha
from rolecall.providers.aws.declaration import AutoName
from rolecall.providers.aws.naming import NoName, automatic, unique


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**40))
def test_the_cipher_with_twenty_rounds_is_the_standard_one(key: bytes, counter: int) -> None:
    standard = Cipher(ChaCha20(key, struct.pack("<QQ", counter, 0)), None).encryptor().update(bytes(64))
    assert chacha.block(key, counter, rounds=20) == standard


def test_twelve_rounds_give_the_published_keystream() -> None:
    # The first bytes of the all-zero key in the ChaCha family's test vectors (draft-strombergson-chacha-test-vectors).
    assert chacha.block(bytes(32), 0).hex().startswith("9bf49a6a0755f953811fce125f2683d5")


def test_the_same_seed_gives_the_same_name() -> None:
    rule = AutoName()
    first = automatic(rule, "t", "name", b"seed", None)
    assert first == automatic(rule, "t", "name", b"seed", None)
    assert first != automatic(rule, "t", "name", b"other", None)
    assert len(first) == len("name-") + 7


@given(st.binary(max_size=40), st.integers(2, 50))
def test_draws_stay_below_their_bound(seed: bytes, below: int) -> None:
    drawn = chacha.draws(seed, below)
    assert all(0 <= next(drawn) < below for _ in range(200))


def test_without_a_seed_names_differ() -> None:
    assert automatic(AutoName(), "t", "n", b"", None) != automatic(AutoName(), "t", "n", b"", None)


def test_a_name_that_is_too_long_is_an_error_and_never_cut() -> None:
    with pytest.raises(NoName) as refused:
        automatic(AutoName(longest=12), "aws:iam/role:Role", "longname", b"", None)
    assert str(refused.value) == (
        "could not make instance of 'aws:iam/role:Role': name 'longname-' plus 7 random chars is longer than maximum "
        "length 12"
    )


def test_autonaming_of_the_stack_is_obeyed() -> None:
    rule = AutoName(lower=True, longest=10)
    assert automatic(rule, "t", "n", b"", Autonaming("Proposed", "propose")) == "proposed"
    assert automatic(rule, "t", "n", b"", Autonaming("As-It-Is-However-Long", "enforce")) == "As-It-Is-However-Long"
    with pytest.raises(NoName, match="calculated name 'much-too-long' exceeds maximum length of 10"):
        automatic(rule, "t", "n", b"", Autonaming("Much-Too-Long", "propose"))
    with pytest.raises(NoName, match="automatic naming is disabled"):
        automatic(rule, "t", "n", b"", Autonaming("", "disable"))


def test_a_prefix_is_followed_by_26_characters_that_never_repeat() -> None:
    names = {unique("p-") for _ in range(1000)}
    assert len(names) == 1000
    assert {len(name) for name in names} == {28}
