"""What a project declares about its configuration: types, defaults and values, applied to what a stack sets.

The rules and the wording of what is wrong are Pulumi's (sdk/go/common/workspace/project.go and config.go).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.errors import RolecallError
from rolecall.project import structure, values
from rolecall.project.keys import ConfigKey
from rolecall.project.values import ConfigValue


class InvalidConfig(RolecallError):
    """A stack's configuration is not what its project declares."""


@dataclass(frozen=True, slots=True)
class Items:
    """The type of an array's elements."""

    type: str
    items: Items | None = None

    @classmethod
    def of(cls, data: Any) -> Items | None:
        """Reads the `items` of a declaration."""
        if not isinstance(data, Mapping):
            return None
        return cls(str(data.get("type", "")), cls.of(data.get("items")))


@dataclass(frozen=True, slots=True)
class Declaration:
    """One entry under the project's `config`. `written` is the key as written there; None: not given."""

    key: ConfigKey
    written: str
    type: str | None = None
    items: Items | None = None
    default: Any = None
    value: Any = None
    secret: bool = False
    description: str = ""

    @property
    def fallback(self) -> Any:
        """What holds when a stack sets nothing."""
        return self.value if self.default is None else self.default

    @property
    def type_name(self) -> str:
        return _type_name(self.type or "", self.items)


def _type_name(type_: str, items: Items | None) -> str:
    return f"array<{_type_name(items.type, items.items)}>" if items else type_


def read(project: str, config: Mapping[str, Any]) -> tuple[Declaration, ...]:
    """The declarations of a project. Raises ValueError, whose text says what is wrong, and InvalidKey."""
    found = [_read_one(project, str(key), entry) for key, entry in config.items()]
    for declaration in found:
        _check(declaration, project)
    return tuple(sorted(found, key=lambda d: d.written))


def _read_one(project: str, written: str, entry: Any) -> Declaration:
    key = ConfigKey.parse(written, project)
    if not isinstance(entry, Mapping):
        given = {"default": entry} if key.namespace == project else {"value": entry}
        return Declaration(key, written, **given)
    return Declaration(
        key,
        written,
        type=entry.get("type"),
        items=Items.of(entry.get("items")),
        default=entry.get("default"),
        value=entry.get("value"),
        secret=bool(entry.get("secret", False)),
        description=str(entry.get("description") or ""),
    )


def _check(declaration: Declaration, project: str) -> None:
    written = declaration.written
    if declaration.default is not None and declaration.value is not None:
        raise ValueError(f"project config '{written}' cannot have both a 'default' and 'value' attribute")
    if declaration.key.namespace != project:
        _check_foreign(declaration)
        return
    if declaration.type == "array" and declaration.items is None:
        raise ValueError(
            f"The configuration key '{written}' declares an array "
            "but does not specify the underlying type via the 'items' attribute"
        )
    if declaration.type is None or declaration.default is None:
        return
    if not fits(declaration.default, declaration.type, declaration.items):
        raise ValueError(
            f"The default value specified for configuration key '{written}' "
            f"is not of the expected type '{declaration.type_name}'"
        )


def _check_foreign(declaration: Declaration) -> None:
    written = declaration.written
    if declaration.type is not None:
        raise ValueError(f"Configuration key '{written}' is not namespaced by the project and should not define a type")
    if declaration.default is not None:
        raise ValueError(
            f"Configuration key '{written}' is not namespaced by the project and should not define a default value. "
            "Did you mean to use the 'value' attribute instead of 'default'?"
        )
    if declaration.value is None:
        raise ValueError(f"Configuration key '{written}' is namespaced and must provide an attribute 'value'")


def fits(value: Any, type_: str, items: Items | None = None) -> bool:
    """Whether a value is of a declared type. Numbers and booleans may be given as text."""
    if type_ == "string":
        return isinstance(value, str)
    if type_ == "integer":
        return _is_integer(value)
    if type_ == "boolean":
        return isinstance(value, bool) or value in ("true", "false")
    if type_ == "object":
        return isinstance(value, dict)
    if not isinstance(value, list) or items is None:
        return False
    return all(fits(item, items.type, items.items) for item in value)


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        digits = value[1:] if value[:1] in ("+", "-") else value
        return digits.isascii() and digits.isdigit()
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def apply(
    config: Mapping[ConfigKey, ConfigValue], declarations: tuple[Declaration, ...]
) -> tuple[dict[ConfigKey, ConfigValue], list[str]]:
    """The configuration with defaults and values filled in, and the keys (as declared) that are missing altogether."""
    applied = dict(config)
    missing = []
    for declaration in declarations:
        if declaration.key in applied:
            continue
        if declaration.fallback is not None:
            applied[declaration.key] = _as_value(declaration.fallback)
        elif declaration.value is None and declaration.default is None:
            missing.append(declaration.written)
    return applied, missing


def _as_value(data: Any) -> ConfigValue:
    if isinstance(data, dict | list):
        return values.read(data)
    return values.text_of(data)


def missing_error(stack: str, missing: list[str]) -> InvalidConfig:
    """The error for keys that a project needs and a stack lacks."""
    quoted = [f"'{key}'" for key in sorted(missing)]
    keys = quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]
    return InvalidConfig(f"Stack '{stack}' is missing configuration value{'s' * (len(quoted) > 1)} {keys}")


def validate(
    stack: str,
    config: Mapping[ConfigKey, ConfigValue],
    declarations: tuple[Declaration, ...],
    open_: Callable[[str], str],
) -> None:
    """Checks a stack's values against what the project declares. Raises InvalidConfig."""
    for declaration in declarations:
        value = config.get(declaration.key, structure.MISSING)
        if declaration.type is None or isinstance(value, structure.Missing):
            continue
        if declaration.secret and not values.is_secret(value):
            raise InvalidConfig(
                f"Stack '{stack}' with configuration key '{declaration.written}' must be encrypted as it's secret"
            )
        content = values.opened(value, open_)
        if not values.is_object(value):
            content = values.text_of(content)
        if not fits(content, declaration.type, declaration.items):
            raise InvalidConfig(
                f"Stack '{stack}' with configuration key '{declaration.written}' "
                f"must be of type '{declaration.type_name}'"
            )
