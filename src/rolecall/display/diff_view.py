"""The view of `--diff`: every changed resource as a block with its properties; messages apart, on standard error."""

from __future__ import annotations

from rolecall.display import markup
from rolecall.display.identity import IdentityBlock
from rolecall.display.options import Options, should_show
from rolecall.display.outputs import Moment, outputs_text
from rolecall.display.properties import INDENT
from rolecall.display.property_changes import ChangePrinter
from rolecall.display.redaction import Redactor
from rolecall.display.rows import message_text, shown_urn
from rolecall.display.step_changes import shown_step, step_details
from rolecall.display.step_words import COLORS, MARKS, is_root_stack, retained
from rolecall.display.summary import configuration_text, summary_text
from rolecall.display.view import Write
from rolecall.model.event import Event, Failed, Finished, Identified, Message, Prelude, Started, Summary
from rolecall.model.step import Op, Step
from rolecall.model.urn import UNKNOWN_ID, URN, ProviderRef

_KEPT_COLOUR: frozenset[Op] = frozenset({"create", "delete", "delete-replaced", "discard", "discard-replaced"})


class DiffView:
    """Writes a block for each resource, in the order of steps, nested below the parents that were shown."""

    def __init__(
        self,
        options: Options,
        redactor: Redactor,
        *,
        write: Write,
        write_errors: Write,
        identities: IdentityBlock,
        summary: bool = False,
    ) -> None:
        """`summary`: unchanged properties of changed resources are left out, and deleted ones have none."""
        self._options = options
        self._summary = summary
        self._redactor = redactor
        self._write = write
        self._write_errors = write_errors
        self._identities = identities
        self._seen: dict[URN, Step] = {}
        self._errored = 0

    def show(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Prelude() if self._options.show_config:
                self._out(configuration_text(event.config))
            case Message():
                self._message(event)
            case Started():
                self._started(event)
            case Finished():
                self._finished(event)
            case Failed():
                self._errored += 1
            case Identified():
                self._out("".join(f"{line}\n" for line in self._identities.lines(event)))
            case Summary():
                self._out(summary_text(event, self._errored))
            case _:
                pass

    def tick(self) -> None:
        """Nothing: a block is either there or not."""

    def _out(self, text: str) -> None:
        if text:
            self._write(markup.colorize(text, self._options.color))

    def _message(self, event: Message) -> None:
        text = message_text(event.diagnostic, self._options)
        if text:
            self._write_errors(markup.colorize(self._redactor.text(text), self._options.color) + "\n")

    def _started(self, event: Started) -> None:
        self._seen[event.step.urn] = event.step
        if event.step.op in ("refresh", "import") or not self._is_shown(event.step):
            return
        self._out(self._block(event.step, event.planning, refreshed=False))

    def _finished(self, event: Finished) -> None:
        if not self._is_shown(event.step):
            return
        before = self._seen.get(event.step.urn)
        refreshed = before is not None and before.op == "refresh"
        if event.step.op == "import" or (refreshed and event.step.op == "update"):
            self._out(self._block(event.step, event.planning, refreshed=refreshed))
            return
        self._out(self._result(event, refreshed))

    def _is_shown(self, step: Step) -> bool:
        return should_show(step, self._options) or is_root_stack(step)

    def _block(self, step: Step, planning: bool, *, refreshed: bool) -> str:
        indent = self._indent(step)
        shown = shown_step(step, self._redactor, show_secrets=self._options.show_secrets)
        printer = ChangePrinter(
            indent=indent + 1,
            truncate=self._options.truncate,
            show_secrets=self._options.show_secrets,
            planning=planning,
            summary=self._summary,
        )
        step_details(shown, printer, refreshed=refreshed)
        return self._header(step, indent) + printer.text + markup.RESET

    def _result(self, event: Finished, refreshed: bool) -> str:
        """The outputs that a step led to; after a refresh, below a header that nothing wrote before."""
        step = event.step
        indent = self._indent(step)
        shown = shown_step(step, self._redactor, show_secrets=self._options.show_secrets)
        outputs = outputs_text(shown, indent + 1, Moment(event.planning, refreshed), self._options)
        text = ""
        if refreshed and (step.op != "refresh" or outputs or is_root_stack(step)):
            text += self._header(step, indent)
        if outputs and not self._options.suppress_outputs:
            text += f"{COLORS[step.op]}{INDENT * (indent + 1)}--outputs:--{markup.RESET}\n{outputs}"
        return text

    def _indent(self, step: Step) -> int:
        """How many of a step's parents are shown."""
        indent = 0
        resource = step.new or step.old
        while resource is not None and resource.parent in self._seen:
            parent = self._seen[resource.parent]
            if self._is_shown(parent):
                indent += 1
            resource = parent.new or parent.old
        return indent

    def _header(self, step: Step, indent: int) -> str:
        colour = COLORS[step.op if step.op in _KEPT_COLOUR else "same"]
        inside = f"{colour}{INDENT * (indent + 1)}"
        name = str(step.urn) if self._options.urns else step.type
        text = INDENT * indent + COLORS[step.op] + MARKS[step.op]
        text += f"{name}: ({step.op}{retained(step)}){_lock(step)}\n"
        if step.old is not None and step.old.id:
            text += f"{inside}[id={step.old.id}]\n{markup.RESET}"
        if not self._options.urns:
            text += f"{inside}[urn={shown_urn(step.urn)}]\n{markup.RESET}"
        return text + self._provider(step, inside)

    def _provider(self, step: Step, inside: str) -> str:
        """The provider, unless it is the default one or the same as before."""
        if step.provider is None:
            return ""
        old, new = step.old, step.new
        if old is not None and new is not None and old.provider != new.provider:
            after = _reference(new.provider)
            return (
                f"{inside}[provider: {COLORS['delete']}{old.provider or ''}{markup.RESET}"
                f" => {COLORS['create']}{after}{markup.RESET}]\n"
            )
        return "" if step.provider.urn.name == "default" else f"{inside}[provider={step.provider}]\n{markup.RESET}"


def _reference(provider: ProviderRef | None) -> str:
    if provider is None:
        return ""
    return f"{provider.urn}::[unknown]" if provider.id in ("", UNKNOWN_ID) else str(provider)


def _lock(step: Step) -> str:
    was = step.old is not None and step.old.protect
    is_ = step.new is not None and step.new.protect
    if was and step.new is not None and not is_:
        return " 🔓"
    return " 🔒" if is_ or was else ""
