"""Configuration values: text, or structures of it, in which any leaf may be sealed.

Plain data throughout: dict, list, str, int, float, bool, None, and `Sealed` for text that only a key opens. What a
program sees is always text: scalars as they are, structures as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from rolecall.model import json_text
from rolecall.project.go_yaml import go_text

_SECURE = "secure"


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed text of a secret."""

    ciphertext: str


ConfigValue: TypeAlias = None | bool | int | float | str | Sealed | list[Any] | dict[str, Any]


def read(data: Any) -> ConfigValue:
    """The value that plain data of a file stands for: `{secure: text}` is a secret, at any depth."""
    if isinstance(data, dict):
        if len(data) == 1 and isinstance(data.get(_SECURE), str):
            return Sealed(data[_SECURE])
        return {key: read(value) for key, value in data.items()}
    if isinstance(data, list):
        return [read(item) for item in data]
    return cast(ConfigValue, data)


def written(value: ConfigValue) -> Any:
    """The inverse of `read`."""
    if isinstance(value, Sealed):
        return {_SECURE: value.ciphertext}
    if isinstance(value, dict):
        return {key: written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [written(item) for item in value]
    return value


def is_secret(value: ConfigValue) -> bool:
    """Whether any part is sealed."""
    return next(sealed_parts(value), None) is not None


def sealed_parts(value: ConfigValue) -> Iterator[Sealed]:
    """Every sealed leaf."""
    if isinstance(value, Sealed):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from sealed_parts(item)


def is_object(value: ConfigValue) -> bool:
    """Whether the value is a structure, which programs get as JSON."""
    return isinstance(value, dict | list) or value is None


def opened(value: ConfigValue, open_: Callable[[str], str]) -> Any:
    """Plain data with every secret put through `open_`."""
    if isinstance(value, Sealed):
        return open_(value.ciphertext)
    if isinstance(value, dict):
        return {key: opened(item, open_) for key, item in value.items()}
    if isinstance(value, list):
        return [opened(item, open_) for item in value]
    return value


def text_of(data: Any) -> str:
    """Opened plain data as the text that a program gets: structures as compact JSON, scalars as they print."""
    if isinstance(data, str):
        return data
    if is_object(data) or isinstance(data, float):
        return json_text.compact(data)
    return go_text(data)


def resealed(value: ConfigValue, open_: Callable[[str], str], seal: Callable[[str], str]) -> ConfigValue:
    """The same value with its secrets sealed by another key."""
    if isinstance(value, Sealed):
        return Sealed(seal(open_(value.ciphertext)))
    if isinstance(value, dict):
        return {key: resealed(item, open_, seal) for key, item in value.items()}
    if isinstance(value, list):
        return [resealed(item, open_, seal) for item in value]
    return value


def coerced(text: str) -> ConfigValue:
    """What text set by path means: `true`, `false` and integers are typed, all else stays text.

    A leading zero keeps text text (`007`), as do numbers beyond 64 bits.
    """
    if text in ("true", "false"):
        return text == "true"
    digits = text.removeprefix("-").removeprefix("+") if len(text) > 1 else text
    if not (digits.isascii() and digits.isdigit()) or (len(text) > 1 and text[0] == "0"):
        return text
    number = int(text)
    if -(2**63) <= number < 2**63 or (text[0] not in "+-" and number < 2**64):
        return number
    return text
