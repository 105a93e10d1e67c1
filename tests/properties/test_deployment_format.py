"""Reading and writing states loses nothing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.model.value import same
from rolecall.state.format import (
    Checkpoint,
    deployment_of,
    export_of,
    features_needed,
    read_checkpoint,
    read_export,
    snapshot_of,
    write_checkpoint,
)
from rolecall.state.json_text import dumps
from rolecall.state.secrets_in_state import Keeper, Showing
from rolecall.state.snapshot import Snapshot
from rolecall.state.soundness import first_problem
from tests.properties.state_strategies import plain, snapshots
from tests.unit.state.samples import CountingSealer


def stored(snapshot: Snapshot, keeper: Keeper) -> bytes:
    checkpoint = Checkpoint("organization/proj/dev").with_deployment(
        deployment_of(snapshot, keeper), features_needed(snapshot)
    )
    return write_checkpoint(checkpoint)


def opened(data: bytes, keeper: Keeper) -> Snapshot:
    return snapshot_of(read_checkpoint(data).latest or {}, keeper)


@settings(max_examples=50, deadline=None)
@given(snapshots())
def test_a_snapshot_that_was_written_is_read_as_it_was(snapshot: Snapshot) -> None:
    data = stored(snapshot, Keeper(CountingSealer()))
    again = opened(data, Keeper(CountingSealer()))
    assert again == snapshot
    for before, after in zip(snapshot.resources, again.resources, strict=True):
        assert same(before.inputs, after.inputs)
        assert same(before.outputs, after.outputs)
        assert before.extra == after.extra
        assert before.property_dependencies == after.property_dependencies
    assert (again.extra, again.metadata, again.manifest) == (snapshot.extra, snapshot.metadata, snapshot.manifest)
    assert not first_problem(again)


@settings(max_examples=50, deadline=None)
@given(snapshots())
def test_reading_and_writing_gives_the_same_file(snapshot: Snapshot) -> None:
    data = stored(snapshot, Keeper(CountingSealer()))
    sealer = CountingSealer()
    keeper = Keeper(sealer)
    assert stored(opened(data, keeper), keeper) == data
    assert sealer.sealed == 0, "unchanged secrets are not sealed anew"


@settings(max_examples=50, deadline=None)
@given(snapshots())
def test_a_state_whose_passphrase_nobody_knows_survives_reading_and_writing(snapshot: Snapshot) -> None:
    data = stored(snapshot, Keeper(CountingSealer()))
    assert stored(opened(data, Keeper()), Keeper()) == data


@settings(max_examples=50, deadline=None)
@given(snapshots())
def test_an_export_with_open_secrets_can_be_imported(snapshot: Snapshot) -> None:
    shown = Checkpoint("").with_deployment(deployment_of(snapshot, Showing()), features_needed(snapshot))
    exported = read_export(dumps(export_of(shown)))
    assert snapshot_of(exported.latest or {}, Keeper(CountingSealer())) == snapshot


@settings(max_examples=50, deadline=None)
@given(
    st.fixed_dictionaries({"version": st.just(3), "checkpoint": st.fixed_dictionaries({"stack": st.just("s")})}),
    st.dictionaries(st.sampled_from(["newer", "other"]), plain),
    st.dictionaries(st.sampled_from(["newer", "other"]), plain),
)
def test_unknown_fields_of_the_envelope_survive(document: dict[str, Any], outer: Any, inner: Any) -> None:
    document = {**document, **outer, "checkpoint": {**document["checkpoint"], **inner}}
    assert json.loads(write_checkpoint(read_checkpoint(json.dumps(document).encode()))) == document
