"""From what is written down about a key to the sealer that has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.secrets import base64_text, passphrase
from rolecall.secrets.deferred import DeferredSealer
from rolecall.secrets.passphrases import PassphraseSource
from rolecall.secrets.sealer import Sealer, SecretsError

KINDS = ("default", "passphrase", "awskms", "azurekeyvault", "gcpkms", "hashivault")
"""The kinds of secrets providers that Pulumi knows; a kind is what stands before the first `:`."""


class UnsupportedProvider(SecretsError):
    """Secrets are kept in a way that rolecall has no part for."""


def check_kind(provider: str) -> str:
    """The kind of a secrets provider as given on the command line. Raises SecretsError for an unknown one."""
    kind = provider.partition(":")[0]
    if kind not in KINDS:
        raise SecretsError(f"unknown secrets provider type '{kind}' (supported values: {','.join(KINDS)})")
    return kind


def unsupported(provider: str) -> UnsupportedProvider:
    """The error for secrets that another kind of provider keeps."""
    kind = provider.partition(":")[0]
    return UnsupportedProvider(
        f"secrets provider '{kind}' is not supported by rolecall",
        detail=f"This stack's secrets are kept with {provider}." if ":" in provider else "",
        hint="Change it with Pulumi's own CLI (pulumi stack change-secrets-provider passphrase) and try again.",
    )


def open_sealer(type_: str, state: Mapping[str, Any], passphrases: PassphraseSource) -> Sealer:
    """The sealer that a state's `secrets_providers` describes, ready for use. Raises SecretsError.

    Takes about 0.3 seconds for a passphrase that this process has not met yet.
    """
    if type_ == base64_text.TYPE:
        return base64_text.Base64Sealer()
    if type_ != passphrase.TYPE:
        raise unsupported(str(state.get("url") or type_))
    salt = state.get("salt")
    if not isinstance(salt, str):
        raise SecretsError("the passphrase secrets provider has no salt")
    return passphrase.unlock_from(salt, passphrases)


def open_later(type_: str, state: Mapping[str, Any], passphrases: PassphraseSource) -> DeferredSealer:
    """The same, but the key is only sought when something has to be sealed or opened. Never raises itself."""
    return DeferredSealer(type_, state, lambda: open_sealer(type_, state, passphrases))
