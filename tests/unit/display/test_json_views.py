"""The JSON that programs read: engine events, the document of a preview, the line of a summary."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rolecall.display.engine_events import EventEncoder
from rolecall.display.markup import ColorMode
from rolecall.display.options import Options
from rolecall.display.preview_document import PreviewDocument
from rolecall.display.redaction import Redactor
from rolecall.display.summary_line import SummaryLine
from rolecall.model.event import Cancelled, Event, Failed, Finished, Identified, Prelude, Started, Summary
from rolecall.model.provider import Identity
from rolecall.model.step import PropertyDiff
from rolecall.model.value import UNKNOWN, Asset, Secret, map_of
from tests.unit.display.stage import PROVIDER, ROOT, created, play, said, stack, step, thing, whole

SIGNATURE = "4dabf18193072939515e22adb298388d"
MASKED = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}


def encoded(event: Event, *, color: ColorMode = "never", secrets: tuple[str, ...] = ()) -> dict[str, Any]:
    line = EventEncoder(Redactor.of(secrets), color).line(event, 12.9)
    assert line is not None and line.endswith(b"\n") and line.count(b"\n") == 1
    data: dict[str, Any] = json.loads(line)
    assert data.pop("sequence") == 0 and data.pop("timestamp") == 12
    return data


def test_events_are_numbered_without_gaps_and_ours_is_not_among_them() -> None:
    encoder = EventEncoder(Redactor(), "never")
    who = Identity("AWS", "1", "us-east-1", ())
    events: list[Event] = [Prelude(), Identified(PROVIDER.urn, who), Cancelled()]
    lines = [encoder.line(event, 0) for event in events]
    assert lines[1] is None
    assert [json.loads(line)["sequence"] for line in lines if line] == [0, 1]


def test_a_step_says_all_of_its_states_and_nothing_secret() -> None:
    old = replace(thing("a", {"value": "x"}, {"value": "x"}), id="a-1", protect=True, init_errors=("half",))
    new = replace(
        thing("a"), inputs=map_of({"hidden": Secret("hush"), "later": UNKNOWN, "file": Asset(text="long", hash="h")})
    )
    made = step("update", old, new, keys=("value",), diffs=("value",), detailed_diff={"value": PropertyDiff("add")})
    metadata = encoded(Started(made, True))["resourcePreEvent"]["metadata"]
    assert metadata["old"] == {
        "type": "probe:index/thing:Thing",
        "urn": old.urn,
        "custom": True,
        "id": "a-1",
        "parent": ROOT,
        "protect": True,
        "inputs": {"value": "x"},
        "outputs": {"value": "x"},
        "provider": str(PROVIDER),
        "initErrors": ["half"],
    }
    assert metadata["new"]["inputs"] == {
        "hidden": MASKED,
        "later": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "file": {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "hash": "h", "text": "<contents elided>"},
    }
    assert metadata["keys"] == metadata["diffs"] == ["value"]
    assert metadata["detailedDiff"] == {"value": {"diffKind": "add", "inputDiff": False}}
    assert metadata["logical"] is True


def test_empty_things_are_left_out_but_for_those_that_readers_expect() -> None:
    metadata = encoded(Finished(step("create", None, stack(), logical=False), False))["resOutputsEvent"]["metadata"]
    assert metadata == {
        "op": "create",
        "urn": ROOT,
        "type": "pulumi:pulumi:Stack",
        "old": None,
        "new": {
            "type": "pulumi:pulumi:Stack",
            "urn": ROOT,
            "id": "",
            "parent": "",
            "inputs": {},
            "outputs": {},
            "provider": "",
        },
        "detailedDiff": None,
        "provider": "",
    }


def test_messages_are_stripped_of_colours_or_keep_pulumi_markup() -> None:
    message = said("error", "a <{%fg 1%}>red\x1b[31m word", ROOT)
    assert encoded(message)["diagnosticEvent"] == {
        "urn": ROOT,
        "prefix": "error: ",
        "message": "a red word\n",
        "color": "never",
        "severity": "error",
    }
    raw = encoded(message, color="always")["diagnosticEvent"]
    assert raw["prefix"] == "<{%fg 1%}>error: <{%reset%}>"
    assert raw["message"] == "<{%reset%}>a <{%fg 1%}>red word<{%reset%}>\n" and raw["color"] == "raw"


def test_summaries_round_seconds_up_and_failures_have_a_status() -> None:
    assert encoded(Summary(False, "failed", {"create": 1}, 1.01))["summaryEvent"] == {
        "maybeCorrupt": False,
        "durationSeconds": 2,
        "resourceChanges": {"create": 1},
        "PolicyPacks": {},
        "isPreview": False,
        "result": "failed",
    }
    assert encoded(Failed(step("create", None, thing("a")), 2))["resOpFailedEvent"]["status"] == 2


def test_known_secrets_are_cut_out_of_texts_in_every_form() -> None:
    secret = 'pass"word'
    event = encoded(said("info", f"plain {secret} json {json.dumps(secret)}"), secrets=(secret,))
    assert event["diagnosticEvent"]["message"] == 'plain [secret] json "[secret]"\n'
    step_event = encoded(Started(step("create", None, thing("a", {"v": f"x{secret}y"})), True), secrets=(secret,))
    assert step_event["resourcePreEvent"]["metadata"]["new"]["inputs"] == {"v": "x[secret]y"}


@given(st.text(min_size=3).filter(lambda t: t.lower() not in ("true", "false") and t not in "[secret]"), st.text())
def test_no_text_holds_a_known_secret(secret: str, around: str) -> None:
    shown = Redactor.of([secret]).text(around + secret + around)
    assert secret not in shown.replace("[secret]", "")


def document(events: list[Event], options: Options | None = None) -> dict[str, Any]:
    written: list[str] = []
    play(PreviewDocument(replace(options or Options(), stepwise=True), Redactor(), written.append), events)
    assert len(written) == 1 and written[0].endswith("\n")
    data: dict[str, Any] = json.loads(written[0])
    return data


def test_the_document_of_a_preview_holds_steps_with_masked_states() -> None:
    a = replace(thing("a"), inputs=map_of({"hidden": Secret({"x": 1}), "later": UNKNOWN}))
    events = whole(
        [Started(step("create", None, stack()), True), *created(a, planning=True)], preview=True, changes={"create": 2}
    )
    found = document(events)
    assert found["changeSummary"] == {"create": 2} and found["duration"] == 1_200_000_000
    assert found["steps"][1] == {
        "op": "create",
        "urn": a.urn,
        "provider": str(PROVIDER),
        "newState": {
            "urn": a.urn,
            "custom": True,
            "type": "probe:index/thing:Thing",
            "inputs": {"hidden": "[secret]", "later": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"},
            "parent": ROOT,
            "provider": str(PROVIDER),
        },
        "detailedDiff": None,
    }


def test_messages_are_in_the_document_even_of_a_preview_that_failed() -> None:
    events = whole(
        [said("error", "no <b>"), said("debug", "x"), said("info", "y", ephemeral=True)], preview=True, changes={}
    )
    written: list[str] = []
    play(PreviewDocument(Options(), Redactor(), written.append), events)
    assert '    "diagnostics": [' in written[0] and "no \\u003cb\\u003e" in written[0]
    assert json.loads(written[0])["diagnostics"] == [{"message": "error: no <b>\n", "severity": "error"}]


def test_unchanged_resources_are_in_the_document_on_request_and_the_stack_always() -> None:
    same = [Started(step("same", stack(), stack()), True), Started(step("same", thing("a"), thing("a")), True)]
    events = whole(same, preview=True, changes={"same": 2})
    assert [s["urn"] for s in document(events)["steps"]] == [ROOT]
    assert len(document(events, Options(show_sames=True))["steps"]) == 2


def test_what_a_refresh_found_takes_the_place_of_looking() -> None:
    old = replace(thing("a"), id="a-1")
    events = whole(
        [Started(step("refresh", old, None), True), Finished(step("delete", old, None), True)], preview=True, changes={}
    )
    assert [s["op"] for s in document(events)["steps"]] == ["delete"]


def test_suppressed_outputs_are_not_in_the_document() -> None:
    made = whole([Started(step("same", stack(x=1), stack(x=1)), True)], preview=True, changes={})
    assert document(made)["steps"][0]["oldState"]["outputs"] == {"x": 1}
    assert "outputs" not in document(made, Options(suppress_outputs=True))["steps"][0]["oldState"]


def test_the_summary_is_one_line_with_what_was_done_to_what() -> None:
    written: list[str] = []
    view = SummaryLine(Options(stepwise=True), written.append)
    play(
        view,
        whole(
            [*created(thing("a")), Started(step("same", stack(), stack()), False)], preview=False, changes={"create": 1}
        ),
    )
    assert len(written) == 1
    assert json.loads(written[0]) == {
        "result": "succeeded",
        "duration": 1_200_000_000,
        "summary": {"create": 1},
        "resources": [
            {"urn": thing("a").urn, "type": "probe:index/thing:Thing", "name": "a", "op": "create", "parent": ROOT}
        ],
    }
