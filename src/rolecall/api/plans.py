"""Update plans as files: written by `preview --save-plan`, read by `up --plan`. Secrets in them are sealed.

Source of the format: `apitype.DeploymentPlanV1` of Pulumi.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from rolecall.engine.plan import Change, Plan, PlannedGoal, ResourcePlan
from rolecall.errors import RolecallError
from rolecall.model.encoding import Decoder, Encoder, MalformedValue
from rolecall.model.json_text import indented
from rolecall.model.resource import Timeouts
from rolecall.model.step import Op
from rolecall.model.urn import URN
from rolecall.model.value import UNKNOWN, Map, Secret, Value, has_unknowns, transform
from rolecall.project import files
from rolecall.state.json_text import InvalidJSON, loads
from rolecall.state.snapshot import Manifest


class NoPlan(RolecallError):
    """A plan that cannot be read."""


def write_plan(path: Path, plan: Plan, encoder: Encoder, config: Mapping[str, Any]) -> None:
    """Writes a plan, readable by its owner only. `config`: as in the stack's settings. Raises RolecallError."""
    manifest = Manifest.now()
    data = {
        "manifest": {"time": manifest.time, "magic": manifest.magic, "version": manifest.version},
        **({"config": dict(config)} if config else {}),
        "resourcePlans": {urn: _resource_data(planned, encoder) for urn, planned in plan.items()},
    }
    files.write(path, indented(data, indent=4, sort=False) + "\n", mode=0o600)


def read_plan(path: Path, decoder: Decoder) -> Plan:
    """Reads a plan. Raises NoPlan, and what opening its secrets raises."""
    try:
        data = loads(path.read_bytes())
        return {URN(urn): _resource(planned, decoder) for urn, planned in data["resourcePlans"].items()}
    except OSError as error:
        raise NoPlan(f"could not read plan: open {path}: {(error.strerror or '').lower()}") from error
    except (InvalidJSON, MalformedValue) as error:
        raise NoPlan(f"could not read plan: {path}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NoPlan(f"could not read plan: {path} is not a plan of `pulumi preview --save-plan`") from error


def _resource_data(planned: ResourcePlan, encoder: Encoder) -> dict[str, Any]:
    goal = {} if planned.goal is None else {"goal": _goal_data(planned.goal, encoder)}
    seed = {"seed": base64.b64encode(planned.seed).decode()} if planned.seed else {}
    return {**goal, "steps": list(planned.ops), **seed}


def _goal_data(goal: PlannedGoal, encoder: Encoder) -> dict[str, Any]:
    required = {"type": goal.type, "name": goal.name, "custom": goal.custom}
    timeouts = goal.custom_timeouts or Timeouts()
    data: dict[str, Any] = {
        "inputDiff": _change_data(goal.inputs, encoder),
        "outputDiff": _change_data(goal.outputs, encoder),
        "parent": goal.parent,
        "protect": goal.protect,
        "dependencies": list(goal.dependencies),
        "provider": goal.provider,
        "propertyDependencies": {name: list(urns) for name, urns in goal.property_dependencies.items()},
        "ignoreChanges": list(goal.ignore_changes),
        "additionalSecretOutputs": list(goal.additional_secret_outputs),
        "id": goal.import_id,
        "customTimeouts": {n: getattr(timeouts, n) for n in ("create", "update", "delete") if getattr(timeouts, n)},
    }
    first = {} if goal.delete_before_replace is None else {"deleteBeforeReplace": goal.delete_before_replace}
    return required | {name: value for name, value in data.items() if value} | first


def _change_data(change: Change, encoder: Encoder) -> dict[str, Any]:
    data = {
        "adds": encoder.encode(_storable(change.adds)),
        "deletes": list(change.deletes),
        "updates": encoder.encode(_storable(change.updates)),
    }
    return {name: value for name, value in data.items() if value}


def _storable(value: Map) -> Map:
    """A secret that is not known yet has nothing to hide; sealed, it would no longer look unknown."""

    def opened(inner: Value) -> Value:
        return UNKNOWN if isinstance(inner, Secret) and has_unknowns(inner.value) else inner

    return cast(Map, transform(value, opened))


def _resource(data: Mapping[str, Any], decoder: Decoder) -> ResourcePlan:
    goal = data.get("goal")
    return ResourcePlan(
        _goal(goal, decoder) if goal else None,
        [cast(Op, str(op)) for op in data.get("steps") or ()],
        base64.b64decode(data.get("seed") or ""),
    )


def _goal(data: Mapping[str, Any], decoder: Decoder) -> PlannedGoal:
    parent, timeouts = data.get("parent"), data.get("customTimeouts") or {}
    return PlannedGoal(
        type=data["type"],
        name=data["name"],
        custom=bool(data["custom"]),
        inputs=_change(data.get("inputDiff") or {}, decoder),
        outputs=_change(data.get("outputDiff") or {}, decoder),
        parent=URN(parent) if parent else None,
        protect=bool(data.get("protect")),
        dependencies=tuple(URN(urn) for urn in data.get("dependencies") or ()),
        provider=data.get("provider") or "",
        property_dependencies={
            name: tuple(URN(urn) for urn in urns or ())
            for name, urns in (data.get("propertyDependencies") or {}).items()
        },
        delete_before_replace=data.get("deleteBeforeReplace"),
        ignore_changes=tuple(data.get("ignoreChanges") or ()),
        additional_secret_outputs=tuple(data.get("additionalSecretOutputs") or ()),
        import_id=data.get("id") or "",
        custom_timeouts=Timeouts(**timeouts) if timeouts else None,
    )


def _change(data: Mapping[str, Any], decoder: Decoder) -> Change:
    return Change(
        decoder.decode_map(data.get("adds")), tuple(data.get("deletes") or ()), decoder.decode_map(data.get("updates"))
    )
