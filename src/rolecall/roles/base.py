"""The first credentials of a chain: given outright, or found where boto3 finds them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.credentials import CredentialResolver, Credentials, RefreshableCredentials, create_credential_resolver
from botocore.exceptions import BotoCoreError
from botocore.session import Session as BotoSession

from rolecall.roles.chain import Ambient, Base, Chain, CredentialSource, Profile, Role, StaticKeys, WebIdentity
from rolecall.roles.errors import CredentialError
from rolecall.roles.keys import Keys
from rolecall.roles.profiles import Sections, unfold

_FILES_HINT = (
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE (better: a profile with SSO, source_profile or\n"
    'web identity, which leaves no long-lived key behind), or use the sandbox: eval "$(rolecall sandbox env)"'
)


class Fixed:
    """Keys that do not change."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def keys(self) -> Keys:
        return self._keys


class FromBoto:
    """Keys of a boto3 credential object, which renews itself."""

    def __init__(self, credentials: Credentials, where: str) -> None:
        self._credentials = credentials
        self._where = where

    def keys(self) -> Keys:
        """Raises CredentialError when they cannot be renewed."""
        try:
            frozen = self._credentials.get_frozen_credentials()
        except (BotoCoreError, RuntimeError) as error:
            raise unusable(self._where, error) from error
        return Keys(frozen.access_key or "", frozen.secret_key or "", frozen.token or "", self._expiry())

    def _expiry(self) -> datetime | None:
        if not isinstance(self._credentials, RefreshableCredentials):
            return None
        expiry: datetime | None = getattr(self._credentials, "_expiry_time", None)
        return expiry


Files = tuple[str, ...]


