"""What the gate has understood of a request: which call it is, and who makes it. Facts only, decided nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class HttpFacts:
    """The parts of the HTTP request that policies and CloudTrail speak of. Header names are lower-case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = field(hash=False)
    source_ip: str = "127.0.0.1"
    host: str = ""
    presigned: bool = False

    @property
    def user_agent(self) -> str:
        """The User-Agent as sent."""
        return self.headers.get("user-agent", "")


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of an AWS operation: `service` and `operation` are botocore's names, `params` its members, parsed.

    Blobs are bytes, timestamps aware datetimes, a streaming body is bytes. `request_id` is what the caller is answered.
    """

    service: str
    operation: str
    params: Mapping[str, Any] = field(hash=False)
    region: str
    http: HttpFacts
    time: datetime
    request_id: str
    protocol: str
    partition: str = "aws"


CallerKind = Literal["root", "user", "role", "federated", "anonymous", "web-identity", "saml", "service"]


@dataclass(frozen=True, slots=True)
class Session:
    """What is remembered of temporary credentials, beside the key (spec 5.6).

    `kind` "user" is GetSessionToken: the caller stays the user or root. `source_identity` and `federated_provider` are
    "" when there is none; `mfa` is the time of the second factor.
    """

    kind: Literal["role", "federated", "user"]
    access_key_id: str
    secret_access_key: str = field(repr=False)
    token: str = field(repr=False)
    account: str
    issued: datetime
    expires: datetime
    name: str = ""
    issuer_arn: str = ""
    issuer_id: str = ""
    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    transitive_tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    source_identity: str = ""
    federated_provider: str = ""
    federated_claims: Mapping[str, str] = field(default_factory=dict, hash=False)
    mfa: datetime | None = None
    chain: tuple[str, ...] = ()
    """ARNs from the base identity to this session's own, for `rolecall trail`."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a call.

    `arn`: the user, root, assumed-role session or federated user; "" when anonymous. `unique_id`: `aws:userid`
    (AIDA..., AROA...:session, the account id for root, account:name for a federated user). `issuer_arn`/`issuer_id`:
    the role (with its path) behind a session, the user behind a federated one. `tags` are the principal tags, merged
    with the session's.
    """

    kind: CallerKind
    arn: str
    account: str
    unique_id: str
    user_name: str = ""
    issuer_arn: str = ""
    issuer_id: str = ""
    access_key_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    session: Session | None = None


ANONYMOUS = Caller(kind="anonymous", arn="", account="anonymous", unique_id="anonymous")
