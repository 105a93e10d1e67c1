"""Passphrase secrets: Pulumi's own salts open, and what is wrong is said."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rolecall.secrets import opening, passphrase
from rolecall.secrets.cipher import Cipher
from rolecall.secrets.deferred import DeferredSealer
from rolecall.secrets.passphrases import NoPassphrase, PassphraseSource
from rolecall.secrets.sealer import CannotOpen, SecretsError

# Salts that the real Pulumi made, from the tests of its own secrets manager; and the passphrases they belong to.
PULUMIS_SALT = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ=="
PULUMIS_SALT_OF_NOTHING = "v1:LVuDkcjhUns=:v1:WPbL+tmbxnqWswQ2:lebZxStyHT3IZkmbN+3xCx9zqtoPog=="


def with_passphrase(text: str) -> PassphraseSource:
    return PassphraseSource({"PULUMI_CONFIG_PASSPHRASE": text})


@pytest.mark.parametrize(("salt", "text"), [(PULUMIS_SALT, "password"), (PULUMIS_SALT_OF_NOTHING, "")])
def test_a_salt_that_pulumi_made_opens_with_its_passphrase(salt: str, text: str) -> None:
    sealer = passphrase.unlock(salt, text)
    assert sealer.decrypt(sealer.encrypt("hush")) == "hush"
    assert sealer.state == {"salt": salt}


def test_sealed_text_can_be_opened_by_the_documented_recipe_alone() -> None:
    made = passphrase.create("open sesame")
    _, salt, word = made.salt.split(":", 2)
    key = hashlib.pbkdf2_hmac("sha256", b"open sesame", base64.b64decode(salt), 1_000_000, 32)
    for sealed, plain in ((word, b"pulumi"), (made.encrypt("grüße"), "grüße".encode())):
        version, nonce, ciphertext = sealed.split(":")
        assert version == "v1"
        assert AESGCM(key).decrypt(base64.b64decode(nonce), base64.b64decode(ciphertext), None) == plain


def test_a_wrong_passphrase_is_called_so() -> None:
    with pytest.raises(passphrase.WrongPassphrase, match=r"^incorrect passphrase$"):
        passphrase.unlock(PULUMIS_SALT, "guess")


@pytest.mark.parametrize("salt", ["", "v1", "v1:abc", "v2:fozI5u6B030=:v1:x:y", "v1:!:v1:x:y", "fozI5u6B030=:v1:x:y"])
def test_a_broken_salt_is_not_mistaken_for_a_wrong_passphrase(salt: str) -> None:
    with pytest.raises(SecretsError) as raised:
        passphrase.unlock(salt, "password")
    assert not isinstance(raised.value, passphrase.WrongPassphrase)


@pytest.mark.parametrize(
    "text", ["", "v1", "v1:AAAA", "v2:AAAA:AAAA", "v1:A:A", "v1:AAAA:AAAA", "v1:F+6ZduKKd8G0/V7L:"]
)
def test_malformed_sealed_text_is_refused(text: str) -> None:
    with pytest.raises(CannotOpen):
        Cipher(os.urandom(32)).decrypt(text)


def test_sealing_twice_gives_different_text() -> None:
    cipher = Cipher(os.urandom(32))
    assert cipher.encrypt("same") != cipher.encrypt("same")


def test_the_variable_wins_over_the_file_even_when_it_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text("  from the file\n")
    both = {"PULUMI_CONFIG_PASSPHRASE": "", "PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}
    assert PassphraseSource(both).existing() == ""
    assert PassphraseSource({"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}).existing() == "from the file"


def test_a_passphrase_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="nowhere: No such file"):
        PassphraseSource({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "nowhere")}).existing()


def test_without_a_source_and_a_person_there_is_no_passphrase() -> None:
    with pytest.raises(NoPassphrase, match="passphrase must be set with PULUMI_CONFIG_PASSPHRASE or"):
        PassphraseSource({}).existing()


def test_a_person_types_a_new_passphrase_until_both_are_the_same() -> None:
    answers = iter(["one", "two", "three", "three"])
    assert PassphraseSource({}, lambda _prompt: next(answers)).new() == "three"


def test_a_person_who_mistypes_is_asked_again() -> None:
    answers = iter(["wrong", "password"])
    sealer = passphrase.unlock_from(PULUMIS_SALT, PassphraseSource({}, lambda _prompt: next(answers)))
    assert sealer.salt == PULUMIS_SALT
    assert next(answers, "none left") == "none left"


def test_a_person_is_not_asked_twice_for_one_passphrase_but_for_each_of_two() -> None:
    answers = iter(["password", ""])
    source = PassphraseSource({}, lambda _prompt: next(answers))
    passphrase.unlock_from(PULUMIS_SALT, source)
    passphrase.unlock_from(PULUMIS_SALT, source)
    passphrase.unlock_from(PULUMIS_SALT_OF_NOTHING, source)
    assert next(answers, "none left") == "none left"


def test_a_deferred_sealer_keeps_its_state_without_the_passphrase_and_fails_only_on_use() -> None:
    sealer = opening.open_later("passphrase", {"salt": PULUMIS_SALT}, with_passphrase("guess"))
    assert (sealer.type, dict(sealer.state)) == ("passphrase", {"salt": PULUMIS_SALT})
    with pytest.raises(
        CannotOpen, match="failed to decrypt: incorrect passphrase, please set PULUMI_CONFIG_PASSPHRASE"
    ):
        sealer.decrypt("v1:x:y")
    with pytest.raises(SecretsError, match="failed to encrypt"):
        sealer.encrypt("x")
    with pytest.raises(passphrase.WrongPassphrase):
        sealer.ready()


def test_a_deferred_sealer_finds_its_key_once_whoever_asks() -> None:
    found = []

    def find() -> passphrase.PassphraseSealer:
        found.append(1)
        return passphrase.unlock(PULUMIS_SALT, "password")

    sealer = DeferredSealer("passphrase", {"salt": PULUMIS_SALT}, find)
    sealer.start()
    assert sealer.decrypt(sealer.encrypt("x")) == "x"
    sealer.start()
    sealer.ready()
    assert found == [1]


@pytest.mark.parametrize("provider", ["awskms://alias/x?region=us-east-1", "gcpkms://x"])
def test_a_provider_that_is_not_supported_is_named_with_what_to_do(provider: str) -> None:
    with pytest.raises(opening.UnsupportedProvider) as raised:
        opening.open_sealer("cloud", {"url": provider}, with_passphrase("x"))
    assert provider in str(raised.value)
    assert "change-secrets-provider" in raised.value.hint


def test_an_unknown_kind_of_provider_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(
        SecretsError, match=r"unknown secrets provider type 'x' \(supported values: default,passphrase,"
    ):
        opening.check_kind("x://y")


def test_base64_secrets_of_old_exports_open() -> None:
    sealer = opening.open_sealer("b64", {}, PassphraseSource({}))
    assert sealer.decrypt("aHVzaA==") == "hush"
    assert sealer.decrypt(sealer.encrypt("hush")) == "hush"
    with pytest.raises(CannotOpen):
        sealer.decrypt("!")
