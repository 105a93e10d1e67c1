"""Import files: what is wrong with one is said all at once, and names become URNs whatever their order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rolecall.api.imports import ImportEntry, ImportList, NotImportable
from rolecall.errors import RolecallError
from rolecall.model.stack_name import StackName
from rolecall.model.urn import URN

STACK = StackName("proj", "dev")
NETWORK = "urn:pulumi:dev::proj::pkg:index:Network::net"
PROVIDER = "urn:pulumi:dev::proj::pulumi:providers:pkg::mine"


def read(tmp_path: Path, **data: Any) -> ImportList:
    path = tmp_path / "list.json"
    path.write_text(json.dumps(data))
    return ImportList.read(path, protect=True)


def test_children_may_come_before_their_parents(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        resources=[
            {"type": "pkg:index:Disk", "name": "disk", "id": "d-1", "parent": "box"},
            {"type": "app:index:Box", "name": "box", "component": True, "parent": "net"},
        ],
        nameTable={"net": NETWORK},
    ).requests(STACK)
    box = URN("urn:pulumi:dev::proj::pkg:index:Network$app:index:Box::box")
    assert [(r.name, r.parent, r.protect) for r in found] == [("disk", box, True), ("box", URN(NETWORK), True)]


def test_a_logical_name_is_what_the_resource_is_called(tmp_path: Path) -> None:
    entry = {"type": "pkg:index:Disk", "name": "variable", "logicalName": "data", "id": "d-1", "provider": "prov"}
    (found,) = read(tmp_path, resources=[entry], nameTable={"prov": PROVIDER}).requests(STACK)
    assert (found.name, found.provider) == ("data", URN(PROVIDER))


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (ImportEntry(name="a", id="x"), "resource 'a' has no type"),
        (ImportEntry("pkg:index:Disk", id="x"), "resource 'x' of type 'pkg:index:Disk' has no name"),
        (ImportEntry("pkg:index:Disk", "a"), "resource 'a' of type 'pkg:index:Disk' has no ID"),
        (
            ImportEntry("pkg:index:Disk", "a", "x", component=True),
            "resource 'a' of type 'pkg:index:Disk' has an ID, but is marked as a component",
        ),
        (
            ImportEntry("pkg:index:Disk", "a", "x", remote=True),
            "resource 'a' of type 'pkg:index:Disk' is marked as remote, but not as a component",
        ),
        (
            ImportEntry("pulumi:providers:pkg", "a", "x"),
            "resource 'a' of type 'pulumi:providers:pkg' has an ID, but is a provider,",
        ),
        (
            ImportEntry("pkg:index:Disk", "a", "x", parent="nobody"),
            "the parent 'nobody' for resource 'a' of type 'pkg:index:Disk' has no entry in 'nameTable'",
        ),
        (
            ImportEntry("pkg:index:Disk", "a", "x", provider="net"),
            "the provider 'net' for resource 'a' of type 'pkg:index:Disk' is not a provider",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(entry: ImportEntry, problem: str) -> None:
    with pytest.raises(NotImportable) as caught:
        ImportList((entry,), {"net": NETWORK}).requests(STACK)
    assert str(caught.value).startswith(problem)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    entries = (ImportEntry("pkg:index:Disk", "a"), ImportEntry(name="b", id="x"))
    with pytest.raises(NotImportable) as caught:
        ImportList(entries).requests(STACK)
    assert str(caught.value).splitlines() == [
        "2 errors occurred:",
        "    1) resource 'a' of type 'pkg:index:Disk' has no ID",
        "    2) resource 'b' has no type",
    ]


def test_two_resources_of_one_urn_and_a_circle_of_parents_are_refused() -> None:
    twice = ImportEntry("pkg:index:Disk", "a", "x")
    with pytest.raises(NotImportable, match="has an ambiguous URN"):
        ImportList((twice, twice)).requests(STACK)
    circle = (ImportEntry("t:t:T", "a", "x", parent="b"), ImportEntry("t:t:T", "b", "y", parent="a"))
    with pytest.raises(NotImportable, match="2 errors occurred"):
        ImportList(circle).requests(STACK)


@pytest.mark.parametrize("text", ["", "[]", '{"resources": [1]}', '{"resources": 1}'])
def test_a_file_that_is_no_import_file_is_an_error_that_names_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(text)
    with pytest.raises(RolecallError, match=r"could not read import file: .*list\.json"):
        ImportList.read(path, protect=True)
