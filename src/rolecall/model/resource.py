"""A resource as a stack remembers it, and the operations that a crash can interrupt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rolecall.model.urn import STACK_TYPE, URN, ProviderRef, is_provider_type
from rolecall.model.value import EMPTY, Map, Value


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a provider may take, in seconds; 0 means the provider's own default."""

    create: float = 0
    update: float = 0
    delete: float = 0
    read: float = 0


@dataclass(frozen=True, slots=True)
class Resource:
    """One entry of a snapshot. Field order is that of Pulumi's deployment format, version 3 and 4.

    `delete`: the old copy of a replaced resource, still to be deleted. `pending_replacement`: deleted, its replacement
    not created yet. `external`: read, never owned. `property_dependencies`: input name to the URNs its value came from.
    `created` and `modified`: RFC 3339 text in UTC. `extra`: fields of the file that we do not know, kept as they are
    (plain data under names that no field here has).
    """

    urn: URN
    type: str
    custom: bool = False
    delete: bool = False
    id: str = ""
    inputs: Map = EMPTY
    outputs: Map = EMPTY
    parent: URN | None = None
    protect: bool = False
    taint: bool = False
    external: bool = False
    dependencies: tuple[URN, ...] = ()
    init_errors: tuple[str, ...] = ()
    provider: ProviderRef | None = None
    property_dependencies: dict[str, tuple[URN, ...]] = field(default_factory=dict, hash=False)
    pending_replacement: bool = False
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[URN, ...] = ()
    custom_timeouts: Timeouts | None = None
    import_id: str = ""
    retain_on_delete: bool = False
    deleted_with: URN | None = None
    replace_with: tuple[URN, ...] = ()
    created: str = ""
    modified: str = ""
    source_position: str = ""
    stack_trace: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    hide_diff: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replacement_trigger: Value = None
    refresh_before_update: bool = False
    view_of: URN | None = None
    hooks: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    extra: dict[str, object] = field(default_factory=dict, hash=False)

    @property
    def is_provider(self) -> bool:
        return is_provider_type(self.type)

    @property
    def is_root_stack(self) -> bool:
        return self.type == STACK_TYPE

    @property
    def as_provider(self) -> ProviderRef:
        """How other resources refer to this one, if it is a provider."""
        return ProviderRef(self.urn, self.id)


OperationKind = Literal["creating", "updating", "deleting", "reading", "importing"]


@dataclass(frozen=True, slots=True)
class PendingOperation:
    """A call to a provider whose outcome was never recorded. `extra`: as in a Resource."""

    resource: Resource
    kind: OperationKind
    extra: dict[str, object] = field(default_factory=dict, hash=False)
