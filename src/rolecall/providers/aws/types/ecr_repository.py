"""ecr.Repository: a place for container images."""

from __future__ import annotations

from dataclasses import replace
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
    output,
    switch,
)
from rolecall.providers.aws.kinds import FLAG, Block, Field, ListOf
from rolecall.providers.aws.parts import Change, Setting, Tagging, sent_as
from rolecall.providers.aws.work import Work

FORM = tags.Form(tags="tags", keys="tagKeys")
NAMED: dict[str, Source] = {"repositoryName": lambda work: work.id}
BY_ARN: dict[str, Source] = {"resourceArn": lambda work: work.text("arn")}


class OnlyOne(ListOf):
    """A list to programs, of which AWS has just one."""

    def to_aws(self, value: Value) -> Any:
        return next(iter(ListOf.to_aws(self, value)), None)

    def from_aws(self, data: Any) -> Value:
        return None if data is None else ListOf.from_aws(self, [data])


def identify(work: Work, id: str) -> dict[str, Value]:
    """An import names the repository."""
    return {"name": id}


_ENCRYPTION = OnlyOne(
    Block((Field("encryptionType", "encryptionType", default="AES256"), Field("kmsKey", "kmsKey", computed=True)))
)
_SCANNING = Block((Field("scanOnPush", "scanOnPush", FLAG, required=True),))
_FILTERS = ListOf(Block((Field("filter", "filter", required=True), Field("filterType", "filterType", required=True))))
_MUTABILITY = ("imageTagMutability", "imageTagMutabilityExclusionFilters")

REPOSITORY = ResourceType(
    type="aws:ecr/repository:Repository",
    title="ECR Repository",
    service="ecr",
    props=(
        Prop(name="name", replaces=True, computed=True, checks=(must.length(2, 256),)),
        Prop(name="encryptionConfigurations", kind=_ENCRYPTION, replaces=True, computed=True),
        replace(switch("forceDelete"), default=None),
        Prop(name="imageScanningConfiguration", kind=_SCANNING, computed=True),
        Prop(
            name="imageTagMutability",
            default="MUTABLE",
            checks=(must.one_of("MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"),),
        ),
        Prop(name="imageTagMutabilityExclusionFilters", kind=_FILTERS),
        TAGS,
        TAGS_ALL,
        output("arn"),
        output("registryId"),
        output("repositoryUrl"),
    ),
    autoname=AutoName(lower=True),
    id="{name}",
    identify=identify,
    gone=("RepositoryNotFoundException",),
    create=Call(
        "CreateRepository",
        send={
            "repositoryName": "name",
            "encryptionConfiguration": "encryptionConfigurations",
            "imageScanningConfiguration": "imageScanningConfiguration",
            "imageTagMutability": "imageTagMutability",
            "imageTagMutabilityExclusionFilters": "imageTagMutabilityExclusionFilters",
            "tags": sent_as(FORM),
        },
        take={"arn": "repository.repositoryArn"},
    ),
    read=Call(
        "DescribeRepositories",
        send={"repositoryNames": lambda work: [work.id]},
        entry="repositories",
        take={
            "name": "repositoryName",
            "arn": "repositoryArn",
            "registryId": "registryId",
            "repositoryUrl": "repositoryUri",
            "encryptionConfigurations": "encryptionConfiguration",
            "imageScanningConfiguration": "imageScanningConfiguration",
            "imageTagMutability": "imageTagMutability",
            "imageTagMutabilityExclusionFilters": "imageTagMutabilityExclusionFilters",
        },
    ),
    parts=(
        Change(_MUTABILITY, Call("PutImageTagMutability", send={**NAMED, **{name: name for name in _MUTABILITY}})),
        Setting(
            "imageScanningConfiguration",
            put=Call(
                "PutImageScanningConfiguration",
                send={**NAMED, "imageScanningConfiguration": "imageScanningConfiguration"},
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
    delete=Call("DeleteRepository", send={**NAMED, "force": lambda work: work.old.get("forceDelete") is True}),
    vanishes=1200,
)
