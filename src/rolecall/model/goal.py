"""What a program asks for: the desired state of a resource, a read, an invocation, a call; and what it is answered.

These are the messages of Pulumi's ResourceMonitor without their wire form. The engine answers them; `program` decodes
and encodes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from rolecall.model.diagnostic import Severity
from rolecall.model.resource import Timeouts
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY, Map, Value


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """Which provider package is wanted when no provider is named: a name and, where given, a version and its source."""

    name: str
    version: str = ""
    download_url: str = ""
    checksums: dict[str, bytes] = field(default_factory=dict, hash=False)
    parameterization: Parameterization | None = None


@dataclass(frozen=True, slots=True)
class Parameterization:
    """A package made from a plugin and a value: `name` and `version` of the plugin that serves it."""

    plugin_name: str
    plugin_version: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Alias:
    """A former identity. Either `urn`, or parts in which None means "as it is now"."""

    urn: URN | None = None
    name: str | None = None
    type: str | None = None
    stack: str | None = None
    project: str | None = None
    parent: URN | None = None
    no_parent: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """One RegisterResource. None in an option means "not given", which differs from a false or empty one.

    `provider` is the text of a provider reference, `providers` maps packages to such texts (components only).
    """

    type: str
    name: str
    custom: bool
    properties: Map = EMPTY
    parent: URN | None = None
    remote: bool = False
    dependencies: tuple[URN, ...] = ()
    property_dependencies: dict[str, tuple[URN, ...]] = field(default_factory=dict, hash=False)
    provider: str = ""
    providers: dict[str, str] = field(default_factory=dict, hash=False)
    package: PackageRequest | None = None
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replacement_trigger: Value = None
    replace_with: tuple[URN, ...] = ()
    deleted_with: URN | None = None
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    custom_timeouts: Timeouts | None = None
    import_id: str = ""
    hide_diffs: tuple[str, ...] = ()
    hooks: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    env_var_mappings: dict[str, str] = field(default_factory=dict, hash=False)
    source_position: str = ""
    stack_trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    """The answer to a Goal. `unknown`: outputs that are missing are not known yet. `failed`: it was not done, the run
    goes on all the same (continue-on-error)."""

    urn: URN
    id: str = ""
    outputs: Map = EMPTY
    property_dependencies: dict[str, tuple[URN, ...]] = field(default_factory=dict, hash=False)
    unknown: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ReadGoal:
    """One ReadResource: an existing resource to look at and remember, never to own. `id` may be UNKNOWN_ID."""

    type: str
    name: str
    id: str
    properties: Map = EMPTY
    parent: URN | None = None
    dependencies: tuple[URN, ...] = ()
    provider: str = ""
    package: PackageRequest | None = None
    additional_secret_outputs: tuple[str, ...] = ()
    source_position: str = ""
    stack_trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invoke:
    """One function call on a provider."""

    token: str
    args: Map = EMPTY
    parent: URN | None = None
    provider: str = ""
    package: PackageRequest | None = None
    depends_on: tuple[URN, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """One thing a provider found wrong with inputs; `property` is "" when it is about the whole."""

    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class Invoked:
    """The answer to an Invoke. `unknown`: it cannot be known yet."""

    result: Map = EMPTY
    failures: tuple[CheckFailure, ...] = ()
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One method call on a resource (`args["__self__"]` refers to it)."""

    token: str
    args: Map = EMPTY
    arg_dependencies: dict[str, tuple[URN, ...]] = field(default_factory=dict, hash=False)
    provider: str = ""
    package: PackageRequest | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """The answer to a Call."""

    result: Map = EMPTY
    dependencies: dict[str, tuple[URN, ...]] = field(default_factory=dict, hash=False)
    failures: tuple[CheckFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line a program or provider logged. `ephemeral` lines are a status, shown while it lasts and not kept."""

    severity: Severity
    message: str
    urn: URN | None = None
    stream: int = 0
    ephemeral: bool = False


class Aborted(Exception):
    """The deployment is over; the program must stop. Becomes gRPC UNAVAILABLE, which SDKs read as that."""


class Refused(Exception):
    """A request that cannot be served, with the text that the program sees. `status` names a gRPC status code."""

    def __init__(self, message: str, status: str = "UNKNOWN") -> None:
        super().__init__(message)
        self.status = status


class Monitor(Protocol):
    """A deployment, as a program sees it. Every method may raise Aborted or Refused.

    `register` answers when the step that decides the result was applied and recorded. `finished` says that no more will
    be registered and returns when all is done, deletes included.
    """

    async def register(self, goal: Goal) -> Registered: ...
    async def register_outputs(self, urn: URN, outputs: Map) -> None: ...
    async def read(self, goal: ReadGoal) -> Registered: ...
    async def invoke(self, invoke: Invoke) -> Invoked: ...
    async def call(self, call: Call) -> Called: ...
    async def finished(self) -> None: ...
    def log(self, line: LogLine) -> None: ...
