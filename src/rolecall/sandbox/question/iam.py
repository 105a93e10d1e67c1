"""IAM: which user, group, role, policy or provider a call is about, by its stored path, and IAM's condition keys."""

from __future__ import annotations

from collections.abc import Callable

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, KeyValue, Question
from rolecall.sandbox.question.reference import reference_of

_COLLECTIONS = {
    "ListUsers": "user",
    "ListRoles": "role",
    "ListGroups": "group",
    "ListInstanceProfiles": "instance-profile",
    "ListPolicies": "policy",
}
"""List calls that AWS checks against a concrete ARN, `user/` with the path prefix, though the reference says `*`."""

_BY_ARN = {
    "policy": "PolicyArn",
    "mfa": "SerialNumber",
    "sms-mfa": "SerialNumber",
    "oidc-provider": "OpenIDConnectProviderArn",
    "saml-provider": "SAMLProviderArn",
}
"""Kinds that calls about an existing one name by its ARN."""

_MAKING = {
    "CreateUser": "UserName",
    "CreateGroup": "GroupName",
    "CreateRole": "RoleName",
    "CreatePolicy": "PolicyName",
    "CreateInstanceProfile": "InstanceProfileName",
    "CreateVirtualMFADevice": "VirtualMFADeviceName",
    "CreateSAMLProvider": "Name",
    "UploadServerCertificate": "ServerCertificateName",
}
"""Calls that make something, with the parameter that names it. Its path is in `Path`."""


def iam_question(asking: Asking) -> Question:
    """The checks of one IAM call."""
    operation = asking.call.operation
    action = f"iam:{operation}"
    if operation in _COLLECTIONS:
        path = asking.text("PathPrefix") or "/"
        return Question((Check(action, asking.arn("iam", f"{_COLLECTIONS[operation]}{path}", region="")),))
    reference = reference_of("iam")
    known = None if reference is None else reference.action(operation)
    if known is None:
        return Question((Check(action, "*"),), exact=False)
    kinds = [kind.name for kind in known.types]
    if not kinds:
        return Question((Check(action, "*"),))
    found = [arn for arn in (_arn(asking, kind, alone=len(kinds) == 1) for kind in kinds) if arn]
    return Question(tuple(Check(action, arn) for arn in dict.fromkeys(found)) or (Check(action, "*"),), bool(found))


def _arn(asking: Asking, kind: str, *, alone: bool) -> str:
    operation = asking.call.operation
    if operation in _MAKING:
        path = asking.text("Path") or "/"
        return asking.arn("iam", f"{kind}{path}{asking.text(_MAKING[operation])}", region="")
    if operation == "CreateOpenIDConnectProvider":
        url = asking.text("Url").removeprefix("https://").removeprefix("http://")
        return asking.arn("iam", f"oidc-provider/{url}", region="")
    if operation == "CreateServiceLinkedRole":
        return _service_linked_role(asking)
    given = _given_arn(asking, kind)
    if given:
        return given
    finder = _FINDERS.get(kind)
    return finder(asking, alone) if finder is not None else ""


def _given_arn(asking: Asking, kind: str) -> str:
    """An ARN that a parameter holds, if it is of this kind."""
    for name in (_BY_ARN.get(kind, ""), "PolicySourceArn", "Arn"):
        text = asking.text(name)
        if text.startswith("arn:") and text.split(":", 5)[-1].startswith(f"{kind}/"):
            return text
    return ""


_SERVICE_NAMES = {
    "autoscaling": "AutoScaling",
    "ecs": "ECS",
    "elasticloadbalancing": "ElasticLoadBalancing",
    "rds": "RDS",
    "elasticache": "ElastiCache",
    "eks": "AmazonEKS",
    "eks-nodegroup": "AmazonEKSNodegroup",
    "organizations": "Organizations",
    "ops.apigateway": "APIGateway",
    "es": "AmazonElasticsearchService",
    "opensearchservice": "AmazonOpenSearchService",
    "spot": "EC2Spot",
    "cloudtrail": "CloudTrail",
    "config": "Config",
    "guardduty": "AmazonGuardDuty",
}
"""How services spell themselves in the names of their service-linked roles, where capitals cannot be guessed."""


def _service_linked_role(asking: Asking) -> str:
    service, suffix = asking.text("AWSServiceName"), asking.text("CustomSuffix")
    short = service.removesuffix(".amazonaws.com")
    name = _SERVICE_NAMES.get(short) or "".join(part.capitalize() for part in short.replace(".", "-").split("-"))
    suffix = f"_{suffix}" if suffix else ""
    return asking.arn("iam", f"role/aws-service-role/{service}/AWSServiceRoleFor{name}{suffix}", region="")


def user_arn(asking: Asking, name: str) -> str:
    """The ARN of a user, with the path that is stored."""
    return asking.world.user_arn(asking.account, name) or asking.arn("iam", f"user/{name}", region="")


def role_arn(asking: Asking, name: str) -> str:
    """The ARN of a role, with the path that is stored."""
    return asking.world.role_arn(asking.account, name) or asking.arn("iam", f"role/{name}", region="")


def _user(asking: Asking, alone: bool) -> str:
    """The named user; without a name the calling one, or the root user."""
    name = asking.text("UserName")
    if name:
        return user_arn(asking, name)
    if asking.call.operation == "GetAccessKeyLastUsed" or not alone:
        return ""
    return asking.caller.arn if asking.caller.kind in ("user", "root") else ""


def _role(asking: Asking, _: bool) -> str:
    name = asking.text("RoleName")
    return role_arn(asking, name) if name else ""


def _group(asking: Asking, _: bool) -> str:
    name = asking.text("GroupName")
    found = asking.world.group_arn(asking.account, name)
    return (found or asking.arn("iam", f"group/{name}", region="")) if name else ""


def _instance_profile(asking: Asking, _: bool) -> str:
    name = asking.text("InstanceProfileName")
    found = asking.world.instance_profile_arn(asking.account, name)
    return (found or asking.arn("iam", f"instance-profile/{name}", region="")) if name else ""


def _server_certificate(asking: Asking, _: bool) -> str:
    name = asking.text("ServerCertificateName")
    found = asking.world.server_certificate_arn(asking.account, name)
    return (found or asking.arn("iam", f"server-certificate/{name}", region="")) if name else ""


def _access_report(asking: Asking, _: bool) -> str:
    return asking.arn("iam", f"access-report/{asking.text('EntityPath')}", region="")


_FINDERS: dict[str, Callable[[Asking, bool], str]] = {
    "user": _user,
    "role": _role,
    "group": _group,
    "instance-profile": _instance_profile,
    "server-certificate": _server_certificate,
    "access-report": _access_report,
}


def iam_keys(asking: Asking, resource: str) -> dict[str, KeyValue]:
    """IAM's own condition keys for one check."""
    keys: dict[str, KeyValue] = {}
    operation = asking.call.operation
    if operation.startswith(("Attach", "Detach")) and asking.text("PolicyArn"):
        keys["iam:PolicyARN"] = asking.text("PolicyArn")
    if asking.text("AWSServiceName"):
        keys["iam:AWSServiceName"] = asking.text("AWSServiceName")
    bound = asking.text("PermissionsBoundary") or asking.world.permissions_boundary(resource)
    if bound:
        keys["iam:PermissionsBoundary"] = bound
    if asking.text("OrganizationsPolicyId"):
        keys["iam:OrganizationsPolicyId"] = asking.text("OrganizationsPolicyId")
    return keys
