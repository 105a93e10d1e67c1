"""Asking a provider about a resource, with what a preview and an unconfigured provider make of the question."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from rolecall.engine.differences import of_inputs
from rolecall.engine.printing import shown
from rolecall.engine.providers import Plugin
from rolecall.engine.run import Run
from rolecall.engine.secrecy import marked_like
from rolecall.model.goal import Called, CheckFailure
from rolecall.model.provider import (
    CallMethod,
    Check,
    Checked,
    Create,
    Delete,
    Deleted,
    Diff,
    Differences,
    FunctionResult,
    InvokeFunction,
    Outcome,
    PartlyDone,
    Read,
    Update,
)
from rolecall.model.value import EMPTY, Map

T = TypeVar("T")


class DiffUnavailable(Exception):
    """The provider cannot compare because its own configuration is not known yet."""


UNKNOWN_PROVIDER = (
    "The provider for this resource has inputs that are not known during preview.\n"
    "This preview may not correctly represent the changes that will be applied during an update."
)


async def check(run: Run, plugin: Plugin, request: Check, *, warn: bool = False) -> Checked:
    """Validate inputs. A provider that is not configured yet takes them as they are.

    `warn`: say so when the provider cannot follow the proposed name.
    """
    await plugin.ready()
    if plugin.unknown:
        return Checked(request.news)
    if request.autonaming is not None and not plugin.features.autonaming:
        if warn:
            message = (
                f"{request.urn} resource has a custom autonaming setting but the provider does not support autonaming "
                "configuration, consider upgrading to a newer version"
            )
            run.tell("warning", message, request.urn)
        request = replace(request, autonaming=None)
    checked, _ = await run.ask(plugin.number, request, Checked)
    if not plugin.features.secrets:
        return Checked(marked_like(request.news, checked.inputs), checked.failures)
    return checked


async def diff(run: Run, plugin: Plugin, request: Diff) -> Differences:
    """Compare; where the provider does not know, inputs are compared here. Raises DiffUnavailable."""
    await plugin.ready()
    if plugin.unknown:
        raise DiffUnavailable
    answer, _ = await run.ask(plugin.number, request, Differences)
    if answer.changes != "unknown":
        return answer
    own = of_inputs(request.old_inputs, request.news, request.ignore_changes)
    return replace(answer, changes=own.changes, diffs=own.diffs, detailed=own.detailed)


async def create(run: Run, plugin: Plugin, request: Create) -> Outcome:
    """Create, or in a preview ask what creating would give."""
    await plugin.ready()
    if request.preview:
        if plugin.unknown:
            return Outcome("", EMPTY)
        if not plugin.features.preview:
            return Outcome("", request.properties)
    outcome = await _outcome(run, plugin, request, request.properties, EMPTY)
    return replace(outcome, id="") if request.preview else outcome


async def update(run: Run, plugin: Plugin, request: Update) -> Outcome:
    """Update, or in a preview ask what updating would give."""
    await plugin.ready()
    if request.preview:
        if plugin.unknown:
            return Outcome(request.id, EMPTY)
        if not plugin.features.preview:
            return Outcome(request.id, request.news)
    return await _outcome(run, plugin, request, request.news, EMPTY)


async def read(run: Run, plugin: Plugin, request: Read) -> Outcome:
    """Look. A provider that is not configured yet sees nothing, and that says nothing about the resource."""
    await plugin.ready()
    if plugin.unknown:
        return Outcome(request.id, EMPTY)
    return await _outcome(run, plugin, request, request.properties or EMPTY, request.inputs or EMPTY)


async def _outcome(run: Run, plugin: Plugin, request: Create | Update | Read, sent: Map, inputs: Map) -> Outcome:
    def marked(outcome: Outcome) -> Outcome:
        if plugin.features.secrets:
            return outcome
        return replace(
            outcome,
            outputs=None if outcome.outputs is None else marked_like(sent, outcome.outputs),
            inputs=None if outcome.inputs is None else marked_like(inputs, outcome.inputs),
        )

    try:
        outcome, _ = await run.ask(plugin.number, request, Outcome)
    except PartlyDone as partly:
        raise PartlyDone(marked(partly.outcome)) from partly
    return marked(outcome)


async def delete(run: Run, plugin: Plugin, request: Delete) -> None:
    """Delete."""
    await plugin.ready()
    await run.ask(plugin.number, request, Deleted)


async def invoke(run: Run, plugin: Plugin, request: InvokeFunction) -> FunctionResult:
    """Call a function; a provider that is not configured yet answers nothing."""
    await plugin.ready()
    if plugin.unknown:
        return FunctionResult(EMPTY)
    result, _ = await run.ask(plugin.number, request, FunctionResult)
    return result


async def call(run: Run, plugin: Plugin, request: CallMethod) -> Called:
    """Call a method of a resource."""
    await plugin.ready()
    called, _ = await run.ask(plugin.number, request, Called)
    return called


def explain(failures: tuple[CheckFailure, ...], type_: str, name: str, inputs: Map) -> list[str]:
    """What Check found wrong, as Pulumi says it."""
    lines = []
    for failure in failures:
        if failure.property:
            value = shown(inputs.get(failure.property))
            lines.append(
                f"{type_} resource '{name}': property {failure.property} value {value} has a problem: {failure.reason}"
            )
        else:
            lines.append(f"{type_} resource '{name}' has a problem: {failure.reason}")
    return lines
