"""What an engine asks of a provider, and what it is answered: Pulumi's ResourceProvider protocol without its wire form.

Requests and answers are data, so that the engine can return a request as an effect and be handed its answer. `Provider`
is the port that `providers` implements: by gRPC to a plugin process, or in this process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from rolecall.model.goal import Call, Called, CheckFailure, Goal, PackageRequest
from rolecall.model.step import PropertyDiff
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY, Map


@dataclass(frozen=True, slots=True)
class Autonaming:
    """A name proposed by the engine's autonaming configuration."""

    proposed_name: str
    mode: Literal["propose", "enforce", "disable"] = "propose"


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """Validate a provider's own inputs."""

    urn: URN
    olds: Map
    news: Map


@dataclass(frozen=True, slots=True)
class DiffConfig:
    """Compare a provider's own inputs."""

    urn: URN
    old_inputs: Map
    old_outputs: Map
    news: Map
    ignore_changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Configure:
    """Give a provider its inputs; it must be ready for work when this is answered."""

    urn: URN
    id: str
    inputs: Map


@dataclass(frozen=True, slots=True)
class Check:
    """Validate a resource's inputs and fill in defaults. `seed`: 32 bytes that make random names repeatable."""

    urn: URN
    olds: Map
    news: Map
    seed: bytes = b""
    autonaming: Autonaming | None = None
    old_outputs: Map = EMPTY


@dataclass(frozen=True, slots=True)
class Diff:
    """Compare what is with what is wanted. `news` are checked inputs."""

    urn: URN
    id: str
    old_inputs: Map
    old_outputs: Map
    news: Map
    ignore_changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Create:
    """Make a resource. `timeout` in seconds, 0 for the provider's default."""

    urn: URN
    properties: Map
    timeout: float = 0
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """Look at a resource: for a refresh with what is known of it, for a get with empty maps or what the program gave,
    for an import with the id alone (None: left out of the request, which providers can tell from empty)."""

    urn: URN
    id: str
    inputs: Map | None = None
    properties: Map | None = None
    timeout: float = 0


@dataclass(frozen=True, slots=True)
class Update:
    """Change a resource in place."""

    urn: URN
    id: str
    old_inputs: Map
    old_outputs: Map
    news: Map
    timeout: float = 0
    ignore_changes: tuple[str, ...] = ()
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a resource. One that is gone already counts as deleted."""

    urn: URN
    id: str
    old_inputs: Map
    old_outputs: Map
    timeout: float = 0


@dataclass(frozen=True, slots=True)
class InvokeFunction:
    """Call one of the provider's functions."""

    token: str
    args: Map
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Construct:
    """Let the provider make a remote component; it registers the component and its children at the monitor itself."""

    goal: Goal
    urn_parent: URN | None = None


@dataclass(frozen=True, slots=True)
class CallMethod:
    """Call a method of a resource."""

    call: Call


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer to Check and CheckConfig."""

    inputs: Map
    failures: tuple[CheckFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class Differences:
    """The answer to Diff and DiffConfig. `changes` "unknown": the engine compares inputs itself.

    `replaces` and `diffs` are property names, `stables` those that no update changes.
    """

    changes: Literal["unknown", "none", "some"]
    replaces: tuple[str, ...] = ()
    diffs: tuple[str, ...] = ()
    stables: tuple[str, ...] = ()
    delete_before_replace: bool = False
    detailed: dict[str, PropertyDiff] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a provider acts as, and where: said to the user before anything is changed.

    `target`: `AWS`, or `sandbox` for an endpoint that is one of ours. `chain`: ARNs, the base identity first, then each
    role's session. `expires`: RFC 3339 text, or "" for credentials that last.
    """

    target: str
    account: str
    region: str
    chain: tuple[str, ...]
    endpoint: str = ""
    account_alias: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Configured:
    """The answer to Configure. `identity` is None for providers that have no such thing, or do not know it yet."""

    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """The answer to Delete."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to Create, Read and Update. A Read answers id "" when the resource is gone, and `inputs` None when it
    does not know them. `init_errors`: it exists, but not wholly as wanted (partial failure)."""

    id: str
    outputs: Map | None
    inputs: Map | None = None
    init_errors: tuple[str, ...] = ()
    refresh_before_update: bool = False


@dataclass(frozen=True, slots=True)
class FunctionResult:
    """The answer to InvokeFunction."""

    result: Map
    failures: tuple[CheckFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class Constructed:
    """The answer to Construct."""

    urn: URN
    state: Map
    state_dependencies: dict[str, tuple[URN, ...]] = field(default_factory=dict, hash=False)


class ProviderFailed(Exception):
    """A provider said no. `status_unknown`: nobody knows whether it happened (gRPC INTERNAL, DATA_LOSS, UNKNOWN).

    `unanswered`: it said nothing that could be understood, because it died or the answer was lost. Then what it was
    asked for stays a pending operation: it may exist. (`status_unknown` alone is what any plain error of a plugin is.)
    """

    def __init__(self, message: str, *, status_unknown: bool = False, unanswered: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.status_unknown = status_unknown or unanswered
        self.unanswered = unanswered


class PartlyDone(ProviderFailed):
    """A create, update or read that left the resource in existence but not as wanted; the outcome must be recorded."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("\n".join(outcome.init_errors))
        self.outcome = outcome


class ProviderUnavailable(Exception):
    """A provider cannot be had at all: not installed, not startable, or dead. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Features:
    """What a provider understands of the protocol; what it does not is kept from it."""

    secrets: bool = True
    resources: bool = True
    outputs: bool = False
    preview: bool = True
    autonaming: bool = False


class Provider(Protocol):
    """One loaded provider. Every method may raise ProviderFailed (create, update and read also PartlyDone).

    Methods are coroutines on the deployment's loop; one that blocks hands its work to threads itself. Many may be under
    way at once.
    """

    @property
    def features(self) -> Features: ...

    async def check_config(self, request: CheckConfig) -> Checked: ...
    async def diff_config(self, request: DiffConfig) -> Differences: ...
    async def configure(self, request: Configure) -> Configured: ...
    async def check(self, request: Check) -> Checked: ...
    async def diff(self, request: Diff) -> Differences: ...
    async def create(self, request: Create) -> Outcome: ...
    async def read(self, request: Read) -> Outcome: ...
    async def update(self, request: Update) -> Outcome: ...
    async def delete(self, request: Delete) -> Deleted: ...
    async def invoke(self, request: InvokeFunction) -> FunctionResult: ...
    async def construct(self, request: Construct) -> Constructed: ...
    async def call(self, request: CallMethod) -> Called: ...
    async def cancel(self) -> None: ...
    async def close(self) -> None: ...


class Loader(Protocol):
    """Finds and loads providers. Raises ProviderUnavailable."""

    async def load(self, package: PackageRequest) -> Provider: ...


ProviderRequest: TypeAlias = (
    CheckConfig
    | DiffConfig
    | Configure
    | Check
    | Diff
    | Create
    | Read
    | Update
    | Delete
    | InvokeFunction
    | Construct
    | CallMethod
)
ProviderAnswer: TypeAlias = (
    Checked | Differences | Configured | Deleted | Outcome | FunctionResult | Constructed | Called
)
