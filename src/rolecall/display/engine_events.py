"""Events as Pulumi's engine event JSON: what `--event-log` and `--json` write and the Automation API reads.

Shape and field names: `apitype.EngineEvent` of pulumi/sdk. Secret values are never in it, whatever is asked for.
"""

from __future__ import annotations

import math
from typing import Any

from rolecall.display import markup
from rolecall.display.markup import ColorMode
from rolecall.display.redaction import MASK, Redactor
from rolecall.display.rows import message_prefix
from rolecall.model.diagnostic import Diagnostic
from rolecall.model.encoding import SECRET, SIGNATURE, Encoder
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
from rolecall.model.resource import Resource
from rolecall.model.step import Step
from rolecall.model.value import Map
from rolecall.state.json_text import dumps

_ENCODER = Encoder(
    secret=lambda _secret, _encoder: {SIGNATURE: SECRET, "ciphertext": MASK},
    non_finite_as_bits=True,
)


class EventEncoder:
    """Numbers and encodes the events of one phase (a preview and what follows it are two)."""

    def __init__(self, redactor: Redactor, color: ColorMode) -> None:
        self._redactor = redactor
        self._color = color
        self._sequence = 0

    def line(self, event: Event, timestamp: float) -> bytes | None:
        """One event as a line of JSON; None for those of ours that Pulumi's readers would not know."""
        data = self._encode(event)
        if data is None:
            return None
        numbered = {"sequence": self._sequence, "timestamp": int(timestamp), **data}
        self._sequence += 1
        return dumps(numbered) + b"\n"

    def _encode(self, event: Event) -> dict[str, Any] | None:
        match event:
            case Prelude():
                return {"preludeEvent": {"config": event.config}}
            case Message():
                return {"diagnosticEvent": self._diagnostic(event.diagnostic)}
            case Started():
                return {"resourcePreEvent": self._resource_event(event.step, event.planning)}
            case Finished():
                return {"resOutputsEvent": self._resource_event(event.step, event.planning)}
            case Failed():
                return {
                    "resOpFailedEvent": {"metadata": self._metadata(event.step), "status": event.status, "steps": 0}
                }
            case Summary():
                return {"summaryEvent": _summary(event)}
            case Cancelled():
                return {"cancelEvent": {}}
            case Identified():
                return None

    def _diagnostic(self, diagnostic: Diagnostic) -> dict[str, Any]:
        prefix = message_prefix(diagnostic)
        text = self._redactor.text(markup.strip_terminal_codes(diagnostic.message))
        message = f"{markup.RESET}{text}{markup.RESET}\n"
        if self._color == "never":
            prefix, message = markup.strip(prefix), markup.strip(message)
        data: dict[str, Any] = {"urn": diagnostic.urn} if diagnostic.urn else {}
        if prefix:
            data["prefix"] = prefix
        data |= {"message": message, "color": "never" if self._color == "never" else "raw"}
        data["severity"] = diagnostic.severity
        if diagnostic.ephemeral:
            data["ephemeral"] = True
        return data

    def _resource_event(self, step: Step, planning: bool) -> dict[str, Any]:
        data: dict[str, Any] = {"metadata": self._metadata(step)}
        if planning:
            data["planning"] = True
        return data

    def _metadata(self, step: Step) -> dict[str, Any]:
        data: dict[str, Any] = {
            "op": step.op,
            "urn": step.urn,
            "type": step.type,
            "old": self._state(step.old),
            "new": self._state(step.new),
        }
        if step.keys:
            data["keys"] = list(step.keys)
        if step.diffs:
            data["diffs"] = list(step.diffs)
        data["detailedDiff"] = detailed_diff(step, "diffKind")
        if step.logical:
            data["logical"] = True
        data["provider"] = str(step.provider) if step.provider else ""
        return data

    def _state(self, resource: Resource | None) -> dict[str, Any] | None:
        if resource is None:
            return None
        data: dict[str, Any] = {"type": resource.type, "urn": resource.urn}
        for name, on in (("custom", resource.custom), ("delete", resource.delete)):
            if on:
                data[name] = True
        data |= {"id": resource.id, "parent": resource.parent or ""}
        flags = (
            ("protect", resource.protect),
            ("taint", resource.taint),
            ("external", resource.external),
            ("retainOnDelete", resource.retain_on_delete),
        )
        data |= {name: True for name, on in flags if on}
        data["inputs"] = self._properties(resource.inputs)
        data["outputs"] = self._properties(resource.outputs)
        data["provider"] = str(resource.provider) if resource.provider else ""
        if resource.init_errors:
            data["initErrors"] = list(resource.init_errors)
        if resource.hide_diff:
            data["hideDiffs"] = list(resource.hide_diff)
        return data

    def _properties(self, properties: Map) -> dict[str, Any]:
        if not properties:
            return {}
        encoded: dict[str, Any] = _ENCODER.encode(self._redactor.properties(properties))
        return encoded


def detailed_diff(step: Step, kind_key: str) -> dict[str, Any] | None:
    """A step's detailed diff as JSON data; the key for the kind differs between Pulumi's documents."""
    if step.detailed_diff is None:
        return None
    return {path: {kind_key: diff.kind, "inputDiff": diff.input_diff} for path, diff in step.detailed_diff.items()}


def _summary(event: Summary) -> dict[str, Any]:
    return {
        "maybeCorrupt": event.maybe_corrupt,
        "durationSeconds": math.ceil(event.duration),
        "resourceChanges": event.changes,
        "PolicyPacks": {},
        "isPreview": event.is_preview,
        "result": event.result,
    }
