"""Resources as the real Pulumi CLI 3.260.0 was recorded writing them: reading and writing changes nothing.

`tests/data/states/recorded_resources.json` has one or two of each shape that occurred; ids and times are replaced, and
secrets sealed with the tests' own sealer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rolecall.state.resources import read_resource, resource_json, write_resource
from rolecall.state.secrets_in_state import Keeper
from tests.unit.state.samples import CountingSealer

RECORDED = json.loads((Path(__file__).parents[2] / "data/states/recorded_resources.json").read_text())


@pytest.mark.parametrize("entry", RECORDED, ids=lambda entry: f"{entry['from']}-{entry['resource']['urn'][-20:]}")
def test_a_recorded_resource_is_written_as_it_was_read(entry: dict[str, Any]) -> None:
    keeper = Keeper(CountingSealer())
    resource = read_resource(entry["resource"], keeper)
    assert not resource.extra
    assert json.loads(resource_json(write_resource(resource, keeper))) == entry["resource"]


def test_fields_are_written_in_the_order_of_pulumi() -> None:
    fullest = max(RECORDED, key=lambda entry: len(entry["resource"]))["resource"]
    keeper = Keeper(CountingSealer())
    written = list(json.loads(resource_json(write_resource(read_resource(fullest, keeper), keeper))))
    order = [
        "urn", "custom", "delete", "id", "type", "inputs", "outputs", "parent", "protect", "taint", "external",
        "dependencies", "initErrors", "provider", "propertyDependencies", "pendingReplacement",
        "additionalSecretOutputs", "aliases", "customTimeouts", "importID", "retainOnDelete", "deletedWith",
        "replaceWith", "created", "modified", "sourcePosition", "stackTrace", "ignoreChanges", "hideDiff",
        "replaceOnChanges", "replacementTrigger", "refreshBeforeUpdate", "viewOf", "resourceHooks",
    ]  # fmt: skip
    assert written == [name for name in order if name in fullest]
