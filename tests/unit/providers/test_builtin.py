"""The package `pulumi`: other stacks are referred to, and a Stash remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from rolecall.errors import RolecallError
from rolecall.model.goal import CheckFailure, LogLine
from rolecall.model.provider import Check, Create, Diff, InvokeFunction, ProviderFailed, Read, Update
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY, Map, Secret, Value, map_of
from rolecall.providers.builtin import STACK_REFERENCE, STASH, BuiltinProvider, StackOutputs

REFERENCE = URN.make("dev", "proj", None, STACK_REFERENCE, "other")
KEPT = URN.make("dev", "proj", None, STASH, "kept")
OTHER = StackOutputs(map_of({"plain": 1, "hidden": Secret("x")}), ("hidden",))


async def read_stack(name: str) -> StackOutputs:
    if name != "org/proj/other":
        raise RolecallError(f"no stack named '{name}' found")
    return OTHER


def provider(logged: list[LogLine] | None = None) -> BuiltinProvider:
    return BuiltinProvider(read_stack, None, (logged if logged is not None else []).append)


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


def test_a_reference_reads_what_the_other_stack_exports_secrets_marked() -> None:
    given = map_of({"name": "org/proj/other"})
    found = run(provider().read(Read(REFERENCE, "org/proj/other", given, given)))
    assert found.id == "org/proj/other"
    expected = {"name": "org/proj/other", "outputs": OTHER.outputs, "secretOutputNames": ("hidden",)}
    assert found.outputs == Map(expected)
    asked = run(provider().invoke(InvokeFunction("pulumi:pulumi:readStackOutputs", given)))
    assert asked.result == Map(expected)


def test_a_reference_to_a_stack_that_is_not_there_fails_with_the_reason() -> None:
    with pytest.raises(ProviderFailed, match="no stack named 'gone' found"):
        run(provider().read(Read(REFERENCE, "gone", EMPTY, map_of({"name": "gone"}))))


def test_registering_a_reference_still_works_and_is_said_to_be_deprecated() -> None:
    logged: list[LogLine] = []
    news = map_of({"name": "org/proj/other"})
    assert run(provider(logged).check(Check(REFERENCE, EMPTY, news))).inputs == news
    assert [(line.severity, line.urn) for line in logged] == [("warning", REFERENCE)]
    changed = Diff(REFERENCE, "id", news, EMPTY, map_of({"name": "x"}))
    assert run(provider().diff(changed)).replaces == ("name",)
    assert run(provider().create(Create(REFERENCE, news))).outputs["outputs"] == OTHER.outputs


@pytest.mark.parametrize(
    ("urn", "news", "failure"),
    [
        (REFERENCE, {}, CheckFailure("name", 'missing required property "name"')),
        (REFERENCE, {"name": 1}, CheckFailure("name", 'property "name" must be a string')),
        (REFERENCE, {"name": "x", "more": 1}, CheckFailure("more", 'unknown property "more"')),
        (KEPT, {}, CheckFailure("input", 'missing required property "input"')),
        (KEPT, {"input": None, "output": 1}, CheckFailure("output", 'unknown property "output"')),
    ],
)
def test_wrong_inputs_are_named(urn: URN, news: dict[str, Value], failure: CheckFailure) -> None:
    assert run(provider().check(Check(urn, EMPTY, map_of(news)))).failures == (failure,)


def test_a_stash_keeps_its_first_value_and_takes_later_inputs() -> None:
    made = run(provider().create(Create(KEPT, map_of({"input": Secret("first")}))))
    assert made.outputs == map_of({"input": Secret("first"), "output": Secret("first")})
    changed = Update(KEPT, made.id, EMPTY, made.outputs, map_of({"input": "second"}))
    assert run(provider().update(changed)).outputs == map_of({"input": "second", "output": Secret("first")})
    difference = run(provider().diff(Diff(KEPT, made.id, map_of({"input": 1}), EMPTY, map_of({"input": True}))))
    assert (difference.changes, difference.replaces) == ("some", ())


def test_a_stash_can_be_refreshed_but_not_imported() -> None:
    state = map_of({"input": 1, "output": 1})
    assert run(provider().read(Read(KEPT, "id", map_of({"input": 1}), state))).outputs == state
    with pytest.raises(ProviderFailed, match="stash can not be imported"):
        run(provider().read(Read(KEPT, "id")))


def test_a_type_or_function_that_does_not_exist_is_named() -> None:
    stranger = URN.make("dev", "proj", None, "pulumi:pulumi:Thing", "x")
    with pytest.raises(ProviderFailed, match="unrecognized resource type 'pulumi:pulumi:Thing'"):
        run(provider().check(Check(stranger, EMPTY, EMPTY)))
    with pytest.raises(ProviderFailed, match="unrecognized function name: 'pulumi:pulumi:x'"):
        run(provider().invoke(InvokeFunction("pulumi:pulumi:x", EMPTY)))
