"""What makes a snapshot sound, checked whole (on reading, and for each checkpoint) or entry by entry as it grows.

The rules are those of Pulumi's snapshot verification, so that neither tool writes what the other refuses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rolecall.model.resource import Resource
from rolecall.model.urn import URN, ProviderRef
from rolecall.state.errors import StateError
from rolecall.state.snapshot import Snapshot

_RULE = "=" * 80
_BANNER = f"""The Pulumi CLI encountered a snapshot integrity error. This is a bug!

You can try to repair your snapshot as follows:

* Using the `pulumi state repair` command. This is the recommended approach.
  Run `pulumi state repair --help` for more information.
* Passing the `--disable-integrity-checking` flag. This will disable integrity
  checking on many Pulumi commands. This is riskier, but may allow you to
  execute fine-grained repairs using e.g. `pulumi state delete`.

{_RULE}
We would appreciate a report: https://github.com/pulumi/pulumi/issues/
"""
_NOTE = """
NOTE: This error occurred while reading a snapshot. This error was introduced by
a previous operation when it wrote the snapshot. If you have details about that
operation, please include them in your report as well.
"""
_REPORT = f"""
Please provide all of the text below in your report.
{_RULE}
"""


class SnapshotIntegrityError(StateError):
    """A snapshot breaks a rule. `problem` is the rule in one sentence; the summary is the banner that Pulumi prints.

    `written`: what the operation that wrote the unsound state left in its metadata, if it is known.
    """

    def __init__(self, problem: str, *, reading: bool, written: Mapping[str, Any] | None = None) -> None:
        self.problem = problem
        note = _NOTE if reading and not written else ""
        facts = f"Error:             {problem}"
        if written:
            facts = (
                f"Write Version:     {written.get('version', '')}\nWrite Command:     {written.get('command', '')}\n"
                f"Write Error:       {written.get('error', '')}\n\nRead Error:        {problem}"
            )
        super().__init__(f"{_BANNER}{note}{_REPORT}{facts}")


def check(snapshot: Snapshot) -> None:
    """Raises SnapshotIntegrityError for the first rule that a stored snapshot breaks."""
    problem = first_problem(snapshot)
    if problem:
        refusal = f"snapshot integrity failure; refusing to use it: {problem}"
        raise SnapshotIntegrityError(refusal, reading=True, written=snapshot.metadata.get("integrity_error"))


def first_problem(snapshot: Snapshot) -> str:
    """The first broken rule in one sentence; empty for a sound snapshot."""
    if not snapshot.manifest.is_genuine:
        return "magic cookie mismatch: possible tampering/corruption detected"
    return problem_in(snapshot.resources)


def problem_in(resources: Iterable[Resource]) -> str:
    """The first rule that a list of resources breaks, or an empty text."""
    resources = tuple(resources)
    ledger = Ledger()
    everywhere = frozenset(resource.urn for resource in resources)
    for resource in resources:
        problem = next(ledger.problems(resource, everywhere), "")
        if problem:
            return problem
        ledger.add(resource)
    return ""


class Ledger:
    """Which URNs and providers a list of resources holds so far: enough to check the next one at constant cost."""

    def __init__(self) -> None:
        self._urns: Counter[URN] = Counter()
        self._live: Counter[URN] = Counter()
        self._providers: Counter[ProviderRef] = Counter()

    def add(self, resource: Resource) -> None:
        """Notes that a resource is in the list now."""
        self._count(resource, 1)

    def remove(self, resource: Resource) -> None:
        """Notes that a resource is not in the list any more."""
        self._count(resource, -1)

    def _count(self, resource: Resource, by: int) -> None:
        self._urns[resource.urn] += by
        if not resource.delete:
            self._live[resource.urn] += by
        if resource.is_provider:
            self._providers[resource.as_provider] += by

    def problems(self, resource: Resource, everywhere: frozenset[URN] = frozenset()) -> Iterator[str]:
        """The rules that a resource would break as the next one in the list.

        `everywhere`: all URNs, to tell what comes too late from what is missing.
        """
        urn = resource.urn
        yield from _problems_alone(resource)
        if not resource.delete and self._live[urn] > 0:
            yield f"duplicate resource {urn} (not marked for deletion)"
        if resource.provider and not resource.pending_replacement and self._providers[resource.provider] <= 0:
            yield f"resource {urn} refers to unknown provider {resource.provider}"
        for other, missing, late in _references(resource):
            if self._urns[other] <= 0:
                yield late if other in everywhere else missing


def _problems_alone(resource: Resource) -> Iterator[str]:
    if not resource.urn:
        yield "resource missing required 'urn' field"
    if not resource.type:
        yield f"resource '{resource.urn}' missing required 'type' field"
    if resource.id and not resource.custom:
        yield f"resource '{resource.urn}' has 'custom' false but non-empty ID"


def _references(resource: Resource) -> Iterator[tuple[URN, str, str]]:
    """What a resource refers to, with what to say if that is missing, and if it comes later."""
    urn = resource.urn
    if (parent := resource.parent) is not None:
        yield (
            parent,
            f"child resource {urn} refers to missing parent {parent}",
            f"child resource {urn}'s parent {parent} comes after it",
        )
    for other in resource.dependencies:
        yield (
            other,
            f"resource {urn} dependency {other} refers to missing resource",
            f"resource {urn}'s dependency {other} comes after it",
        )
    for name, others in resource.property_dependencies.items():
        for other in others:
            yield (
                other,
                f"resource {urn} property dependency {other} (from property {name}) refers to missing resource",
                f"resource {urn}'s property dependency {other} (from property {name}) comes after it",
            )
    if (other_ := resource.deleted_with) is not None:
        yield (
            other_,
            f"resource {urn} is specified as being deleted with {other_}, which is missing",
            f"resource {urn} is specified as being deleted with {other_}, which comes after it",
        )
    for other in resource.replace_with:
        yield (
            other,
            f"resource {urn} is specified as being replaced with {other}, which is missing",
            f"resource {urn} is specified as being replaced with {other}, which comes after it",
        )
