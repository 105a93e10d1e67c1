"""The stack setting `pulumi:autonaming`: which physical names the engine proposes to providers.

The most specific of resource type, package and root wins. A name without a random part cannot exist twice, so its
resource is deleted before it is replaced.
"""

from __future__ import annotations

import hashlib
import json
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rolecall.engine.deployment import Deployment
from rolecall.engine.ending import Fault
from rolecall.model.provider import Autonaming
from rolecall.model.urn import URN, package_of
from rolecall.model.value import Secret

KEY = "pulumi:autonaming"
_RANDOM = re.compile(r"\$\{(hex|alphanum|string|num)\((\d+)\)\}|\$\{(uuid)\}")
_ALPHABETS = {
    "hex": "0123456789abcdef",
    "alphanum": string.ascii_lowercase + string.digits,
    "string": string.ascii_lowercase,
    "num": string.digits,
}


@dataclass(frozen=True, slots=True)
class Naming:
    """One rule. `pattern` None: the mode alone says it. `specific`: given for a package or type, not for all."""

    mode: str = "default"
    pattern: str | None = None
    enforce: bool = False
    specific: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a rule gives for one resource. `warns`: a provider that cannot follow it is worth a warning."""

    autonaming: Autonaming | None = None
    delete_first: bool = False
    warns: bool = False


class Namer:
    """The autonaming rules of a stack. Building one raises Fault for malformed rules."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        text = deployment.config.get(KEY)
        section = _read(text) if text is not None else {}
        self._packages: dict[str, Naming] = {}
        self._types: dict[str, Naming] = {}
        self._root = self._rule(section, {"providers"}) or Naming()
        for package, rules in section.get("providers", {}).items():
            rule = self._rule(rules, {"resources"})
            self._packages[package] = replace(rule, specific=True) if rule else self._root
            for type_, own in rules.get("resources", {}).items():
                found = self._rule(own, set())
                if found is None:
                    raise Fault(f'mode or pattern must be specified for resource "{type_}"')
                self._types[type_] = replace(found, specific=True)

    def _rule(self, section: Mapping[str, Any], also: set[str]) -> Naming | None:
        unknown = section.keys() - {"mode", "pattern", "enforce"} - also
        if unknown:
            raise Fault(f'invalid autonaming config structure: json: unknown field "{min(unknown)}"')
        mode, pattern, enforce = section.get("mode"), section.get("pattern"), section.get("enforce")
        if mode is not None and (pattern is not None or enforce is not None):
            raise Fault("cannot specify both mode and pattern/enforce")
        if pattern is not None:
            return Naming("pattern", self._resolved(str(pattern)), bool(enforce))
        if enforce is not None:
            raise Fault("pattern must be specified when enforce is true")
        if mode is None:
            return None
        if mode not in ("default", "verbatim", "disabled"):
            raise Fault(f"invalid naming mode: {mode}")
        return Naming(mode)

    def _resolved(self, pattern: str) -> str:
        deployment = self._deployment
        for name in ("organization", "project", "stack"):
            pattern = pattern.replace("${" + name + "}", str(getattr(deployment, name)))

        def value(match: re.Match[str]) -> str:
            text = deployment.config.get(f"{deployment.project}:{match[1]}")
            if text is None:
                raise Fault(f'no value found for key "{match[1]}"')
            return str(text.value) if isinstance(text, Secret) else text

        return re.sub(r"\$\{config\.([^}]+)\}", value, pattern)

    def propose(self, urn: URN, seed: bytes) -> Proposal:
        """What to propose for a resource. The same seed gives the same name."""
        rule = self._types.get(urn.type) or self._packages.get(package_of(urn.type)) or self._root
        if rule.mode == "default":
            return Proposal()
        if rule.mode == "disabled":
            return Proposal(Autonaming("", "disable"), warns=True)
        if rule.mode == "verbatim":
            return Proposal(Autonaming(urn.name, "enforce"), delete_first=True, warns=True)
        assert rule.pattern is not None
        name = _RANDOM.sub(_Randomness(seed).fill, rule.pattern.replace("${name}", urn.name))
        fixed = _RANDOM.search(rule.pattern) is None
        mode = Autonaming(name, "enforce" if rule.enforce else "propose")
        return Proposal(mode, delete_first=fixed, warns=rule.enforce or rule.specific)


def _read(text: str | Secret) -> dict[str, Any]:
    try:
        section = json.loads(str(text.value) if isinstance(text, Secret) else text)
    except ValueError as error:
        raise Fault(f"failed to parse autonaming config: invalid autonaming config: {error}") from error
    if not isinstance(section, dict):
        raise Fault("failed to parse autonaming config: it is not an object")
    return section


class _Randomness:
    """Characters that follow from a seed: SHA-256 in counter mode."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._count = 0
        self._bytes = b""

    def _next(self, below: int) -> int:
        """A number below `below` (at most 256), without bias."""
        while True:
            if not self._bytes:
                self._bytes = hashlib.sha256(self._seed + self._count.to_bytes(8, "big")).digest()
                self._count += 1
            byte, self._bytes = self._bytes[0], self._bytes[1:]
            if byte < 256 - 256 % below:
                return byte % below

    def fill(self, match: re.Match[str]) -> str:
        """The text for one random part of a pattern."""
        if match[3]:
            return self._uuid()
        alphabet = _ALPHABETS[match[1]]
        return "".join(alphabet[self._next(len(alphabet))] for _ in range(int(match[2])))

    def _uuid(self) -> str:
        digits = [f"{self._next(256):02x}" for _ in range(16)]
        digits[6] = "4" + digits[6][1]
        digits[8] = "89ab"[int(digits[8][0], 16) % 4] + digits[8][1]
        text = "".join(digits)
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
