"""The decision: AWS's evaluation logic over what each kind of policy said. It knows nothing of how statements match.

Source: "Policy evaluation logic" and "Cross-account policy evaluation logic" of the IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rolecall.iam.decision import Applied, Decision, Outcome, Rule, Verdict
from rolecall.iam.evaluate import Asked, Finding, ask, find
from rolecall.iam.facts import (
    bound_by_rcps,
    bound_by_scps,
    concerns_role,
    must_be_granted,
    needs_no_permission,
    only_aws_may,
    root_unlocks,
)
from rolecall.iam.policies import Policies
from rolecall.iam.policy import Policy, PolicyKind
from rolecall.iam.principals import Level
from rolecall.iam.public import is_public
from rolecall.iam.request import IDENTIFIED, PrincipalKind, Request


@dataclass(frozen=True, slots=True)
class Findings:
    """What each kind of policy said about a request. None where that kind does not count for it."""

    identity: Finding = Finding()
    boundary: Finding | None = None
    session: Finding | None = None
    resource: Finding | None = None
    resource_kind: PolicyKind = PolicyKind.RESOURCE
    scp: tuple[Finding, ...] = ()
    rcp: tuple[Finding, ...] = ()
    endpoint: Finding | None = None
    granted_otherwise: bool = False
    public_blocked: bool = False

    def of(self, kind: PolicyKind) -> tuple[Finding, ...]:
        """The findings of one kind: none, one, or one for each level of the organisation."""
        if kind is PolicyKind.SCP:
            return self.scp
        if kind is PolicyKind.RCP:
            return self.rcp
        one = {
            PolicyKind.IDENTITY: self.identity,
            PolicyKind.BOUNDARY: self.boundary,
            PolicyKind.SESSION: self.session,
            PolicyKind.ENDPOINT: self.endpoint,
            self.resource_kind: self.resource,
        }.get(kind)
        return () if one is None else (one,)

    @property
    def granted(self) -> Level:
        """How closely the resource's side grants to the caller."""
        own = Level.NONE if self.resource is None else self.resource.level
        return Level.DIRECT if self.granted_otherwise else own


def authorise(request: Request, policies: Policies) -> Decision:
    """Decides one request. Pure and total: it never raises, and what it cannot make sense of is denied."""
    service, colon, name = request.action.partition(":")
    if not (service and colon and name and request.resource):
        return Decision(Outcome.IMPLICIT_DENY, Rule.UNDECIDABLE, request)
    if needs_no_permission(request):
        return Decision(Outcome.ALLOW, Rule.UNCONDITIONAL, request)
    return combine(request, gather(request, policies))


def gather(request: Request, policies: Policies) -> Findings:
    """Finds the statements that apply, in the kinds of policy that count for this request."""
    asked = ask(request, has_boundary=bool(policies.boundary))
    about_resource = resource_policy_for(request, policies)
    endpoint = policies.endpoint
    return Findings(
        identity=find(policies.identity, asked),
        boundary=find(policies.boundary, asked) if policies.boundary else None,
        session=None if policies.session is None else find(policies.session, asked),
        resource=None if about_resource is None else find((about_resource,), asked),
        resource_kind=PolicyKind.TRUST if concerns_role(request) else PolicyKind.RESOURCE,
        scp=_levels(policies.scp, asked) if bound_by_scps(request) else (),
        rcp=_levels(policies.rcp, asked) if bound_by_rcps(request) else (),
        endpoint=None if endpoint is None else find(endpoint, asked),
        granted_otherwise=bool(policies.grants),
        public_blocked=_public_blocked(request, policies),
    )


def _levels(levels: tuple[tuple[Policy, ...], ...], asked: Asked) -> tuple[Finding, ...]:
    return tuple(find(level, asked) for level in levels)


def resource_policy_for(request: Request, policies: Policies) -> Policy | None:
    """The resource's policy where it has a say: a trust policy only in `sts` actions, none over root's rescue."""
    policy = policies.resource
    if policy is None or root_unlocks(request):
        return None
    return policy if policy.kind is not PolicyKind.TRUST or request.service == "sts" else None


def _public_blocked(request: Request, policies: Policies) -> bool:
    if not policies.restrict_public_buckets or policies.resource is None:
        return False
    insider = request.principal.kind is PrincipalKind.SERVICE or request.same_account
    return not insider and is_public(policies.resource)


_ORDER_OF_DENIALS = (
    PolicyKind.IDENTITY,
    PolicyKind.RESOURCE,
    PolicyKind.TRUST,
    PolicyKind.BOUNDARY,
    PolicyKind.SESSION,
    PolicyKind.SCP,
    PolicyKind.RCP,
    PolicyKind.ENDPOINT,
)
"""Which kind AWS names when several deny (observed)."""


def combine(request: Request, findings: Findings) -> Decision:
    """Draws the conclusion from what each kind of policy said."""
    verdicts = tuple(_verdicts(findings))
    for kind in _ORDER_OF_DENIALS:
        denies = tuple(denial for finding in findings.of(kind) for denial in finding.denies)
        if denies:
            return Decision(Outcome.EXPLICIT_DENY, Rule.EXPLICIT_DENY, request, kind, denies, (), verdicts)
    access = _access(request, findings)
    blocked = tuple(_blocking_guards(findings))
    if not blocked or access.rule in _BEYOND_POLICIES:
        outcome = Outcome.ALLOW if access.allowed else Outcome.IMPLICIT_DENY
        return Decision(outcome, access.rule, request, access.kind, access.statements, access.blocked, verdicts)
    blocked_by = (*blocked, *access.blocked) if access.allowed or access.blocked else ()
    return Decision(Outcome.IMPLICIT_DENY, Rule.LIMITED, request, blocked[0], (), blocked_by, verdicts)


