"""iam.Policy: a managed policy, whose changes are new versions of it."""

from __future__ import annotations

from rolecall.model.value import Value
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import (
    TAGS,
    TAGS_ALL,
    AutoName,
    Call,
    Prop,
    Removal,
    ResourceType,
    Sweep,
    output,
)
from rolecall.providers.aws.kinds import NUMBER, POLICY
from rolecall.providers.aws.parts import Tagging, sent_tags
from rolecall.providers.aws.work import Work

NAME = must.pattern(r"^[\w+=,.@-]*$", r"must match [\w+=,.@-]")
VERSIONS = 5
"""AWS keeps no more versions of one policy."""

ARN = {"PolicyArn": lambda work: work.id}


class Document:
    """The document is the default version's; a change is a version more, for which the oldest may have to go."""

    properties = ("policy",)

    def created(self, work: Work) -> None:
        """The create call has sent it."""

    def read(self, work: Work) -> dict[str, Value]:
        version = work.found.pop("defaultVersion", None)
        answer = work.raw("GetPolicyVersion", {"PolicyArn": work.id, "VersionId": version})
        return {"policy": POLICY.from_aws(answer["PolicyVersion"]["Document"])}

    def update(self, work: Work) -> None:
        if not work.changed("policy"):
            return
        self._make_room(work)
        document = POLICY.to_aws(work.wanted("policy"))
        work.raw("CreatePolicyVersion", {"PolicyArn": work.id, "PolicyDocument": document, "SetAsDefault": True})

    def _make_room(self, work: Work) -> None:
        versions = [v for page in work.pages(Call("ListPolicyVersions", send=ARN)) for v in page["Versions"]]
        if len(versions) >= VERSIONS:
            oldest = min((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: v["CreateDate"])
            work.raw("DeletePolicyVersion", {"PolicyArn": work.id, "VersionId": oldest["VersionId"]})


def identify(work: Work, id: str) -> dict[str, Value]:
    """An import gives the ARN."""
    return {"arn": id}


POLICY_TYPE = ResourceType(
    type="aws:iam/policy:Policy",
    title="IAM Policy",
    service="iam",
    regional=False,
    props=(
        Prop(name="policy", kind=POLICY, required=True),
        Prop(name="name", replaces=True, computed=True, conflicts=("namePrefix",), checks=(must.length(1, 128), NAME)),
        Prop(
            name="namePrefix", replaces=True, remembered=True, conflicts=("name",), checks=(must.length(1, 102), NAME)
        ),
        Prop(name="path", replaces=True, default="/"),
        Prop(name="description", replaces=True, checks=(must.length(0, 1000),)),
        Prop(name="delayAfterPolicyCreationInMs", kind=NUMBER, remembered=True),
        TAGS,
        TAGS_ALL,
        output("arn"),
        output("policyId"),
        output("attachmentCount", NUMBER, stable=False),
    ),
    autoname=AutoName(prefixed="namePrefix"),
    id="{arn}",
    identify=identify,
    gone=("NoSuchEntity",),
    create=Call(
        "CreatePolicy",
        send={
            "PolicyName": "name",
            "PolicyDocument": "policy",
            "Path": "path",
            "Description": "description",
            "Tags": sent_tags,
        },
        take={"arn": "Policy.Arn"},
    ),
    read=Call(
        "GetPolicy",
        send=ARN,
        take={
            "arn": "Policy.Arn",
            "name": "Policy.PolicyName",
            "path": "Policy.Path",
            "description": "Policy.Description",
            "policyId": "Policy.PolicyId",
            "attachmentCount": "Policy.AttachmentCount",
            "defaultVersion": "Policy.DefaultVersionId",
            "tagsAll": "Policy.Tags",
        },
    ),
    parts=(Document(), Tagging("TagPolicy", "UntagPolicy", ARN)),
    sweeps=(
        Sweep(
            Call("ListPolicyVersions", send=ARN),
            "Versions",
            (Removal(Call("DeletePolicyVersion", send=ARN), {"VersionId": "VersionId"}),),
            only=lambda version: not version["IsDefaultVersion"],
        ),
    ),
    delete=Call("DeletePolicy", send=ARN),
    makes=lambda work: (work.id,),
)
