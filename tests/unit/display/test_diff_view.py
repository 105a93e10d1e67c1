"""The view of `--diff`, against what Pulumi's CLI was recorded printing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from rolecall.display.diff_view import DiffView
from rolecall.display.identity import IdentityBlock
from rolecall.display.options import Options
from rolecall.display.redaction import Redactor
from rolecall.model.event import Event, Finished, Started
from rolecall.model.resource import Resource
from rolecall.model.step import PropertyDiff
from rolecall.model.urn import URN, ProviderRef
from rolecall.model.value import Archive, Asset, Secret, map_of
from tests.unit.display.stage import NOW, play, said, stack, step, thing, whole

UPDATE = PropertyDiff("update", input_diff=True)


def diff(
    events: Iterable[Event],
    *,
    preview: bool = True,
    options: Options | None = None,
    summary: bool = False,
    secrets: tuple[str, ...] = (),
) -> tuple[list[str], list[str]]:
    """The lines on standard output and on standard error, without the summary."""
    out: list[str] = []
    err: list[str] = []
    view = DiffView(
        replace(options or Options(), stepwise=True),
        Redactor.of(secrets),
        write=out.append,
        write_errors=err.append,
        identities=IdentityBlock(NOW),
        summary=summary,
    )
    play(view, whole(list(events), preview=preview, changes={}))
    return "".join(out).partition("Resources:")[0].splitlines(), "".join(err).splitlines()


def block(old: Resource | None, new: Resource | None, op: str, **more: object) -> list[str]:
    """The block of one step, without its header."""
    return diff([Started(step(op, old, new, **more), True)])[0][2 if old is None or not old.id else 3 :]  # type: ignore[arg-type]


def test_resources_are_nested_below_their_parents() -> None:
    a = thing("a", {"tags": {"x": 1, "y": [1, 2]}, "text": "line one\nline two", "value": "one"})
    lines, _ = diff([Started(step("create", None, stack()), True), Started(step("create", None, a), True)])
    assert lines == [
        "+ pulumi:pulumi:Stack: (create)",
        "    [urn=urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev]",
        "    + probe:index/thing:Thing: (create)",
        "        [urn=urn:pulumi:dev::proj::probe:index/thing:Thing::a]",
        "        tags : {",
        "            x: 1",
        "            y: [",
        "                [0]: 1",
        "                [1]: 2",
        "            ]",
        "        }",
        '        text : "line one\\nline two"',
        '        value: "one"',
    ]


def test_a_detailed_diff_is_shown_where_it_says() -> None:
    old = replace(thing("a", {"tags": {"x": 1, "y": [1, 2]}, "text": "line one\nline two", "value": "one"}), id="a-1")
    new = replace(thing("a", {"tags": {"x": 1, "y": [1, 3]}, "text": "line one\nline 2", "value": "two"}), id="a-1")
    lines = block(old, new, "update", detailed_diff={"tags.y[1]": UPDATE, "text": UPDATE, "value": UPDATE})
    assert lines == [
        "  ~ tags : {",
        "      ~ y: [",
        "          ~ [1]: 2 => 3",
        "        ]",
        "    }",
        "  ~ text : ",
        "        line one",
        "      - line two",
        "      + line 2",
        '  ~ value: "one" => "two"',
    ]


def test_without_a_detailed_diff_inputs_are_compared() -> None:
    old, new = thing("a", {"gone": 1, "same": True, "value": 1}), thing("a", {"came": [1], "same": True, "value": 2})
    assert block(old, new, "update") == [
        "  + came : [",
        "  +     [0]: 1",
        "    ]",
        "  - gone : 1",
        "    same : true",
        "  ~ value: 1 => 2",
    ]


def test_details_leave_out_what_stays() -> None:
    old, new = thing("a", {"same": True, "value": 1}), thing("a", {"same": True, "value": 2})
    lines, _ = diff([Started(step("update", old, new), True)], summary=True)
    assert lines[-1] == "  ~ value: 1 => 2" and "same" not in "\n".join(lines[2:])


def test_hidden_differences_are_named_and_not_shown() -> None:
    old, new = thing("a", {"value": "one"}), replace(thing("a", {"value": "two"}), hide_diff=("value",))
    assert block(old, new, "update", detailed_diff={"value": UPDATE}) == ["  ~ value (hidden)"]


def test_secrets_in_differences_are_masked() -> None:
    old = replace(thing("a"), inputs=map_of({"value": Secret("one")}))
    new = replace(thing("a"), inputs=map_of({"value": Secret("two")}))
    text = "\n".join(block(old, new, "update", detailed_diff={"value": UPDATE}))
    assert text == "  ~ value: [secret] => [secret]"


def test_outputs_follow_when_they_say_more_than_the_inputs() -> None:
    a = thing("a", {"value": "one"})
    done = replace(a, outputs=map_of({"value": "one", "echo": "ONE", "empty": ""}))
    lines, _ = diff(
        [Started(step("create", None, a), False), Finished(step("create", None, done), False)], preview=False
    )
    assert lines[-2:] == ["    --outputs:--", '    echo : "ONE"']


def test_a_refresh_shows_what_it_found() -> None:
    old = replace(thing("a", {"value": "one"}, {"value": "one"}), id="a-1")
    new = replace(old, outputs=map_of({"value": "two"}), inputs=map_of({"value": "two"}))
    found = step("update", old, new, detailed_diff={"value": PropertyDiff("update")})
    lines, _ = diff([Started(step("refresh", old, None), True), Finished(found, True)])
    assert lines == [
        "~ probe:index/thing:Thing: (update)",
        "    [id=a-1]",
        "    [urn=urn:pulumi:dev::proj::probe:index/thing:Thing::a]",
        '  ~ value: "one" => "two"',
    ]


def test_messages_go_to_standard_error() -> None:
    lines, errors = diff([said("warning", "look out for hush-hush")], secrets=("hush-hush",))
    assert errors == ["warning: look out for [secret]"] and lines == []


def test_the_steps_of_a_replacement_are_one_unless_asked_for() -> None:
    old, new = thing("a", {"k": 1}), thing("a", {"k": 2})
    events = [
        Started(step("create-replacement", old, new, logical=False), True),
        Started(step("replace", old, new), True),
        Started(step("delete-replaced", old, None, logical=False), True),
    ]
    assert [line for line in diff(events)[0] if line.endswith(")")] == ["+-probe:index/thing:Thing: (replace)"]
    assert (
        len([line for line in diff(events, options=Options(show_replacement_steps=True))[0] if line.endswith(")")]) == 3
    )


def test_a_provider_that_changes_is_shown_and_an_explicit_one_is_named() -> None:
    other = ProviderRef(URN("urn:pulumi:dev::proj::pulumi:providers:probe::mine"), "")
    old, new = thing("a"), replace(thing("a"), provider=other)
    assert diff([Started(step("update", old, new), True)])[0][2] == (
        "    [provider: urn:pulumi:dev::proj::pulumi:providers:probe::default::a-b-c"
        " => urn:pulumi:dev::proj::pulumi:providers:probe::mine::[unknown]]"
    )
    named = diff([Started(step("create", None, new), True)])[0][2]
    assert named.startswith("    [provider=urn:pulumi:dev::proj::pulumi:providers:probe::mine::")


def test_protection_is_shown_as_a_lock() -> None:
    guarded = replace(thing("a"), protect=True)
    assert diff([Started(step("create", None, guarded), True)])[0][0] == "+ probe:index/thing:Thing: (create) 🔒"
    assert diff([Started(step("update", guarded, thing("a")), True)])[0][0].endswith("(update) 🔓")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ["    p: <null>"]),
        ('it\'s "quoted"\t', ['    p: "it\'s \\"quoted\\"\\t"']),
        (1.5, ["    p: 1.5"]),
        (1e25, ["    p: 10000000000000000905969664"]),
        (1234567.5, ["    p: 1.2345675e+06"]),
        ([], ["    p: []"]),
        ({}, ["    p: {}"]),
        ('{"a": [1]}', ["    p: (json) {", "        a: [", "            [0]: 1", "        ]", "    }", ""]),
        ("a: 1\nb: x", ["    p: (yaml) {", "        a: 1", '        b: "x"', "    }", ""]),
        ("one\ntwo", ['    p: "one\\ntwo"']),
        (b"\xff", ['    p: b"/w=="']),
        (
            Asset(text="hello", hash="ed7002b439"),
            ["    p: asset(text:ed7002b) {", "        <contents elided>", "    }"],
        ),
        (Asset(path="./f", hash="ed7002b439"), ["    p: asset(file:ed7002b) { ./f }"]),
        (Archive(path="./d", hash="ed7002b439"), ["    p: archive(file:ed7002b) { ./d }"]),
    ],
)
def test_values_are_written_as_pulumi_writes_them(value: object, shown: list[str]) -> None:
    assert block(None, thing("a", {"p": value}), "create") == shown


def test_long_texts_are_cut_unless_all_is_asked_for() -> None:
    a = thing("a", {"p": "x" * 200})
    assert diff([Started(step("create", None, a), True)])[0][-1] == '    p: "' + "x" * 150 + '..."'
    assert diff([Started(step("create", None, a), True)], options=Options(truncate=False))[0][-1].count("x") == 200
