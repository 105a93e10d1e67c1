"""What is asked: who wants to do what to which resource, and everything that is known about the request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Scalar: TypeAlias = str | bool | int | float
ContextValue: TypeAlias = str | tuple[str, ...]


class PrincipalKind(StrEnum):
    """What kind of caller signed (or did not sign) the request. GetSessionToken credentials stay what they were."""

    USER = "user"
    ROLE_SESSION = "role-session"
    FEDERATED_USER = "federated-user"
    ROOT = "root"
    SERVICE = "service"
    ANONYMOUS = "anonymous"
    WEB_IDENTITY = "web-identity"
    SAML = "saml"


IDENTIFIED = frozenset(
    {PrincipalKind.USER, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER, PrincipalKind.ROOT}
)
"""The kinds that belong to an account and have (or could have) policies of their own."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller.

    `arn` is the caller's own ARN (for a role session the `sts` one), a service name such as `lambda.amazonaws.com`, the
    ARN or name of an identity provider, or `anonymous`. `account` is None for the kinds that belong to no account.
    `issuer` is the ARN, with its path, of what stands behind a session: the role, or the user that federated.
    `unique_id` is the id of the IAM entity whose policies count (`AIDA…` of the user, `AROA…` of the role, without
    session name); where it is known, resource policies that were bound to ids are compared by it.
    `canonical_id` is the S3 id of the account.
    """

    kind: PrincipalKind
    arn: str
    account: str | None = None
    issuer: str | None = None
    unique_id: str | None = None
    canonical_id: str | None = None
    service_linked_role: bool = False


class Context(Mapping[str, ContextValue]):
    """The condition keys of a request, looked up without regard to case. Absent is not empty.

    Lists, tuples and sets are multivalued keys, also with one element; everything else is one text. Of two keys that
    differ only in case the first counts (AWS leaves that undefined).
    """

    __slots__ = ("_names", "_values")

    def __init__(self, values: Mapping[str, Scalar | Sequence[Scalar] | frozenset[str]] | None = None) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, ContextValue] = {}
        for name, value in (values or {}).items():
            key = name.lower()
            if key not in self._names:
                self._names[key] = name
                self._values[key] = _context_value(value)

    def __getitem__(self, name: str) -> ContextValue:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Context) and self._values == other._values

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Context({dict(self)!r})"

    def lookup(self, lowered: str) -> ContextValue | None:
        """The value of a key whose name is already in lower case, or None where it is absent."""
        return self._values.get(lowered)

    def single(self, lowered: str) -> str | None:
        """The value of a single-valued key for use as a policy variable; None where absent or multivalued."""
        value = self._values.get(lowered)
        return value if isinstance(value, str) else None


def _context_value(value: Scalar | Sequence[Scalar] | frozenset[str]) -> ContextValue:
    if isinstance(value, str | bool | int | float):
        return _text(value)
    items = sorted(value) if isinstance(value, frozenset) else value
    return tuple(_text(item) for item in items)


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


NOTHING_KNOWN = Context()


@dataclass(frozen=True, slots=True)
class Request:
    """One authorisation check: one action on one resource.

    `action` is `service:Name`. `resource` is one ARN, or `*` for an action without resource-level permissions.
    `account` owns the resource; None where nothing owns it (then it counts as the caller's own). `context` holds
    exactly the condition keys that are present; nothing is derived from the other fields.
    """

    principal: Principal
    action: str
    resource: str = "*"
    account: str | None = None
    context: Context = field(default=NOTHING_KNOWN)
    principal_in_management_account: bool = False
    resource_in_management_account: bool = False

    @property
    def service(self) -> str:
        """The action's service prefix, in lower case."""
        return self.action.partition(":")[0].lower()

    @property
    def owner(self) -> str | None:
        """The account that owns the resource."""
        return self.account if self.account is not None else self.principal.account

    @property
    def same_account(self) -> bool:
        """Whether the caller belongs to the account that owns the resource."""
        return self.principal.account is not None and self.principal.account == self.owner
