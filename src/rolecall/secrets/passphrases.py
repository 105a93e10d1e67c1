"""Where a passphrase comes from: the environment, a file it names, or a person who is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from rolecall.secrets.sealer import SecretsError

VARIABLE = "PULUMI_CONFIG_PASSPHRASE"
FILE_VARIABLE = "PULUMI_CONFIG_PASSPHRASE_FILE"

Ask = Callable[[str], str]
"""Asks a person for one line without showing what is typed."""


class NoPassphrase(SecretsError):
    """A passphrase is needed and there is no way to get it."""


class PassphraseSource:
    """Gives the passphrase. A person who typed the right one is not asked again."""

    def __init__(self, environ: Mapping[str, str], ask: Ask | None = None) -> None:
        self._environ = environ
        self._ask = ask
        self._right = ""

    @property
    def asks(self) -> bool:
        """Whether getting one means asking a person, so that a wrong one can be corrected."""
        return self._given() is None and self._ask is not None

    def existing(self, remark: str = "") -> str:
        """The passphrase of secrets that exist. `remark` is added to the question. Raises NoPassphrase."""
        given = self._given()
        if given is not None:
            return given
        if self._right and not remark:
            return self._right
        return self._asked(f"Enter your passphrase to unlock config/secrets{remark}")

    def was_right(self, passphrase: str) -> None:
        """Remembers what a person typed, so that settings and state do not both ask for it."""
        if self.asks:
            self._right = passphrase

    def new(self) -> str:
        """A passphrase for secrets to come; a person types it twice. Raises NoPassphrase."""
        given = self._given()
        if given is not None:
            return given
        remark = ""
        while True:
            first = self._asked(f"Enter your passphrase to protect config/secrets{remark}")
            remark = " (the two were not the same)"
            if first == self._asked("Re-enter your passphrase to confirm"):
                return first

    def _given(self) -> str | None:
        if VARIABLE in self._environ:
            return self._environ[VARIABLE]
        name = self._environ.get(FILE_VARIABLE)
        if not name:
            return None
        try:
            return Path(name).expanduser().read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SecretsError(
                f"unable to read {FILE_VARIABLE}: {name}: {_reason(error)}",
                hint=f"Write the passphrase into that file, or set {VARIABLE}.",
            ) from error

    def _asked(self, prompt: str) -> str:
        if self._ask is None:
            raise NoPassphrase(f"passphrase must be set with {VARIABLE} or {FILE_VARIABLE} environment variables")
        return self._ask(prompt)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "not UTF-8 text"
