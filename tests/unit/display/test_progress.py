"""The view for logs and pipes, against what Pulumi's CLI was recorded printing."""

from __future__ import annotations

from dataclasses import replace

from rolecall.display.options import Options
from rolecall.model.event import Failed, Finished, Identified, Started
from rolecall.model.provider import Identity
from rolecall.model.step import PropertyDiff
from rolecall.model.urn import URN
from rolecall.model.value import UNKNOWN, Secret, map_of
from tests.unit.display.stage import PROVIDER, ROOT, created, progress_text, said, stack, step, thing, whole


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_a_creation_is_one_line_when_it_begins_and_one_when_it_ends() -> None:
    events = [
        Started(step("create", None, stack()), False),
        *created(thing("a", {"value": "x"})),
        Finished(step("create", None, stack(echo="X", fixed=1)), False),
    ]
    assert lines(progress_text(whole(events, preview=False, changes={"create": 2}), preview=False)) == [
        "",
        " +  pulumi:pulumi:Stack proj-dev creating (0s)",
        " +  probe:index:Thing a creating (0s)",
        " +  probe:index:Thing a created (0.00s)",
        " +  pulumi:pulumi:Stack proj-dev created (0.00s)",
        "Outputs:",
        '    echo : "X"',
        "    fixed: 1",
        "",
        "Resources:",
        "    + 2 created",
        "",
        "Duration: 2s",
        "",
    ]


def test_a_preview_says_what_would_be_done_and_which_outputs_are_not_known_yet() -> None:
    events = [
        Started(step("create", None, stack()), True),
        *created(thing("a"), planning=True),
        Finished(step("create", None, stack(echo=UNKNOWN)), True),
    ]
    assert lines(progress_text(whole(events, preview=True, changes={"create": 2}), preview=True)) == [
        "",
        " +  pulumi:pulumi:Stack proj-dev create",
        " +  probe:index:Thing a create",
        " +  pulumi:pulumi:Stack proj-dev create",
        "Outputs:",
        "    echo: [unknown]",
        "",
        "Resources:",
        "    + 2 to create",
        "",
    ]


def test_what_did_not_change_is_counted_and_not_shown() -> None:
    events = [
        Started(step("same", stack(), stack()), False),
        Started(step("same", thing("a"), thing("a")), False),
        Finished(step("same", thing("a"), thing("a")), False),
        Finished(step("same", stack(), stack()), False),
    ]
    text = progress_text(whole(events, preview=False, changes={"same": 2}), preview=False)
    assert "Thing a" not in text
    assert "    2 unchanged" in lines(text)
    assert lines(text)[1] == "    pulumi:pulumi:Stack proj-dev" and "running" not in text


def test_an_unprotected_resource_is_shown_although_nothing_else_changed() -> None:
    old = replace(thing("a"), protect=True)
    events = [Started(step("same", old, thing("a")), False)]
    assert "    probe:index:Thing a  [diff: ~protect]" in lines(
        progress_text(whole(events, preview=False, changes={}), preview=False)
    )


def test_the_changed_properties_stand_in_groups_without_a_separator_between_them() -> None:
    old = thing("a", {"gone": 1, "kept": 1, "other": 1, "value": 1})
    new = thing("a", {"came": 1, "kept": 1, "other": 2, "value": 2})
    events = [Started(step("update", old, new), True)]
    text = progress_text(whole(events, preview=True, changes={"update": 1}), preview=True)
    assert " ~  probe:index:Thing a update [diff: +came-gone~other,value]" in lines(text)


def test_the_properties_that_a_provider_names_limit_what_is_called_changed() -> None:
    old, new = thing("a", {"tags": 1, "value": 1}), thing("a", {"tags": 2, "value": 2})
    detailed = {"tags": PropertyDiff("update", input_diff=True), "value": PropertyDiff("update", input_diff=True)}
    events = [Started(step("update", old, new, detailed_diff=detailed, diffs=("tags",)), True)]
    assert "[diff: ~tags]" in progress_text(whole(events, preview=True, changes={}), preview=True)


def test_hidden_differences_are_left_out() -> None:
    old, new = thing("a", {"tags": 1, "value": 1}), replace(thing("a", {"tags": 2, "value": 2}), hide_diff=("value",))
    detailed = {"tags": PropertyDiff("update", input_diff=True), "value": PropertyDiff("update", input_diff=True)}
    events = [Started(step("update", old, new, detailed_diff=detailed), True)]
    assert "[diff: ~tags]" in progress_text(whole(events, preview=True, changes={}), preview=True)


def test_a_failure_shows_its_message_while_it_runs_and_under_diagnostics() -> None:
    bad = thing("bad")
    events = [
        Started(step("create", None, stack()), False),
        Started(step("create", None, bad), False),
        said("error", "probe refuses to create bad", bad.urn),
        Failed(step("create", None, bad), 0),
        said("error", "update failed"),
    ]
    assert lines(progress_text(whole(events, preview=False, changes={"create": 1}), preview=False))[2:] == [
        " +  probe:index:Thing bad creating (0s)",
        " +  probe:index:Thing bad creating (0s) error: probe refuses to create bad",
        " +  probe:index:Thing bad **creating failed** error: probe refuses to create bad",
        " +  pulumi:pulumi:Stack proj-dev creating (0s) error: update failed",
        " +  pulumi:pulumi:Stack proj-dev **creating failed** 1 error",
        "Diagnostics:",
        "  pulumi:pulumi:Stack (proj-dev):",
        "    error: update failed",
        "",
        "  probe:index:Thing (bad):",
        "    error: probe refuses to create bad",
        "",
        "Resources:",
        "    + 1 created",
        "    2 errored",
        "",
        "Duration: 2s",
        "",
    ]


