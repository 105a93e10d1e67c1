"""Which views a run gets: the one that was asked for, and the event log beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from rolecall.api.eventlog import EventLog
from rolecall.api.request import Audience, Kind, Showing
from rolecall.display.engine_events import EventEncoder
from rolecall.display.identity import IdentityBlock
from rolecall.display.redaction import Redactor
from rolecall.display.view import View
from rolecall.model.diagnostic import Diagnostic
from rolecall.model.event import Event, Finished, Message, Prelude, Started
from rolecall.model.urn import STACK_TYPE, URN

_ACTIONS: dict[Kind, str] = {
    "preview": "",
    "update": "Updating",
    "refresh": "Refreshing",
    "destroy": "Destroying",
    "import": "Importing",
}


@dataclass(frozen=True, slots=True)
class Scenery:
    """What every view of one command needs. `identities` remembers whose were shown already."""

    audience: Audience
    showing: Showing
    redactor: Redactor
    identities: IdentityBlock
    project: str
    stack: str


def action(kind: Kind, *, preview: bool) -> str:
    """What is done, for the header: `Updating`, `Previewing update`."""
    if not preview:
        return _ACTIONS[kind]
    return f"Previewing {'update' if kind == 'preview' else kind}"


class Fan:
    """Hands every event to the event log and, unless it is internal, to the view; keeps those of steps."""

    def __init__(
        self, view: View, log: EventLog | None, warning: str = "", watch: Callable[[Event], None] | None = None
    ) -> None:
        """`warning`: said as soon as the run begins. `watch`: gets every event too, internal ones among them."""
        self._watch = watch
        self.events: list[Event] = []
        self._view = view
        self._log = log
        self._warning = warning

    def aside(self, text: str) -> bool:
        """Has the view say what is no event, if it is one that redraws the screen; otherwise says so."""
        above = getattr(self._view, "above", None)
        if above is None:
            return False
        above(text)
        return True

    def show(self, event: Event) -> None:
        """Take one event."""
        self._pass_on(event)
        if isinstance(event, Prelude) and self._warning:
            self._pass_on(Message(Diagnostic("warning", self._warning)))

    def _pass_on(self, event: Event) -> None:
        if self._log is not None:
            self._log.show(event, time.time())
        if self._watch is not None:
            self._watch(event)
        if getattr(event, "internal", False):
            return
        if isinstance(event, Started | Finished):
            self.events.append(event)
        self._view.show(event)

    def tick(self) -> None:
        """A second went by."""
        self._view.tick()


def make_fan(
    scenery: Scenery,
    kind: Kind,
    *,
    preview: bool,
    warning: str = "",
    watch: Callable[[Event], None] | None = None,
) -> Fan:
    """The views of one phase. Raises NoEventLog."""
    log = None
    if scenery.showing.event_log:
        log = EventLog(scenery.showing.event_log, _encoder(scenery))
    return Fan(_view(scenery, kind, preview), log, warning, watch)


def details_text(events: Iterable[Event], scenery: Scenery) -> str:
    """A preview that has been, once more as a diff."""
    from rolecall.display.diff_view import DiffView

    written: list[str] = []
    view = DiffView(
        replace(scenery.showing.options, stepwise=True, truncate=False),
        scenery.redactor,
        write=written.append,
        write_errors=written.append,
        identities=scenery.identities,
        summary=True,
    )
    for event in events:
        view.show(event)
    return "".join(written).strip()


def _view(scenery: Scenery, kind: Kind, preview: bool) -> View:
    form, options = scenery.showing.form, scenery.showing.options
    write = scenery.audience.write
    if form == "json" and preview:
        from rolecall.display.preview_document import PreviewDocument

        return PreviewDocument(replace(options, stepwise=True), scenery.redactor, write)
    if form == "json":
        from rolecall.display.event_lines import EventLines

        return EventLines(_encoder(scenery), write, time.time)
    if form == "summary":
        from rolecall.display.summary_line import SummaryLine

        return SummaryLine(replace(options, stepwise=True), write)
    if form == "diff":
        from rolecall.display.diff_view import DiffView

        return DiffView(
            replace(options, stepwise=True),
            scenery.redactor,
            write=write,
            write_errors=scenery.audience.write_errors,
            identities=scenery.identities,
        )
    return _progress(scenery, kind, preview)


def _progress(scenery: Scenery, kind: Kind, preview: bool) -> View:
    from rolecall.display.progress import Progress
    from rolecall.display.rows import Scene

    root = URN.make(scenery.stack, scenery.project, None, STACK_TYPE, f"{scenery.project}-{scenery.stack}")
    scene = Scene(scenery.showing.options, scenery.redactor, time.monotonic, root, preview)
    label = action(kind, preview=preview).lower()
    if not scenery.audience.interactive:
        return Progress(scene, scenery.audience.write, action=label, identities=scenery.identities)
    from rolecall.display.tree import Tree

    return Tree(scene, scenery.audience.write, action=label, identities=scenery.identities)


def _encoder(scenery: Scenery) -> EventEncoder:
    return EventEncoder(scenery.redactor, scenery.showing.options.color)
