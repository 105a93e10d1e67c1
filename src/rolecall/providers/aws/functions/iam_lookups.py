"""Functions that look up IAM objects."""

from __future__ import annotations

import json
import re
from typing import Any

from rolecall.model.provider import ProviderFailed
from rolecall.model.value import Map, map_of
from rolecall.providers.aws import tags
from rolecall.providers.aws.kinds import MOMENT, POLICY
from rolecall.providers.aws.work import Surroundings
from rolecall.roles.errors import CallFailed

_SESSION = re.compile(r"^arn:([^:]+):sts::([^:]+):assumed-role/(?:.+/)?([^/]+)/([^/]+)$")


def _ask(around: Surroundings, doing: str, operation: str, **params: Any) -> Any:
    try:
        return around.session.call("iam", operation, **params)
    except CallFailed as error:
        raise ProviderFailed(f"{doing}: {error}") from error


def _list(around: Surroundings, doing: str, operation: str, **params: Any) -> list[Any]:
    try:
        return around.session.pages("iam", operation, params=params)
    except CallFailed as error:
        raise ProviderFailed(f"{doing}: {error}") from error


def _tags(around: Surroundings, entries: Any) -> dict[str, Any]:
    return dict(tags.read_back(tags.from_list(entries), around.settings))


def get_role(around: Surroundings, args: Map) -> Map:
    """A role by name."""
    name = str(args.get("name", ""))
    role = _ask(around, f"reading IAM Role ({name})", "GetRole", RoleName=name)["Role"]
    used = role.get("RoleLastUsed") or {}
    return map_of(
        {
            "id": role["RoleName"],
            "name": role["RoleName"],
            "arn": role["Arn"],
            "path": role["Path"],
            "uniqueId": role["RoleId"],
            "createDate": MOMENT.from_aws(role["CreateDate"]),
            "description": role.get("Description", ""),
            "maxSessionDuration": role.get("MaxSessionDuration", 3600),
            "permissionsBoundary": (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", ""),
            "assumeRolePolicy": POLICY.from_aws(_text(role["AssumeRolePolicyDocument"])),
            "roleLastUseds": [
                {"lastUsedDate": MOMENT.from_aws(used.get("LastUsedDate")) or "", "region": used.get("Region", "")}
            ],
            "tags": _tags(around, role.get("Tags")),
        }
    )


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def get_user(around: Surroundings, args: Map) -> Map:
    """A user by name."""
    name = str(args.get("userName", ""))
    user = _ask(around, f"reading IAM User ({name})", "GetUser", UserName=name)["User"]
    return map_of(
        {
            "id": user["UserId"],
            "userId": user["UserId"],
            "userName": user["UserName"],
            "arn": user["Arn"],
            "path": user["Path"],
            "permissionsBoundary": (user.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", ""),
            "tags": _tags(around, user.get("Tags")),
        }
    )


def get_group(around: Surroundings, args: Map) -> Map:
    """A group by name, with its users."""
    name = str(args.get("groupName", ""))
    pages = _list(around, f"reading IAM Group ({name})", "GetGroup", GroupName=name)
    group = pages[0]["Group"]
    users = [
        {"arn": user["Arn"], "path": user["Path"], "userId": user["UserId"], "userName": user["UserName"]}
        for page in pages
        for user in page["Users"]
    ]
    return map_of(
        {
            "id": group["GroupId"],
            "groupId": group["GroupId"],
            "groupName": group["GroupName"],
            "arn": group["Arn"],
            "path": group["Path"],
            "users": users,
        }
    )


def get_policy(around: Surroundings, args: Map) -> Map:
    """A managed policy by ARN, or by name below a path."""
    arn = str(args.get("arn") or _policy_named(around, args))
    policy = _ask(around, f"reading IAM Policy ({arn})", "GetPolicy", PolicyArn=arn)["Policy"]
    version = _ask(
        around,
        f"reading IAM Policy ({arn})",
        "GetPolicyVersion",
        PolicyArn=arn,
        VersionId=policy["DefaultVersionId"],
    )["PolicyVersion"]
    return map_of(
        {
            "id": policy["Arn"],
            "arn": policy["Arn"],
            "name": policy["PolicyName"],
            "path": policy["Path"],
            "policyId": policy["PolicyId"],
            "description": policy.get("Description", ""),
            "attachmentCount": policy.get("AttachmentCount", 0),
            "policy": POLICY.from_aws(_text(version["Document"])),
            "tags": _tags(around, policy.get("Tags")),
            **({"pathPrefix": args["pathPrefix"]} if args.get("pathPrefix") else {}),
        }
    )


def _policy_named(around: Surroundings, args: Map) -> str:
    name = args.get("name")
    if not name:
        raise ProviderFailed('Invalid combination of arguments. "arn": one of `arn,name` must be specified')
    params = {"PathPrefix": str(args["pathPrefix"])} if args.get("pathPrefix") else {}
    pages = _list(around, "listing IAM Policies", "ListPolicies", **params)
    found = [p["Arn"] for page in pages for p in page["Policies"] if p["PolicyName"] == name]
    if len(found) != 1:
        raise ProviderFailed("no matching IAM Policy found" if not found else "multiple IAM Policies matched")
    return str(found[0])


def get_account_alias(around: Surroundings, args: Map) -> Map:
    """The account's alias."""
    answer = _ask(around, "reading IAM Account Alias", "ListAccountAliases")
    if not answer["AccountAliases"]:
        raise ProviderFailed("reading IAM Account Alias: empty result")
    alias = answer["AccountAliases"][0]
    return map_of({"id": alias, "accountAlias": alias})


def get_session_context(around: Surroundings, args: Map) -> Map:
    """The role behind the ARN of a role's session; any other ARN stands for itself."""
    arn = str(args.get("arn", ""))
    match = _SESSION.match(arn)
    if not match:
        return map_of({"id": arn, "arn": arn, "issuerArn": arn, "issuerId": "", "issuerName": "", "sessionName": ""})
    name, session = match[3], match[4]
    role = _ask(around, f"reading IAM Role ({name})", "GetRole", RoleName=name)["Role"]
    return map_of(
        {
            "id": arn,
            "arn": arn,
            "issuerArn": role["Arn"],
            "issuerId": role["RoleId"],
            "issuerName": name,
            "sessionName": session,
        }
    )
