"""What is answered: a value that says what was decided, by which kind of policy, and by which statement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rolecall.iam.policy import Policy, PolicyKind, Statement
from rolecall.iam.request import Request


class Outcome(StrEnum):
    """The three outcomes. Only ALLOW lets the request pass."""

    ALLOW = "Allow"
    EXPLICIT_DENY = "ExplicitDeny"
    IMPLICIT_DENY = "ImplicitDeny"


class Rule(StrEnum):
    """Which rule of AWS's evaluation logic decided, in the words that an explanation uses."""

    EXPLICIT_DENY = "a statement denies it"
    UNCONDITIONAL = "this call needs no permission"
    ROOT_UNLOCKS = "the root user may always read and repair the policy of its own bucket"
    ROOT = "the root user may do everything in its own account"
    IDENTITY = "an identity-based policy allows it"
    RESOURCE_DIRECT = "the resource policy names the caller itself"
    RESOURCE_ISSUER = "the resource policy names the role or user behind the session"
    CROSS_ACCOUNT = "both accounts allow it"
    GRANT = "a grant of the resource covers it"
    SERVICE = "the resource policy names the service or identity provider"
    NO_RESOURCE_PERMISSION = "the resource's policy does not allow it"
    NO_IDENTITY_PERMISSION = "no identity-based policy allows it"
    LIMITED = "a policy that limits the caller does not allow it"
    ROOT_CANNOT_ASSUME = "roles may not be assumed by root accounts"
    PROTECTED = "only AWS itself may change this"
    PUBLIC_BLOCKED = "S3 Block Public Access restricts the bucket to its owner's account"
    UNDECIDABLE = "the request could not be evaluated"


@dataclass(frozen=True, slots=True)
class Applied:
    """A statement that applied, and the document it is in."""

    policy: Policy
    statement: Statement

    @property
    def label(self) -> str:
        """Policy and statement as a reader would look for them."""
        return f"{self.policy.name}, {self.statement.label}" if self.policy.name else self.statement.label


class Verdict(StrEnum):
    """What one kind of policy said."""

    ALLOWED = "allowed"
    EXPLICITLY_DENIED = "explicitly denied"
    IMPLICITLY_DENIED = "implicitly denied"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one request. `decided_by` is the kind of policy that AWS would name, None where no policy decided.

    `statements` are the deciding ones: the denials of an explicit deny, the allows of an allow, none of an implicit
    deny. `blocked_by` lists the kinds that turned what was otherwise granted into an implicit deny.
    """

    outcome: Outcome
    rule: Rule
    request: Request
    decided_by: PolicyKind | None = None
    statements: tuple[Applied, ...] = ()
    blocked_by: tuple[PolicyKind, ...] = ()
    verdicts: tuple[tuple[PolicyKind, Verdict], ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the request passes."""
        return self.outcome is Outcome.ALLOW
