"""What a provider answered: the ResourceProvider's response messages as `rolecall.model.provider` has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rolecall.model.goal import Called, CheckFailure
from rolecall.model.provider import (
    Checked,
    Constructed,
    Differences,
    Features,
    FunctionResult,
    Outcome,
)
from rolecall.model.step import DiffKind, PropertyDiff
from rolecall.model.urn import URN
from rolecall.model.value import Map
from rolecall.wire.reduction import Keep, dependencies_in, reduce_map
from rolecall.wire.struct import from_struct

if TYPE_CHECKING:
    from pulumi.runtime.proto.provider_pb2 import (
        CallResponse,
        CheckResponse,
        ConfigureResponse,
        ConstructResponse,
        CreateResponse,
        DiffResponse,
        InvokeResponse,
        ProviderHandshakeResponse,
        ReadResponse,
        UpdateResponse,
    )
    from pulumi.runtime.proto.provider_pb2 import CheckFailure as CheckFailureMessage

_VALUES = Keep()
_KNOWN_VALUES = Keep(unknowns=False)
_KINDS: tuple[DiffKind, ...] = ("add", "add-replace", "delete", "delete-replace", "update", "update-replace")
_CHANGES = ("unknown", "none", "some")


def handshake_features(response: ProviderHandshakeResponse) -> Features | None:
    """What a provider that answers Handshake understands. Such a one always does previews.

    None when the installed stubs cannot read it (before about 3.160): Configure's answer says the same.
    """
    if "accept_secrets" not in response.DESCRIPTOR.fields_by_name:
        return None
    return Features(
        secrets=response.accept_secrets,
        resources=response.accept_resources,
        outputs=response.accept_outputs,
        preview=True,
        autonaming=getattr(response, "supports_autonaming_configuration", False),
    )


def configured_features(response: ConfigureResponse) -> Features:
    """What a provider without Handshake understands."""
    return Features(
        secrets=response.acceptSecrets,
        resources=response.acceptResources,
        outputs=response.acceptOutputs,
        preview=response.supportsPreview,
        autonaming=getattr(response, "supports_autonaming_configuration", False),
    )


def failures(messages: Iterable[CheckFailureMessage]) -> tuple[CheckFailure, ...]:
    """Check failures from their wire form."""
    return tuple(CheckFailure(message.property, message.reason) for message in messages)


def checked(response: CheckResponse) -> Checked:
    """The answer to a Check or CheckConfig."""
    return Checked(from_struct(response.inputs, _VALUES), failures(response.failures))


def differences(response: DiffResponse) -> Differences:
    """The answer to a Diff or DiffConfig. A kind of change that we do not know counts as an update."""
    detailed = None
    if response.hasDetailedDiff:
        detailed = {
            path: PropertyDiff(_KINDS[diff.kind] if 0 <= diff.kind < len(_KINDS) else "update", diff.inputDiff)
            for path, diff in response.detailedDiff.items()
        }
    changes = _CHANGES[response.changes] if 0 <= response.changes < len(_CHANGES) else "unknown"
    return Differences(
        changes=changes,  # type: ignore[arg-type]
        replaces=tuple(response.replaces),
        diffs=tuple(response.diffs),
        stables=tuple(response.stables),
        delete_before_replace=response.deleteBeforeReplace,
        detailed=detailed,
    )


def created(response: CreateResponse, *, preview: bool) -> Outcome:
    """The answer to a Create."""
    return Outcome(
        response.id,
        from_struct(response.properties, _VALUES if preview else _KNOWN_VALUES),
        refresh_before_update=getattr(response, "refresh_before_update", False),
    )


def updated(response: UpdateResponse, id_: str, *, preview: bool) -> Outcome:
    """The answer to an Update of the resource with this id."""
    return Outcome(
        id_,
        from_struct(response.properties, _VALUES if preview else _KNOWN_VALUES),
        refresh_before_update=getattr(response, "refresh_before_update", False),
    )


def read(response: ReadResponse) -> Outcome:
    """The answer to a Read; its inputs are None when the provider did not send any."""
    return Outcome(
        response.id,
        from_struct(response.properties, _KNOWN_VALUES),
        from_struct(response.inputs, _KNOWN_VALUES) if response.HasField("inputs") else None,
        refresh_before_update=getattr(response, "refresh_before_update", False),
    )


def function_result(response: InvokeResponse) -> FunctionResult:
    """The answer to an Invoke."""
    return FunctionResult(from_struct(getattr(response, "return"), _KNOWN_VALUES), failures(response.failures))


def constructed(response: ConstructResponse) -> Constructed:
    """The answer to a Construct. What output values in it depend on joins the dependencies of their property."""
    state, dependencies = _reduced(
        from_struct(response.state),
        {key: tuple(map(URN, entry.urns)) for key, entry in response.stateDependencies.items()},
    )
    return Constructed(URN(response.urn), state, dependencies)


def called(response: CallResponse) -> Called:
    """The answer to a Call."""
    result, dependencies = _reduced(
        from_struct(getattr(response, "return")),
        {key: tuple(map(URN, entry.urns)) for key, entry in response.returnDependencies.items()},
    )
    return Called(result, dependencies, failures(response.failures))


def _reduced(values: Map, given: dict[str, tuple[URN, ...]]) -> tuple[Map, dict[str, tuple[URN, ...]]]:
    dependencies = dict(given)
    for key, value in values.items():
        more = sorted(dependencies_in(value) - set(dependencies.get(key, ())))
        if more:
            dependencies[key] = dependencies.get(key, ()) + tuple(map(URN, more))
    return reduce_map(values, _VALUES), dependencies
