"""URNs: the name by which a stack knows a resource, and provider references built on them.

A URN reads `urn:pulumi:<stack>::<project>::<qualified type>::<name>`; the name is everything after the third `::` and
may hold `::` itself. The qualified type lists the types of the parents, joined by `$`, except the root stack's.
"""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "urn:pulumi:"
STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_TYPE_PREFIX = "pulumi:providers:"
UNKNOWN_ID = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for an id that a preview cannot know, in provider references and on the wire."""


class URN(str):
    """A URN as text, with its parts. Building one does not validate it; `is_valid` does."""

    __slots__ = ()

    @classmethod
    def make(cls, stack: str, project: str, parent: URN | None, type_: str, name: str) -> URN:
        """The URN of a resource of `type_` called `name` below `parent` (None, or the root stack: no type prefix)."""
        prefix = ""
        if parent is not None and parent.type != STACK_TYPE:
            prefix = parent.qualified_type + "$"
        return cls(f"{PREFIX}{stack}::{project}::{prefix}{type_}::{name}")

    @property
    def _parts(self) -> list[str]:
        parts = self[len(PREFIX) :].split("::", 3)
        return parts + [""] * (4 - len(parts))

    @property
    def is_valid(self) -> bool:
        return self.startswith(PREFIX) and self.count("::") >= 3

    @property
    def stack(self) -> str:
        return self._parts[0]

    @property
    def project(self) -> str:
        return self._parts[1]

    @property
    def qualified_type(self) -> str:
        return self._parts[2]

    @property
    def type(self) -> str:
        return self.qualified_type.rsplit("$", 1)[-1]

    @property
    def name(self) -> str:
        return self._parts[3]


def package_of(type_token: str) -> str:
    """The package of a type or function token: `aws` for `aws:s3/bucket:Bucket` and for `pulumi:providers:aws`."""
    if is_provider_type(type_token):
        return type_token[len(PROVIDER_TYPE_PREFIX) :]
    return type_token.split(":", 1)[0]


def is_provider_type(type_token: str) -> bool:
    return type_token.startswith(PROVIDER_TYPE_PREFIX)


@dataclass(frozen=True, slots=True)
class ProviderRef:
    """A provider resource by URN and id; written `<urn>::<id>` and read by splitting at the last `::`."""

    urn: URN
    id: str

    @classmethod
    def parse(cls, text: str) -> ProviderRef:
        """Reads `<urn>::<id>`. Raises ValueError when it is not of that form."""
        urn, separator, id_ = text.rpartition("::")
        if not separator or not URN(urn).is_valid:
            raise ValueError(f"not a provider reference: {text!r}")
        return cls(URN(urn), id_)

    @property
    def package(self) -> str:
        return package_of(self.urn.type)

    def __str__(self) -> str:
        return f"{self.urn}::{self.id or UNKNOWN_ID}"
