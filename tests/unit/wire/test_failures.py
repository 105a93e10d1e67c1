"""What a provider's error means for the state."""

from __future__ import annotations

import pytest
from google.protobuf.any_pb2 import Any

from rolecall.model.provider import Outcome, PartlyDone
from rolecall.model.value import map_of
from rolecall.wire.failures import failure, missing_keys, property_problems
from rolecall.wire.struct import to_struct
from rolecall.wire.stubs import errors_pb2, provider_pb2, status_pb2


def details(*messages: object) -> bytes:
    packed = []
    for message in messages:
        packed.append(Any())
        packed[-1].Pack(message)
    return status_pb2.Status(code=2, message="m", details=packed).SerializeToString()


@pytest.mark.parametrize("code", ["INTERNAL", "DATA_LOSS", "UNKNOWN"])
def test_some_codes_say_nothing_about_what_happened(code: str) -> None:
    assert failure(code, "m", None).status_unknown


@pytest.mark.parametrize("code", ["INVALID_ARGUMENT", "NOT_FOUND", "UNAVAILABLE", "PERMISSION_DENIED"])
def test_other_codes_say_that_nothing_happened(code: str) -> None:
    assert not failure(code, "m", None).status_unknown


def test_a_partial_failure_carries_what_exists() -> None:
    detail = provider_pb2.ErrorResourceInitFailed(
        id="id-1", properties=to_struct(map_of({"a": 1})), inputs=to_struct(map_of({"b": 2})), reasons=["r1", "r2"]
    )
    found = failure("UNKNOWN", "m", details(detail))
    assert isinstance(found, PartlyDone)
    assert found.outcome == Outcome("id-1", map_of({"a": 1}), map_of({"b": 2}), ("r1", "r2"))


def test_a_partial_update_that_repeats_no_id_keeps_the_one_it_was_asked_for() -> None:
    found = failure("UNKNOWN", "m", details(provider_pb2.ErrorResourceInitFailed(reasons=["r"])), "id-9")
    assert isinstance(found, PartlyDone)
    assert (found.outcome.id, found.outcome.inputs) == ("id-9", None)


def test_a_cause_is_added_to_the_message() -> None:
    assert failure("INTERNAL", "m", details(errors_pb2.ErrorCause(message="because"))).message == "m: because"


@pytest.mark.parametrize("broken", [b"", b"\xff\xff\xff", None])
def test_details_that_cannot_be_read_leave_the_message(broken: bytes | None) -> None:
    assert failure("UNKNOWN", "m", broken).message == "m"


def test_missing_configuration_keys_are_named() -> None:
    detail = provider_pb2.ConfigureErrorMissingKeys(
        missingKeys=[provider_pb2.ConfigureErrorMissingKeys.MissingKey(name="region", description="where")]
    )
    assert missing_keys(details(detail)) == (("region", "where"),)


def test_problems_with_inputs_of_a_component_are_named() -> None:
    problem = errors_pb2.InputPropertiesError.PropertyError(property_path="a[0].b", reason="too long")
    assert property_problems(details(errors_pb2.InputPropertiesError(errors=[problem]))) == (("a[0].b", "too long"),)
