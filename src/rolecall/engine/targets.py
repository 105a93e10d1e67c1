"""The options --target and --exclude: which URNs they name, and which resources an operation therefore leaves alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rolecall.engine.graph import references
from rolecall.model.resource import Resource
from rolecall.model.urn import STACK_TYPE, URN, is_provider_type


def pattern_of(glob: str) -> re.Pattern[str]:
    """A glob over URNs: `*` is any run without a colon, `**` anything; it must match the whole."""
    parts = re.split(r"(\*\*|\*)", glob)
    return re.compile("".join({"**": ".*", "*": "[^:]*"}.get(part, re.escape(part)) for part in parts), re.DOTALL)


@dataclass(slots=True)
class UrnSet:
    """Literal URNs and globs, as given, and URNs that were added because what they depend on is in."""

    texts: tuple[str, ...]
    literals: set[str] = field(init=False)
    globs: list[re.Pattern[str]] = field(init=False)
    _known: dict[str, bool] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.literals = {text for text in self.texts if "*" not in text}
        self.globs = [pattern_of(text) for text in self.texts if "*" in text]

    def __bool__(self) -> bool:
        return bool(self.texts)

    def __contains__(self, urn: str) -> bool:
        if urn in self.literals:
            return True
        if not self.globs:
            return False
        if urn not in self._known:
            self._known[urn] = any(glob.fullmatch(urn) for glob in self.globs)
        return self._known[urn]


class Scope:
    """Which resources an operation is about. Without targets and excludes: all."""

    def __init__(
        self, targets: Sequence[str], excludes: Sequence[str], *, target_dependents: bool, exclude_dependents: bool
    ) -> None:
        self.targets = UrnSet(tuple(targets))
        self.excludes = UrnSet(tuple(excludes))
        self._target_dependents = target_dependents
        self._exclude_dependents = exclude_dependents
        self._implied: set[URN] = set()
        self._left_out: set[URN] = set()

    @property
    def is_everything(self) -> bool:
        return not self.targets and not self.excludes

    def includes(self, resource: Resource) -> bool:
        """Whether a registered resource is meant. Providers and the root stack always are: others need them."""
        if self.is_everything or is_provider_type(resource.type) or resource.type == STACK_TYPE:
            return True
        return self.names(resource)

    def names(self, resource: Resource) -> bool:
        """As `includes`, without the exception for providers and stacks."""
        if self.targets:
            inside = self._is_target(resource)
            if inside:
                self._implied.add(resource.urn)
            return inside
        if self.excludes:
            outside = self._is_excluded(resource)
            if outside:
                self._left_out.add(resource.urn)
            return not outside
        return True

    def _is_target(self, resource: Resource) -> bool:
        if resource.urn in self.targets or resource.urn in self._implied:
            return True
        return self._target_dependents and any(u in self.targets or u in self._implied for u in _needs(resource))

    def _is_excluded(self, resource: Resource) -> bool:
        if resource.urn in self.excludes or resource.urn in self._left_out:
            return True
        return self._exclude_dependents and any(u in self.excludes or u in self._left_out for u in _needs(resource))

    def missing(self, known: Iterable[str]) -> list[str]:
        """The literal URNs named that are not among `known`, in the order given."""
        present = set(known)
        named = [text for text in (*self.targets.texts, *self.excludes.texts) if "*" not in text]
        return [text for text in dict.fromkeys(named) if text not in present]


def _needs(resource: Resource) -> set[URN]:
    return set(references(resource))
