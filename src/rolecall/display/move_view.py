"""What a move of resources between stacks will do, as `state move` shows it before it does."""

from __future__ import annotations

from collections.abc import Iterable

from rolecall.state.moving import Move

_ADVICE = (
    "If you go ahead with moving these dependencies, it will be necessary to create the appropriate inputs and outputs "
    "in the program for the stack the resources are moved to."
)


def plan_text(move: Move, source: str, target: str) -> str:
    """The plan, without a newline at its end."""
    lines = [f"warning: Resource {urn} not found in source stack" for urn in move.unknown]
    lines += [f"Planning to move the following resources from {source} to {target}:", ""]
    lines += _items(resource.urn for resource in move.moved)
    if move.broken_left:
        heading = f"The following resources remaining in {source} have dependencies on resources moved to {target}:"
        lines += [heading, "", *_items(move.broken_left)]
    if move.broken_moved:
        heading = f"The following resources being moved to {target} have dependencies on resources in {source}:"
        lines += [heading, "", *_items(move.broken_moved)]
    if move.broken_left or move.broken_moved:
        lines += [_ADVICE, ""]
    return "\n".join(lines)


def _items(texts: Iterable[str]) -> list[str]:
    return [*(f"  - {text}" for text in texts), ""]
