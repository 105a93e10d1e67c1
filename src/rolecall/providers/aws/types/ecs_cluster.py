"""ecs.Cluster: where tasks and services run."""

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
    NotOfThatForm,
    Prop,
    Ready,
    ResourceType,
    Source,
    Wait,
    output,
)
from rolecall.providers.aws.kinds import FLAG, Block, Field, SetOf
from rolecall.providers.aws.parts import Change, Tagging, sent_as
from rolecall.providers.aws.values import dig
from rolecall.providers.aws.work import Work

FORM = tags.Form(tags="tags", keys="tagKeys", key="key", value="value")
STILL_USED = tuple(
    Wait(f"{code}Exception", seconds=600)
    for code in (
        "ClusterContainsContainerInstances", "ClusterContainsServices", "ClusterContainsTasks", "UpdateInProgress",
    )
)  # fmt: skip

_EXECUTION = Block(
    (
        Field("kmsKeyId", "kmsKeyId"),
        Field("logging", "logging", default="DEFAULT"),
        Field(
            "logConfiguration",
            "logConfiguration",
            Block(
                (
                    Field("cloudWatchEncryptionEnabled", "cloudWatchEncryptionEnabled", FLAG),
                    Field("cloudWatchLogGroupName", "cloudWatchLogGroupName"),
                    Field("s3BucketEncryptionEnabled", "s3EncryptionEnabled", FLAG),
                    Field("s3BucketName", "s3BucketName"),
                    Field("s3KeyPrefix", "s3KeyPrefix"),
                )
            ),
        ),
    )
)
_STORAGE = Block(
    (
        Field("fargateEphemeralStorageKmsKeyId", "fargateEphemeralStorageKmsKeyId"),
        Field("kmsKeyId", "kmsKeyId"),
    )
)
_CONFIGURATION = Block(
    (
        Field("executeCommandConfiguration", "executeCommandConfiguration", _EXECUTION),
        Field("managedStorageConfiguration", "managedStorageConfiguration", _STORAGE),
    )
)
_SETTINGS = SetOf(Block((Field("name", "name", required=True), Field("value", "value", required=True))))


def identify(work: Work, id: str) -> dict[str, Value]:
    """An import names the cluster; its id is its ARN."""
    answer: Any = work.raw("DescribeClusters", {"clusters": [id]})
    arn = dig(answer, "clusters.0.clusterArn")
    if arn is None:
        raise NotOfThatForm("there is no cluster of that name")
    return {"id": arn}


def _connection(work: Work) -> Any:
    """A namespace of no name takes the default away."""
    wanted = work.wanted("serviceConnectDefaults")
    if wanted is None:
        return {"namespace": ""} if work.old.get("serviceConnectDefaults") else None
    return _CONNECT.to_aws(wanted)


_CONNECT = Block((Field("namespace", "namespace", required=True),))

ITSELF: dict[str, Source] = {"cluster": lambda work: work.id}
BY_ARN: dict[str, Source] = {"resourceArn": lambda work: work.id}
_CHANGEABLE: dict[str, Source] = {
    "configuration": "configuration",
    "serviceConnectDefaults": _connection,
    "settings": "settings",
}

CLUSTER = ResourceType(
    type="aws:ecs/cluster:Cluster",
    title="ECS Cluster",
    service="ecs",
    props=(
        Prop(
            name="name",
            replaces=True,
            computed=True,
            checks=(
                must.length(1, 255),
                must.pattern(r"^[0-9A-Za-z_-]*$", "must only contain letters, digits, hyphens and underscores"),
            ),
        ),
        Prop(name="configuration", kind=_CONFIGURATION),
        Prop(name="serviceConnectDefaults", kind=_CONNECT),
        Prop(name="settings", kind=_SETTINGS, computed=True),
        TAGS,
        TAGS_ALL,
        output("arn"),
    ),
    autoname=AutoName(),
    id="{arn}",
    identify=identify,
    gone=("ClusterNotFoundException",),
    create=Call(
        "CreateCluster",
        send={"clusterName": "name", **_CHANGEABLE, "tags": sent_as(FORM)},
        take={"arn": "cluster.clusterArn"},
        # The first cluster of an account makes ECS's own role, which takes a moment.
        waits=(Wait("InvalidParameterException", "Unable to assume the service linked role", 120),),
    ),
    read=Call(
        "DescribeClusters",
        send={
            "clusters": lambda work: [work.id],
            "include": lambda work: ["TAGS", "CONFIGURATIONS", "SETTINGS"],
        },
        entry="clusters",
        dead={"status": ("INACTIVE",)},
        take={
            "arn": "clusterArn",
            "name": "clusterName",
            "configuration": "configuration",
            "serviceConnectDefaults": "serviceConnectDefaults",
            "settings": "settings",
            "status": "status",
            "tagsAll": "tags",
        },
    ),
    ready=Ready(lambda work: work.found.get("status") in ("ACTIVE", None)),
    parts=(
        Change(tuple(_CHANGEABLE), Call("UpdateCluster", send={**ITSELF, **_CHANGEABLE})),
        Tagging("TagResource", "UntagResource", BY_ARN, form=FORM),
    ),
    delete=Call("DeleteCluster", send=ITSELF, waits=STILL_USED),
    vanishes=600,
)
