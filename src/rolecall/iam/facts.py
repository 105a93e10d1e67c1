"""What AWS has fixed beside all policies: calls without permission, resources whose policy must agree, exemptions."""

from __future__ import annotations

from rolecall.iam.rcp_services import RCP_SERVICES
from rolecall.iam.request import IDENTIFIED, PrincipalKind, Request

_ASSUMING = frozenset({"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})
_ON_A_ROLE = frozenset({"sts:tagsession", "sts:setsourceidentity", "sts:setcontext"})
_BUCKET_POLICY = frozenset({"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"})
_BEYOND_RCPS = "kms:retiregrant"  # "Resource control policies in AWS KMS": never in effect for it
_READING = ("get", "list", "generate", "simulate", "passrole")


def needs_no_permission(request: Request) -> bool:
    """GetCallerIdentity works for every signed caller, GetSessionToken for users and root, whatever any policy says."""
    kind, action = request.principal.kind, request.action.lower()
    if action == "sts:getcalleridentity":
        return kind in IDENTIFIED
    return action == "sts:getsessiontoken" and kind in (PrincipalKind.USER, PrincipalKind.ROOT)


def concerns_role(request: Request) -> bool:
    """Whether the trust policy of the role is the resource policy: `sts` actions about a role."""
    action = request.action.lower()
    return action in _ASSUMING or (request.service == "sts" and _is_role(request.resource))


def must_be_granted(request: Request) -> bool:
    """Whether the resource's own policy must agree also inside the account: role trust policies, KMS key policies."""
    action = request.action.lower()
    if action in _ASSUMING or (action in _ON_A_ROLE and _is_role(request.resource)):
        return True
    return request.service == "kms" and _resource_part(request.resource, "kms").startswith("key/")


def root_unlocks(request: Request) -> bool:
    """Whether the root user of the bucket's account asks for its policy, which no bucket policy can take away."""
    return (
        request.principal.kind is PrincipalKind.ROOT
        and request.same_account
        and request.action.lower() in _BUCKET_POLICY
    )


def only_aws_may(request: Request) -> bool:
    """Whether something would be changed that belongs to AWS: its managed policies and the reserved roles."""
    service, _, name = request.action.lower().partition(":")
    if service != "iam" or name.startswith(_READING):
        return False
    part = _resource_part(request.resource, "iam")
    owned_by_aws = part.startswith("policy/") and request.resource.split(":", 5)[4] == "aws"
    return owned_by_aws or part.startswith("role/aws-reserved/")


def bound_by_scps(request: Request) -> bool:
    """Whether the service control policies of the caller's organisation count."""
    caller = request.principal
    return caller.kind in IDENTIFIED and not caller.service_linked_role and not request.principal_in_management_account


def bound_by_rcps(request: Request) -> bool:
    """Whether the resource control policies of the owner's organisation count."""
    exempt = request.resource_in_management_account or request.principal.service_linked_role
    return not exempt and request.service in RCP_SERVICES and request.action.lower() != _BEYOND_RCPS


def _is_role(arn: str) -> bool:
    return _resource_part(arn, "iam").startswith("role/")


def _resource_part(arn: str, service: str) -> str:
    parts = arn.split(":", 5)
    return parts[5] if len(parts) == 6 and parts[0] == "arn" and parts[2] == service else ""
