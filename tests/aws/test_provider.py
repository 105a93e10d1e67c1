"""The provider's own inputs, as programs of each SDK line send them, and who it then is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolecall.model.provider import Autonaming, Check, CheckConfig, Configure, ProviderFailed
from rolecall.model.value import EMPTY, UNKNOWN, Map, map_of
from rolecall.providers.aws.provider import AwsProvider
from tests.aws.world import LINES, NEWEST, World, allow, events, urn

AT = urn("pulumi:providers:aws", "privileged")


def inputs(world: World, key: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "version": NEWEST,
        "region": "us-east-1",
        "accessKey": key["AccessKeyId"],
        "secretKey": key["SecretAccessKey"],
        "endpoints": json.dumps([{"sts": world.sandbox.endpoint, "iam": world.sandbox.endpoint}]),
        **more,
    }


@pytest.mark.parametrize("line", LINES)
def test_the_identity_tells_the_whole_way(world: World, line: str) -> None:
    world.become(allow("sts:GetCallerIdentity"), line=line)
    assert world.identity is not None
    identity = world.identity
    assert identity.target == "sandbox"
    assert identity.account == world.sandbox.account
    assert identity.chain == (
        f"arn:aws:iam::{world.sandbox.account}:user/somebody",
        f"arn:aws:sts::{world.sandbox.account}:assumed-role/worker/worker",
    )
    assert identity.expires
    caller = world.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    assert caller["arn"] == identity.chain[-1]


def test_where_calls_go_is_told_even_when_the_caller_is_not_to_be_checked(world: World) -> None:
    given = inputs(world, user_with_key(world, "unseen"), skipCredentialsValidation="true")
    provider = AwsProvider(world.sessions)
    identity = world.run(provider.configure(Configure(AT, "id-1", map_of(given)))).identity
    assert (identity.target, identity.region) == ("sandbox", "us-east-1")
    assert identity.chain == ("a caller that was not checked",)
    assert not events(world, ["GetCallerIdentity"])


def user_with_key(world: World, name: str) -> dict[str, Any]:
    iam = world.client("iam")
    iam.create_user(UserName=name)
    key: dict[str, Any] = iam.create_access_key(UserName=name)["AccessKey"]
    return key


def check(world: World, given: dict[str, Any]) -> list[str]:
    checked = world.run(AwsProvider(world.sessions).check_config(CheckConfig(AT, EMPTY, map_of(given))))
    return [failure.reason for failure in checked.failures]


def test_another_user_cannot_become_the_role_and_is_told_the_hop(world: World) -> None:
    world.become(allow("s3:*"))
    key = user_with_key(world, "stranger")
    (reason,) = check(world, inputs(world, key, assumeRoles=json.dumps([{"roleArn": world.role}])))
    assert reason.startswith(
        f'provider "privileged" could not become {world.role}\n  step 1 of 1: user/stranger → role/worker'
    )
    assert "AccessDenied" in reason
    assert "likely, in this order:" in reason
    assert [record["errorCode"] for record in events(world, ["AssumeRole"]) if record.get("errorCode")] == [
        "AccessDenied"
    ]


def test_a_wrong_external_id_is_named_when_the_trust_policy_may_be_read(world: World) -> None:
    world.become(allow("s3:*"))
    key = user_with_key(world, "reader")
    iam = world.client("iam")
    may = {"Version": "2012-10-17", "Statement": [allow("iam:GetRole", "sts:AssumeRole")]}
    iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=json.dumps(may))
    (reason,) = check(world, inputs(world, key, assumeRoles=json.dumps([{"roleArn": world.role}])))
    assert "1. the trust policy does not name user/reader; it names user/somebody" in reason


def test_wrong_keys_are_refused_when_the_provider_is_checked(world: World) -> None:
    key = user_with_key(world, "u")
    (reason,) = check(world, inputs(world, {**key, "SecretAccessKey": "wrong"}))
    assert reason.startswith("unable to validate AWS credentials.")
    assert "SignatureDoesNotMatch" in reason
    assert "wrong" not in reason.replace("SignatureDoesNotMatch", "")


def test_unknown_inputs_are_not_tried(world: World) -> None:
    assert check(world, {"version": NEWEST, "region": "us-east-1", "accessKey": UNKNOWN, "secretKey": "x"}) == []
    half_known = '[{"roleArn": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}]'
    assert check(world, {"version": NEWEST, "region": "us-east-1", "assumeRoles": half_known}) == []


def test_an_account_that_is_not_wanted_is_refused(world: World) -> None:
    key = user_with_key(world, "u")
    (reason,) = check(world, inputs(world, key, allowedAccountIds='["111111111111"]'))
    assert f"AWS account ID not allowed: {world.sandbox.account}" in reason
    assert check(world, inputs(world, key, allowedAccountIds=f'["{world.sandbox.account}"]')) == []
    (reason,) = check(world, inputs(world, key, forbiddenAccountIds=f'["{world.sandbox.account}"]'))
    assert "not allowed" in reason


def test_a_stranger_among_the_inputs_is_named_with_what_was_meant(world: World) -> None:
    key = user_with_key(world, "u")
    (reason,) = check(world, inputs(world, key, assumRole="{}"))
    assert "`aws:assumRole` is not a valid configuration key" in reason
    assert "`aws:assumeRole`" in reason


def test_sandbox_keys_are_refused_where_no_sandbox_answers(world: World) -> None:
    key = user_with_key(world, "u")
    given = inputs(world, key)
    del given["endpoints"]
    (reason,) = check(world, given)
    assert "these are keys of a sandbox" in reason
    assert "AWS itself" in reason


def test_a_service_without_an_endpoint_is_no_way_out_of_the_sandbox(world: World) -> None:
    world.become(allow("s3:*"), endpoints=json.dumps([{"sts": world.sandbox.endpoint}]))
    with pytest.raises(ProviderFailed, match="these are keys of a sandbox"):
        world.create("aws:s3/bucket:Bucket", "b", {})


def test_default_tags_are_seen_as_each_sdk_line_sees_them(world: World) -> None:
    shown = {}
    tags = json.dumps({"tags": {"owner": "me", "both": "default"}})
    for line in LINES:
        if line == LINES[0]:
            world.become(allow("iam:*"), line=line, defaultTags=tags)
        else:
            world.configure(_like(world, line, tags))
        held = world.create("aws:iam/user:User", f"u{line[0]}", {"tags": {"both": "own"}})
        shown[line] = (
            held.inputs.get("tags"),
            held.inputs.get("tagsAll"),
            held.outputs["tags"],
            held.outputs["tagsAll"],
        )
    everything = {"owner": "me", "both": "own"}
    assert shown[LINES[0]] == ({"both": "own"}, None, {"both": "own"}, everything)
    assert shown[LINES[1]] == (everything, None, everything, everything)
    assert shown[LINES[2]] == ({"both": "own"}, everything, {"both": "own"}, everything)


def _like(world: World, line: str, tags: str) -> dict[str, Any]:
    iam = world.client("iam")
    for held in iam.list_access_keys(UserName="somebody")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="somebody", AccessKeyId=held["AccessKeyId"])
    key = iam.create_access_key(UserName="somebody")["AccessKey"]
    role = {"roleArn": world.role, "sessionName": "again", "externalId": world.external}
    return {
        **inputs(world, key, defaultTags=tags, version=line),
        "assumeRoles" if line == NEWEST else "assumeRole": json.dumps([role] if line == NEWEST else role),
    }


def test_unknown_types_and_inputs_name_the_way_out(world: World) -> None:
    world.become(allow("s3:*"))
    assert any("aws:sqs/queue:Queue" in text and NEWEST in text for text in world.complaints("aws:sqs/queue:Queue", {}))
    (text,) = world.complaints("aws:s3/bucket:Bucket", {"nonsense": 1})
    assert "'nonsense' of aws:s3/bucket:Bucket" in text
    assert "ROLECALL_AWS=plugin" in text


def test_names_come_from_the_seed_and_stay(world: World) -> None:
    world.become(allow("s3:*"))
    at = urn("aws:s3/bucket:Bucket", "b")
    first = world.run(world.provider.check(Check(at, EMPTY, EMPTY, b"seed")))
    again = world.run(world.provider.check(Check(at, EMPTY, EMPTY, b"seed")))
    kept = world.run(world.provider.check(Check(at, first.inputs, EMPTY, b"other")))
    assert first.inputs["bucket"] == again.inputs["bucket"] == kept.inputs["bucket"]
    assert "bucket" in (first.inputs["__defaults"] or ())  # type: ignore[operator]
    proposed = Check(at, EMPTY, EMPTY, b"", Autonaming("Exact-Name", "enforce"))
    assert world.run(world.provider.check(proposed)).inputs["bucket"] == "Exact-Name"
    disabled = world.run(world.provider.check(Check(at, EMPTY, EMPTY, b"", Autonaming("", "disable"))))
    assert [f.reason for f in disabled.failures] == ["automatic naming is disabled but no explicit name was provided"]
    assert isinstance(first.inputs, Map)