def files_of(base: Base) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The configuration and credentials files that a base names, else nothing (AWS's usual ones)."""
    return (base.config_files, base.credentials_files) if isinstance(base, Profile | Ambient) else ((), ())


def boto_session(profile: str, config_files: tuple[str, ...], credentials_files: tuple[str, ...]) -> BotoSession:
    """A botocore session that reads these files (the usual ones when none are named). For reading only."""
    session = BotoSession(profile=profile or None)
    if config_files:
        session.set_config_variable("config_file", os.path.expanduser(config_files[0]))
    if credentials_files:
        session.set_config_variable("credentials_file", os.path.expanduser(credentials_files[0]))
    return session


def sections_of(config_files: tuple[str, ...], credentials_files: tuple[str, ...]) -> dict[str, Any]:
    """The parsed shared files: profiles by name, and everything else botocore knows of them.

    Raises CredentialError for a file that cannot be parsed.
    """
    try:
        config: dict[str, Any] = boto_session("", config_files[:1], credentials_files[:1]).full_config
        profiles = dict(config.get("profiles", {}))
        for extra in _one_at_a_time(config_files[1:], credentials_files[1:]):
            profiles.update(boto_session("", *extra).full_config.get("profiles", {}))
    except BotoCoreError as error:
        raise CredentialError(f"the shared AWS configuration cannot be read: {error}") from error
    return {**config, "profiles": profiles}


def _one_at_a_time(config: tuple[str, ...], credentials: tuple[str, ...]) -> Iterator[tuple[Files, Files]]:
    """Further files: botocore reads one of each kind."""
    for path in config:
        yield (path,), (os.devnull,)
    for path in credentials:
        yield (os.devnull,), (path,)


def plan(chain: Chain, sections: Sections) -> tuple[Base, tuple[Role, ...]]:
    """The chain with profiles unfolded: a base without roles in it, and all the roles. Raises CredentialError."""
    base = chain.base
    roles: tuple[Role, ...] = ()
    if isinstance(base, Ambient):
        base = _ambient(base, sections)
    if isinstance(base, Profile):
        base, roles = unfold(base, sections)
    if isinstance(base, StaticKeys):
        _refuse_a_leftover_token(base)
    return base, (*roles, *chain.roles)


def _ambient(base: Ambient, sections: Sections) -> Base:
    environ = os.environ
    if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"):
        token = environ.get("AWS_SESSION_TOKEN", "") or environ.get("AWS_SECURITY_TOKEN", "")
        return StaticKeys(environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"], token, "the environment")
    if environ.get("AWS_ROLE_ARN") and environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return WebIdentity(
            environ["AWS_ROLE_ARN"],
            environ["AWS_WEB_IDENTITY_TOKEN_FILE"],
            session_name=environ.get("AWS_ROLE_SESSION_NAME", ""),
        )
    name = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or ""
    if name or sections.get("default", {}).get("role_arn") or sections.get("default", {}).get("aws_access_key_id"):
        return Profile(name or "default", base.config_files, base.credentials_files)
    return base


def _refuse_a_leftover_token(keys: StaticKeys) -> None:
    if keys.token and keys.access_key.startswith("AKIA"):
        remedy = "unset AWS_SESSION_TOKEN" if keys.origin == "the environment" else "remove the session token there"
        raise CredentialError(
            f"a leftover session token stands beside a long-term key in {keys.origin}",
            detail=f"{keys.access_key} is a user's key; those have no session token, and AWS refuses the two together.",
            hint=remedy,
        )


def find(base: Base) -> Fixed | FromBoto:
    """The credentials of a base that has no role in it. Raises CredentialError when there are none."""
    if isinstance(base, StaticKeys):
        return _static(base)
    if isinstance(base, CredentialSource):
        return _found(_from_source(base), f"the credential_source {base.kind}")
    if isinstance(base, Profile):
        session = boto_session(base.name, base.config_files, base.credentials_files)
        return _found(_load(session, metadata=False), f'the profile "{base.name}"')
    if isinstance(base, Ambient):
        session = boto_session("", base.config_files, base.credentials_files)
        return _found(_load(session, metadata=base.metadata), "")
    raise TypeError(f"not a base without roles: {type(base).__name__}")


def _static(base: StaticKeys) -> Fixed:
    for value, name in ((base.access_key, "access key id"), (base.secret_key, "secret access key")):
        if not value:
            raise CredentialError(f"the {name} is missing in {base.origin}")
        if value != value.strip() or "\n" in value:
            raise CredentialError(f"the {name} in {base.origin} has blanks or line ends around it")
    return Fixed(Keys(base.access_key, base.secret_key, base.token))


def _from_source(base: CredentialSource) -> Credentials | None:
    wanted = {"Environment": "env", "EcsContainer": "container-role", "Ec2InstanceMetadata": "iam-role"}[base.kind]
    resolver = create_credential_resolver(BotoSession())
    chosen = [provider for provider in resolver.providers if wanted == provider.METHOD]
    return _loaded(CredentialResolver(chosen), f"the credential_source {base.kind}")


def _load(session: BotoSession, *, metadata: bool | None) -> Credentials | None:
    resolver = create_credential_resolver(session)
    if metadata is False:
        resolver.remove("iam-role")
    return _loaded(resolver, f'the profile "{session.profile}"' if session.profile else "the default chain")


def _loaded(resolver: CredentialResolver, where: str) -> Credentials | None:
    try:
        return resolver.load_credentials()
    except (BotoCoreError, RuntimeError) as error:
        raise unusable(where, error) from error


def _found(credentials: Credentials | None, where: str) -> FromBoto:
    if credentials is None:
        raise CredentialError(
            "No valid credential sources found." if not where else f"No valid credential sources found in {where}.",
            hint=_FILES_HINT,
        )
    return FromBoto(credentials, where or "the default chain")


def unusable(where: str, error: Exception) -> CredentialError:
    """Why credentials that were configured could not be had."""
    text = str(error)
    if "SSO" in text or "sso" in text:
        return CredentialError(
            "Failed to refresh cached SSO credentials.", detail=text, hint=f"Please refresh SSO login ({where})."
        )
    if "custom-process" in text:
        return CredentialError(f"The credential_process configured for {where} failed.", detail=f"Details: {text}")
    return CredentialError(f"credentials of {where} cannot be used", detail=text)
