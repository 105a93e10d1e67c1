"""The JSON view of `--output json`: one line for each phase, saying what was done to which resource."""

from __future__ import annotations

from typing import Any

from rolecall.display.options import Options, should_show
from rolecall.display.view import Write
from rolecall.model.event import Event, Finished, Started, Summary
from rolecall.model.step import Step
from rolecall.state.json_text import dumps

_NANOSECONDS = 1_000_000_000


class SummaryLine:
    """Collects a run and writes its one line at the summary."""

    def __init__(self, options: Options, write: Write) -> None:
        self._options = options
        self._write = write
        self._resources: dict[str, dict[str, Any]] = {}

    def show(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Started() if should_show(event.step, self._options):
                self._resources[event.step.urn] = _resource(event.step)
            case Finished() if event.step.urn in self._resources:
                self._resources[event.step.urn]["op"] = event.step.op
            case Summary():
                self._write(dumps(self._line(event)).decode() + "\n")
            case _:
                pass

    def tick(self) -> None:
        """Nothing: there is one line and it comes at the end."""

    def _line(self, summary: Summary) -> dict[str, Any]:
        return {
            "result": summary.result,
            "duration": int(summary.duration * _NANOSECONDS),
            "summary": summary.changes,
            "resources": list(self._resources.values()),
        }


def _resource(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {"urn": step.urn, "type": step.type, "name": step.urn.name, "op": step.op}
    resource = step.new or step.old
    if resource is not None and resource.parent:
        data["parent"] = resource.parent
    return data
