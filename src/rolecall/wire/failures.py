"""What a provider's gRPC error means: a clean failure, one whose outcome nobody knows, or a partial success.

Source of the rules: Pulumi's engine (codes INTERNAL, DATA_LOSS and UNKNOWN say nothing about what happened; details
travel as a `google.rpc.Status` in the trailer `grpc-status-details-bin`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError, Message

from rolecall.model.encoding import MalformedValue
from rolecall.model.provider import Outcome, PartlyDone, ProviderFailed
from rolecall.model.value import Map
from rolecall.wire.reduction import Keep
from rolecall.wire.struct import from_struct
from rolecall.wire.stubs import errors_pb2, provider_pb2, status_pb2

if TYPE_CHECKING:
    from google.protobuf.any_pb2 import Any as AnyMessage

DETAILS_TRAILER = "grpc-status-details-bin"
_STATUS_UNKNOWN = frozenset({"INTERNAL", "DATA_LOSS", "UNKNOWN"})
_KNOWN_VALUES = Keep(unknowns=False)


def failure(code: str, message: str, details: bytes | None, id_: str = "") -> ProviderFailed:
    """The failure that a gRPC status stands for.

    `code`: the name of the gRPC code. `details`: the trailer's bytes, if there were any. `id_`: the resource's id, for
    a provider that does not repeat it.
    """
    for kind, read in _READERS.items():
        for detail in _details(details, kind):
            found = read(message, detail, id_)
            if isinstance(found, ProviderFailed):
                return found
            message = found
    return ProviderFailed(message, status_unknown=code in _STATUS_UNKNOWN)


def missing_keys(details: bytes | None) -> tuple[tuple[str, str], ...]:
    """Name and description of each configuration key that a Configure misses."""
    kind = provider_pb2.ConfigureErrorMissingKeys
    return tuple((key.name, key.description) for found in _details(details, kind) for key in found.missingKeys)


def property_problems(details: bytes | None) -> tuple[tuple[str, str], ...]:
    """Path and reason of each input that a Construct or Call finds wrong."""
    kind = getattr(errors_pb2, "InputPropertiesError", None)
    found = _details(details, kind) if kind is not None else ()
    return tuple((error.property_path, error.reason) for message in found for error in message.errors)


def _details(details: bytes | None, kind: Callable[[], Any]) -> Iterable[Any]:
    if not details:
        return
    status = status_pb2.Status()
    try:
        status.ParseFromString(details)
    except DecodeError:
        return
    name = kind().DESCRIPTOR.full_name
    for detail in status.details:
        if _type_name(detail) != name:
            continue
        message: Message = kind()
        if detail.Unpack(message):
            yield message


def _type_name(detail: AnyMessage) -> str:
    return detail.type_url.rpartition("/")[2]


def _partial(message: str, detail: Any, id_: str) -> ProviderFailed:
    try:
        outputs: Map | None = from_struct(detail.properties, _KNOWN_VALUES)
        inputs = from_struct(detail.inputs, _KNOWN_VALUES) if detail.HasField("inputs") else None
    except MalformedValue as error:
        return ProviderFailed(f"{message}: {error}", status_unknown=True)
    reasons = tuple(detail.reasons) or (message,)
    return PartlyDone(
        Outcome(detail.id or id_, outputs, inputs, reasons, getattr(detail, "refresh_before_update", False))
    )


def _cause(message: str, detail: Any, _id: str) -> str:
    return f"{message}: {detail.message}" if detail.message else message


_READERS: Mapping[Callable[[], Any], Callable[[str, Any, str], ProviderFailed | str]] = {
    provider_pb2.ErrorResourceInitFailed: _partial,
    errors_pb2.ErrorCause: _cause,
}
