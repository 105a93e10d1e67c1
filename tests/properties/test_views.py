"""Whatever is shown, and to whom: nothing that is secret is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from rolecall.display.diff_view import DiffView
from rolecall.display.engine_events import EventEncoder
from rolecall.display.event_lines import EventLines
from rolecall.display.identity import IdentityBlock
from rolecall.display.options import Options
from rolecall.display.preview_document import PreviewDocument
from rolecall.display.progress import Progress
from rolecall.display.redaction import Redactor
from rolecall.display.tree import Tree
from rolecall.model.event import Event, Finished, Started
from rolecall.model.resource import Resource
from rolecall.model.step import Op, PropertyDiff, Step
from rolecall.model.value import Map, Output, Secret, Value
from tests.unit.display.stage import play, said, scene, stack, step, thing, whole

PLANTED = "hush-hush"

keys = st.sampled_from(["a", "b", "c"])
plain: st.SearchStrategy[Value] = st.one_of(st.sampled_from(["x", "y", "", '{"a": "x"}']), st.booleans(), st.none())


def _structures(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.one_of(st.lists(inner, max_size=2).map(tuple), st.dictionaries(keys, inner, max_size=2).map(Map))


planted = st.recursive(
    st.sampled_from([PLANTED, f"{PLANTED}-too", f'{{"a": "{PLANTED}"}}', f"{PLANTED}\n{PLANTED}"]), _structures
)
hidden = st.one_of(st.builds(Secret, planted), st.builds(Output, planted, st.just(True)))
values: st.SearchStrategy[Value] = st.recursive(st.one_of(plain, hidden), _structures, max_leaves=5)
maps = st.dictionaries(keys, values, max_size=3).map(Map)
things = st.builds(lambda i, o: replace(thing("t"), id="t-1", inputs=i, outputs=o), maps, maps)
details = st.one_of(
    st.none(),
    st.dictionaries(
        st.sampled_from(["a", "a.b", "a[0]", "b", "c.a"]),
        st.builds(PropertyDiff, st.sampled_from(["add", "update", "delete"]), st.booleans()),
        max_size=3,
    ),
)
CHANGING: tuple[Op, ...] = ("same", "update", "replace", "create-replacement", "delete-replaced", "refresh", "import")


@st.composite
def steps(draw: st.DrawFn) -> Step:
    op = draw(st.sampled_from(["create", "delete", "read", *CHANGING]))
    old: Resource | None = None if op in ("create", "read") else draw(things)
    new: Resource | None = None if op == "delete" else draw(things)
    return step(op, old, new, detailed_diff=draw(details))


@given(steps(), maps, st.booleans(), st.booleans())
def test_no_view_shows_a_secret(made: Step, outputs: Map, preview: bool, terse: bool) -> None:
    root = stack()
    events: list[Event] = [
        Started(step("create", None, root), preview),
        Started(made, preview),
        said("info", f"the password is {PLANTED}"),
        Finished(made, preview),
        Finished(step("create", None, replace(root, outputs=outputs)), preview),
    ]
    written: list[str] = []
    options = Options(truncate=terse)
    redactor = Redactor.of([PLANTED])
    on = scene(preview=preview, options=options, secrets=[PLANTED])
    who = IdentityBlock(datetime(2026, 11, 24, tzinfo=UTC))
    stepwise = replace(options, stepwise=True)
    for view in (
        Progress(on, written.append, action="updating", identities=who),
        Tree(replace(on), written.append, action="updating", identities=who),
        DiffView(stepwise, redactor, write=written.append, write_errors=written.append, identities=who, summary=terse),
        PreviewDocument(stepwise, redactor, written.append),
        EventLines(EventEncoder(redactor, "never"), written.append, lambda: 0.0),
    ):
        play(view, whole(events, preview=preview, changes={}))
    assert PLANTED not in "".join(written)
    assert "[secret]" in "".join(written)
