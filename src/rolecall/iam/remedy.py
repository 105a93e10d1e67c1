"""What would let a denied request pass: the smallest grant and where it must go, or the Deny that must change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rolecall.iam.decision import Outcome, Rule, Verdict
from rolecall.iam.explain import Explanation
from rolecall.iam.facts import must_be_granted
from rolecall.iam.policy import PolicyKind
from rolecall.iam.principals import Level
from rolecall.iam.request import IDENTIFIED, PrincipalKind, Request


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing to do. `where` says in words which document; `statement` is what to add to it, if something is."""

    kind: PolicyKind
    where: str
    statement: dict[str, Any] | None = field(default=None, hash=False)
    advice: str = ""


def remedies(explanation: Explanation) -> tuple[Remedy, ...]:
    """Everything that must be done for the request to pass; empty where it passes or no policy can help."""
    decision = explanation.decision
    if decision.allowed or decision.rule in (Rule.ROOT_CANNOT_ASSUME, Rule.PROTECTED, Rule.UNDECIDABLE):
        return ()
    if decision.rule is Rule.PUBLIC_BLOCKED:
        return (Remedy(PolicyKind.RESOURCE, "the bucket's Block Public Access settings", None, _UNBLOCK),)
    if decision.outcome is Outcome.EXPLICIT_DENY:
        return tuple(Remedy(denial.policy.kind, denial.label, None, _NARROW) for denial in decision.statements)
    return (*_missing_sides(explanation), *_missing_limits(explanation))


_UNBLOCK = "turn RestrictPublicBuckets off"
_NARROW = "change or narrow this Deny: nothing that is added outweighs it"


def _missing_sides(explanation: Explanation) -> Iterator[Remedy]:
    """The grants that identity side and resource side lack."""
    request = explanation.decision.request
    granted = explanation.granted_level(PolicyKind.RESOURCE, PolicyKind.TRUST)
    identified = request.principal.kind in IDENTIFIED
    own_side = bool(explanation.granted_level(PolicyKind.IDENTITY)) or request.principal.kind is PrincipalKind.ROOT
    if identified and not own_side and not (request.same_account and granted >= Level.ISSUER):
        yield Remedy(PolicyKind.IDENTITY, f"a policy of {_holder(request)}", _grant(request))
    alone = not identified or not request.same_account or must_be_granted(request)
    if alone and granted is Level.NONE:
        yield _on_resource(request)


def _missing_limits(explanation: Explanation) -> Iterator[Remedy]:
    """The kinds that must allow as well and do not."""
    decision = explanation.decision
    request = decision.request
    granted = explanation.granted_level(PolicyKind.RESOURCE, PolicyKind.TRUST)
    directly = request.same_account and granted is Level.DIRECT
    for kind, verdict in decision.verdicts:
        passed_over = directly and kind in (PolicyKind.BOUNDARY, PolicyKind.SESSION)
        if kind in _LIMITS and verdict is Verdict.IMPLICITLY_DENIED and not passed_over:
            yield _limit(request, kind)
    federated = request.principal.kind is PrincipalKind.FEDERATED_USER
    if federated and not directly and (PolicyKind.SESSION, Verdict.NOT_APPLICABLE) in decision.verdicts:
        yield _limit(request, PolicyKind.SESSION)


def _holder(request: Request) -> str:
    arn = request.principal.issuer or request.principal.arn
    return arn.rpartition(":")[2]


def _grant(request: Request) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": request.action, "Resource": request.resource}
    passed_to = request.context.lookup("iam:passedtoservice")
    if request.action.lower() == "iam:passrole" and passed_to is not None:
        statement["Condition"] = {"StringEquals": {"iam:PassedToService": passed_to}}
    return statement


def _on_resource(request: Request) -> Remedy:
    trust = request.service == "sts"
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": _principal(request), "Action": request.action}
    if trust:
        return Remedy(PolicyKind.TRUST, f"the trust policy of {request.resource.rpartition(':')[2]}", statement)
    if request.service == "kms":
        return Remedy(PolicyKind.RESOURCE, "the key policy", {**statement, "Resource": "*"})
    return Remedy(PolicyKind.RESOURCE, "the policy of the resource", {**statement, "Resource": request.resource})


def _principal(request: Request) -> Any:
    caller = request.principal
    if caller.kind is PrincipalKind.ANONYMOUS:
        return "*"
    if caller.kind is PrincipalKind.SERVICE:
        return {"Service": caller.arn}
    if caller.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML):
        return {"Federated": caller.arn}
    return {"AWS": caller.issuer or caller.arn}


_LIMITS = {
    PolicyKind.BOUNDARY: "the permissions boundary",
    PolicyKind.SESSION: "the session policy (passed when the session was made)",
    PolicyKind.SCP: "a service control policy at every level that does not allow it",
    PolicyKind.RCP: "a resource control policy at every level that does not allow it",
    PolicyKind.ENDPOINT: "the VPC endpoint policy",
}


def _limit(request: Request, kind: PolicyKind) -> Remedy:
    return Remedy(kind, _LIMITS[kind], _grant(request))
