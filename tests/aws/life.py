"""The life of a resource from creation to deletion, the same questions asked of every type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.aws.world import Held, World


@dataclass(frozen=True, slots=True)
class Life:
    """What to make, what to make of it, and what would replace it.

    `remembered`: what an import cannot find out. `lasting`: AWS always has some such thing, also after deletion.
    """

    type: str
    props: dict[str, Any]
    changed: dict[str, Any] | None = None
    replacing: dict[str, Any] = field(default_factory=dict)
    remembered: tuple[str, ...] = ()
    import_id: str = ""
    lasting: bool = False


def live(world: World, life: Life) -> None:
    """Creates, finds nothing to do, refreshes, changes, asks what would replace, imports, deletes, twice."""
    held = world.create(life.type, "thing", life.props)
    _at_rest(world, held, life.props)
    now = life.props
    if life.changed is not None:
        found = world.diff(held, life.changed)
        assert (found.changes, found.replaces) == ("some", ()), found
        held, now = world.update(held, life.changed), life.changed
        _at_rest(world, held, now)
    for name, value in life.replacing.items():
        assert name in world.diff(held, {**now, name: value}).replaces, name
    _imported(world, held, life, now)
    world.delete(held)
    assert life.lasting or world.refresh(held) is None
    world.delete(held)


def _at_rest(world: World, held: Held, props: dict[str, Any]) -> None:
    found = world.diff(held, props)
    assert found.changes == "none", found.detailed
    seen = world.refresh(held)
    assert seen is not None
    assert seen.id == held.id
    assert dict(seen.outputs) == dict(held.outputs)
    found = world.diff(seen, props)
    assert found.changes == "none", found.detailed


def _imported(world: World, held: Held, life: Life, props: dict[str, Any]) -> None:
    imported = world.bring_in(life.type, "thing", life.import_id or held.id)
    assert imported.id == held.id
    assert imported.inputs is not None
    assert imported.outputs is not None
    seen = Held(held.urn, imported.id, imported.inputs, imported.outputs)
    assert set(world.diff(seen, props).diffs) <= set(life.remembered)
    for name, value in held.outputs.items():
        if name not in held.inputs and name not in life.remembered:
            assert imported.outputs.get(name) == value, name
