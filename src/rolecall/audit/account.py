"""An account's identities as `aws iam get-account-authorization-details` prints them: whose policies say what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from rolecall.errors import RolecallError
from rolecall.iam import Policies, Policy, PolicyKind, parse_policy

Detail = Mapping[str, Any]


class NotAnAccount(RolecallError):
    """A file that is not the output of get-account-authorization-details."""


@dataclass(frozen=True, slots=True)
class Account:
    """Users, groups and roles by ARN or name, managed policies by ARN; each as AWS describes it."""

    users: Mapping[str, Detail] = field(hash=False)
    groups: Mapping[str, Detail] = field(hash=False)
    roles: Mapping[str, Detail] = field(hash=False)
    managed: Mapping[str, Detail] = field(hash=False)

    def policies_of(self, arn: str) -> Policies | None:
        """Identity policies and boundary of a user or role; None where the account has no such identity."""
        detail = self.users.get(arn) or self.roles.get(arn)
        if detail is None:
            return None
        identity = [*self._own(detail), *(p for group in self._groups_of(detail) for p in self._own(group))]
        boundary = (detail.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        bounds = (self._managed(boundary, PolicyKind.BOUNDARY),) if boundary else ()
        return Policies(identity=tuple(identity), boundary=bounds)

    def trust_of(self, arn: str) -> Policy | None:
        """The trust policy of a role; None where the account has no such role."""
        role = self.roles.get(arn)
        if role is None:
            return None
        return parse_policy(
            document(role["AssumeRolePolicyDocument"]), PolicyKind.TRUST, f"trust policy of {_short(arn)}"
        )

    def tags_of(self, arn: str) -> dict[str, str]:
        """The tags of a user or role."""
        detail = self.users.get(arn) or self.roles.get(arn) or {}
        return {tag["Key"]: tag.get("Value", "") for tag in detail.get("Tags") or ()}

    def _groups_of(self, detail: Detail) -> Iterator[Detail]:
        for name in detail.get("GroupList") or ():
            if name in self.groups:
                yield self.groups[name]

    def _own(self, detail: Detail) -> Iterator[Policy]:
        holder = _short(detail["Arn"])
        inline = next((detail[k] for k in ("UserPolicyList", "RolePolicyList", "GroupPolicyList") if k in detail), ())
        for each in inline:
            name = f'{holder}/inline "{each["PolicyName"]}"'
            yield parse_policy(document(each["PolicyDocument"]), PolicyKind.IDENTITY, name)
        for each in detail.get("AttachedManagedPolicies") or ():
            yield self._managed(each["PolicyArn"], PolicyKind.IDENTITY)

    def _managed(self, arn: str, kind: PolicyKind) -> Policy:
        """A managed policy's default version. One that the file does not have allows nothing."""
        for version in (self.managed.get(arn) or {}).get("PolicyVersionList") or ():
            if version.get("IsDefaultVersion") and "Document" in version:
                return parse_policy(document(version["Document"]), kind, arn)
        return Policy(kind, (), f"{arn} (not in the file)")


def read_account(text: str) -> Account:
    """The account in the output of get-account-authorization-details. Raises NotAnAccount."""
    try:
        details = json.loads(text)
        return Account(
            users={user["Arn"]: user for user in details["UserDetailList"]},
            groups={group["GroupName"]: group for group in details["GroupDetailList"]},
            roles={role["Arn"]: role for role in details["RoleDetailList"]},
            managed={policy["Arn"]: policy for policy in details["Policies"]},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise NotAnAccount(
            f"this is not what get-account-authorization-details prints: {error!r}",
            hint="aws iam get-account-authorization-details > account.json",
        ) from error


def document(value: Any) -> Mapping[str, Any]:
    """A policy document, which AWS gives as an object, as text, or as text in URL encoding."""
    if isinstance(value, str):
        decoded: Mapping[str, Any] = json.loads(value if value.lstrip().startswith("{") else unquote(value))
        return decoded
    found: Mapping[str, Any] = value
    return found


def _short(arn: str) -> str:
    return arn.rpartition(":")[2]
