"""iam.Group: renamed and moved in place."""

from __future__ import annotations

from rolecall.providers.aws.declaration import AutoName, Call, Prop, ResourceType, output
from rolecall.providers.aws.parts import Change, if_changed
from rolecall.providers.aws.services.iam_names import NAME, identify, named

GROUP_NAME = {"GroupName": named}

GROUP = ResourceType(
    type="aws:iam/group:Group",
    title="IAM Group",
    service="iam",
    regional=False,
    props=(
        Prop(name="name", checks=(NAME,)),
        Prop(name="path", default="/"),
        output("arn", stable=False),
        output("uniqueId"),
    ),
    autoname=AutoName(),
    id="{name}",
    identify=identify,
    gone=("NoSuchEntity",),
    create=Call("CreateGroup", send={"GroupName": "name", "Path": "path"}),
    read=Call(
        "GetGroup",
        send=GROUP_NAME,
        take={"name": "Group.GroupName", "path": "Group.Path", "arn": "Group.Arn", "uniqueId": "Group.GroupId"},
    ),
    parts=(
        Change(
            ("name", "path"),
            Call("UpdateGroup", send={**GROUP_NAME, "NewGroupName": if_changed("name"), "NewPath": if_changed("path")}),
            renames=True,
        ),
    ),
    delete=Call("DeleteGroup", send=GROUP_NAME),
)
