"""Profiles unfold into a base and roles, and say plainly when they cannot."""

from __future__ import annotations

import pytest

from rolecall.roles.chain import CredentialSource, Profile, StaticKeys, WebIdentity
from rolecall.roles.errors import CredentialError
from rolecall.roles.profiles import unfold

KEYS = {"aws_access_key_id": "AKIAX", "aws_secret_access_key": "s"}


def test_a_profile_with_keys_is_those_keys() -> None:
    base, roles = unfold(Profile("a"), {"a": KEYS})
    assert isinstance(base, StaticKeys)
    assert (base.access_key, roles) == ("AKIAX", ())


def test_roles_come_in_the_order_in_which_they_are_assumed() -> None:
    sections = {
        "last": {"role_arn": "arn:last", "source_profile": "first", "external_id": "x", "role_session_name": "me"},
        "first": {"role_arn": "arn:first", "source_profile": "keys", "duration_seconds": "1800"},
        "keys": KEYS,
    }
    base, roles = unfold(Profile("last"), sections)
    assert isinstance(base, StaticKeys)
    assert [(r.arn, r.duration) for r in roles] == [("arn:first", 1800), ("arn:last", 900)]
    assert (roles[1].external_id, roles[1].session_name) == ("x", "me")


def test_a_profile_may_be_the_source_of_its_own_role() -> None:
    base, roles = unfold(Profile("a"), {"a": {**KEYS, "role_arn": "arn:r", "source_profile": "a"}})
    assert isinstance(base, StaticKeys)
    assert [r.arn for r in roles] == ["arn:r"]


def test_a_credential_process_is_left_to_boto3() -> None:
    base, roles = unfold(
        Profile("a"), {"a": {"role_arn": "arn:r", "source_profile": "p"}, "p": {"credential_process": "x"}}
    )
    assert base == Profile("p")
    assert len(roles) == 1


def test_web_identity_and_credential_sources_are_bases() -> None:
    web = {"role_arn": "arn:w", "web_identity_token_file": "/t"}
    assert unfold(Profile("w"), {"w": web}) == (WebIdentity("arn:w", "/t"), ())
    instance = {"role_arn": "arn:i", "credential_source": "Ec2InstanceMetadata"}
    base, roles = unfold(Profile("i"), {"i": instance})
    assert (base, [r.arn for r in roles]) == (CredentialSource("Ec2InstanceMetadata"), ["arn:i"])


@pytest.mark.parametrize(
    ("sections", "wanted"),
    [
        ({}, 'The AWS profile "a" was not found. Configured profiles: none.'),
        ({"a": {"role_arn": "r", "source_profile": "b"}}, 'The AWS profile "b", the source_profile of "a", was not'),
        ({"a": {"role_arn": "r", "source_profile": "b"}, "b": {"role_arn": "q", "source_profile": "a"}}, "a → b → a"),
        ({"a": {"role_arn": "r", "mfa_serial": "m", "source_profile": "b"}, "b": KEYS}, "asks for an MFA code"),
        ({"a": {"role_arn": "r"}}, "neither source_profile nor credential_source"),
        ({"a": {"role_arn": "r", "credential_source": "Moon"}}, '"Moon", which does not exist'),
        ({"a": {"aws_access_key_id": "AKIAX"}}, "no aws_secret_access_key"),
    ],
)  # fmt: skip
def test_a_profile_that_cannot_work_says_why(sections: dict[str, dict[str, str]], wanted: str) -> None:
    with pytest.raises(CredentialError, match="(?s)") as refused:
        unfold(Profile("a"), sections)
    assert wanted in refused.value.summary
