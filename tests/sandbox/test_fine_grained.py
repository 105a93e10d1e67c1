"""Permissions finer than a table or a user: DynamoDB's items and attributes, users whom root federated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.test_sessions import allow
from tests.sandbox_fixture import RunningSandbox


@pytest.fixture
def table(sandbox: RunningSandbox) -> Any:
    """A table with one item of `alice` and one of `bob`, and an index on their teams."""
    client = sandbox.client("dynamodb")
    client.create_table(
        TableName="games",
        KeySchema=[{"AttributeName": "player", "KeyType": "HASH"}, {"AttributeName": "game", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("player", "game", "team")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "teams",
                "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for name in ("alice", "bob"):
        client.put_item(TableName="games", Item=item(name))
    return client


def item(player: str, **more: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in {"player": player, "game": "chess", "team": "red", **more}.items()}


def key(player: str) -> dict[str, Any]:
    return {"player": {"S": player}, "game": {"S": "chess"}}


def limited(sandbox: RunningSandbox, condition: dict[str, Any], actions: str | list[str] = "dynamodb:*") -> Any:
    """DynamoDB as the user `alice`, who may do everything under a condition."""
    iam = sandbox.client("iam")
    iam.create_user(UserName="alice")
    document = allow(actions)
    document["Statement"][0]["Condition"] = condition
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=json.dumps(document))
    return sandbox.client("dynamodb", iam.create_access_key(UserName="alice")["AccessKey"])


OWN_ITEMS = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}


def calls(player: str) -> dict[str, tuple[str, dict[str, Any]]]:
    value = {":p": {"S": player}}
    return {
        "get": ("get_item", {"TableName": "games", "Key": key(player)}),
        "put": ("put_item", {"TableName": "games", "Item": item(player)}),
        "update": (
            "update_item",
            {
                "TableName": "games",
                "Key": key(player),
                "UpdateExpression": "SET score = :p",
                "ExpressionAttributeValues": value,
            },
        ),
        "query": (
            "query",
            {
                "TableName": "games",
                "KeyConditionExpression": "begins_with(game, :p) AND #who = :p",
                "ExpressionAttributeNames": {"#who": "player"},
                "ExpressionAttributeValues": value,
            },
        ),
        "old query": (
            "query",
            {
                "TableName": "games",
                "KeyConditions": {"player": {"AttributeValueList": [{"S": player}], "ComparisonOperator": "EQ"}},
            },
        ),
        "query of an index": (
            "query",
            {
                "TableName": "games",
                "IndexName": "teams",
                "KeyConditionExpression": "team = :p",
                "ExpressionAttributeValues": value,
            },
        ),
        "bulk get": (
            "batch_get_item",
            {"RequestItems": {"games": {"Keys": [{**key("alice"), "game": {"S": "go"}}, key(player)]}}},
        ),
        "bulk put": ("batch_write_item", {"RequestItems": {"games": [{"PutRequest": {"Item": item(player)}}]}}),
        "bulk delete": ("batch_write_item", {"RequestItems": {"games": [{"DeleteRequest": {"Key": key(player)}}]}}),
        "transaction": (
            "transact_write_items",
            {"TransactItems": [{"Put": {"TableName": "games", "Item": item(player)}}]},
        ),
    }


def test_leading_keys_let_a_user_at_its_own_items_only(sandbox: RunningSandbox, table: Any) -> None:
    alice = limited(sandbox, OWN_ITEMS)
    for name, (method, parameters) in calls("alice").items():
        if name != "query of an index":
            getattr(alice, method)(**parameters)
    for method, parameters in calls("bob").values():
        with pytest.raises(ClientError) as failure:
            getattr(alice, method)(**parameters)
        assert failure.value.response["Error"]["Code"] == "AccessDeniedException"


def test_attributes_are_those_that_the_call_names(sandbox: RunningSandbox, table: Any) -> None:
    condition = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["player", "game", "team", "score"]}}
    alice = limited(sandbox, condition)
    names = {"#t": "team", "#s": "secret"}
    alice.get_item(
        TableName="games",
        Key=key("bob"),
        ProjectionExpression="player, #t",
        ExpressionAttributeNames={"#t": "team"},
    )
    alice.put_item(TableName="games", Item=item("bob", score="1"), ConditionExpression="attribute_not_exists(score)")
    for refused in ("player, #s", "secret", "team.inner, secret[0]"):
        used = {name: value for name, value in names.items() if name in refused}
        with pytest.raises(ClientError):
            more = {"ExpressionAttributeNames": used} if used else {}
            alice.get_item(TableName="games", Key=key("bob"), ProjectionExpression=refused, **more)
    with pytest.raises(ClientError):
        alice.put_item(TableName="games", Item=item("bob", secret="1"))
    with pytest.raises(ClientError):
        alice.get_item(TableName="games", Key=key("bob"), AttributesToGet=["secret"])


def test_a_user_whom_root_federated_may_what_was_passed(sandbox: RunningSandbox) -> None:
    sts = sandbox.client("sts")
    made = sts.get_federation_token(Name="guest", Policy=json.dumps(allow("s3:ListAllMyBuckets")))["Credentials"]
    sandbox.client("s3", made).list_buckets()
    with pytest.raises(ClientError):
        sandbox.client("s3", made).create_bucket(Bucket="not-allowed")
    with pytest.raises(ClientError):
        sandbox.client("s3", sts.get_federation_token(Name="none")["Credentials"]).list_buckets()


def test_the_trail_keeps_no_session_token_and_names_the_owner_of_a_new_bucket(sandbox: RunningSandbox) -> None:
    made = sandbox.client("sts").get_session_token()["Credentials"]
    sandbox.client("s3").create_bucket(Bucket="bucket-with-owner")
    trail = sandbox.client("cloudtrail")
    events = {event["EventName"]: event["CloudTrailEvent"] for event in trail.lookup_events()["Events"]}
    assert made["SessionToken"] not in events["GetSessionToken"]
    assert made["AccessKeyId"] in events["GetSessionToken"]
    assert json.loads(events["CreateBucket"])["resources"][0]["accountId"] == sandbox.account
    assert made["SessionToken"] not in (sandbox.home / "sandbox" / "trail.jsonl").read_text()
    assert trail.lookup_events(EventCategory="insight")["Events"] == []
