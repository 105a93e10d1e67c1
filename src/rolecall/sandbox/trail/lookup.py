"""cloudtrail:LookupEvents: management events of one account and region, newest first, filtered and paged."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rolecall.sandbox.refusal import Refused
from rolecall.sandbox.trail.journal import Entry, Journal

KEYS = (
    "EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"
)  # fmt: skip

_RESOURCES = {
    "bucketName": "AWS::S3::Bucket",
    "roleName": "AWS::IAM::Role",
    "userName": "AWS::IAM::User",
    "groupName": "AWS::IAM::Group",
    "policyArn": "AWS::IAM::Policy",
    "policyName": "AWS::IAM::Policy",
    "instanceProfileName": "AWS::IAM::InstanceProfile",
    "accessKeyId": "AWS::IAM::AccessKey",
    "functionName": "AWS::Lambda::Function",
    "tableName": "AWS::DynamoDB::Table",
    "queueName": "AWS::SQS::Queue",
    "queueUrl": "AWS::SQS::Queue",
    "topicArn": "AWS::SNS::Topic",
    "keyId": "AWS::KMS::Key",
    "secretId": "AWS::SecretsManager::Secret",
    "logGroupName": "AWS::Logs::LogGroup",
    "stackName": "AWS::CloudFormation::Stack",
    "vpcId": "AWS::EC2::VPC",
    "subnetId": "AWS::EC2::Subnet",
    "groupId": "AWS::EC2::SecurityGroup",
    "instanceId": "AWS::EC2::Instance",
}
_ALWAYS_IAM = frozenset({"roleName", "userName", "groupName", "policyArn", "instanceProfileName", "accessKeyId"})


def lookup(journal: Journal, account: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to LookupEvents. Raises Refused for filters, times, sizes or tokens that are none."""
    wanted = _attribute(params)
    start, end = _times(params)
    size = params.get("MaxResults", 50)
    if not 1 <= size <= 50:
        raise Refused("InvalidMaxResultsException", "A max results value of between 1 and 50 must be specified.", 400)
    below = _position(params)
    if params.get("EventCategory") == "insight":
        return {"Events": []}  # nothing unusual is looked for here
    events: list[dict[str, Any]] = []
    last = 0
    for entry in journal.newest_first():
        record = entry["record"]
        if below is not None and entry["number"] >= below:
            continue
        if not _belongs(record, account, region) or not _within(record, start, end):
            continue
        event = as_event(entry)
        if wanted is not None and not _matches(event, record, *wanted):
            continue
        if len(events) == size:
            return {"Events": events, "NextToken": _token(last, params)}
        events.append(event)
        last = entry["number"]
    return {"Events": events}


def _belongs(record: Mapping[str, Any], account: str, region: str) -> bool:
    return bool(record["recipientAccountId"] == account and record["awsRegion"] == region and record["managementEvent"])


def _within(record: Mapping[str, Any], start: datetime, end: datetime) -> bool:
    return start <= event_time(record) <= end


def event_time(record: Mapping[str, Any]) -> datetime:
    """When a record's call ended."""
    return datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _attribute(params: Mapping[str, Any]) -> tuple[str, str] | None:
    attributes = params.get("LookupAttributes") or []
    if not attributes:
        return None
    key, value = attributes[0].get("AttributeKey", ""), attributes[0].get("AttributeValue", "")
    if len(attributes) > 1 or key not in KEYS or not value:
        text = "Only one lookup attribute can be specified, with a key that is supported and a value."
        raise Refused("InvalidLookupAttributesException", text, 400)
    return key, value


def _times(params: Mapping[str, Any]) -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    start = params.get("StartTime") or now - timedelta(days=90)
    end = params.get("EndTime") or now + timedelta(days=1)
    if start > end:
        raise Refused("InvalidTimeRangeException", "The start time must be before the end time.", 400)
    return start, end


def _signature(params: Mapping[str, Any]) -> str:
    same = {name: str(value) for name, value in params.items() if name not in ("NextToken", "MaxResults")}
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:16]


def _token(number: int, params: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(f"{number}:{_signature(params)}".encode()).decode()


def _position(params: Mapping[str, Any]) -> int | None:
    token = params.get("NextToken")
    if not token:
        return None
    try:
        number, _, signature = base64.urlsafe_b64decode(token).decode().partition(":")
        position = int(number)
    except ValueError:
        signature, position = "", 0
    if signature != _signature(params):
        raise Refused(
            "InvalidNextTokenException", "The token is invalid, or was given with other parameters than before.", 400
        )
    return position


def as_event(entry: Entry) -> dict[str, Any]:
    """An entry as LookupEvents lists it."""
    record = entry["record"]
    identity = record["userIdentity"]
    event = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": "true" if record["readOnly"] else "false",
        "EventTime": event_time(record),
        "EventSource": record["eventSource"],
        "Resources": resources_of(record),
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
    }
    if identity.get("accessKeyId"):
        event["AccessKeyId"] = identity["accessKeyId"]
    name = user_name(identity)
    if name:
        event["Username"] = name
    return event


def user_name(identity: Mapping[str, Any]) -> str:
    """LookupEvents' Username: the user, the session's name, `root`, or a service."""
    kind = identity["type"]
    if kind == "Root":
        return "root"
    if kind in ("AssumedRole", "FederatedUser"):
        return str(identity["principalId"]).partition(":")[2]
    return str(identity.get("userName") or identity.get("invokedBy") or "")


def resources_of(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """The resources of an event, by the parameters that name them."""
    found: dict[tuple[str, str], None] = {}
    for source in ("requestParameters", "responseElements"):
        for path in _flat(record.get(source) or {}):
            name, value = path
            kind = _RESOURCES.get(name)
            if kind is None or (name in _ALWAYS_IAM and record["eventSource"] not in _IAM_SOURCES):
                continue
            found[(kind, value)] = None
    for resource in record.get("resources", ()):
        found[(resource["type"], resource["ARN"])] = None
    return [{"ResourceType": kind, "ResourceName": value} for kind, value in found]


_IAM_SOURCES = ("iam.amazonaws.com", "sts.amazonaws.com")


def _flat(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, Mapping):
            yield from _flat(value)


def _matches(event: Mapping[str, Any], record: Mapping[str, Any], key: str, value: str) -> bool:
    if key == "ResourceType":
        return any(resource["ResourceType"] == value for resource in event["Resources"])
    if key == "ResourceName":
        return any(resource["ResourceName"] == value for resource in event["Resources"])
    return bool(event.get(key) == value)
