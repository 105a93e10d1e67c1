"""iam.InstanceProfile: carries one role to EC2, which is exchanged in place."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

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
    Wait,
    output,
)
from rolecall.providers.aws.failures import code_of
from rolecall.providers.aws.kinds import MOMENT
from rolecall.providers.aws.parts import Tagging, sent_tags
from rolecall.providers.aws.services.iam_names import identify
from rolecall.providers.aws.work import Work

NAME = must.pattern(r"^[\w+=,.@-]*$", r"must match [\w+=,.@-]")
PROFILE_NAME = {"InstanceProfileName": lambda work: work.id}

ADD = Call(
    "AddRoleToInstanceProfile",
    send={**PROFILE_NAME, "RoleName": "role"},
    waits=(
        Wait("InvalidParameterValue", "Invalid IAM Instance Profile name"),
        Wait("NoSuchEntity", "The role with name"),
    ),
)


class Passenger:
    """The role in the profile."""

    properties = ("role",)

    def created(self, work: Work) -> None:
        if work.wanted("role"):
            work.call(ADD)

    def read(self, work: Work) -> dict[str, Value]:
        roles: Any = work.found.pop("roles", None)
        return {"role": roles[0]["RoleName"] if roles else None}

    def update(self, work: Work) -> None:
        if not work.changed("role"):
            return
        if work.old.get("role"):
            self._remove(work)
        if work.wanted("role"):
            work.call(ADD)

    def _remove(self, work: Work) -> None:
        try:
            work.raw("RemoveRoleFromInstanceProfile", {"InstanceProfileName": work.id, "RoleName": work.old["role"]})
        except ClientError as error:
            if code_of(error) != "NoSuchEntity":
                raise


INSTANCE_PROFILE = ResourceType(
    type="aws:iam/instanceProfile:InstanceProfile",
    title="IAM Instance Profile",
    service="iam",
    regional=False,
    props=(
        Prop(name="name", replaces=True, computed=True, conflicts=("namePrefix",), checks=(must.length(1, 128), NAME)),
        Prop(
            name="namePrefix", replaces=True, remembered=True, conflicts=("name",), checks=(must.length(1, 102), NAME)
        ),
        Prop(name="path", replaces=True, default="/"),
        Prop(name="role"),
        TAGS,
        TAGS_ALL,
        output("arn"),
        output("createDate", MOMENT),
        output("uniqueId"),
    ),
    autoname=AutoName(prefixed="namePrefix"),
    id="{name}",
    identify=identify,
    gone=("NoSuchEntity",),
    create=Call("CreateInstanceProfile", send={"InstanceProfileName": "name", "Path": "path", "Tags": sent_tags}),
    read=Call(
        "GetInstanceProfile",
        send=PROFILE_NAME,
        take={
            "name": "InstanceProfile.InstanceProfileName",
            "path": "InstanceProfile.Path",
            "arn": "InstanceProfile.Arn",
            "uniqueId": "InstanceProfile.InstanceProfileId",
            "createDate": "InstanceProfile.CreateDate",
            "roles": "InstanceProfile.Roles",
            "tagsAll": "InstanceProfile.Tags",
        },
    ),
    parts=(Passenger(), Tagging("TagInstanceProfile", "UntagInstanceProfile", PROFILE_NAME)),
    sweeps=(
        Sweep(
            Call("GetInstanceProfile", send=PROFILE_NAME),
            "InstanceProfile.Roles",
            (Removal(Call("RemoveRoleFromInstanceProfile", send=PROFILE_NAME), {"RoleName": "RoleName"}),),
        ),
    ),
    delete=Call("DeleteInstanceProfile", send=PROFILE_NAME),
)
