"""The view of a run as it happens: what becomes of each resource, then messages, outputs and a summary.

`Progress` keeps the rows and writes a line whenever one changes, for logs and pipes; the tree is built on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rolecall.display import markup
from rolecall.display.identity import IdentityBlock
from rolecall.display.options import Options, should_show
from rolecall.display.outputs import Moment, outputs_text
from rolecall.display.rows import RUNNING, Row, Scene, message_text
from rolecall.display.step_changes import shown_step
from rolecall.display.step_words import display_type
from rolecall.display.summary import configuration_text, summary_text
from rolecall.display.view import Write
from rolecall.model.diagnostic import Diagnostic
from rolecall.model.event import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Identified,
    Message,
    Prelude,
    Started,
    Summary,
)
from rolecall.model.step import Step
from rolecall.model.urn import STACK_TYPE, URN

_NOWHERE = URN("")
_READ_REMAINDERS = ("discard", "read-replacement")


class Progress:
    """Rows, and a line for each change of one."""

    def __init__(self, scene: Scene, write: Write, *, action: str, identities: IdentityBlock) -> None:
        self.scene = scene
        self.rows: dict[URN, Row] = {}
        self._write = write
        self._action = action
        self._identities = identities
        self._stack = _NOWHERE
        self._summary: Summary | None = None
        self._dots = 0

    # -- events

    def show(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Prelude():
                self.prelude(configuration_text(event.config) if self.options.show_config else "")
            case Message():
                self._message(event.diagnostic)
            case Started() | Finished() | Failed():
                self._step(event)
            case Summary():
                self._summary = event
            case Identified():
                self.block(self._identities.lines(event))
            case Cancelled():
                self._end()

    def tick(self) -> None:
        """Shows that something is still going on, where nothing else does."""
        if self.options.suppress_progress or self.scene.over:
            return
        self._write(f"@ {self._action}...." if not self._dots else ".")
        self._dots += 1

    @property
    def options(self) -> Options:
        return self.scene.options

    def _message(self, diagnostic: Diagnostic) -> None:
        diagnostic = replace(diagnostic, message=self.scene.redactor.text(diagnostic.message))
        if not message_text(diagnostic, self.options):
            return
        row = self._row(diagnostic.urn or self._stack, None)
        row.hidden = False
        row.diagnostics.append(diagnostic)
        self.changed(row)

    def _step(self, event: Started | Finished | Failed) -> None:
        step = event.step
        if not self.options.show_reads and step.op in ("read", *_READ_REMAINDERS):
            if step.op == "read":
                text = f"read {display_type(step.type)} {step.urn.name}"
                self._message(Diagnostic("info", text, ephemeral=True))
            return
        row = self._row(step.urn, step)
        if should_show(step, self.options) or step.urn == self._stack:
            row.hidden = False
        if isinstance(event, Started):
            row.begin(step)
        elif isinstance(event, Failed):
            self.scene.failed = row.failed = True
        elif not self._is_news(row, step):
            return
        self.changed(row)

    def _is_news(self, row: Row, step: Step) -> bool:
        """Records the result of a step, and tells whether a line about it says more than the one before."""
        was_refresh = row.op == "refresh"
        row.end(step)
        if self.scene.tree or was_refresh:
            return True
        resource = step.new or step.old
        return not self.scene.preview and (resource is None or (resource.custom and step.op != "same"))

    # -- rows

    def _row(self, urn: URN, step: Step | None) -> Row:
        """The row of a resource. What is about no resource goes to the stack's, known or not yet."""
        self._place_parent(step)
        if urn in self.rows:
            return self.rows[urn]
        first = step or Step("same", urn, urn.type)
        if urn and urn.qualified_type == STACK_TYPE:
            self._stack = urn
            waiting = self.rows.pop(_NOWHERE, None)
            if waiting is not None:
                waiting.step = first
                self.rows = {urn: waiting, **self.rows}
                return waiting
        row = self.rows[urn] = Row(self.scene, first)
        self._place_stack()
        return row

    def _place_parent(self, step: Step | None) -> None:
        """Makes a hidden row for a parent that nothing was heard of yet, as Pulumi does.

        When the stack is destroyed its row therefore appears twice: as what the run is about, and as a resource.
        """
        resource = (step.new or step.old) if step is not None else None
        parent = resource.parent if resource is not None else None
        if parent is not None and parent not in self.rows:
            self.rows[parent] = Row(self.scene, Step("same", parent, parent.type))
            self._place_stack()

    def _place_stack(self) -> None:
        if self._stack not in self.rows:
            self.rows[self._stack] = Row(self.scene, Step("same", self._stack, STACK_TYPE), hidden=False)

    # -- how it looks

    def prelude(self, text: str) -> None:
        """What stands between the header and the rows."""
        self.line(text)

    def block(self, lines: Iterable[str]) -> None:
        """Lines that belong together and to no row."""
        for line in lines:
            self.line(line)

    def changed(self, row: Row) -> None:
        """A row is not what it was. That the stack is being worked on goes without saying."""
        if not row.hidden and (row.status != RUNNING or row.information):
            self.line("".join(f" {column}" for column in row.columns))

    def line(self, text: str) -> None:
        """A line of its own."""
        if self._dots:
            self._write("\n")
            self._dots = 0
        self._write(markup.colorize(text, self.options.color) + "\n")

    # -- the end

    def _end(self) -> None:
        unfinished = [row for row in self.rows.values() if not row.is_done]
        self.scene.over = True
        self.finished(unfinished)
        self._diagnostics()
        self._outputs()
        if self._summary is not None:
            errored = sum(1 for row in self.rows.values() if row.count("error"))
            self.line(summary_text(self._summary, errored))

    def finished(self, unfinished: Iterable[Row]) -> None:
        """Nothing more will happen to any row."""
        for row in unfinished:
            self.changed(row)

    def _diagnostics(self) -> None:
        headed = False
        for row in self.rows.values():
            paragraphs = [p for p in _paragraphs(row.diagnostics, self.options) if any(p)]
            if not paragraphs:
                continue
            if not headed:
                self.line(f"{markup.HEADLINE}Diagnostics:{markup.RESET}")
                headed = True
            columns = row.columns
            name = columns[1] if self.options.urns else f"{columns[1]} ({columns[2]})"
            self.line(f"  {markup.BRIGHT_BLUE}{name}:{markup.RESET}")
            for paragraph in paragraphs:
                for text in paragraph:
                    self.line(f"    {text.rstrip()}")
                self.line("")

    def _outputs(self) -> None:
        if self.options.suppress_outputs or self._stack not in self.rows or not self._stack:
            return
        step = self.rows[self._stack].step
        shown = shown_step(step, self.scene.redactor, show_secrets=self.options.show_secrets)
        text = outputs_text(shown, 1, Moment(planning=self.scene.preview), self.options)
        if text:
            self.line(f"{markup.HEADLINE}Outputs:{markup.RESET}")
            self.line(text)


def _paragraphs(diagnostics: Iterable[Diagnostic], options: Options) -> Iterable[list[str]]:
    """The lasting messages in lines: one paragraph for all that came one by one, one for each stream."""
    streams: dict[int, list[str]] = {}
    for diagnostic in diagnostics:
        if diagnostic.ephemeral:
            continue
        text = message_text(diagnostic, options)
        if not text:
            continue
        if diagnostic.stream and diagnostic.stream in streams:
            streams[diagnostic.stream].append(diagnostic.message.rstrip())
        elif diagnostic.stream:
            streams[diagnostic.stream] = [text]
        else:
            streams.setdefault(0, []).append(text)
    return [[line for text in texts for line in text.split("\n")] for texts in streams.values()]
