"""What the `stack` commands print: a stack's summary, its tree of resources, its outputs in each form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rolecall.display.relative_time import ago
from rolecall.display.table import table
from rolecall.model.json_text import compact
from rolecall.model.urn import STACK_TYPE, URN

INDENT = "    "
_SPECIAL = frozenset("\\'\"`${[|&;<>()*?!")


@dataclass(frozen=True, slots=True)
class ResourceLine:
    """A resource as lists of them show it."""

    urn: URN
    type: str
    id: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class StackSummary:
    """A stack as `stack` shows it. `updated` and `version`: None and empty before anything was written.

    `plugins`: name, kind and version of plugins that old manifests name. `outputs`: plain data.
    """

    name: str
    project: str
    stack: str
    manager: str
    updated: datetime | None
    version: str
    plugins: tuple[tuple[str, str, str], ...] = ()
    resources: tuple[ResourceLine, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)


def summary_text(summary: StackSummary, now: datetime, *, urns: bool = False, ids: bool = False) -> str:
    """What `stack` prints, without a newline at its end."""
    lines = [f"Current stack is {summary.name}:", f"{INDENT}Managed by {summary.manager}"]
    if summary.updated is None:
        lines.append(f"{INDENT}No updates yet; run `pulumi up`")
    else:
        lines.append(f"{INDENT}Last updated: {ago(summary.updated, now)} ({_go_time(summary.updated)})")
    if summary.version:
        lines.append(f"{INDENT}Pulumi version used: {summary.version}")
    lines += [f"{INDENT}Plugin {name} [{kind}] version: {version}" for name, kind, version in summary.plugins]
    lines.append(f"Current stack resources ({len(summary.resources)}):")
    if summary.resources:
        lines += _resource_lines(summary.resources, urns, ids)
    else:
        lines.append(f"{INDENT}No resources currently in this stack")
    if summary.resources:
        lines += ["", outputs_text(summary.outputs)]
    lines += ["", "Use `pulumi stack select` to change stack; `pulumi stack ls` lists known ones"]
    return "\n".join(lines)


def summary_data(summary: StackSummary) -> dict[str, Any]:
    """What `stack --output json` prints, as data."""
    data: dict[str, Any] = {
        "backend": summary.manager,
        "project": summary.project,
        "stack": summary.stack,
        "tags": {},
        "resources": [_resource_data(resource) for resource in summary.resources],
        "outputs": dict(summary.outputs),
    }
    if summary.updated is not None or summary.version:
        manifest: dict[str, Any] = {"pulumiVersion": summary.version}
        if summary.updated is not None:
            manifest["time"] = json_time(summary.updated)
        if summary.plugins:
            manifest["plugins"] = [{"name": n, "kind": k, "version": v} for n, k, v in summary.plugins]
        data["manifest"] = manifest
    return data


def json_time(moment: datetime) -> str:
    """A time in JSON: UTC with three fraction digits."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def outputs_text(outputs: Mapping[str, Any]) -> str:
    """All outputs as a table under a heading."""
    heading = f"Current stack outputs ({len(outputs)}):"
    if not outputs:
        return f"{heading}\n{INDENT}No output values currently in this stack"
    rows = [(name, output_text(value)) for name, value in sorted(outputs.items())]
    return f"{heading}\n{table(('OUTPUT', 'VALUE'), rows, prefix=INDENT)}"


def output_text(value: Any) -> str:
    """One output: strings as they are, everything else as compact JSON."""
    return value if isinstance(value, str) else compact(value, html=False)


def shell_text(outputs: Mapping[str, Any]) -> str:
    """All outputs as assignments that a POSIX shell understands."""
    return "\n".join(f"{name}={shell_quoted(output_text(value))}" for name, value in sorted(outputs.items()))


def shell_quoted(text: str) -> str:
    """A text as one word of a POSIX shell."""
    if not text:
        return "''"
    if any(c in " \t\n" for c in text):
        return "'" + text.replace("'", "'\\''") + "'"
    escaped = "".join(f"\\{c}" if c in _SPECIAL else c for c in text)
    return f"\\{escaped}" if escaped.startswith("~") else escaped


def _resource_data(resource: ResourceLine) -> dict[str, Any]:
    data: dict[str, Any] = {"urn": resource.urn, "type": resource.type, "name": resource.urn.name}
    if resource.id:
        data["id"] = resource.id
    if resource.parent:
        data["parent"] = resource.parent
    return data


@dataclass(slots=True)
class _Node:
    resource: ResourceLine
    children: list[_Node] = field(default_factory=list)


def _resource_lines(resources: Sequence[ResourceLine], urns: bool, ids: bool) -> list[str]:
    root = _tree(resources)
    nodes = [root] if root else [_Node(resource) for resource in resources]
    rows: list[tuple[str, str]] = []
    notes: list[tuple[int, str]] = []
    for node in nodes:
        for label, name, below in _rows(node, "", ""):
            rows.append((label, name[0]))
            notes += [(len(rows), f"{below}{note}") for note in _notes(name[1], urns, ids)]
    lines = table(("TYPE", "NAME"), rows, prefix=INDENT).split("\n")
    for position, note in reversed(notes):
        lines.insert(position + 1, INDENT + note)
    return lines


def _rows(node: _Node, label: str, below: str) -> Iterator[tuple[str, tuple[str, ResourceLine], str]]:
    resource = node.resource
    yield label + resource.type, (resource.urn.name, resource), below + ("│  " if node.children else "   ")
    for child in node.children:
        last = child is node.children[-1]
        yield from _rows(child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "))


def _notes(resource: ResourceLine, urns: bool, ids: bool) -> list[str]:
    found = [f"URN: {resource.urn}"] if urns else []
    return [*found, f"ID: {resource.id}"] if ids and resource.id else found


def _tree(resources: Sequence[ResourceLine]) -> _Node | None:
    """The stack's resource with all others below it; None if there is no such resource."""
    nodes = {resource.urn: _Node(resource) for resource in resources}
    root = next((node for node in nodes.values() if node.resource.type == STACK_TYPE), None)
    if root is None:
        return None
    for node in nodes.values():
        if node is not root:
            parent = nodes.get(URN(node.resource.parent)) or root
            parent.children.append(node)
    for node in nodes.values():
        node.children.sort(key=lambda child: child.resource.urn)
    return root


def _go_time(moment: datetime) -> str:
    """A time as Go prints one."""
    fraction = f"{moment.microsecond:06d}".rstrip("0")
    return f"{moment:%Y-%m-%d %H:%M:%S}{'.' + fraction if fraction else ''} +0000 UTC"
