"""The JSON view of a preview: one document at the end, also when the preview failed.

Shape: `display.PreviewDigest` of pulumi/sdk, with four spaces of indentation and `<`, `>`, `&` escaped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rolecall.display import markup
from rolecall.display.engine_events import detailed_diff
from rolecall.display.options import Options, should_show
from rolecall.display.redaction import MASK, Redactor
from rolecall.display.rows import message_prefix
from rolecall.display.step_words import is_root_stack
from rolecall.display.view import Write
from rolecall.model.diagnostic import Diagnostic
from rolecall.model.encoding import Encoder
from rolecall.model.event import Cancelled, Event, Finished, Message, Prelude, Started, Summary
from rolecall.model.json_text import indented
from rolecall.model.resource import Resource
from rolecall.model.step import Step
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY
from rolecall.state.resources import write_resource
from rolecall.state.secrets_in_state import Place

_NANOSECONDS = 1_000_000_000


class PreviewDocument:
    """Collects a preview and writes it when it is over."""

    def __init__(self, options: Options, redactor: Redactor, write: Write) -> None:
        self._options = options
        self._redactor = redactor
        self._write = write
        self._document: dict[str, Any] = {}
        self._steps: list[dict[str, Any]] = []
        self._diagnostics: list[dict[str, Any]] = []
        self._refreshing: set[URN] = set()

    def show(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Prelude() if event.config:
                self._document["config"] = event.config
            case Message():
                self._message(event.diagnostic)
            case Started() if self._is_shown(event.step):
                if event.step.op == "refresh":
                    self._refreshing.add(event.step.urn)
                self._steps.append(self._step(event.step))
            case Finished() if self._is_shown(event.step):
                self._result(event.step)
            case Summary():
                self._summary(event)
            case Cancelled():
                self._finish()
            case _:
                pass

    def tick(self) -> None:
        """Nothing: there is one document and it comes at the end."""

    def _is_shown(self, step: Step) -> bool:
        return should_show(step, self._options) or is_root_stack(step)

    def _message(self, diagnostic: Diagnostic) -> None:
        if diagnostic.ephemeral or diagnostic.severity == "debug":
            return
        text = markup.strip(message_prefix(diagnostic) + self._redactor.text(diagnostic.message)) + "\n"
        data = {"urn": diagnostic.urn} if diagnostic.urn else {}
        self._diagnostics.append({**data, "message": text, "severity": diagnostic.severity})

    def _result(self, step: Step) -> None:
        """What a refresh found takes the place of the step that looked."""
        found = step.op == "delete" or (step.op == "update" and step.detailed_diff is not None)
        if step.urn in self._refreshing and found:
            self._steps = [self._step(step) if s["urn"] == step.urn else s for s in self._steps]

    def _step(self, step: Step) -> dict[str, Any]:
        data: dict[str, Any] = {"op": step.op, "urn": step.urn}
        if step.provider is not None:
            data["provider"] = str(step.provider)
        if step.old is not None:
            data["oldState"] = self._state(step.old)
        if step.new is not None:
            data["newState"] = self._state(step.new)
        if step.diffs:
            data["diffReasons"] = list(step.diffs)
        if step.keys:
            data["replaceReasons"] = list(step.keys)
        data["detailedDiff"] = detailed_diff(step, "kind")
        return data

    def _state(self, resource: Resource) -> dict[str, Any]:
        if self._options.suppress_outputs and resource.is_root_stack:
            resource = replace(resource, inputs=EMPTY, outputs=EMPTY)
        return write_resource(resource, _MASKING)

    def _summary(self, event: Summary) -> None:
        self._document["duration"] = int(event.duration * _NANOSECONDS)
        if event.changes:
            self._document["changeSummary"] = event.changes
        if event.maybe_corrupt:
            self._document["maybeCorrupt"] = True

    def _finish(self) -> None:
        ordered = {"config": self._document.get("config"), "steps": self._steps, "diagnostics": self._diagnostics}
        ordered |= {name: self._document.get(name) for name in ("duration", "changeSummary", "maybeCorrupt")}
        document = {name: value for name, value in ordered.items() if value}
        self._write(indented(document, indent=4, sort=False, html=True) + "\n")


class _Masking:
    """Writes the text `[secret]` for every secret."""

    def encoder(self, _place: Place) -> Encoder:
        return Encoder(secret=lambda _secret, _encoder: MASK, non_finite_as_bits=True)


_MASKING = _Masking()
