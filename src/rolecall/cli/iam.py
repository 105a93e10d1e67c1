"""`rolecall iam`: ask the policy evaluator directly, without an AWS and without a sandbox."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from rolecall.cli.frame import group, option
from rolecall.cli.invocation import Invocation
from rolecall.errors import RolecallError


@group(
    "iam",
    short="Ask the IAM policy evaluator",
    long="Decides and explains authorisation questions offline. A question is a JSON object with the caller, the\n"
    "action, the resource, the context and all policies that have a say (see docs/iam.md).",
)
def iam() -> None:
    """The group."""


@contextmanager
def _opened(name: str | None) -> Iterator[TextIO]:
    """A file by name; standard input without one, or for `-`."""
    if not name or name == "-":
        yield sys.stdin
        return
    try:
        with Path(name).open(encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise RolecallError(f"could not read {name}: {error.strerror}") from error


@iam.verb("decide", short="Answer questions, one JSON object a line")
@option("--jsonl", kind=bool, help="Questions and answers are JSON, one a line (the only form, and the default)")
@click.argument("file", required=False)
@click.pass_obj
def decide(inv: Invocation, /, file: str | None, jsonl: bool) -> None:
    """Answers line by line."""
    from rolecall.api import iam as api

    with _opened(file) as lines:
        for answer in api.answers(lines):
            inv.say(answer)


@iam.verb("explain", short="Answer one question and say why; exit code 1 for a denial")
@option("--json", kind=bool, help="Print everything that was considered as JSON")
@option("--all", kind=bool, help="Show every statement that was considered")
@click.argument("file", required=False)
@click.pass_obj
def explain(inv: Invocation, /, file: str | None, json: bool, **given: bool) -> None:
    """Explains one question."""
    from rolecall.api import iam as api

    with _opened(file) as opened:
        allowed, text = api.explanation(opened.read(), as_json=json, everything=given["all"])
    inv.say(text)
    if not allowed:
        raise click.exceptions.Exit(1)


@iam.verb("validate", short="Check a policy document as AWS does when it is saved")
@option("--kind", default="identity", help="identity, boundary, session, trust, resource, scp, rcp or endpoint")
@option("--service", default="iam", help="Who saves it: iam, s3, kms, sqs, sns, secretsmanager, ecr")
@option("--resource", default="", help="The ARN that a resource policy is put on")
@click.argument("file", required=False)
@click.pass_obj
def validate(inv: Invocation, /, file: str | None, kind: str, service: str, resource: str) -> None:
    """Checks one document."""
    from rolecall.api import iam as api

    with _opened(file) as opened:
        api.check_document(opened.read(), kind, service, resource)
    inv.say("the policy is valid")
