"""Editing a snapshot by hand keeps it sound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rolecall.model.urn import URN
from rolecall.state import editing
from rolecall.state.repair import repaired
from rolecall.state.snapshot import Snapshot
from rolecall.state.soundness import SnapshotIntegrityError, first_problem
from tests.unit.state.samples import PREFIX, ROOT, provider, root, snapshot_with, thing

A = f"{PREFIX}probe:index:Thing::a"


def names(snapshot: Snapshot) -> list[str]:
    return [r.urn.name for r in snapshot.resources]


def chain() -> Snapshot:
    return snapshot_with(thing("a"), thing("b", "a"), thing("c", "b"), thing("d"))


def test_a_resource_that_others_need_is_not_forgotten() -> None:
    with pytest.raises(editing.StillNeeded, match=r'\* "b" +\('):
        editing.forget(chain(), [A], force=False, dependents=False)


def test_with_its_dependents_it_is() -> None:
    found = editing.forget(chain(), [A], force=False, dependents=True)
    assert names(found.snapshot) == ["proj-dev", "default", "d"]
    assert len(found.resources) == 3


def test_several_that_need_each_other_can_be_forgotten_together() -> None:
    found = editing.forget(chain(), [A, A[:-1] + "b", A[:-1] + "c"], force=False, dependents=False)
    assert first_problem(found.snapshot) == ""


def test_a_parent_or_provider_counts_as_needed() -> None:
    for urn in (ROOT, provider().urn):
        with pytest.raises(editing.StillNeeded):
            editing.forget(chain(), [urn], force=False, dependents=False)


def test_a_protected_resource_is_forgotten_only_by_force() -> None:
    snapshot = snapshot_with(thing("a", protect=True))
    with pytest.raises(editing.Protected):
        editing.forget(snapshot, [A], force=False, dependents=False)
    with pytest.raises(editing.Protected):
        editing.forget_all(snapshot, force=False)
    assert editing.forget(snapshot, [A], force=True, dependents=False).protected == [snapshot.resources[2]]


def test_similar_names_are_proposed_for_one_that_is_not_there() -> None:
    snapshot = snapshot_with(thing("bucket"), thing("queue"))
    with pytest.raises(editing.NoSuchResource) as refusal:
        editing.find(snapshot, f"{PREFIX}probe:index:Thing::buckets")
    assert refusal.value.detail == f"Did you mean:\n  - {PREFIX}probe:index:Thing::bucket"


def test_an_old_copy_of_the_same_urn_is_ambiguous() -> None:
    snapshot = snapshot_with(thing("a"), replace(thing("a"), id="a-0", delete=True))
    with pytest.raises(editing.AmbiguousResource, match="a-0"):
        editing.find(snapshot, A)
    assert editing.find(snapshot, A, live=True).id == "a-1"


def test_flags_of_old_copies_are_left_alone() -> None:
    snapshot = snapshot_with(thing("a"), replace(thing("a"), id="a-0", delete=True, protect=True))
    unprotected = editing.flag(snapshot, None, "protect", False)
    assert [r.protect for r in unprotected.resources] == [False, False, False, True]


def test_a_renamed_resource_is_renamed_wherever_it_is_referred_to() -> None:
    renamed = editing.rename(chain(), A, "z")
    assert renamed.resources[3].dependencies == (URN(f"{PREFIX}probe:index:Thing::z"),)
    assert first_problem(renamed) == ""


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(editing.StateError, match="exists already"):
        editing.rename(chain(), A, "b")


def test_a_renamed_provider_is_renamed_in_references() -> None:
    renamed = editing.rename(chain(), provider().urn, "mine")
    assert {r.provider.urn.name for r in renamed.resources if r.provider} == {"mine"}
    assert first_problem(renamed) == ""


# Repair


def test_a_sound_snapshot_needs_no_repair() -> None:
    assert repaired(chain()) is None


def test_repair_restores_the_order() -> None:
    mixed = replace(chain(), resources=tuple(reversed(chain().resources)))
    mended = repaired(mixed)
    assert mended is not None
    assert first_problem(mended) == ""
    assert sorted(names(mended)) == sorted(names(mixed))


def test_repair_drops_references_to_what_is_not_there() -> None:
    snapshot = snapshot_with(thing("a", "ghost", property_dependencies={"x": (URN(f"{PREFIX}a:b:C::ghost"),)}))
    mended = repaired(snapshot)
    assert mended is not None
    assert mended.resources[2].dependencies == ()
    assert mended.resources[2].property_dependencies == {}


def test_repair_gives_children_of_nobody_the_urn_that_they_now_have() -> None:
    lost = URN(f"{PREFIX}app:index:Box::gone")
    child = thing("child", urn=URN(f"{PREFIX}app:index:Box$probe:index:Thing::child"), parent=lost)
    grandchild = thing("g", urn=URN(f"{PREFIX}app:index:Box$probe:index:Thing$probe:index:Thing::g"), parent=child.urn)
    mended = repaired(snapshot_with(child, grandchild))
    assert mended is not None
    assert [r.urn for r in mended.resources[2:]] == [
        f"{PREFIX}probe:index:Thing::child",
        f"{PREFIX}probe:index:Thing$probe:index:Thing::g",
    ]
    assert mended.resources[3].parent == mended.resources[2].urn


def test_repair_refuses_to_guess_a_provider() -> None:
    with pytest.raises(SnapshotIntegrityError, match="cannot be repaired"):
        repaired(Snapshot((root(), thing("a")), manifest=chain().manifest))
