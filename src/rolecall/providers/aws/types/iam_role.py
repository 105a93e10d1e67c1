"""iam.Role: its trust policy, inline and managed policies, and the wait for AWS to know the principals it trusts."""

from __future__ import annotations

from typing import Any

from rolecall.model.value import Map, Value
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
    switch,
)
from rolecall.providers.aws.kinds import LEGACY_POLICY, MOMENT, NUMBER, POLICY, TEXT, Block, Field, SetOf
from rolecall.providers.aws.parts import Change, Members, Setting, Tagging, sent_tags
from rolecall.providers.aws.values import is_nothing, plain
from rolecall.providers.aws.work import Work

NAME = must.pattern(r"^[\w+=,.@-]*$", r"must match [\w+=,.@-]")
UNKNOWN_PRINCIPAL = Wait("MalformedPolicyDocument", "Invalid principal in policy")
BUSY = Wait("ConcurrentModification")

INLINE = Block((Field("name", "PolicyName"), Field("policy", "PolicyDocument", LEGACY_POLICY)))


def identify(work: Work, id: str) -> dict[str, Value]:
    """An import names the role."""
    return {"name": id}


def settled(work: Work) -> bool:
    """A new role's ARN may be a unique id (AROA...) for a while."""
    return work.text("arn").startswith("arn:")


def inline_policy(work: Work, entry: Any) -> Value:
    """One inline policy with its document."""
    answer = work.raw("GetRolePolicy", {"RoleName": work.id, "PolicyName": entry})
    return Map({"name": entry, "policy": LEGACY_POLICY.from_aws(answer["PolicyDocument"])})


def _inline_params(member: Value) -> dict[str, Any]:
    data = plain(member)
    return {"PolicyName": data["name"], "PolicyDocument": LEGACY_POLICY.to_aws(data.get("policy"))}


def _has(name: str) -> Any:
    """Policies are removed first when the state lists them, or when the role is told to let go of all."""
    return lambda work: work.old.get("forceDetachPolicies") is True or not is_nothing(work.old.get(name))


ROLE_NAME = {"RoleName": lambda work: work.id}

