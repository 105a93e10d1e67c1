"""A provider that is a small world: every behaviour is chosen by inputs, every call is written down.

`replace`: a change of this input replaces; `dbr`: a change replaces, the old one deleted first; `fail`: the calls that
fail; `sick`: reasons for partial failure; `computed`: outputs that only creation knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rolecall.model.goal import Called, CheckFailure, PackageRequest
from rolecall.model.provider import (
    CallMethod,
    Check,
    CheckConfig,
    Checked,
    Configure,
    Configured,
    Construct,
    Constructed,
    Create,
    Delete,
    Deleted,
    Diff,
    DiffConfig,
    Differences,
    Features,
    FunctionResult,
    InvokeFunction,
    Outcome,
    PartlyDone,
    ProviderFailed,
    ProviderUnavailable,
    Read,
    Update,
)
from rolecall.model.step import PropertyDiff
from rolecall.model.value import UNKNOWN, Map, Value, has_unknowns, map_of, same, unwrap

REPLACING = ("replace", "dbr")


@dataclass
class World:
    """What exists, by id, and what was asked, as (method, name) in order."""

    things: dict[str, Map] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    made: dict[str, int] = field(default_factory=dict)
    features: Features = field(default_factory=Features)
    missing: set[str] = field(default_factory=set)
    configured: list[Map] = field(default_factory=list)

    async def load(self, package: PackageRequest) -> Thing:
        if package.name in self.missing:
            raise ProviderUnavailable(f"no resource plugin 'pulumi-resource-{package.name}' found")
        return Thing(self)

    def asked(self, *methods: str) -> list[tuple[str, str]]:
        """The calls of these methods, in order."""
        return [call for call in self.calls if call[0] in methods]

    def names(self) -> set[str]:
        """The names of what exists; ids read NAME-N."""
        return {id_.rpartition("-")[0] for id_ in self.things}


class Thing:
    """The provider of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.cancelled = False

    @property
    def features(self) -> Features:
        return self._world.features

    def _note(self, method: str, request: Any) -> None:
        self._world.calls.append((method, request.urn.name))
        self._world.requests.append(request)

    @staticmethod
    def _maybe_fail(action: str, inputs: Map) -> None:
        fail = unwrap(inputs.get("fail"))
        if isinstance(fail, tuple) and action in fail:
            raise ProviderFailed(f"no {action}")

    async def check_config(self, request: CheckConfig) -> Checked:
        self._note("check_config", request)
        return Checked(request.news)

    async def diff_config(self, request: DiffConfig) -> Differences:
        self._note("diff_config", request)
        return compare(request.old_inputs, request.news, replacing=("account",))

    async def configure(self, request: Configure) -> Configured:
        self._note("configure", request)
        self._world.configured.append(request.inputs)
        return Configured()

    async def check(self, request: Check) -> Checked:
        self._note("check", request)
        wrong = unwrap(request.news.get("wrong"))
        failures = (CheckFailure("wrong", wrong),) if isinstance(wrong, str) else ()
        inputs = request.news
        if inputs.get("defaults") is True and "size" not in inputs:
            inputs = inputs.with_({"size": 10})
        return Checked(inputs, failures)

    async def diff(self, request: Diff) -> Differences:
        self._note("diff", request)
        self._maybe_fail("diff", request.news)
        if request.news.get("mode") == "unknown":
            return Differences("unknown")
        return compare(request.old_inputs, request.news, replacing=REPLACING)

    async def create(self, request: Create) -> Outcome:
        self._note("preview" if request.preview else "create", request)
        if request.preview:
            return Outcome("", request.properties)
        self._maybe_fail("create", request.properties)
        name = request.urn.name
        self._world.made[name] = self._world.made.get(name, 0) + 1
        id_ = f"{name}-{self._world.made[name]}"
        self._world.things[id_] = request.properties
        return self._outcome(id_, request.properties)

    def _outcome(self, id_: str, inputs: Map) -> Outcome:
        outputs = inputs.with_({"computed": f"of {id_}"})
        sick = unwrap(inputs.get("sick"))
        if isinstance(sick, tuple) and sick:
            raise PartlyDone(Outcome(id_, outputs, inputs, tuple(str(reason) for reason in sick)))
        return Outcome(id_, outputs, inputs)

    async def read(self, request: Read) -> Outcome:
        self._note("read", request)
        thing = self._world.things.get(request.id)
        if thing is None:
            return Outcome("", None)
        self._maybe_fail("read", thing)
        return self._outcome(request.id, thing)

    async def update(self, request: Update) -> Outcome:
        self._note("preview" if request.preview else "update", request)
        if request.preview:
            return Outcome(request.id, request.news)
        self._maybe_fail("update", request.news)
        self._world.things[request.id] = request.news
        return self._outcome(request.id, request.news)

    async def delete(self, request: Delete) -> Deleted:
        self._note("delete", request)
        self._maybe_fail("delete", request.old_inputs)
        self._world.things.pop(request.id, None)
        return Deleted()

    async def invoke(self, request: InvokeFunction) -> FunctionResult:
        self._world.calls.append(("invoke", request.token))
        if request.token.endswith("fail"):
            raise ProviderFailed("it fails")
        return FunctionResult(request.args)

    async def construct(self, request: Construct) -> Constructed:
        raise ProviderFailed("this world has no components")

    async def call(self, request: CallMethod) -> Called:
        self._world.calls.append(("call", request.call.token))
        return Called(map_of({"said": "yes"}))

    async def cancel(self) -> None:
        self.cancelled = True

    async def close(self) -> None:
        self._world.calls.append(("close", ""))


def compare(old: Map, new: Map, replacing: tuple[str, ...]) -> Differences:
    """Top-level differences, unknown values being different."""
    keys = sorted(k for k in old.keys() | new.keys() if _differs(old.get(k, UNKNOWN), new.get(k, UNKNOWN)))
    if not keys:
        return Differences("none")
    replaces = tuple(key for key in keys if key in replacing)
    detailed = {key: PropertyDiff("update-replace" if key in replacing else "update", input_diff=True) for key in keys}
    return Differences("some", replaces, tuple(keys), (), "dbr" in replaces, detailed)


def _differs(old: Value, new: Value) -> bool:
    return has_unknowns(old) or has_unknowns(new) or not same(unwrap(old), unwrap(new))
