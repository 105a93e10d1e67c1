"""Steps: one unit of work on one resource, as data. Deciding on one and doing it are other modules' work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rolecall.model.resource import Resource
from rolecall.model.urn import URN, ProviderRef

Op = Literal[
    "same",
    "create",
    "update",
    "delete",
    "replace",
    "create-replacement",
    "delete-replaced",
    "read",
    "read-replacement",
    "refresh",
    "discard",
    "discard-replaced",
    "remove-pending-replace",
    "import",
    "import-replacement",
]

DiffKind = Literal["add", "add-replace", "delete", "delete-replace", "update", "update-replace"]


@dataclass(frozen=True, slots=True)
class PropertyDiff:
    """How one property path differs. `input_diff`: the path is one of inputs, not of outputs."""

    kind: DiffKind
    input_diff: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One unit of work. `old` and `new` are the resource before and after; a delete has no `new`, a create no `old`.

    `keys`: the properties that make it a replacement. `diffs`: the top-level properties that differ. `logical`: what
    the user asked for, as against a part of a replacement.
    """

    op: Op
    urn: URN
    type: str
    provider: ProviderRef | None = None
    old: Resource | None = None
    new: Resource | None = None
    keys: tuple[str, ...] = ()
    diffs: tuple[str, ...] = ()
    detailed_diff: dict[str, PropertyDiff] | None = field(default=None, hash=False)
    logical: bool = True
