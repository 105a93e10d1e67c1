"""A denial as a CloudTrail record tells it, put again as the question that AWS answered with no."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rolecall.audit.account import Account
from rolecall.errors import RolecallError
from rolecall.iam import Context, Policies, Principal, PrincipalKind, Request

_SENTENCE = re.compile(
    r"(?:User: )?(?P<caller>\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r'(?: on resource: "?(?P<resource>[^"\s]+)"?)?'
    r"(?: (?P<reason>(?:with an explicit deny|because).*))?"
)
_KINDS = {
    "IAMUser": PrincipalKind.USER,
    "AssumedRole": PrincipalKind.ROLE_SESSION,
    "FederatedUser": PrincipalKind.FEDERATED_USER,
    "Root": PrincipalKind.ROOT,
}
_NOT_IN_THE_FILES = ("service control policy", "resource control policy", "session policy", "VPC endpoint policy")


class NotADenial(RolecallError):
    """A file without a CloudTrail record of a denied call."""


@dataclass(frozen=True, slots=True)
class Denial:
    """A denied call: the question that was asked, and what AWS gave as the reason ("" if it did not say)."""

    request: Request
    reason: str = ""

    def policies(self, account: Account) -> Policies:
        """The caller's policies in an account, and the trust policy where a role was to be assumed."""
        caller = self.request.principal
        own = account.policies_of(caller.issuer or caller.arn) or Policies()
        trust = account.trust_of(self.request.resource) if self.request.service == "sts" else None
        return replace(own, resource=trust)

    def unknown(self, account: Account) -> Iterator[str]:
        """What the decision may have depended on that the account's file cannot tell."""
        caller = self.request.principal
        if caller.kind is not PrincipalKind.ROOT and account.policies_of(caller.issuer or caller.arn) is None:
            yield f"{caller.issuer or caller.arn} is not in this account's file"
        for name in _NOT_IN_THE_FILES:
            if name in self.reason:
                yield f"AWS names a {name}, which is not in these files"
        if "resource-based policy" in self.reason and self.request.service != "sts":
            yield "AWS names the policy of the resource, which is not in these files"


def read_denial(text: str, event_id: str = "") -> Denial:
    """The latest denied call in what CloudTrail wrote or `aws cloudtrail lookup-events` printed. Raises NotADenial.

    `event_id` chooses another.
    """
    try:
        records = list(_records(json.loads(text)))
    except (ValueError, TypeError) as error:
        raise NotADenial(f"this is not JSON from CloudTrail: {error}") from error
    wanted = [r for r in records if r.get("eventID") == event_id] if event_id else [r for r in records if _denied(r)]
    if not wanted:
        what = f"no event {event_id}" if event_id else "no denied call"
        raise NotADenial(f"there is {what} among the {len(records)} in the file")
    return _denial(max(wanted, key=lambda record: str(record.get("eventTime", ""))))


def _records(data: Any) -> Iterator[Mapping[str, Any]]:
    """CloudTrail records in any of their wrappings: one, a list, a log file, or the output of lookup-events."""
    if isinstance(data, list):
        for each in data:
            yield from _records(each)
    elif isinstance(data, dict) and isinstance(data.get("CloudTrailEvent"), str):
        yield json.loads(data["CloudTrailEvent"])
    elif isinstance(data, dict) and "eventName" in data:
        yield data
    elif isinstance(data, dict):
        yield from _records(data.get("Records") or data.get("Events") or [])


def _denied(record: Mapping[str, Any]) -> bool:
    code = str(record.get("errorCode", ""))
    return "AccessDenied" in code or "UnauthorizedOperation" in code or code == "AuthorizationError"


def _denial(record: Mapping[str, Any]) -> Denial:
    identity = record.get("userIdentity") or {}
    said = _SENTENCE.search(str(record.get("errorMessage", "")))
    prefix = str(record.get("eventSource", "")).partition(".")[0]
    action = said["action"] if said else f"{prefix}:{record.get('eventName', '')}"
    resource = (said["resource"] if said else None) or _resource(record) or "*"
    caller = _caller(identity)
    owner = resource.split(":")[4] if resource.count(":") >= 5 else ""
    request = Request(caller, action, resource, owner if owner.isdigit() else caller.account, _context(record, caller))
    return Denial(request, (said["reason"] or "") if said else "")


def _resource(record: Mapping[str, Any]) -> str:
    parameters = record.get("requestParameters") or {}
    if record.get("eventSource") == "sts.amazonaws.com" and parameters.get("roleArn"):
        return str(parameters["roleArn"])
    for each in record.get("resources") or ():
        if each.get("ARN"):
            return str(each["ARN"])
    if parameters.get("bucketName"):
        return f"arn:aws:s3:::{parameters['bucketName']}" + (f"/{parameters['key']}" if parameters.get("key") else "")
    return ""


def _caller(identity: Mapping[str, Any]) -> Principal:
    kind = _KINDS.get(str(identity.get("type")), PrincipalKind.ANONYMOUS)
    issuer = ((identity.get("sessionContext") or {}).get("sessionIssuer") or {}).get("arn")
    unique = str(identity.get("principalId", "")).partition(":")[0]
    return Principal(
        kind,
        str(identity.get("arn") or "anonymous"),
        identity.get("accountId"),
        issuer=issuer if kind in (PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER) else None,
        unique_id=unique or None,
    )


def _context(record: Mapping[str, Any], caller: Principal) -> Context:
    """The keys that a record tells. Others that the request had are not known."""
    identity = record.get("userIdentity") or {}
    attributes = (identity.get("sessionContext") or {}).get("attributes") or {}
    parameters = record.get("requestParameters") or {}
    told = {
        "aws:CurrentTime": record.get("eventTime"),
        "aws:RequestedRegion": record.get("awsRegion"),
        "aws:UserAgent": record.get("userAgent"),
        "aws:PrincipalArn": caller.issuer or caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:userid": identity.get("principalId"),
        "aws:username": identity.get("userName"),
        "aws:TokenIssueTime": attributes.get("creationDate"),
        "aws:MultiFactorAuthPresent": attributes.get("mfaAuthenticated"),
        "aws:SourceIp": record.get("sourceIPAddress") if _is_address(record.get("sourceIPAddress")) else None,
        "sts:RoleSessionName": parameters.get("roleSessionName"),
        "sts:ExternalId": parameters.get("externalId"),
        "sts:SourceIdentity": parameters.get("sourceIdentity"),
        "s3:prefix": parameters.get("prefix"),
        "iam:PolicyARN": parameters.get("policyArn"),
        "iam:PassedToService": _passed_to(record),
    }
    return Context({key: str(value) for key, value in told.items() if value is not None})


def _passed_to(record: Mapping[str, Any]) -> str | None:
    return str(record["eventSource"]) if "iam:PassRole" in str(record.get("errorMessage", "")) else None


def _is_address(text: Any) -> bool:
    try:
        ipaddress.ip_address(str(text))
    except ValueError:
        return False
    return True


def with_tags(denial: Denial, account: Account) -> Denial:
    """The same denial with the caller's tags, and those of the role that was to be assumed, as the account has them."""
    caller = denial.request.principal
    keys = {f"aws:PrincipalTag/{k}": v for k, v in account.tags_of(caller.issuer or caller.arn).items()}
    keys |= {f"aws:ResourceTag/{k}": v for k, v in account.tags_of(denial.request.resource).items()}
    context = Context({**{key: denial.request.context[key] for key in denial.request.context}, **keys})
    return replace(denial, request=replace(denial.request, context=context))
