"""Names that the provider makes up: from the logical name and a random suffix, or from a prefix (spec 2.2)."""

from __future__ import annotations

import itertools
import secrets
from datetime import UTC, datetime

from rolecall.model.provider import Autonaming
from rolecall.providers.aws.chacha import draws
from rolecall.providers.aws.declaration import AutoName

_HEX = "0123456789abcdef"
_counter = itertools.count(secrets.randbelow(2**24))


class NoName(Exception):
    """A name cannot be made; the text is Pulumi's."""


def automatic(rule: AutoName, token: str, logical: str, seed: bytes, autonaming: Autonaming | None) -> str:
    """The name for a resource that was given none. Raises NoName."""
    if autonaming and autonaming.mode == "disable":
        raise NoName("automatic naming is disabled but no explicit name was provided")
    if autonaming and autonaming.mode == "enforce":
        return autonaming.proposed_name
    if autonaming and autonaming.proposed_name:
        name = _transformed(rule, autonaming.proposed_name)
        if len(name) > rule.longest:
            raise NoName(f"calculated name '{name}' exceeds maximum length of {rule.longest}")
        return name
    if not rule.random:
        return _transformed(rule, logical)
    prefix = _transformed(rule, logical) + rule.separator
    if len(prefix) + rule.random > rule.longest:
        raise NoName(
            f"could not make instance of '{token}': name '{prefix}' plus {rule.random} random chars is longer than "
            f"maximum length {rule.longest}"
        )
    return prefix + _suffix(seed, rule.random)


def _transformed(rule: AutoName, name: str) -> str:
    return name.lower() if rule.lower else name


def _suffix(seed: bytes, length: int) -> str:
    if not seed:
        return secrets.token_hex(length)[:length]
    return "".join(_HEX[n] for n in itertools.islice(draws(seed, len(_HEX)), length))


def unique(prefix: str) -> str:
    """The prefix and 26 characters: 18 digits of UTC time and an 8-digit hexadecimal counter, as upstream does."""
    stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")[:18]
    return f"{prefix}{stamp}{next(_counter) & 0xFFFFFFFF:08x}"
