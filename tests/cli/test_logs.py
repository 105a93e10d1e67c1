"""`logs` says what it does not do, and how to do it."""

from __future__ import annotations

import json

import pytest

from tests.cli.command_line import CommandLine

URN = "urn:pulumi:dev::proj::{0}::{1}"


def put(run: CommandLine, *resources: tuple[str, str, str]) -> None:
    stack = ("pulumi:pulumi:Stack", "proj-dev", "")
    entries = [
        {"urn": URN.format(type_, name), "type": type_, "custom": bool(id_), **({"id": id_} if id_ else {})}
        for type_, name, id_ in (stack, *resources)
    ]
    exported = json.loads(run.out("stack", "export"))
    exported["deployment"]["resources"] = entries
    run.out("stack", "import", stdin=json.dumps(exported))


def test_the_commands_that_read_the_logs_of_the_stack_are_named(run: CommandLine) -> None:
    put(
        run,
        ("aws:lambda/function:Function", "f", "f-1234567"),
        ("aws:cloudwatch/logGroup:LogGroup", "g", "/app/g"),
        ("aws:s3/bucket:Bucket", "b", "b-1"),
    )
    done = run("logs", "--since", "2h30m", "--follow")
    assert done.code == 0 and done.out.startswith("Collecting logs for stack dev since 20")
    assert [line for line in done.err.splitlines() if "aws logs tail" in line] == [
        "  aws logs tail /aws/lambda/f-1234567 --since 2h30m --follow",
        "  aws logs tail /app/g --since 2h30m --follow",
    ]
    assert "aws logs tail /app/g" not in run("logs", "--resource", "f").err
    assert run.out("logs", "--json") == "[]\n"


@pytest.mark.parametrize(("since", "code"), [("5s", 0), ("1h1m", 0), ("2026-01-31", 0), ("3x", 1), ("h", 1), ("", 1)])
def test_since_is_a_duration_or_a_timestamp(run: CommandLine, since: str, code: int) -> None:
    done = run("logs", "--since", since)
    assert done.code == code
    assert code == 0 or "failed to parse argument to '--since'" in done.err
