"""The provider's own inputs: checked, compared, and turned into an identity that works."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator

from rolecall.errors import RolecallError
from rolecall.model.goal import CheckFailure
from rolecall.model.provider import CheckConfig, Checked, DiffConfig, Differences, ProviderFailed
from rolecall.model.step import DiffKind, PropertyDiff
from rolecall.model.urn import URN
from rolecall.model.value import Map, Secret, Value, same, unwrap
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.settings import Settings, settings_of
from rolecall.providers.aws.spelling import KNOWN, BadInput, camel, encoded, holds_secret, is_unknown
from rolecall.roles.errors import RegionMissing, RoleError
from rolecall.roles.sessions import Session

SECRETS = frozenset({"accessKey", "secretKey", "token"})


def answered(news: Map) -> Map:
    """Checked provider inputs as they are stored: JSON text for what is no string, keys marked secret."""
    inputs: dict[str, Value] = {}
    for name, value in news.items():
        plain = unwrap(value)
        text = value if is_unknown(value) else encoded(camel(name), plain)
        secret = camel(name) in SECRETS or holds_secret(value)
        inputs[name] = Secret(text) if secret and not isinstance(text, Secret) else text
    return Map(inputs)


def check(request: CheckConfig, line: Line, prove: Callable[[Settings], Session]) -> Checked:
    """Validates a provider's inputs, and proves them by becoming who they say, unless something is not known yet."""
    inputs = answered(request.news)
    failures = tuple(_strangers(request.news, request.urn))
    if failures or any(is_unknown(value) for value in request.news.values()):
        return Checked(inputs, failures)
    try:
        prove(settings_of(request.news, line))
    except BadInput as error:
        return Checked(
            inputs, (CheckFailure("", f"could not validate provider configuration: {error}{_where(request.urn)}"),)
        )
    except RolecallError as error:
        return Checked(inputs, (CheckFailure("", explained(request.urn, error)),))
    return Checked(inputs)


def _strangers(news: Map, urn: URN) -> Iterator[CheckFailure]:
    for name in news:
        if camel(name) in KNOWN or name.startswith("__"):
            continue
        close = difflib.get_close_matches(camel(name), KNOWN, 3)
        meant = f" Did you mean {' or '.join(f'`aws:{c}`' for c in close)}?" if close else ""
        yield CheckFailure(
            "",
            f"could not validate provider configuration: `aws:{name}` is not a valid configuration key for the aws "
            f"provider.{meant} If the referenced key is not intended for the provider, please choose a different "
            f"namespace from `aws:`.{_where(urn)}",
        )


def _where(urn: URN) -> str:
    if is_default(urn):
        return ". Check `pulumi config get [--path] aws:<key>`."
    return f". Examine values at '{urn.name}'."


def is_default(urn: URN) -> bool:
    """Whether a provider is one that the engine made because the program named none."""
    return re.fullmatch(r"default(_\d\w*)?", urn.name) is not None


def explained(urn: URN, error: RolecallError) -> str:
    """Why a provider cannot be who it should be."""
    if isinstance(error, RegionMissing):
        return f"{error.summary}\n{error.hint}"
    if isinstance(error, RoleError):
        who = "the default provider" if is_default(urn) else f'provider "{urn.name}"'
        return f"{who} {error}"
    return f"unable to validate AWS credentials.\nDetails: {error}"


def prove(session: Session, settings: Settings) -> None:
    """Becomes who the settings say, and checks that the account is one that is wanted. Raises RolecallError."""
    _check_region(session, settings)
    if settings.skip_credentials_validation:
        session.source.keys()
        if not settings.allowed_accounts and not settings.forbidden_accounts:
            return
        if settings.skip_requesting_account:
            return
    account = session.identity().account
    if account in settings.forbidden_accounts or (
        settings.allowed_accounts and account not in settings.allowed_accounts
    ):
        raise RolecallError(f"AWS account ID not allowed: {account}")


def _check_region(session: Session, settings: Settings) -> None:
    if not settings.skip_region_validation and not session.partition(session.region):
        raise RolecallError(f"invalid AWS Region: {session.region}")


def diff(request: DiffConfig, line: Line) -> Differences:
    """What changed of a provider's inputs, and whether that makes it another provider (spec 1.6)."""
    detailed: dict[str, PropertyDiff] = {}
    for name in sorted({*request.old_inputs, *request.news}):
        was, wanted = request.old_inputs.get(name), request.news.get(name)
        if name in request.ignore_changes or same(unwrap(was), unwrap(wanted)):
            continue
        replacing = name == "region" and line.region_replaces_provider and was is not None
        detailed[name] = PropertyDiff(_kind(was, wanted, replacing), input_diff=True)
    replaces = tuple(name for name, entry in detailed.items() if entry.kind.endswith("-replace"))
    return Differences("some" if detailed else "none", replaces, tuple(detailed), detailed=detailed)


def _kind(was: Value, wanted: Value, replacing: bool) -> DiffKind:
    if was is None:
        return "add-replace" if replacing else "add"
    if wanted is None:
        return "delete-replace" if replacing else "delete"
    return "update-replace" if replacing else "update"


def refused(urn: URN, error: Exception) -> ProviderFailed:
    """Configure's failure."""
    if isinstance(error, RolecallError):
        return ProviderFailed(explained(urn, error))
    return ProviderFailed(f"could not validate provider configuration: {error}{_where(urn)}")
