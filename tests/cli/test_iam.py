"""`rolecall iam`: questions in, answers out."""

from __future__ import annotations

import json

from tests.cli.command_line import CommandLine
from tests.unit.iam.cases import load_cases

DENIED, ALLOWED = load_cases()[0], load_cases()[1]


def test_every_line_is_answered_by_one_line(bare: CommandLine) -> None:
    lines = [json.dumps(DENIED), "", json.dumps(ALLOWED), "not json", "[]"]
    answers = [json.loads(line) for line in bare.out("iam", "decide", "--jsonl", stdin="\n".join(lines)).splitlines()]
    assert [answer["decision"] for answer in answers] == ["ImplicitDeny", "Allow", "ImplicitDeny", "ImplicitDeny"]
    assert [answer.get("error") for answer in answers[:2]] == [None, None]
    assert "line 4 is not JSON" in answers[2]["error"]


def test_a_denial_is_explained_and_shows_in_the_exit_code(bare: CommandLine) -> None:
    done = bare("iam", "explain", stdin=json.dumps(DENIED))
    assert done.code == 1
    assert done.out.startswith("arn:aws:iam::111111111111:user/alice may not s3:GetObject on ")
    assert '"Action": "s3:GetObject"' in done.out
    assert json.loads(bare.out("iam", "explain", "--json", stdin=json.dumps(ALLOWED)))["decision"] == "Allow"


def test_a_policy_is_checked_in_the_words_of_the_service(bare: CommandLine) -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    good = json.dumps({"Version": "2012-10-17", "Statement": statement})
    assert bare.out("iam", "validate", stdin=good) == "the policy is valid\n"
    bad = bare("iam", "validate", stdin=json.dumps({"Statement": statement}))
    assert bad.code == 1
    assert "Policy document must be version 2012-10-17 or greater." in bad.err
    assert bare("iam", "validate", "--kind", "poem", stdin=good).code == 1
    assert "could not read" in bare("iam", "validate", "missing.json").err