ROLE = ResourceType(
    type="aws:iam/role:Role",
    title="IAM Role",
    service="iam",
    regional=False,
    props=(
        Prop(name="assumeRolePolicy", kind=POLICY, required=True),
        Prop(name="name", replaces=True, computed=True, conflicts=("namePrefix",), checks=(must.length(1, 64), NAME)),
        Prop(name="namePrefix", replaces=True, remembered=True, conflicts=("name",), checks=(must.length(1, 38), NAME)),
        Prop(name="path", replaces=True, default="/", checks=(must.length(0, 512),)),
        Prop(
            name="description",
            checks=(
                must.length(0, 1000),
                must.unlike("[“‘”’]", "cannot contain specially formatted single or double quotes: [“‘]"),
            ),
        ),
        Prop(name="maxSessionDuration", kind=NUMBER, default=3600, checks=(must.between(3600, 43200),)),
        Prop(name="permissionsBoundary", checks=(must.arn,)),
        switch("forceDetachPolicies"),
        Prop(name="inlinePolicies", kind=SetOf(INLINE), computed=True),
        Prop(name="managedPolicyArns", kind=SetOf(TEXT), computed=True),
        TAGS,
        TAGS_ALL,
        output("arn"),
        output("createDate", MOMENT),
        output("uniqueId"),
    ),
    autoname=AutoName(longest=64, prefixed="namePrefix"),
    id="{name}",
    identify=identify,
    gone=("NoSuchEntity",),
    create=Call(
        "CreateRole",
        send={
            "RoleName": "name",
            "AssumeRolePolicyDocument": "assumeRolePolicy",
            "Path": "path",
            "Description": "description",
            "MaxSessionDuration": "maxSessionDuration",
            "PermissionsBoundary": "permissionsBoundary",
            "Tags": sent_tags,
        },
        waits=(UNKNOWN_PRINCIPAL, BUSY),
    ),
    read=Call(
        "GetRole",
        send=ROLE_NAME,
        take={
            "name": "Role.RoleName",
            "path": "Role.Path",
            "arn": "Role.Arn",
            "uniqueId": "Role.RoleId",
            "createDate": "Role.CreateDate",
            "assumeRolePolicy": "Role.AssumeRolePolicyDocument",
            "description": "Role.Description",
            "maxSessionDuration": "Role.MaxSessionDuration",
            "permissionsBoundary": "Role.PermissionsBoundary.PermissionsBoundaryArn",
            "tagsAll": "Role.Tags",
        },
    ),
    settled=settled,
    parts=(
        Change(
            ("assumeRolePolicy",),
            Call(
                "UpdateAssumeRolePolicy",
                send={**ROLE_NAME, "PolicyDocument": "assumeRolePolicy"},
                waits=(UNKNOWN_PRINCIPAL, BUSY),
            ),
        ),
        Change(
            ("description",),
            Call(
                "UpdateRoleDescription",
                send={**ROLE_NAME, "Description": lambda work: work.wanted("description") or " "},
            ),
        ),
        Change(
            ("maxSessionDuration",),
            Call("UpdateRole", send={**ROLE_NAME, "MaxSessionDuration": "maxSessionDuration"}),
        ),
        Setting(
            "permissionsBoundary",
            put=Call("PutRolePermissionsBoundary", send={**ROLE_NAME, "PermissionsBoundary": "permissionsBoundary"}),
            clear=Call("DeleteRolePermissionsBoundary", send=ROLE_NAME),
            at_creation=False,
        ),
        Members(
            "inlinePolicies",
            listing=Call("ListRolePolicies", send=ROLE_NAME),
            each="PolicyNames",
            value=inline_policy,
            add=Call("PutRolePolicy", send=ROLE_NAME, waits=(BUSY,)),
            remove=Call("DeleteRolePolicy", send=ROLE_NAME),
            params=_inline_params,
            removal_params=lambda member: {"PolicyName": plain(member)["name"]},
            key=lambda member: plain(member).get("name", ""),
        ),
        Members(
            "managedPolicyArns",
            listing=Call("ListAttachedRolePolicies", send=ROLE_NAME),
            each="AttachedPolicies",
            value=lambda work, entry: entry["PolicyArn"],
            add=Call("AttachRolePolicy", send=ROLE_NAME, waits=(BUSY,)),
            remove=Call("DetachRolePolicy", send=ROLE_NAME, waits=(BUSY,)),
            params=lambda member: {"PolicyArn": member},
            key=lambda member: member,
        ),
        Tagging("TagRole", "UntagRole", ROLE_NAME),
    ),
    sweeps=(
        Sweep(
            Call("ListInstanceProfilesForRole", send=ROLE_NAME),
            "InstanceProfiles",
            (
                Removal(
                    Call("RemoveRoleFromInstanceProfile", send=ROLE_NAME),
                    {"InstanceProfileName": "InstanceProfileName"},
                ),
            ),
        ),
        Sweep(
            Call("ListAttachedRolePolicies", send=ROLE_NAME),
            "AttachedPolicies",
            (Removal(Call("DetachRolePolicy", send=ROLE_NAME), {"PolicyArn": "PolicyArn"}),),
            when=_has("managedPolicyArns"),
        ),
        Sweep(
            Call("ListRolePolicies", send=ROLE_NAME),
            "PolicyNames",
            (Removal(Call("DeleteRolePolicy", send=ROLE_NAME), {"PolicyName": ""}),),
            when=_has("inlinePolicies"),
        ),
    ),
    delete=Call("DeleteRole", send=ROLE_NAME, waits=(Wait("DeleteConflict"),)),
    makes=lambda work: (work.text("arn"), f"role/{work.id}"),
)
