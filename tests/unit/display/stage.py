"""Resources, steps and views for the tests of views: `play` shows events to a view and gives back what it wrote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from rolecall.display.identity import IdentityBlock
from rolecall.display.options import Options
from rolecall.display.progress import Progress
from rolecall.display.redaction import Redactor
from rolecall.display.rows import Scene
from rolecall.display.view import View
from rolecall.model.diagnostic import Diagnostic
from rolecall.model.event import Cancelled, Event, Finished, Message, Prelude, Started, Summary
from rolecall.model.resource import Resource
from rolecall.model.step import Op, Step
from rolecall.model.urn import STACK_TYPE, URN, ProviderRef
from rolecall.model.value import EMPTY, Map, map_of

NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
ROOT = URN.make("dev", "proj", None, STACK_TYPE, "proj-dev")
PROVIDER = ProviderRef(URN("urn:pulumi:dev::proj::pulumi:providers:probe::default"), "a-b-c")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def stack(**outputs: object) -> Resource:
    """The stack itself."""
    return Resource(ROOT, STACK_TYPE, outputs=map_of(outputs))


def thing(name: str, inputs: dict[str, object] | None = None, outputs: dict[str, object] | None = None) -> Resource:
    """A custom resource below the stack."""
    urn = URN.make("dev", "proj", ROOT, "probe:index/thing:Thing", name)
    return Resource(
        urn,
        "probe:index/thing:Thing",
        custom=True,
        inputs=map_of(inputs or {}),
        outputs=map_of(outputs or {}),
        parent=ROOT,
        provider=PROVIDER,
    )


def step(op: Op, old: Resource | None, new: Resource | None, **more: object) -> Step:
    """A step between two states of a resource."""
    resource = new or old
    assert resource is not None
    made = Step(op, resource.urn, resource.type, resource.provider, old, new)
    return replace(made, **more)  # type: ignore[arg-type]


def created(resource: Resource, outputs: Map = EMPTY, *, planning: bool = False) -> list[Event]:
    """A creation from beginning to end."""
    done = replace(resource, outputs=outputs, id="" if planning or not resource.custom else "a-1")
    return [
        Started(step("create", None, resource), planning),
        Finished(step("create", None, done), planning),
    ]


def said(severity: str, text: str, urn: URN | None = None, **more: object) -> Message:
    """A message in the stream."""
    return Message(Diagnostic(severity, text, urn, **more))  # type: ignore[arg-type]


def whole(
    events: Iterable[Event], *, preview: bool, changes: dict[str, int], config: dict[str, str] | None = None
) -> list[Event]:
    """A stream of events with its beginning and end."""
    result = (
        "failed" if any(isinstance(e, Message) and e.diagnostic.severity == "error" for e in events) else "succeeded"
    )
    end = Summary(preview, result, changes, 1.2)  # type: ignore[arg-type]
    return [Prelude(config or {}), *events, end, Cancelled()]


def play(view: View, events: Iterable[Event]) -> None:
    """Shows a view all events."""
    for event in events:
        view.show(event)


def scene(*, preview: bool, options: Options | None = None, secrets: Iterable[str] = ()) -> Scene:
    """What rows share."""
    return Scene(options or Options(), Redactor.of(secrets), Clock(), ROOT, preview)


def progress_text(
    events: Iterable[Event], *, preview: bool, options: Options | None = None, secrets: Iterable[str] = ()
) -> str:
    """What the view for logs and pipes writes."""
    written: list[str] = []
    on = scene(preview=preview, options=options, secrets=secrets)
    play(Progress(on, written.append, action="updating", identities=IdentityBlock(NOW)), events)
    return "".join(written)