def _verdicts(findings: Findings) -> Iterator[tuple[PolicyKind, Verdict]]:
    for kind in PolicyKind:
        found = findings.of(kind)
        if any(finding.denies for finding in found):
            yield kind, Verdict.EXPLICITLY_DENIED
        elif not found:
            yield kind, Verdict.NOT_APPLICABLE
        elif all(finding.allowed for finding in found):
            yield kind, Verdict.ALLOWED
        else:
            yield kind, Verdict.IMPLICITLY_DENIED


def _blocking_guards(findings: Findings) -> Iterator[PolicyKind]:
    """The kinds that must allow at every level, whoever grants, and do not."""
    for kind in (PolicyKind.RCP, PolicyKind.SCP, PolicyKind.ENDPOINT):
        if not all(finding.allowed for finding in findings.of(kind)):
            yield kind


@dataclass(frozen=True, slots=True)
class _Access:
    """Whether identity and resource side together give access, before the organisation is asked."""

    allowed: bool
    rule: Rule
    kind: PolicyKind | None = None
    statements: tuple[Applied, ...] = ()
    blocked: tuple[PolicyKind, ...] = ()


_BEYOND_POLICIES = (Rule.ROOT_CANNOT_ASSUME, Rule.PROTECTED, Rule.PUBLIC_BLOCKED)


def _access(request: Request, findings: Findings) -> _Access:
    if request.principal.kind is PrincipalKind.ROOT and request.action.lower() == "sts:assumerole":
        return _Access(False, Rule.ROOT_CANNOT_ASSUME)
    if only_aws_may(request):
        return _Access(False, Rule.PROTECTED)
    if findings.public_blocked:
        return _Access(False, Rule.PUBLIC_BLOCKED, PolicyKind.RESOURCE)
    if root_unlocks(request):
        return _Access(True, Rule.ROOT_UNLOCKS)
    if request.principal.kind not in IDENTIFIED:
        return _without_identity(findings)
    return _inside(request, findings) if request.same_account else _across(request, findings)


def _without_identity(findings: Findings) -> _Access:
    """Services, identity providers and the anonymous have no policies: the resource must name them."""
    if findings.granted is Level.DIRECT:
        return _granted(findings, Rule.SERVICE)
    return _Access(False, Rule.NO_RESOURCE_PERMISSION, findings.resource_kind)


def _granted(findings: Findings, rule: Rule) -> _Access:
    if findings.resource is None or not findings.resource.allowed:
        return _Access(True, Rule.GRANT, findings.resource_kind)
    return _Access(True, rule, findings.resource_kind, findings.resource.allows)


def _inside(request: Request, findings: Findings) -> _Access:
    """Same account: either side is enough, but the closer the resource names the caller, the less else counts."""
    if findings.granted is Level.DIRECT:
        return _granted(findings, Rule.RESOURCE_DIRECT)
    limits = _limits(request, findings)
    if findings.granted is Level.ISSUER and not limits:
        return _granted(findings, Rule.RESOURCE_ISSUER)
    must = must_be_granted(request)
    if must and findings.granted is Level.NONE:
        return _Access(False, Rule.NO_RESOURCE_PERMISSION, findings.resource_kind)
    if not _own_side(request, findings) and findings.granted is not Level.ISSUER:
        return _Access(False, Rule.NO_IDENTITY_PERMISSION, PolicyKind.IDENTITY)
    if limits:
        return _Access(False, Rule.LIMITED, limits[0], blocked=limits)
    if request.principal.kind is PrincipalKind.ROOT:
        return _Access(True, Rule.ROOT)
    granting = findings.resource.allows if must and findings.resource is not None else ()
    return _Access(True, Rule.IDENTITY, PolicyKind.IDENTITY, (*findings.identity.allows, *granting))


def _across(request: Request, findings: Findings) -> _Access:
    """Cross-account: both sides must agree, and nothing that the resource says replaces the caller's own side."""
    resource_kind = findings.resource_kind
    if findings.granted is Level.NONE:
        return _Access(False, Rule.NO_RESOURCE_PERMISSION, resource_kind)
    if not _own_side(request, findings):
        named = resource_kind if findings.granted is Level.ACCOUNT else PolicyKind.IDENTITY
        return _Access(False, Rule.NO_IDENTITY_PERMISSION, named)
    limits = _limits(request, findings)
    if limits:
        return _Access(False, Rule.LIMITED, limits[0], blocked=limits)
    granting = () if findings.resource is None else findings.resource.allows
    return _Access(True, Rule.CROSS_ACCOUNT, resource_kind, (*findings.identity.allows, *granting))


def _own_side(request: Request, findings: Findings) -> bool:
    """Root needs no policy, nor does a user whom root federated: what was passed for it limits it all the same."""
    caller = request.principal
    by_root = caller.kind is PrincipalKind.FEDERATED_USER and (caller.issuer or "").endswith(":root")
    return caller.kind is PrincipalKind.ROOT or by_root or findings.identity.allowed


def _limits(request: Request, findings: Findings) -> tuple[PolicyKind, ...]:
    """The kinds that limit the caller and do not allow this. A federated user without session policy may do nothing."""
    if request.principal.kind is PrincipalKind.ROOT:
        return ()
    limits: list[PolicyKind] = []
    if findings.boundary is not None and not findings.boundary.allowed:
        limits.append(PolicyKind.BOUNDARY)
    session = findings.session
    federated = request.principal.kind is PrincipalKind.FEDERATED_USER
    if not session.allowed if session is not None else federated:
        limits.append(PolicyKind.SESSION)
    return tuple(limits)
