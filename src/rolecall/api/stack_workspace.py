"""One stack at work: its settings, the key to its secrets, and the configuration that a run gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rolecall.errors import RolecallError
from rolecall.model.stack_name import StackName
from rolecall.project import declarations, settings, values
from rolecall.project.declarations import InvalidConfig
from rolecall.project.keys import ConfigKey
from rolecall.project.project import Project
from rolecall.project.settings import StackSettings
from rolecall.project.values import ConfigValue
from rolecall.secrets import opening, passphrase
from rolecall.secrets.deferred import DeferredSealer
from rolecall.secrets.passphrases import PassphraseSource
from rolecall.secrets.sealer import CannotOpen, Sealer, SecretsError

Providers = tuple[str, Mapping[str, Any]]
"""`secrets_providers` of a state: type and state."""


class UnsupportedEnvironment(RolecallError):
    """The settings name Pulumi ESC environments, which only Pulumi Cloud has."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"'{path}' names Pulumi ESC environments, which only the Pulumi Cloud backend supports",
            hint="Remove 'environment' from the file, or put the values that it gives under 'config'.",
        )


class NoSettings(RolecallError):
    """The settings of a stack are not here but with its own project."""

    def __init__(self, name: StackName) -> None:
        super().__init__(
            f"stack '{name}' has its settings in the directory of its own project '{name.project}', which this is not",
            hint="Run the command there, or name a settings file with --config-file.",
        )


