"""Profiles of the shared configuration files, unfolded into a base and the roles that they imply.

Unfolding them, rather than letting boto3 do it, is what lets a chain name each of its hops, refresh each by itself, and
send the calls of all of them to the same endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from rolecall.roles.chain import (
    DEFAULT_DURATION,
    Base,
    CredentialSource,
    CredentialSourceKind,
    Profile,
    Role,
    StaticKeys,
    WebIdentity,
)
from rolecall.roles.errors import CredentialError

Sections = Mapping[str, Mapping[str, str]]


def unfold(profile: Profile, sections: Sections) -> tuple[Base, tuple[Role, ...]]:
    """The base identity of a profile and the roles that its `role_arn`s ask for, first to last.

    A `Profile` as base means: ask boto3 for this one, there is no role in it (credential_process, SSO, and the like).
    Raises CredentialError for a profile that is missing, refers to itself in a circle, or needs a person (MFA).
    """
    roles: list[Role] = []
    seen: list[str] = []
    name = profile.name
    while True:
        section = _section(name, sections, seen)
        arn = section.get("role_arn", "")
        if not arn or (name in seen and _has_keys(section)):
            return _leaf(name, section, profile), tuple(reversed(roles))
        if name in seen:
            raise CredentialError(
                f'the profile "{profile.name}" refers to itself: {" → ".join([*seen, name])}',
                hint="give one of these profiles keys, a credential_process or a credential_source of its own",
            )
        seen.append(name)
        if token_file := section.get("web_identity_token_file", ""):
            return _web_identity(section, token_file), tuple(reversed(roles))
        if section.get("mfa_serial"):
            raise CredentialError(
                f'the profile "{name}" asks for an MFA code, and a deployment has nobody to ask',
                hint="get a session first (aws sts get-session-token --serial-number ... --token-code ...)",
            )
        roles.append(_role(section, arn))
        if source := section.get("credential_source"):
            return _source(name, source), tuple(reversed(roles))
        if not section.get("source_profile"):
            raise CredentialError(
                f'the profile "{name}" has a role_arn but neither source_profile nor credential_source',
                hint="say which profile's keys assume the role: source_profile = NAME",
            )
        name = section["source_profile"]


def _section(name: str, sections: Sections, seen: list[str]) -> Mapping[str, str]:
    if name in sections:
        return sections[name]
    wanted = f', the source_profile of "{seen[-1]}",' if seen else ""
    known = ", ".join(sorted(sections)[:10]) or "none"
    raise CredentialError(
        f'The AWS profile "{name}"{wanted} was not found. Configured profiles: {known}.',
        hint="check the stack's aws:profile (pulumi config get aws:profile) and the environment's AWS_PROFILE",
    )


def _has_keys(section: Mapping[str, str]) -> bool:
    return bool(section.get("aws_access_key_id"))


def _leaf(name: str, section: Mapping[str, str], profile: Profile) -> Base:
    if not _has_keys(section):
        return Profile(name, profile.config_files, profile.credentials_files)
    if not section.get("aws_secret_access_key"):
        raise CredentialError(f'the profile "{name}" has an aws_access_key_id but no aws_secret_access_key')
    return StaticKeys(
        section["aws_access_key_id"],
        section["aws_secret_access_key"],
        section.get("aws_session_token", ""),
        f'the profile "{name}"',
    )


def _web_identity(section: Mapping[str, str], token_file: str) -> WebIdentity:
    return WebIdentity(
        section["role_arn"],
        token_file,
        session_name=section.get("role_session_name", ""),
        duration=_seconds(section),
    )


def _role(section: Mapping[str, str], arn: str) -> Role:
    return Role(arn, section.get("role_session_name", ""), section.get("external_id", ""), _seconds(section))


def _seconds(section: Mapping[str, str]) -> int:
    text = section.get("duration_seconds", "")
    return int(text) if text.isdigit() else DEFAULT_DURATION


def _source(name: str, source: str) -> CredentialSource:
    for kind in get_args(CredentialSourceKind):
        if source == kind:
            return CredentialSource(kind)
    raise CredentialError(
        f'the profile "{name}" has the credential_source "{source}", which does not exist',
        hint=f"it is one of {', '.join(get_args(CredentialSourceKind))}",
    )
