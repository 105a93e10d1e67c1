"""What a preview would create, written so that `import` can read it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from rolecall.display.import_file import ImportFileView
from rolecall.model.encoding import Encoder
from rolecall.model.event import Started
from rolecall.model.resource import Resource
from rolecall.model.urn import URN, ProviderRef
from rolecall.model.value import UNKNOWN, Secret, map_of
from tests.unit.display.stage import ROOT, stack, step, thing

MINE = URN.make("dev", "proj", ROOT, "pulumi:providers:probe", "mine")


def written(*resources: tuple[str, Resource]) -> dict[str, Any]:
    view = ImportFileView(Encoder(secret=lambda _secret, _encoder: "sealed"))
    for op, resource in resources:
        old = None if op == "create" else resource
        view.show(Started(step(op, old, resource), True))  # type: ignore[arg-type]
    data: dict[str, Any] = json.loads(view.text)
    return data


def below(parent: Resource, resource: Resource) -> Resource:
    return replace(resource, parent=parent.urn)


def test_only_creations_are_listed_and_what_is_there_already_is_named_in_the_table() -> None:
    box = Resource(URN.make("dev", "proj", ROOT, "app:index:Box", "box"), "app:index:Box", parent=ROOT)
    found = written(("create", stack()), ("same", box), ("create", below(box, thing("a"))))
    assert found == {
        "nameTable": {"box": box.urn},
        "resources": [{"type": "probe:index/thing:Thing", "name": "a", "id": "<PLACEHOLDER>", "parent": "box"}],
    }


def test_names_that_clash_are_made_different_and_the_real_one_is_kept() -> None:
    other = replace(thing("a"), urn=URN("urn:pulumi:dev::proj::probe:index:Other::a"), type="probe:index:Other")
    found = written(("create", thing("a")), ("create", other))
    assert [(r["name"], r.get("logicalName")) for r in found["resources"]] == [("a", None), ("aOther", "a")]


def test_a_provider_is_described_by_its_known_inputs_and_gives_its_version() -> None:
    inputs = map_of({"version": "1.2.3", "token": Secret("hush"), "later": UNKNOWN})
    provider = Resource(MINE, "pulumi:providers:probe", True, inputs=inputs, parent=ROOT)
    user = replace(thing("a"), provider=ProviderRef(MINE, ""))
    assert written(("create", provider), ("create", user))["resources"] == [
        {"type": "pulumi:providers:probe", "name": "mine", "inputs": {"version": "1.2.3", "token": "sealed"}},
        {
            "type": "probe:index/thing:Thing",
            "name": "a",
            "id": "<PLACEHOLDER>",
            "provider": "mine",
            "version": "1.2.3",
        },
    ]
