"""Moving resources between stacks leaves two sound snapshots, and every resource in exactly one of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rolecall.model.stack_name import StackName
from rolecall.model.urn import URN
from rolecall.state.errors import StateError
from rolecall.state.moving import Move, plan_move
from rolecall.state.snapshot import Manifest, Snapshot
from rolecall.state.soundness import first_problem
from tests.unit.state.samples import PREFIX, provider, snapshot_with, thing

TARGET = StackName("other", "prod")
EMPTY = Snapshot(manifest=Manifest.now())


def urn(name: str) -> str:
    return f"{PREFIX}probe:index:Thing::{name}"


def names(snapshot: Snapshot) -> list[str]:
    return [r.urn.name for r in snapshot.resources]


def planned(snapshot: Snapshot, *which: str, destination: Snapshot = EMPTY, **options: bool) -> Move:
    move = plan_move(snapshot, destination, TARGET, [urn(name) for name in which], **options)
    assert first_problem(move.source) == ""
    assert first_problem(move.destination) == ""
    return move


def test_what_moves_gets_the_urns_of_its_new_stack_and_a_copy_of_its_provider() -> None:
    move = planned(snapshot_with(thing("a"), thing("b")), "a")
    assert names(move.source) == ["proj-dev", "default", "b"]
    assert [str(r.urn) for r in move.destination.resources] == [
        "urn:pulumi:prod::other::pulumi:pulumi:Stack::other-prod",
        "urn:pulumi:prod::other::pulumi:providers:probe::default",
        "urn:pulumi:prod::other::probe:index:Thing::a",
    ]
    moved = move.destination.resources[2]
    assert moved.provider == move.destination.resources[1].as_provider
    assert moved.id == "a-1"


def test_children_move_with_their_parents() -> None:
    child = thing("child", urn=URN(f"{PREFIX}probe:index:Thing$probe:index:Thing::child"), parent=URN(urn("a")))
    move = planned(snapshot_with(thing("a"), child), "a")
    assert names(move.destination)[2:] == ["a", "child"]
    assert move.destination.resources[3].parent == move.destination.resources[2].urn


def test_parents_move_along_on_request() -> None:
    box = replace(thing("box"), custom=False, id="", provider=None)
    child = thing("a", parent=box.urn)
    assert names(planned(snapshot_with(box, child), "a").destination)[2:] == ["a"]
    assert names(planned(snapshot_with(box, child), "a", include_parents=True).destination)[2:] == ["box", "a"]


def test_references_between_what_moves_and_what_stays_are_named_and_dropped() -> None:
    move = planned(snapshot_with(thing("a"), thing("b", "a"), thing("c", "b")), "b")
    assert move.broken_left == (f"{urn('c')} has a dependency on {urn('b')}",)
    assert move.broken_moved == (f"{urn('b')} has a dependency on {urn('a')}",)
    assert move.source.resources[-1].dependencies == ()


def test_a_provider_that_is_there_already_is_used() -> None:
    first = planned(snapshot_with(thing("a"), thing("b")), "a")
    second = planned(first.source, "b", destination=first.destination)
    assert names(second.destination) == ["other-prod", "default", "a", "b"]


def test_an_equal_provider_with_another_id_is_used_and_another_one_refused() -> None:
    first = planned(snapshot_with(thing("a"), thing("b")), "a")
    resources = list(first.destination.resources)
    present = replace(resources[1], id="its-own")
    present_thing = replace(resources[2], provider=present.as_provider)
    destination = replace(first.destination, resources=(resources[0], present, present_thing))
    second = planned(first.source, "b", destination=destination)
    assert second.destination.resources[-1].provider == present.as_provider
    other = replace(destination, resources=(resources[0], replace(present, inputs=thing("x").inputs), present_thing))
    with pytest.raises(StateError, match="already exists in destination stack"):
        planned(first.source, "b", destination=other)


def test_what_cannot_move_is_refused() -> None:
    with pytest.raises(StateError, match="cannot move providers"):
        plan_move(snapshot_with(thing("a")), EMPTY, TARGET, [provider().urn])
    with pytest.raises(StateError, match="no resources found to move"):
        planned(snapshot_with(thing("a")), "ghost")
    once = planned(snapshot_with(thing("a")), "a")
    with pytest.raises(StateError, match="already exists in destination stack"):
        planned(snapshot_with(thing("a")), "a", destination=once.destination)
