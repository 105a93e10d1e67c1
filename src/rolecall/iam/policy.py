"""The policy language as it is evaluated: documents, statements, and what a request is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rolecall.iam.conditions import Condition
from rolecall.iam.match import ActionPattern, ResourcePattern


class Effect(StrEnum):
    """What a statement does when it applies."""

    ALLOW = "Allow"
    DENY = "Deny"


class PolicyKind(StrEnum):
    """What a document is attached to; it decides which elements are legal and how the document counts."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    TRUST = "trust"
    RESOURCE = "resource"
    SCP = "scp"
    RCP = "rcp"
    ENDPOINT = "endpoint"


class PrincipalType(StrEnum):
    """The members of a Principal element. `*` is `EVERYONE`."""

    EVERYONE = "*"
    AWS = "AWS"
    SERVICE = "Service"
    FEDERATED = "Federated"
    CANONICAL_USER = "CanonicalUser"


@dataclass(frozen=True, slots=True)
class PrincipalValue:
    """One value of a Principal or NotPrincipal element.

    `unique_id` is what the value resolved to when the policy was saved (see `rolecall.iam.binding`): AWS compares ids,
    so that a user made again under an old name is somebody else.
    """

    type: PrincipalType
    text: str
    unique_id: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `index` counts from 0 in its document. `resources` and `principals` are None where not given.

    `negated_*` say that the element was NotAction, NotResource or NotPrincipal.
    """

    index: int
    effect: Effect
    actions: tuple[ActionPattern, ...]
    resources: tuple[ResourcePattern, ...] | None = None
    principals: tuple[PrincipalValue, ...] | None = None
    conditions: tuple[Condition, ...] = ()
    sid: str = ""
    negated_action: bool = False
    negated_resource: bool = False
    negated_principal: bool = False

    @property
    def label(self) -> str:
        """How to name the statement to a reader: its Sid, or its place in the document counted from 1."""
        return self.sid or f"statement {self.index + 1}"


@dataclass(frozen=True, slots=True)
class Policy:
    """One parsed document. `name` is whatever tells a reader which one: `ci-deploy/inline "pass"`, an ARN, a bucket."""

    kind: PolicyKind
    statements: tuple[Statement, ...]
    name: str = ""
    version: str = "2008-10-17"
    id: str = ""

    @property
    def has_variables(self) -> bool:
        """Whether `${…}` means anything: only documents of 2012 know policy variables."""
        return self.version == "2012-10-17"
