"""cloudwatch.LogGroup: where a service's log streams go, and how long they are kept."""

from __future__ import annotations

from typing import Any

from rolecall.model.value import Value
from rolecall.providers.aws import tags
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import (
    TAGS,
    TAGS_ALL,
    AutoName,
    Call,
    Prop,
    ResourceType,
    Source,
    Wait,
    output,
    switch,
)
from rolecall.providers.aws.kinds import FLAG, NUMBER
from rolecall.providers.aws.parts import Setting, Tagging, sent_as
from rolecall.providers.aws.work import Work

FORM = tags.Form(tags="tags", keys="tagKeys", mapped=True)
BUSY = (Wait("OperationAbortedException", seconds=60),)

_NAME = must.pattern(r"^[0-9A-Za-z_./#-]*$", "must only contain letters, digits, and the characters _ - / . #")
_DAYS = (
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip

NAMED: dict[str, Source] = {"logGroupName": lambda work: work.id}
BY_ARN: dict[str, Source] = {"resourceArn": lambda work: work.text("arn")}


def _kept(name: str, value: Value) -> Any:
    if isinstance(value, int | float) and value not in _DAYS:
        yield f"expected {name} to be one of [{' '.join(map(str, _DAYS))}], got {value}"


def read(work: Work) -> dict[str, Value] | None:
    """Groups are found by the beginning of a name only; ours is the one with just that name."""
    listing = Call("DescribeLogGroups", send={"logGroupNamePrefix": lambda work: work.id})
    groups = [group for page in work.pages(listing) for group in page["logGroups"]]
    found = next((group for group in groups if group["logGroupName"] == work.id), None)
    if found is None:
        return None
    return {
        "name": found["logGroupName"],
        # AWS tells the ARN of all streams of the group.
        "arn": str(found["arn"]).removesuffix(":*"),
        "retentionInDays": found.get("retentionInDays", 0),
        "kmsKeyId": found.get("kmsKeyId"),
        "logGroupClass": found.get("logGroupClass"),
        "deletionProtectionEnabled": found.get("deletionProtectionEnabled"),
    }


def delete(work: Work) -> None:
    """`skipDestroy` only forgets."""
    if work.old.get("skipDestroy") is not True:
        work.call(Call("DeleteLogGroup", send=NAMED, waits=BUSY))


def identify(work: Work, id: str) -> dict[str, Value]:
    """An import names the group."""
    return {"name": id}


LOG_GROUP = ResourceType(
    type="aws:cloudwatch/logGroup:LogGroup",
    title="CloudWatch Logs Log Group",
    service="logs",
    props=(
        Prop(name="name", replaces=True, computed=True, conflicts=("namePrefix",), checks=(must.length(1, 512), _NAME)),
        Prop(
            name="namePrefix",
            replaces=True,
            remembered=True,
            conflicts=("name",),
            checks=(must.length(1, 486), _NAME),
        ),
        Prop(name="deletionProtectionEnabled", kind=FLAG, computed=True),
        Prop(name="kmsKeyId", checks=(must.arn,)),
        Prop(
            name="logGroupClass",
            replaces=True,
            computed=True,
            checks=(must.one_of("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"),),
        ),
        Prop(name="retentionInDays", kind=NUMBER, default=0, checks=(_kept,)),
        switch("skipDestroy"),
        TAGS,
        TAGS_ALL,
        output("arn"),
    ),
    autoname=AutoName(prefixed="namePrefix"),
    id="{name}",
    identify=identify,
    gone=("ResourceNotFoundException",),
    create=Call(
        "CreateLogGroup",
        send={
            "logGroupName": "name",
            "kmsKeyId": "kmsKeyId",
            "logGroupClass": "logGroupClass",
            "deletionProtectionEnabled": "deletionProtectionEnabled",
            "tags": sent_as(FORM),
        },
        waits=BUSY,
    ),
    read=read,
    parts=(
        Setting(
            "retentionInDays",
            put=Call("PutRetentionPolicy", send={**NAMED, "retentionInDays": "retentionInDays"}, waits=BUSY),
            clear=Call("DeleteRetentionPolicy", send=NAMED, waits=BUSY),
        ),
        Setting(
            "kmsKeyId",
            put=Call("AssociateKmsKey", send={**NAMED, "kmsKeyId": "kmsKeyId"}, waits=BUSY),
            clear=Call("DisassociateKmsKey", send=NAMED, waits=BUSY),
            at_creation=False,
        ),
        Setting(
            "deletionProtectionEnabled",
            put=Call(
                "PutLogGroupDeletionProtection",
                send={
                    "logGroupIdentifier": lambda work: work.id,
                    "deletionProtectionEnabled": lambda work: work.wanted("deletionProtectionEnabled") is True,
                },
            ),
            at_creation=False,
        ),
        Tagging(
            "TagResource",
            "UntagResource",
            BY_ARN,
            listing=Call("ListTagsForResource", send=BY_ARN),
            place="tags",
            form=FORM,
        ),
    ),
    delete=delete,
)
