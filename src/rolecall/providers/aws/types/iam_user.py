"""iam.User: renamed and moved in place; with forceDestroy its credentials go with it."""

from __future__ import annotations

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
from rolecall.providers.aws.parts import Change, Setting, Tagging, if_changed, sent_tags
from rolecall.providers.aws.services.iam_names import NAME, identify, named

USER_NAME = {"UserName": named}

USER = ResourceType(
    type="aws:iam/user:User",
    title="IAM User",
    service="iam",
    regional=False,
    props=(
        Prop(name="name", checks=(NAME,)),
        Prop(name="path", default="/"),
        Prop(name="permissionsBoundary", checks=(must.length(0, 2048),)),
        switch("forceDestroy"),
        TAGS,
        TAGS_ALL,
        output("arn", stable=False),
        output("uniqueId"),
    ),
    autoname=AutoName(),
    id="{name}",
    identify=identify,
    gone=("NoSuchEntity",),
    create=Call(
        "CreateUser",
        send={
            "UserName": "name",
            "Path": "path",
            "PermissionsBoundary": "permissionsBoundary",
            "Tags": sent_tags,
        },
    ),
    read=Call(
        "GetUser",
        send=USER_NAME,
        take={
            "name": "User.UserName",
            "path": "User.Path",
            "arn": "User.Arn",
            "uniqueId": "User.UserId",
            "permissionsBoundary": "User.PermissionsBoundary.PermissionsBoundaryArn",
            "tagsAll": "User.Tags",
        },
    ),
    parts=(
        Change(
            ("name", "path"),
            Call("UpdateUser", send={**USER_NAME, "NewUserName": if_changed("name"), "NewPath": if_changed("path")}),
            renames=True,
        ),
        Setting(
            "permissionsBoundary",
            put=Call("PutUserPermissionsBoundary", send={**USER_NAME, "PermissionsBoundary": "permissionsBoundary"}),
            clear=Call("DeleteUserPermissionsBoundary", send=USER_NAME),
            at_creation=False,
        ),
        Tagging("TagUser", "UntagUser", USER_NAME),
    ),
    sweeps=(
        Sweep(
            Call("ListGroupsForUser", send=USER_NAME),
            "Groups",
            (Removal(Call("RemoveUserFromGroup", send=USER_NAME), {"GroupName": "GroupName"}),),
        ),
        Sweep(
            Call("ListAccessKeys", send=USER_NAME),
            "AccessKeyMetadata",
            (Removal(Call("DeleteAccessKey", send=USER_NAME), {"AccessKeyId": "AccessKeyId"}),),
            when="forceDestroy",
        ),
        Sweep(
            Call("ListSSHPublicKeys", send=USER_NAME),
            "SSHPublicKeys",
            (Removal(Call("DeleteSSHPublicKey", send=USER_NAME), {"SSHPublicKeyId": "SSHPublicKeyId"}),),
            when="forceDestroy",
        ),
        Sweep(
            Call("ListMFADevices", send=USER_NAME),
            "MFADevices",
            (
                Removal(Call("DeactivateMFADevice", send=USER_NAME), {"SerialNumber": "SerialNumber"}),
                Removal(Call("DeleteVirtualMFADevice"), {"SerialNumber": "SerialNumber"}),
            ),
            when="forceDestroy",
        ),
        Sweep(
            Call("GetLoginProfile", send=USER_NAME),
            "LoginProfile",
            (
                Removal(
                    Call("DeleteLoginProfile", send=USER_NAME, waits=(Wait("EntityTemporarilyUnmodifiable"),)),
                    {"UserName": "UserName"},
                ),
            ),
            when="forceDestroy",
        ),
        Sweep(
            Call("ListSigningCertificates", send=USER_NAME),
            "Certificates",
            (Removal(Call("DeleteSigningCertificate", send=USER_NAME), {"CertificateId": "CertificateId"}),),
            when="forceDestroy",
        ),
        Sweep(
            Call("ListServiceSpecificCredentials", send=USER_NAME),
            "ServiceSpecificCredentials",
            (
                Removal(
                    Call("DeleteServiceSpecificCredential", send=USER_NAME),
                    {"ServiceSpecificCredentialId": "ServiceSpecificCredentialId"},
                ),
            ),
            when="forceDestroy",
        ),
    ),
    delete=Call("DeleteUser", send=USER_NAME),
    makes=lambda work: (work.text("arn"), f"user/{work.id}"),
)
