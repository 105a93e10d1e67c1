"""Policy documents: what is stored, and when two mean the same."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.providers.aws.documents import equivalent, legacy_normalised, normalised, problems

STATEMENT: dict[str, Any] = {"Sid": "a", "Effect": "Allow", "Action": ["s3:Get*", "s3:Put*"], "Resource": "*"}
DOCUMENT: dict[str, Any] = {"Version": "2012-10-17", "Statement": [STATEMENT]}


def text(**change: Any) -> str:
    return json.dumps({**DOCUMENT, "Statement": [{**STATEMENT, **change}]})


def test_the_stored_form_is_compact_sorted_and_escaped_as_go_does() -> None:
    assert normalised('{"b": 1,\n "a": "<&>"}') == '{"a":"\\u003c\\u0026\\u003e","b":1}'
    assert normalised("not json") == "not json"


def test_inline_policies_begin_with_their_version() -> None:
    assert legacy_normalised(json.dumps(DOCUMENT)).startswith('{"Version":"2012-10-17","Statement":')
    assert legacy_normalised('{"Version":"2012-10-17"}') == '{"Version":"2012-10-17"}'
    assert legacy_normalised('{"Id":"x","Version":"2008-10-17"}') == '{"Id":"x","Version":"2008-10-17"}'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (text(), text(Action=["s3:Put*", "s3:Get*"])),
        (text(), text(Effect="allow")),
        (text(Action="s3:Get*"), text(Action=["s3:Get*"])),
        (json.dumps(DOCUMENT), json.dumps([DOCUMENT])),
        (json.dumps(DOCUMENT), json.dumps({**DOCUMENT, "Statement": STATEMENT})),
        ("", "{}"),
        (text(Principal={"AWS": "424242424242"}), text(Principal={"AWS": ["arn:aws:iam::424242424242:root"]})),
        (text(Principal={"AWS": "x", "Service": []}), text(Principal={"AWS": ["x"]})),
        (text(Condition={"Bool": {"k": True}}), text(Condition={"Bool": {"k": ["true"]}})),
    ],
)
def test_these_mean_the_same(one: str, other: str) -> None:
    assert equivalent(one, other)
    assert equivalent(other, one)


@pytest.mark.parametrize(
    "other",
    [
        text(Action=["s3:Get*"]),
        text(Action=["s3:get*", "s3:Put*"]),
        text(Sid="b"),
        text(Principal="*"),
        text(Condition={"Bool": {"k": True}}),
        json.dumps({**DOCUMENT, "Version": "2008-10-17"}),
        json.dumps({**DOCUMENT, "Statement": [STATEMENT, STATEMENT]}),
        "{not json",
    ],
)
def test_these_differ(other: str) -> None:
    assert not equivalent(text(), other)
    assert not equivalent(other, text())


def test_everybody_is_not_every_aws_principal() -> None:
    assert not equivalent(text(Principal="*"), text(Principal={"AWS": "*"}))


@given(st.randoms())
def test_no_shuffle_of_a_document_is_a_change(chance: random.Random) -> None:
    statements = [{**STATEMENT, "Sid": str(n), "Action": [f"s3:{n}", f"ec2:{n}"]} for n in range(4)]
    shuffled = copy.deepcopy(statements)
    chance.shuffle(shuffled)
    for statement in shuffled:
        chance.shuffle(statement["Action"])
    assert equivalent(json.dumps({"Statement": statements}), json.dumps({"Statement": shuffled}))


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("", '"policy" is an empty string, which is not a valid JSON value'),
        (" {}", '"policy" contains an invalid JSON policy: leading space characters are not allowed'),
        ('"x.json"', "not a JSON-encoded object (have you passed a JSON-encoded filename"),
        ("[]", "contains a JSON array, not a JSON object"),
        ("nonsense", "not a JSON object"),
        ('{"a": }', "at byte offset 6"),
    ],
)  # fmt: skip
def test_what_is_no_policy_is_refused_in_pulumis_words(given_text: str, wanted: str) -> None:
    (complaint,) = problems("policy", given_text)
    assert wanted in complaint


def test_a_policy_has_no_problems() -> None:
    assert list(problems("policy", json.dumps(DOCUMENT))) == []