class Undecipherable(RolecallError):
    """A configuration value cannot be opened with the stack's key."""

    def __init__(self, key: ConfigKey, reason: CannotOpen) -> None:
        super().__init__(
            f"failed to decrypt encrypted configuration value '{key}': {reason.summary}",
            detail="Every stack has a key of its own: a secret copied from another stack's settings cannot be opened "
            "here.",
            hint=f"Set it anew with `pulumi config set {key} --secret`.\n\nrefusing to proceed",
        )


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The configuration of one run. `values`: decrypted text by full key; `secret_keys`: those that hold secrets;
    `sealed`: the same values as files have them (for the history)."""

    values: Mapping[str, str]
    secret_keys: frozenset[str]
    sealed: Mapping[str, Any]


class StackWorkspace:
    """A stack together with the project here, if it is the stack's own (`project` is None otherwise)."""

    def __init__(
        self, name: StackName, project: Project | None, passphrases: PassphraseSource, file: Path | None = None
    ) -> None:
        self.name = name
        self.project = project
        self._passphrases = passphrases
        self._file = file
        self._sealer: Sealer | None = None

    @property
    def settings_path(self) -> Path | None:
        """Where the settings are or would be; None without a project to keep them in."""
        if self._file is not None:
            return self._file
        if self.project is None:
            return None
        return settings.path_for(self.project.path, self.project.stack_config_dir, self.name.stack)

    @cached_property
    def settings(self) -> StackSettings:
        """The stack's settings; empty ones where there is no file. Raises MalformedFile, InvalidSettings."""
        path = self.settings_path
        if path is None:
            return StackSettings(Path(f"Pulumi.{self.name.stack}.yaml"), self.name.project)
        return StackSettings.load(path, self.name.project)

    def save(self) -> None:
        """Writes the settings. Raises NoSettings where they have no place."""
        self.require_settings()
        self.settings.save()

    def require_settings(self) -> None:
        """Raises NoSettings where there is no place for the settings of this stack."""
        if self.settings_path is None:
            raise NoSettings(self.name)

    # Secrets

    def sealer(self, providers: Providers | None = None) -> Sealer:
        """What seals and opens this stack's secrets: the settings' key, else that of its state, else a new one.

        A new key is written to the settings at once, and so is the state's where the settings had lost it. An existing
        key is not sought before it is used (see `start_unlocking` and `unlocked`). Raises SecretsError.
        """
        if self._sealer is None:
            self._sealer = self._from_settings() or self._from_state(providers) or self._new()
        return self._sealer

    def _from_settings(self) -> Sealer | None:
        provider = self.settings.secrets_provider
        if provider and provider not in ("default", passphrase.TYPE):
            raise opening.unsupported(provider)
        salt = self.settings.salt
        return opening.open_later(passphrase.TYPE, {"salt": salt}, self._passphrases) if salt else None

    def _from_state(self, providers: Providers | None) -> Sealer | None:
        if providers is None:
            return None
        type_, state = providers
        if type_ == passphrase.TYPE and isinstance(state.get("salt"), str) and self.settings_path is not None:
            self.settings.salt = state["salt"]
            self.settings.save()
        return opening.open_later(type_, state, self._passphrases)

    def _new(self) -> Sealer:
        return self.new_key()

    def new_key(self, provider: str = "default") -> Sealer:
        """Makes a key for this stack's secrets and writes it to the settings, if they have a place.

        `provider` is as given to `--secrets-provider`. Raises SecretsError.
        """
        kind = opening.check_kind(provider)
        if kind not in ("default", passphrase.TYPE):
            raise opening.unsupported(provider)
        made = passphrase.create(self._passphrases.new())
        self.settings.secrets_provider = ""
        self.settings.encrypted_key = ""
        self.settings.salt = made.salt
        if self.settings_path is not None:
            self.settings.save()
        self._sealer = made
        return made

    def start_unlocking(self, providers: Providers | None = None) -> None:
        """Begins to derive the key on a thread (0.3 seconds). Does nothing where a person would have to be asked."""
        sealer = self.sealer(providers)
        if isinstance(sealer, DeferredSealer) and not self._passphrases.asks:
            sealer.start()

    def unlocked(self, providers: Providers | None = None) -> Sealer:
        """The sealer with its key at hand. Raises SecretsError, plainly: `incorrect passphrase`."""
        sealer = self.sealer(providers)
        return sealer.ready() if isinstance(sealer, DeferredSealer) else sealer

    def open_state(self, type_: str, state: Mapping[str, Any]) -> Sealer:
        """A sealer for a state's own `secrets_providers`, which seeks its key when first used."""
        return opening.open_later(type_, state, self._passphrases)

    # Configuration

    def config(self) -> tuple[dict[ConfigKey, ConfigValue], list[str]]:
        """The stack's values with the project's defaults, and the declared keys that are missing."""
        declared = self.project.declarations if self.project else ()
        return declarations.apply(self.settings.config, declared)

    def run_config(self, *, validate: bool = True, providers: Providers | None = None) -> RunConfig:
        """The configuration for a run. Raises InvalidConfig, SecretsError, Undecipherable, UnsupportedEnvironment."""
        if self.settings.environment is not None:
            raise UnsupportedEnvironment(self.settings.path)
        config, missing = self.config()
        if any(values.is_secret(value) for value in config.values()):
            self.unlock_for_run(providers)
        if validate:
            self._validate(config, missing)
        ordered = sorted(config.items())
        return RunConfig(
            values={str(key): self.open_text(key, value) for key, value in ordered},
            secret_keys=frozenset(str(key) for key, value in ordered if values.is_secret(value)),
            sealed={str(key): values.written(value) for key, value in ordered},
        )

    def unlock_for_run(self, providers: Providers | None = None) -> Sealer:
        """`unlocked` with the words in which a run reports a key that is not to be had."""
        try:
            return self.unlocked(providers)
        except SecretsError as problem:
            raise SecretsError(
                f"getting stack configuration: get stack secrets manager: {problem.summary}",
                detail=problem.detail,
                hint=problem.hint,
            ) from problem

    def _validate(self, config: Mapping[ConfigKey, ConfigValue], missing: list[str]) -> None:
        stack = self.name.stack
        declared = self.project.declarations if self.project else ()
        try:
            if missing:
                raise declarations.missing_error(stack, missing)
            declarations.validate(stack, config, declared, lambda text: self.unlocked().decrypt(text))
        except InvalidConfig as problem:
            raise InvalidConfig(f"validating stack config: {problem.summary}") from problem

    def open_text(self, key: ConfigKey, value: ConfigValue) -> str:
        """A value as a program gets it. Raises Undecipherable, SecretsError."""
        if not values.is_secret(value):
            return values.text_of(values.opened(value, str))
        sealer = self.unlocked()
        try:
            return values.text_of(values.opened(value, sealer.decrypt))
        except CannotOpen as reason:
            raise Undecipherable(key, reason) from reason

    def set_config(self, pairs: Iterable[str], by_path: bool = False) -> None:
        """Saves what `--config key=value` gives; always as plain text. A key without `=` gets an empty value."""
        for pair in pairs:
            written, _, text = pair.partition("=")
            parse = ConfigKey.parse_path if by_path else ConfigKey.parse
            self.settings.set(parse(written, self.name.project), text, by_path)
        self.save()
