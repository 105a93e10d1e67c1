"""A run beside its plan: what it decides is compared with a plan that was given, and noted in one that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rolecall.engine.ending import Fault
from rolecall.engine.plan import Change, Plan, PlannedGoal, ResourcePlan, allows, is_replacing
from rolecall.model.goal import Goal
from rolecall.model.resource import Resource
from rolecall.model.step import Op
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY, Map

_UNPLANNED_KINDS = ("refresh", "read", "read-replacement")
"""Steps that look and change nothing of the world; Pulumi's plans do not speak of them."""


class Violation(Fault):
    """The program or the world is not as the plan needs it."""


class Planning:
    """The plan of a run, given and made. Use once."""

    def __init__(self, given: Plan | None) -> None:
        """`given` None: anything may be done."""
        self._given = given
        self._left: dict[URN, list[Op]] = {urn: list(plan.ops) for urn, plan in (given or {}).items()}
        self.made: Plan = {}

    def seed(self, urn: URN) -> bytes:
        """The seed of a resource's random name in the plan, or b""."""
        planned = (self._given or {}).get(urn)
        return planned.seed if planned else b""

    def take_goal(self, urn: URN, goal: Goal, old: Resource | None, inputs: Map, seed: bytes) -> None:
        """Note what is wanted of a resource once its inputs are checked. Raises Violation."""
        was = old.inputs if old else EMPTY
        if self._given is not None:
            problem = self._goal_problem(urn, goal, old, was, inputs)
            if problem:
                raise Violation(f"resource {urn} violates plan: {problem}")
        self.made[urn] = ResourcePlan(PlannedGoal.of(goal, was, inputs), [], seed)

    def _goal_problem(self, urn: URN, goal: Goal, old: Resource | None, was: Map, inputs: Map) -> str:
        planned = (self._given or {}).get(urn)
        if planned is None:
            # A resource that is new and not planned is refused when it is about to be created.
            return PlannedGoal.unchanged(old).violation(goal, was, inputs) if old else ""
        if planned.goal is None:
            return "resource unexpectedly not deleted"
        return planned.goal.violation(goal, was, inputs)

    def take_step(self, urn: URN, op: Op) -> None:
        """Note a step that is about to be done. Raises Violation."""
        if op in _UNPLANNED_KINDS:
            return
        if self._given is not None:
            self._check_step(urn, op)
        self.made.setdefault(urn, ResourcePlan()).ops.append(op)

    def _check_step(self, urn: URN, op: Op) -> None:
        if urn not in self._left:
            if op != "same":
                raise Violation(f"{op} is not allowed by the plan: no steps were expected for this resource")
            return
        left = self._left[urn]
        if not left:
            raise Violation(f"{op} is not allowed by the plan: no more steps were expected for this resource")
        planned = left.pop(0)
        if not allows(planned, op):
            raise Violation(f"{op} is not allowed by the plan: this resource is constrained to {planned}")
        if is_replacing(planned) and not is_replacing(op):
            left.clear()

    def take_outputs(self, urn: URN, old: Map, new: Map) -> None:
        """Note the outputs that a component or the stack registers. Raises Violation."""
        if self._given is not None:
            planned = self._given.get(urn)
            if planned is None or planned.goal is None:
                raise Violation(f"no plan for resource {urn}")
            changes = planned.goal.outputs.violations(old, new)
            if changes:
                raise Violation(f"resource violates plan: properties changed: {', '.join(changes)}")
        made = self.made.get(urn)
        if made is not None and made.goal is not None:
            made.goal = replace(made.goal, outputs=Change.between(old, new))

    def missing(self, base: Mapping[URN, object]) -> Iterator[tuple[URN, str]]:
        """What was planned and did not happen. A delete of what is gone already is nothing to miss."""
        for urn, left in self._left.items():
            if left and not (left == ["delete"] and urn not in base):
                yield urn, f"expected resource operations for {urn} but none were seen"
