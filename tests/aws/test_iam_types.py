"""IAM's types, each from creation to deletion, as a role whose policy allows just those calls."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolecall.model.provider import PartlyDone, ProviderFailed
from rolecall.model.value import Reference, Secret
from tests.aws.world import LINES, NEWEST, World, allow, events

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
OTHER = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["s3:GetObject"], "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
USER, ROLE = "aws:iam/user:User", "aws:iam/role:Role"


@pytest.mark.parametrize("line", LINES)
def test_a_user_lives_as_a_role_that_may_do_just_that(world: World, line: str) -> None:
    world.become(
        allow("iam:CreateUser", "iam:GetUser", "iam:TagUser", "iam:UntagUser", "iam:UpdateUser", "iam:DeleteUser"),
        allow("iam:ListGroupsForUser"),
        line=line,
    )
    props: dict[str, Any] = {"tags": {"team": "a"}}
    held = world.create(USER, "person", props)
    assert held.id.startswith("person-")
    assert held.outputs["arn"] == f"arn:aws:iam::{world.sandbox.account}:user/{held.id}"
    assert world.diff(held, props).changes == "none"
    assert world.refresh(held) == held

    found = world.diff(held, {"name": "renamed", "tags": {"team": "b"}})
    assert not found.replaces
    assert found.detailed is not None
    assert {"name", "tags.team"} <= set(found.detailed)
    held = world.update(held, {"name": "renamed", "tags": {"team": "b"}})
    assert held.id == "renamed"
    assert world.diff(held, {"name": "renamed", "tags": {"team": "b"}}).changes == "none"

    world.client("iam").tag_user(UserName="renamed", Tags=[{"Key": "team", "Value": "drift"}])
    drifted = world.refresh(held)
    assert drifted is not None
    assert drifted.outputs["tags"] == {"team": "drift"}
    assert world.diff(drifted, {"name": "renamed", "tags": {"team": "b"}}).changes == "some"
    world.update(drifted, {"name": "renamed", "tags": {"team": "b"}})

    imported = world.bring_in(USER, "person", "renamed")
    assert imported.inputs is not None
    assert imported.inputs["name"] == "renamed"

    world.delete(held)
    assert world.refresh(held) is None
    world.delete(held)
    made = events(world, ["CreateUser"])
    assert [record["userIdentity"]["type"] for record in made] == ["Root", "AssumedRole"]


def test_a_user_made_again_under_its_name_with_another_path_changes_in_place(world: World) -> None:
    world.become(allow("iam:*"))
    held = world.create(USER, "u", {"name": "fixed", "path": "/a/"})
    found = world.diff(held, {"name": "fixed", "path": "/b/"})
    assert (found.replaces, found.diffs) == ((), ("path",))


def test_force_destroy_takes_keys_and_groups_along_and_acts_from_the_state(world: World) -> None:
    world.become(allow("iam:*"))
    iam = world.client("iam")
    held = world.create(USER, "u", {"name": "u", "forceDestroy": True})
    iam.create_access_key(UserName="u")
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="u")
    world.delete(held)
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["somebody"]


def test_a_denied_call_names_the_action_the_principal_and_the_request(world: World) -> None:
    world.become(allow("iam:GetUser"))
    with pytest.raises(ProviderFailed) as refused:
        world.create(USER, "u", {"name": "u"})
    text = refused.value.message
    assert text.startswith("creating IAM User (u): AccessDenied: User: arn:aws:sts::")
    assert "assumed-role/worker/worker" in text
    assert "iam:CreateUser" in text
    assert "request id" in text
    assert not refused.value.status_unknown


@pytest.mark.parametrize("line", LINES)
def test_an_access_key_keeps_its_secret_through_a_refresh(world: World, line: str) -> None:
    world.become(
        allow("iam:CreateAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey", "iam:DeleteAccessKey"), line=line
    )
    iam = world.client("iam")
    iam.create_user(UserName="owner")
    iam.create_user(UserName="other")
    held = world.create("aws:iam/accessKey:AccessKey", "k", {"user": "owner"})
    assert held.id.startswith("AKIA")
    secret = held.outputs["secret"]
    assert isinstance(secret, Secret)
    assert isinstance(held.outputs["sesSmtpPasswordV4"], Secret)
    refreshed = world.refresh(held)
    assert refreshed is not None
    assert refreshed.outputs["secret"] == secret
    assert world.diff(held, {"user": "owner"}).changes == "none"
    assert world.diff(held, {"user": "other"}).replaces == ("user",)
    held = world.update(held, {"user": "owner", "status": "Inactive"})
    assert iam.list_access_keys(UserName="owner")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    iam.update_access_key(UserName="owner", AccessKeyId=held.id, Status="Active")
    drifted = world.refresh(held)
    assert drifted is not None
    assert drifted.outputs["status"] == "Active"
    world.delete(held)
    assert world.refresh(held) is None


def test_an_imported_access_key_finds_its_user_and_has_no_secret(world: World) -> None:
    world.become(allow("iam:GetAccessKeyLastUsed", "iam:ListAccessKeys"))
    iam = world.client("iam")
    iam.create_user(UserName="owner")
    key = iam.create_access_key(UserName="owner")["AccessKey"]["AccessKeyId"]
    outcome = world.bring_in("aws:iam/accessKey:AccessKey", "k", key)
    assert outcome.inputs is not None
    assert outcome.outputs is not None
    assert outcome.inputs["user"] == "owner"
    assert "secret" not in outcome.outputs


ROLE_CALLS = allow(
    "iam:CreateRole", "iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
    "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription", "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:ListInstanceProfilesForRole",
    "iam:DeleteRole",
)  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_role_lives_with_its_policies(world: World, line: str) -> None:
    world.become(ROLE_CALLS, line=line)
    iam = world.client("iam")
    arn = iam.create_policy(PolicyName="managed", PolicyDocument=json.dumps(DOCUMENT))["Policy"]["Arn"]
    props: dict[str, Any] = {
        "assumeRolePolicy": TRUST,
        "inlinePolicies": [{"name": "one", "policy": json.dumps(DOCUMENT)}],
        "managedPolicyArns": [arn],
        "tags": {"a": "b"},
    }
    held = world.create(ROLE, "worker-role", props)
    assert held.outputs["assumeRolePolicy"] == json.dumps(TRUST, sort_keys=True, separators=(",", ":"))
    assert held.outputs["maxSessionDuration"] == 3600
    assert world.diff(held, props).changes == "none"
    assert world.refresh(held) == held

    changed = {
        **props,
        "description": "better",
        "maxSessionDuration": "7200",
        "inlinePolicies": [{"name": "two", "policy": json.dumps(OTHER)}],
        "managedPolicyArns": [],
    }
    assert world.diff(held, changed).replaces == ()
    held = world.update(held, changed)
    assert world.diff(held, changed).changes == "none"
    assert iam.list_role_policies(RoleName=held.id)["PolicyNames"] == ["two"]
    assert iam.list_attached_role_policies(RoleName=held.id)["AttachedPolicies"] == []
    assert world.diff(held, {**changed, "path": "/other/"}).replaces == ("path",)

    iam.update_role(RoleName=held.id, MaxSessionDuration=3600, Description="drift")
    drifted = world.refresh(held)
    assert drifted is not None
    assert (drifted.inputs["maxSessionDuration"], drifted.outputs["description"]) == (3600, "drift")
    assert set(world.diff(drifted, changed).diffs) == {"maxSessionDuration", "description"}

    imported = world.bring_in(ROLE, "worker-role", held.id)
    assert imported.inputs is not None
    assert imported.inputs["assumeRolePolicy"] == held.outputs["assumeRolePolicy"]

    world.delete(held)
    assert world.refresh(held) is None


def test_a_policy_in_other_words_is_no_change(world: World) -> None:
    world.become(ROLE_CALLS)
    held = world.create(ROLE, "r", {"assumeRolePolicy": TRUST})
    statement = {**TRUST["Statement"][0], "Action": ["sts:AssumeRole"]}  # type: ignore[dict-item]
    again = json.dumps({"Statement": statement, "Version": "2012-10-17"}, indent=4)
    assert world.diff(held, {"assumeRolePolicy": again}).changes == "none"
    assert world.diff(held, {"assumeRolePolicy": again.replace("ec2", "ecs")}).changes == "some"


def test_a_role_that_fails_half_way_is_remembered_with_what_went_wrong(world: World) -> None:
    world.become(allow("iam:CreateRole", "iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"))
    with pytest.raises(PartlyDone) as failed:
        world.create(
            ROLE, "r", {"assumeRolePolicy": TRUST, "inlinePolicies": [{"name": "x", "policy": json.dumps(DOCUMENT)}]}
        )
    outcome = failed.value.outcome
    assert outcome.id.startswith("r-")
    assert outcome.outputs is not None
    assert str(outcome.outputs["arn"]).endswith(outcome.id)
    assert outcome.init_errors[0].startswith("creating urn:pulumi:dev::proj::aws:iam/role:Role::r: ")
    assert "iam:PutRolePolicy" in outcome.init_errors[0]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("owner", ["role", "user", "group"])
def test_an_inline_policy_lives_with_its_owner(world: World, owner: str, line: str) -> None:
    title = owner.capitalize()
    world.become(allow(f"iam:Put{title}Policy", f"iam:Get{title}Policy", f"iam:Delete{title}Policy"), line=line)
    iam = world.client("iam")
    for name in ("first", "second"):
        extra = {"AssumeRolePolicyDocument": json.dumps(TRUST)} if owner == "role" else {}
        getattr(iam, f"create_{owner}")(**{f"{title}Name": name}, **extra)
    type_ = f"aws:iam/{owner}Policy:{title}Policy"
    held = world.create(type_, "p", {owner: "first", "policy": DOCUMENT})
    assert held.id == f"first:{held.outputs['name']}"
    assert str(held.outputs["policy"]).startswith('{"Version":"2012-10-17",')
    assert world.diff(held, {owner: "first", "policy": json.dumps(DOCUMENT, indent=2)}).changes == "none"
    assert world.refresh(held) == held
    held = world.update(held, {owner: "first", "policy": OTHER})
    assert world.diff(held, {owner: "second", "policy": OTHER}).replaces == (owner,)
    put = getattr(iam, f"put_{owner}_policy")
    put(**{f"{title}Name": "first"}, PolicyName=held.outputs["name"], PolicyDocument=json.dumps(DOCUMENT))
    drifted = world.refresh(held)
    assert drifted is not None
    assert world.diff(drifted, {owner: "first", "policy": OTHER}).diffs == ("policy",)
    imported = world.bring_in(type_, "p", held.id)
    assert imported.inputs is not None
    assert imported.inputs[owner] == "first"
    world.delete(held)
    assert world.refresh(held) is None
    with pytest.raises(ProviderFailed, match="must be of the form"):
        world.bring_in(type_, "p", "nonsense")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("holder", ["role", "user", "group"])
def test_an_attachment_ties_a_policy_to_its_holder(world: World, holder: str, line: str) -> None:
    title = holder.capitalize()
    world.become(
        allow(f"iam:Attach{title}Policy", f"iam:Detach{title}Policy", f"iam:ListAttached{title}Policies"), line=line
    )
    iam = world.client("iam")
    extra = {"AssumeRolePolicyDocument": json.dumps(TRUST)} if holder == "role" else {}
    getattr(iam, f"create_{holder}")(**{f"{title}Name": "h"}, **extra)
    arn = iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(DOCUMENT))["Policy"]["Arn"]
    type_ = f"aws:iam/{holder}PolicyAttachment:{title}PolicyAttachment"
    held = world.create(type_, "a", {holder: "h", "policyArn": arn})
    assert held.id == f"h/{arn}" if line == NEWEST else held.id.startswith("h-")
    assert world.diff(held, {holder: "h", "policyArn": arn}).changes == "none"
    moved = world.diff(held, {holder: "h", "policyArn": f"{arn}2"})
    assert (moved.replaces, moved.delete_before_replace) == (("policyArn",), True)
    assert world.refresh(held) == held
    imported = world.bring_in(type_, "a", f"h/{arn}")
    assert imported.inputs is not None
    assert imported.inputs["policyArn"] == arn
    getattr(iam, f"detach_{holder}_policy")(**{f"{title}Name": "h"}, PolicyArn=arn)
    assert world.refresh(held) is None
    world.delete(held)


@pytest.mark.parametrize("line", LINES)
def test_a_managed_policy_makes_room_for_its_sixth_version(world: World, line: str) -> None:
    world.become(
        allow(
            "iam:CreatePolicy", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions",
            "iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:DeletePolicy",
        ),
        line=line,
    )  # fmt: skip
    type_ = "aws:iam/policy:Policy"
    held = world.create(type_, "p", {"policy": DOCUMENT, "description": "d"})
    assert held.id == held.outputs["arn"]
    assert world.refresh(held) == held
    for number in range(6):
        document = {**DOCUMENT, "Id": f"v{number}"}
        held = world.update(held, {"policy": document, "description": "d"})
        assert world.diff(held, {"policy": document, "description": "d"}).changes == "none"
    versions = world.client("iam").list_policy_versions(PolicyArn=held.id)["Versions"]
    assert len(versions) == 5
    assert world.diff(held, {"policy": DOCUMENT, "description": "other"}).replaces == ("description",)
    imported = world.bring_in(type_, "p", held.id)
    assert imported.inputs is not None
    assert imported.inputs["description"] == "d"
    world.delete(held)
    assert world.refresh(held) is None


def test_a_group_is_renamed_in_place(world: World) -> None:
    world.become(allow("iam:CreateGroup", "iam:GetGroup", "iam:UpdateGroup", "iam:DeleteGroup"))
    held = world.create("aws:iam/group:Group", "g", {})
    held = world.update(held, {"name": "h"})
    assert held.id == "h"
    assert world.refresh(held) == held
    world.delete(held)
    assert world.refresh(held) is None


def test_an_instance_profile_exchanges_its_role(world: World) -> None:
    world.become(
        allow(
            "iam:CreateInstanceProfile", "iam:GetInstanceProfile", "iam:AddRoleToInstanceProfile",
            "iam:RemoveRoleFromInstanceProfile", "iam:DeleteInstanceProfile", "iam:PassRole",
        )
    )  # fmt: skip
    iam = world.client("iam")
    for name in ("one", "two"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    type_ = "aws:iam/instanceProfile:InstanceProfile"
    held = world.create(type_, "ip", {"role": "one"})
    assert world.refresh(held) == held
    held = world.update(held, {"role": "two"})
    roles = iam.get_instance_profile(InstanceProfileName=held.id)["InstanceProfile"]["Roles"]
    assert [role["RoleName"] for role in roles] == ["two"]
    world.delete(held)
    assert world.refresh(held) is None


def test_a_resource_where_a_name_is_wanted_means_its_id(world: World) -> None:
    world.become(allow("iam:*"))
    role = world.create(ROLE, "r", {"assumeRolePolicy": TRUST})
    props = {"role": Reference(role.urn, role.id), "policy": DOCUMENT}
    held = world.create("aws:iam/rolePolicy:RolePolicy", "p", props)
    assert held.inputs["role"] == role.id
    assert world.diff(held, props).changes == "none"
    assert world.refresh(held) == held


def test_a_name_prefix_is_completed_at_creation_and_then_left_alone(world: World) -> None:
    world.become(allow("iam:*"))
    props = {"assumeRolePolicy": TRUST, "namePrefix": "begin-"}
    held = world.create(ROLE, "r", props)
    assert held.id.startswith("begin-20")
    assert len(held.id) == len("begin-") + 26
    assert "name" not in held.inputs
    assert world.diff(held, props).changes == "none"
    assert world.refresh(held) == held
    assert world.diff(held, {**props, "namePrefix": "other-"}).replaces == ("namePrefix",)
    both = world.complaints(ROLE, {**props, "name": "x"})
    assert both == [
        "Conflicting configuration arguments. \"name\": conflicts with name_prefix. Examine values at 'x.name'."
    ]
