"""Provider inputs of every SDK line and spelling, as the SDKs were seen to send them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolecall.model.value import Secret, map_of
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.settings import Settings, settings_of
from rolecall.providers.aws.spelling import BadInput, camel
from rolecall.roles.chain import Ambient, Profile, StaticKeys, WebIdentity

ROLE = "arn:aws:iam::424242424242:role/r"


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith(("AWS_", "TF_A")):
            monkeypatch.delenv(name)


def settings(version: str = "7.51.1", **inputs: Any) -> Settings:
    return settings_of(map_of({"region": "us-east-1", **inputs}), Line.of(version))


@pytest.mark.parametrize(
    "block",
    [
        {"roleArn": ROLE, "sessionName": "me", "externalId": "ext"},
        {"role_arn": ROLE, "session_name": "me", "external_id": "ext"},
        {"role_arn": ROLE, "session_name": "me", "externalId": "ext"},
    ],
)
@pytest.mark.parametrize("decoded", [False, True])
def test_either_spelling_of_a_role_is_read(block: dict[str, str], decoded: bool) -> None:
    for name, value in (("assumeRole", block), ("assumeRoles", [block]), ("assume_role", block)):
        (role,) = settings(**{name: value if decoded else json.dumps(value)}).chain.roles
        assert (role.arn, role.session_name, role.external_id, role.duration) == (ROLE, "me", "ext", 900)


def test_a_chain_keeps_its_order_and_everything_that_is_said_of_a_role() -> None:
    first = {
        "roleArn": ROLE,
        "duration": "1h30m",
        "policy": '{"Version":"2012-10-17"}',
        "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "tags": {"snake_case_key": "kept"},
        "transitiveTagKeys": ["snake_case_key"],
        "sourceIdentity": "someone",
    }
    found = settings(assumeRoles=json.dumps([first, {"role_arn": f"{ROLE}2", "duration": "20m"}])).chain.roles
    assert [role.arn for role in found] == [ROLE, f"{ROLE}2"]
    assert (found[0].duration, found[1].duration) == (5400, 1200)
    assert found[0].tags == (("snake_case_key", "kept"),)
    assert found[0].transitive_tag_keys == ("snake_case_key",)
    assert (found[0].source_identity, found[0].policy_arns) == ("someone", ("arn:aws:iam::aws:policy/ReadOnlyAccess",))


def test_secrets_inside_the_json_are_opened() -> None:
    hidden = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": ROLE}
    (role,) = settings(assumeRoles=json.dumps([{"roleArn": hidden}])).chain.roles
    assert role.arn == ROLE


@pytest.mark.parametrize(
    ("inputs", "base"),
    [
        ({"accessKey": Secret("AKIAX"), "secretKey": Secret("s"), "profile": "p"}, StaticKeys("AKIAX", "s")),
        ({"profile": "p", "sharedConfigFiles": '["/c"]'}, Profile("p", ("/c",))),
        ({}, Ambient()),
        ({"skipMetadataApiCheck": "true"}, Ambient(metadata=False)),
        ({"sharedCredentialsFile": "/old"}, Ambient(credentials_files=("/old",))),
        (
            {"assumeRoleWithWebIdentity": json.dumps({"role_arn": ROLE, "web_identity_token_file": "/t"})},
            WebIdentity(ROLE, "/t"),
        ),
    ],
)  # fmt: skip
def test_the_first_credentials_follow_from_the_inputs(inputs: dict[str, Any], base: Any) -> None:
    assert settings(**inputs).chain.base == base


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        ({"assumeRoles": "{}"}, "expected aws:assumeRoles to be an array, got object"),
        ({"assumeRoles": '[{"sessionName":"me"}]'}, "IAM Role ARN not set in assume role 1 of 1"),
        ({"assumeRoles": f'[{{"roleArn":"{ROLE}","duration":"soon"}}]'}, "cannot be parsed as a duration"),
        ({"assumeRoles": f'[{{"roleArn":"{ROLE}","duration":"1m"}}]'}, "must be between 15 minutes (15m) and 12 hours"),
        ({"assumeRoles": f'[{{"roleArn":"{ROLE}","sessionName":"a b"}}]'}, "value for assume_role.0.session_name"),
        ({"assumeRoles": f'[{{"roleArn":"{ROLE}","externalId":"x"}}]'}, "in the range (2 - 1224)"),
        ({"assumeRoles": '[{"roleArn":"garbage"}]'}, "'garbage' is not the ARN of a role"),
        ({"assumeRoles": "not json"}, "could not parse the value of assumeRoles as JSON"),
        ({"insecure": "perhaps"}, "expected aws:insecure to be a boolean"),
        ({"maxRetries": "many"}, "expected aws:maxRetries to be a number"),
        ({"allowedAccountIds": '["1"]', "forbiddenAccountIds": '["2"]'}, "conflicts with forbidden_account_ids"),
        ({"assumeRoleWithWebIdentity": json.dumps({"roleArn": ROLE})}, "WebIdentityTokenFile must be set"),
    ],
)  # fmt: skip
def test_bad_inputs_are_said_in_pulumis_words(inputs: dict[str, Any], wanted: str) -> None:
    with pytest.raises(BadInput) as refused:
        settings(**inputs)
    assert wanted in str(refused.value)


def test_the_oldest_line_ignores_an_empty_block_and_knows_seconds() -> None:
    assert settings("5.33.0", assumeRole='{"roleArn": ""}').chain.roles == ()
    (role,) = settings("5.33.0", assumeRole=json.dumps({"roleArn": ROLE, "durationSeconds": 1200})).chain.roles
    assert role.duration == 1200


def test_how_aws_is_reached_follows_from_the_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(
        endpoints='[{"s3": "http://s", "lambda_": "http://l", "sts": ""}]',
        maxRetries="7",
        s3UsePathStyle="true",
        stsRegion="eu-west-1",
        httpProxy="http://proxy",
        useFipsEndpoint="true",
    ).connection
    assert found.endpoints == (("lambda", "http://l"), ("s3", "http://s"))
    assert (found.max_attempts, found.s3_path_style, found.sts_region, found.fips) == (7, True, "eu-west-1", True)
    assert dict(found.proxies) == {"http": "http://proxy", "https": "http://proxy"}
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    assert settings_of(map_of({}), Line.of("")).connection.region == "ap-south-1"


def test_tags_for_all_and_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_AWS_DEFAULT_TAGS_from_env", "yes")
    monkeypatch.setenv("TF_AWS_IGNORE_TAGS_KEYS", "one,two")
    found = settings(
        defaultTags='{"tags": {"snake_case": "kept", "empty": null}}',
        ignoreTags='{"keys": ["a"], "key_prefixes": ["b"]}',
    )
    assert dict(found.default_tags) == {"snake_case": "kept", "empty": "", "from_env": "yes"}
    assert (found.ignored_tag_keys, found.ignored_tag_prefixes) == (("a", "one", "two"), ("b",))


def test_keys_are_respelled_one_way() -> None:
    assert [camel(key) for key in ("role_arn", "roleArn", "lambda_", "s3_use_path_style", "transitive_tag_keys")] == [
        "roleArn", "roleArn", "lambda", "s3UsePathStyle", "transitiveTagKeys",
    ]  # fmt: skip