def test_messages_that_come_before_the_stack_go_to_its_row() -> None:
    events = [said("info", "hello"), Started(step("create", None, stack()), True)]
    text = lines(progress_text(whole(events, preview=True, changes={}), preview=True))
    assert text[-6:-2] == ["Diagnostics:", "  pulumi:pulumi:Stack (proj-dev):", "    hello", ""]


def test_the_lines_of_one_stream_make_one_paragraph() -> None:
    events = [
        Started(step("same", stack(), stack()), True),
        said("info", "one\n", ROOT, stream=7),
        said("info", "two\n", ROOT, stream=7),
        said("info", "apart", ROOT),
    ]
    text = lines(progress_text(whole(events, preview=True, changes={}), preview=True))
    start = text.index("Diagnostics:")
    assert text[start + 2 : start + 7] == ["    one", "    two", "", "    apart", ""]


def test_debug_messages_are_for_those_who_ask() -> None:
    events = [Started(step("same", stack(), stack()), True), said("debug", "details", ROOT)]
    assert "details" not in progress_text(whole(events, preview=True, changes={}), preview=True)
    assert "    debug: details" in progress_text(
        whole(events, preview=True, changes={}), preview=True, options=Options(debug=True)
    )


def test_reads_pass_by_unless_they_are_asked_for() -> None:
    events = [Started(step("same", stack(), stack()), True), Started(step("read", None, thing("got")), True)]
    quiet = lines(progress_text(whole(events, preview=True, changes={}), preview=True))
    assert "    pulumi:pulumi:Stack proj-dev running read probe:index:Thing got" in quiet
    assert "Diagnostics:" not in quiet
    shown = lines(
        progress_text(whole(events, preview=True, changes={}), preview=True, options=Options(show_reads=True))
    )
    assert " >  probe:index:Thing got read" in shown


def test_urns_take_the_place_of_types_and_names() -> None:
    text = progress_text(
        whole([*created(thing("a"), planning=True)], preview=True, changes={}),
        preview=True,
        options=Options(urns=True),
    )
    assert " +  urn:pulumi:dev::proj::probe:index/thing:Thing::a create" in lines(text)


def test_what_stays_behind_is_marked() -> None:
    old = replace(thing("a"), retain_on_delete=True)
    events = [Started(step("delete", old, None), True)]
    assert " -  probe:index:Thing a delete[retain]" in lines(
        progress_text(whole(events, preview=True, changes={}), preview=True)
    )


def test_an_operation_that_was_cut_short_does_not_look_done() -> None:
    events = [Started(step("create", None, thing("a")), False)]
    text = lines(progress_text(whole(events, preview=False, changes={}), preview=False))
    assert " +  probe:index:Thing a creating (interrupted)" in text


def test_an_update_prints_all_outputs_with_marks_at_those_that_changed() -> None:
    old, new = stack(changes="one", goes="x", stays=1), stack(changes="two", comes=(1,), stays=1)
    events = [Started(step("same", old, old), False), Finished(step("same", old, new), False)]
    text = lines(progress_text(whole(events, preview=False, changes={"same": 1}), preview=False))
    start = text.index("Outputs:")
    assert text[start + 1 : start + 7] == [
        '  ~ changes: "one" => "two"',
        "  + comes  : [",
        "  +     [0]: 1",
        "    ]",
        '  - goes   : "x"',
        "    stays  : 1",
    ]


def test_secrets_are_masked_and_shown_only_on_request() -> None:
    with_secret = replace(stack(), outputs=map_of({"token": Secret("hush")}))
    events = whole(
        [Started(step("create", None, stack()), False), Finished(step("create", None, with_secret), False)],
        preview=False,
        changes={},
    )
    assert "    token: [secret]" in progress_text(events, preview=False)
    assert '    token: "hush"' in progress_text(events, preview=False, options=Options(show_secrets=True))


def test_identities_stand_below_the_header_once_each() -> None:
    chain = ("arn:aws:iam::424242424242:user/deployer", "arn:aws:sts::424242424242:assumed-role/ci/PulumiSession")
    who = Identity("AWS", "424242424242", "us-east-1", chain, account_alias="acme", expires="2026-11-24T22:58:30Z")
    named = URN.make("dev", "proj", None, "pulumi:providers:aws", "privileged")
    events = [Identified(PROVIDER.urn, who), Identified(PROVIDER.urn, who), Identified(named, who)]
    assert lines(progress_text(whole(events, preview=True, changes={}), preview=True))[1:5] == [
        "  target   AWS, account 424242424242 (acme), us-east-1",
        "  as       user/deployer → role/ci (session PulumiSession, expires in 58 min)",
        "  target   AWS, account 424242424242 (acme), us-east-1   (provider privileged)",
        "  as       user/deployer → role/ci (session PulumiSession, expires in 58 min)",
    ]


def test_the_configuration_is_shown_on_request() -> None:
    events = whole([], preview=True, changes={}, config={"proj:b": "[secret]", "proj:a": "1"})
    text = lines(progress_text(events, preview=True, options=Options(show_config=True)))
    assert text[:3] == ["Configuration:", "    proj:a: 1", "    proj:b: [secret]"]


def test_known_secrets_are_masked_in_messages() -> None:
    events = whole([said("info", "the token is hush-hush")], preview=True, changes={})
    text = progress_text(events, preview=True, secrets=["hush-hush"])
    assert "    the token is [secret]" in lines(text) and "hush" not in text
