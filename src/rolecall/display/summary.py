"""The end of a run as text: what changed, how many failed, how long it took; and the configuration before it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rolecall.display import markup
from rolecall.display.step_words import COLORS, MARKS, PAST, SUMMARY_ORDER
from rolecall.model.event import Summary


def summary_text(summary: Summary, errored: int) -> str:
    """`Resources:` and below it a line for each kind of change; `errored` resources; the time, if it was for real."""
    changes = summary.changes
    text = f"{markup.HEADLINE}Resources:{markup.RESET}\n"
    kinds = [op for op in SUMMARY_ORDER if changes.get(op, 0) > 0]
    for op in kinds:
        verb = f"to {op}" if summary.is_preview else PAST[op]
        text += f"    {COLORS[op]}{MARKS[op]}{changes[op]} {verb}{markup.RESET}\n"
    pieces = []
    if len(kinds) >= 2:
        pieces.append(f"{markup.BOLD}{sum(changes[op] for op in kinds)} changes{markup.RESET}")
    if changes.get("same"):
        pieces.append(f"{changes['same']} unchanged")
    if pieces:
        text += f"    {'. '.join(pieces)}\n"
    if errored:
        text += f"    {markup.RED}{errored} errored{markup.RESET}\n"
    if not summary.is_preview:
        text += f"\n{markup.HEADLINE}Duration:{markup.RESET} {duration_text(math.ceil(summary.duration))}\n"
    return text


def duration_text(seconds: int) -> str:
    """Whole seconds as Go writes a duration: `1h0m5s`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def configuration_text(config: Mapping[str, str]) -> str:
    """`Configuration:` and a line for each key."""
    lines = "".join(f"    {key}: {config[key]}\n" for key in sorted(config))
    return f"{markup.RESET}Configuration:{markup.RESET}\n{lines}"
