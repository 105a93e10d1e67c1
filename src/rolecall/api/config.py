"""Reading and changing a stack's configuration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.api.stack_workspace import StackWorkspace
from rolecall.errors import RolecallError
from rolecall.project import values
from rolecall.project.keys import ConfigKey, InvalidKey
from rolecall.project.looks_secret import looks_secret
from rolecall.project.settings import StackSettings
from rolecall.project.structure import MISSING, CannotSet, Missing
from rolecall.project.values import ConfigValue, Sealed

HIDDEN = "[secret]"


class ConfigError(RolecallError):
    """A configuration command cannot do what it was asked."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value as it is shown. `text`: as a program gets it, with secrets hidden or open; `data`: if it is a structure,
    the same as plain data."""

    key: ConfigKey
    text: str
    secret: bool
    data: Any = MISSING

    def as_json(self, show_secrets: bool) -> dict[str, Any]:
        """Pulumi's JSON form; a hidden secret has no value at all."""
        if self.secret and not show_secrets:
            return {"secret": True}
        shown: dict[str, Any] = {"secret": self.secret, "value": self.text}
        if not isinstance(self.data, Missing):
            shown["objectValue"] = self.data
        return shown


def parse_key(text: str, project: str, by_path: bool = False) -> ConfigKey:
    """Reads a key as given on the command line. Raises InvalidKey."""
    try:
        return ConfigKey.parse_path(text, project) if by_path else ConfigKey.parse(text, project)
    except InvalidKey as problem:
        raise InvalidKey(f"invalid configuration key: {problem.summary}") from problem


def entries(stack: StackWorkspace, *, show_secrets: bool) -> list[Entry]:
    """The whole configuration with the project's defaults, sorted by key. Raises SecretsError, Undecipherable."""
    config, _missing = stack.config()
    return [_entry(stack, key, value, show_secrets) for key, value in sorted(config.items())]


def entry(stack: StackWorkspace, key: ConfigKey, *, by_path: bool = False) -> Entry:
    """One value, open. Raises ConfigError when it is not there, SecretsError, Undecipherable."""
    config, _missing = stack.config()
    all_values = StackSettings(stack.settings.path, stack.name.project)
    all_values.config.update(config)
    value = all_values.get(key, by_path)
    if isinstance(value, Missing):
        raise ConfigError(
            f"configuration key '{key.shown(stack.name.project)}' not found for stack '{stack.name.stack}'"
        )
    return _entry(stack, key, value, show_secrets=True)


def _entry(stack: StackWorkspace, key: ConfigKey, value: ConfigValue, show_secrets: bool) -> Entry:
    secret = values.is_secret(value)
    if show_secrets:
        text = stack.open_text(key, value)
        data = json.loads(text) if values.is_object(value) else MISSING
        return Entry(key, text, secret, data)
    hidden = values.opened(value, lambda _ciphertext: HIDDEN)
    return Entry(key, values.text_of(hidden), secret, hidden if values.is_object(value) else MISSING)


def set_value(stack: StackWorkspace, key: ConfigKey, value: ConfigValue, *, by_path: bool = False) -> None:
    """Sets one value in the settings, without saving. Raises ConfigError."""
    try:
        stack.settings.set(key, value, by_path)
    except CannotSet as problem:
        raise ConfigError(f"could not set config: {problem.summary}") from problem


def sealed(stack: StackWorkspace, text: str) -> Sealed:
    """Text as a secret of this stack. Raises SecretsError."""
    return Sealed(stack.unlocked().encrypt(text))


def refuse_forgotten_secret(key: ConfigKey, text: str) -> None:
    """Raises ConfigError if plain text looks as if it should have been encrypted."""
    if looks_secret(key.name, text):
        raise ConfigError(
            f"config value for '{key}' looks like a secret; "
            "rerun with --secret to encrypt it, or --plaintext if you meant to store in plaintext"
        )


def typed(text: str, type_: str) -> ConfigValue:
    """Text as a value of the type that `--type` names. Raises ConfigError."""
    if type_ == "string":
        return text
    if type_ == "bool":
        return text in ("1", "t", "T", "true", "TRUE", "True")
    if type_ not in ("int", "float"):
        raise ConfigError(f'invalid type "{type_}"; must be one of string, int, bool, or float')
    try:
        return int(text) if type_ == "int" else float(text)
    except ValueError:
        function = "Atoi" if type_ == "int" else "ParseFloat"
        raise ConfigError(f'strconv.{function}: parsing "{text}": invalid syntax') from None


def set_all(stack: StackWorkspace, plaintext: Iterable[str], secret: Iterable[str], *, by_path: bool = False) -> None:
    """Sets `key=value` pairs, the plain ones first, without saving. Raises ConfigError, CannotSet, InvalidKey."""
    for pair in plaintext:
        key, text = _pair(stack, pair, by_path)
        stack.settings.set(key, text, by_path)
    for pair in secret:
        key, text = _pair(stack, pair, by_path)
        stack.settings.set(key, sealed(stack, text), by_path)


def _pair(stack: StackWorkspace, pair: str, by_path: bool) -> tuple[ConfigKey, str]:
    """Splits at the first `=`; a key in quotes may hold one."""
    quote = pair[:1] if pair[:1] in ("'", '"') else ""
    if quote and quote in pair[1:]:
        written, _, rest = pair[1:].partition(quote)
        equals, text = rest[:1], rest[1:]
    else:
        written, equals, text = pair.partition("=")
    if equals != "=":
        raise ConfigError("config value must be in the form [key]=[value]")
    return parse_key(written, stack.name.project, by_path), text


def set_all_json(stack: StackWorkspace, text: str, *, by_path: bool = False) -> None:
    """Sets everything in a text of the form that `config --json` prints, without saving. Raises ConfigError."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"could not parse --json argument: {error}") from error
    if not isinstance(data, dict) or not all(isinstance(item, dict) for item in data.values()):
        raise ConfigError('could not parse --json argument: not of the form {"key": {"value": "..."}}')
    for written, item in data.items():
        value = item.get("value")
        if not isinstance(value, str):
            raise ConfigError(f'value for --json object key "{written}" is nil')
        key = parse_key(written, stack.name.project, by_path)
        stack.settings.set(key, _from_json(stack, value, item), by_path)


def _from_json(stack: StackWorkspace, text: str, item: Mapping[str, Any]) -> ConfigValue:
    """Which parts of a secret structure were secret cannot be told: all of its text is sealed, which reads the same."""
    if item.get("secret"):
        return sealed(stack, text)
    return values.read(item["objectValue"]) if item.get("objectValue") is not None else text


def copy(
    source: StackWorkspace, destination: StackWorkspace, key: ConfigKey | None = None, *, by_path: bool = False
) -> None:
    """Copies one value or all to another stack's settings, secrets sealed with its key, and saves them.

    Raises ConfigError when the key is not there, SecretsError.
    """
    if key is None:
        found: dict[ConfigKey, ConfigValue] = dict(source.settings.config)
    else:
        value = source.settings.get(key, by_path)
        if isinstance(value, Missing):
            raise ConfigError(
                f"configuration key '{key.shown(source.name.project)}' not found for stack '{source.name.stack}'"
            )
        found = {key: value}
    for name, value in found.items():
        if values.is_secret(value):
            value = values.resealed(value, source.unlocked().decrypt, destination.unlocked().encrypt)
        destination.settings.set(name, value, by_path and key is not None)
    if found:
        destination.save()
