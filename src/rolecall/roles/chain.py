"""The way to an identity as data: where the first credentials come from, which roles follow, and how AWS is reached.

All of it is hashable: provider instances with equal chains and connections share sessions and clients.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

CredentialSourceKind: TypeAlias = Literal["Environment", "EcsContainer", "Ec2InstanceMetadata"]

DEFAULT_DURATION = 900
"""Seconds of a role session when none are asked for: what Pulumi's provider sends (the Go SDK's default), not STS's."""


@dataclass(frozen=True, slots=True)
class StaticKeys:
    """Keys given outright. `origin` says where they were written, for messages."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)
    origin: str = "the provider's configuration"


@dataclass(frozen=True, slots=True)
class Profile:
    """A named profile of the shared configuration files, with all that it implies (roles, processes, SSO)."""

    name: str
    config_files: tuple[str, ...] = ()
    credentials_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ambient:
    """AWS's default chain: environment, web identity, default profile, container, instance metadata.

    `metadata`: whether instance metadata may be asked; None leaves that to AWS_EC2_METADATA_DISABLED.
    """

    config_files: tuple[str, ...] = ()
    credentials_files: tuple[str, ...] = ()
    metadata: bool | None = None


@dataclass(frozen=True, slots=True)
class CredentialSource:
    """A `credential_source` of a profile: keys of the environment, the container or the instance."""

    kind: CredentialSourceKind


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """A role assumed with a web identity token: a file (read again at each refresh) or the token itself."""

    role_arn: str
    token_file: str = ""
    token: str = field(default="", repr=False)
    session_name: str = ""
    duration: int = DEFAULT_DURATION
    policy: str = ""
    policy_arns: tuple[str, ...] = ()


Base: TypeAlias = StaticKeys | Profile | Ambient | CredentialSource | WebIdentity


@dataclass(frozen=True, slots=True)
class Role:
    """A role to assume, and the terms. `duration` in seconds; an empty `session_name` is filled in by us."""

    arn: str
    session_name: str = ""
    external_id: str = ""
    duration: int = DEFAULT_DURATION
    policy: str = ""
    policy_arns: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """The first credentials and the roles to assume, one with the session of the one before."""

    base: Base = Ambient()
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    """How AWS is reached. `endpoints`: pairs of service and URL. `max_attempts` 0: ours to choose.

    `proxies`: pairs of scheme and URL. `agents`: more products for the user agent.
    """

    region: str = ""
    sts_region: str = ""
    endpoints: tuple[tuple[str, str], ...] = ()
    profile: str = ""
    config_files: tuple[str, ...] = ()
    insecure: bool = False
    ca_bundle: str = ""
    proxies: tuple[tuple[str, str], ...] = ()
    max_attempts: int = 0
    retry_mode: str = ""
    s3_path_style: bool = False
    s3_us_east_1_regional: str = ""
    dualstack: bool = False
    fips: bool = False
    agents: tuple[str, ...] = ()
