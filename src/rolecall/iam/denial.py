"""A denial in AWS's own words, as the service that refuses would put it. Sources: "Troubleshoot access denied error
messages" of the IAM User Guide for the reasons, recorded answers for what single services do differently.
"""

from __future__ import annotations

from rolecall.iam.decision import Decision, Outcome, Rule
from rolecall.iam.policy import PolicyKind
from rolecall.iam.request import PrincipalKind, Request

NAMES = {
    PolicyKind.IDENTITY: "identity-based policy",
    PolicyKind.RESOURCE: "resource-based policy",
    PolicyKind.TRUST: "role trust policy",
    PolicyKind.BOUNDARY: "permissions boundary",
    PolicyKind.SESSION: "session policy",
    PolicyKind.SCP: "service control policy",
    PolicyKind.RCP: "resource control policy",
    PolicyKind.ENDPOINT: "VPC endpoint policy",
}
"""The kinds of policy as AWS's messages call them."""


def reason_clause(decision: Decision) -> str:
    """Why a request was denied: `because no identity-based policy allows the s3:GetObject action`, or "" if unnamed."""
    if decision.decided_by is None:
        return ""
    name = NAMES[decision.decided_by]
    if decision.outcome is Outcome.EXPLICIT_DENY:
        article = "an" if name[0] in "i" else "the" if decision.decided_by is PolicyKind.TRUST else "a"
        return f"with an explicit deny in {article} {name}"
    if decision.rule is Rule.PUBLIC_BLOCKED:
        return "because public access is prevented by the RestrictPublicBuckets setting in S3 Block Public Access"
    return f"because no {name} allows the {_action_as_printed(decision.request.action)} action"


def denial_text(decision: Decision, resource: str = "") -> str:
    """The message of the refusal. `resource` replaces the resource to print, where a service reports another one."""
    request = decision.request
    if decision.rule is Rule.ROOT_CANNOT_ASSUME:
        return "Roles may not be assumed by root accounts."
    action = request.action.lower()
    if action in ("sts:assumerolewithwebidentity", "sts:assumerolewithsaml"):
        return f"Not authorized to perform {request.action}"
    if request.service == "s3" and _is_stranger(request):
        return "Access Denied"
    sentence = _sentence(request, resource or request.resource)
    if action not in ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext"):
        sentence = f"{sentence} {reason_clause(decision)}".rstrip()
    if request.service == "ec2":
        return f"You are not authorized to perform this operation. {sentence}"
    return sentence


def caller_name(request: Request) -> str:
    """The caller as messages name it."""
    return "anonymous" if request.principal.kind is PrincipalKind.ANONYMOUS else request.principal.arn


def _sentence(request: Request, resource: str) -> str:
    shown = f'"{resource}"' if request.service == "s3" else resource
    return (
        f"User: {caller_name(request)} is not authorized to perform: {_action_as_printed(request.action)} "
        f"on resource: {shown}"
    )


def _action_as_printed(action: str) -> str:
    """Some services write their actions in a way of their own."""
    service, _, name = action.partition(":")
    if service == "sqs":
        return action.lower()
    return f"SNS:{name}" if service == "sns" else action


def _is_stranger(request: Request) -> bool:
    """S3 tells no details to the anonymous and to callers from another account."""
    return request.principal.kind is PrincipalKind.ANONYMOUS or not request.same_account
