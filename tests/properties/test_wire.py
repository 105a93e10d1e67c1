"""Values survive the wire, and lose on it exactly the marks that a receiver does not understand."""

from __future__ import annotations

from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from rolecall.model.value import (
    Archive,
    Asset,
    Map,
    Output,
    Reference,
    Secret,
    Unknown,
    Value,
    has_secrets,
    has_unknowns,
    same,
    unwrap,
    walk,
)
from rolecall.wire.durations import seconds_of, text_of
from rolecall.wire.reduction import PLAIN, Keep, dependencies_in, reduce_map, upgraded
from rolecall.wire.struct import from_struct, to_struct
from tests.properties.value_strategies import maps

keeps = st.builds(Keep, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())


@given(maps)
def test_what_is_sent_is_what_arrives(values: Map) -> None:
    sent = Struct.FromString(to_struct(values).SerializeToString())
    assert same(from_struct(sent), values)


@given(maps)
def test_names_arrive_in_order(values: Map) -> None:
    assert list(from_struct(to_struct(values))) == sorted(values)


@given(maps, keeps)
def test_no_mark_arrives_that_was_not_to_be_kept(values: Map, keep: Keep) -> None:
    found = list(walk(reduce_map(values, keep)))
    assert keep.secrets or not any(isinstance(value, Secret) for value in found)
    assert keep.resources or not any(isinstance(value, Reference) for value in found)
    assert keep.outputs or not any(isinstance(value, Output) for value in found)
    if not keep.unknowns and not keep.outputs and not keep.resources:
        assert not any(isinstance(value, Unknown) for value in found)
    if not keep.assets:
        assert not any(isinstance(v, Asset | Archive) and (v.path or v.uri or getattr(v, "text", None)) for v in found)


@given(maps, keeps)
def test_reducing_again_changes_nothing(values: Map, keep: Keep) -> None:
    once = reduce_map(values, keep)
    assert same(reduce_map(once, keep), once)


@given(maps)
def test_secrets_are_never_lost_on_those_who_understand_them(values: Map) -> None:
    reduced = reduce_map(values, Keep())
    assert has_secrets(reduced) == has_secrets(values)
    assert has_unknowns(reduced) == has_unknowns(values)


@given(maps)
def test_a_list_keeps_its_length_when_unknowns_are_read_away(values: Map) -> None:
    for key, value in reduce_map(values, Keep(unknowns=False), holes=True).items():
        before = values[key]
        if isinstance(before, tuple):
            assert isinstance(value, tuple) and len(value) == len(before)


@given(maps)
def test_upgrading_says_the_same_in_outputs(values: Map) -> None:
    outputs = upgraded(values)
    assert same(unwrap(outputs), unwrap(values))
    assert has_secrets(outputs) == has_secrets(values)
    assert dependencies_in(outputs) == dependencies_in(values)
    assert not any(isinstance(value, Secret) for value in walk(outputs))


@given(maps)
def test_nothing_but_plain_data_is_left_for_a_receiver_that_understands_nothing(values: Map) -> None:
    def is_plain(value: Value) -> bool:
        return not isinstance(value, Secret | Output | Unknown | Reference)

    assert all(is_plain(value) for value in walk(reduce_map(values, PLAIN)))


@given(st.integers(min_value=0, max_value=10**7))
def test_a_duration_written_is_read_as_the_same_seconds(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    assert abs(seconds_of(text_of(seconds)) - seconds) < 1e-6
