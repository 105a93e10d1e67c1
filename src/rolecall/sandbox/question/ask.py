"""The door of this package: all checks of a call, each with its complete context."""

from __future__ import annotations

from rolecall.sandbox.call import ApiCall, Caller
from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Question
from rolecall.sandbox.question.context import complete, request_keys
from rolecall.sandbox.question.general import general_question
from rolecall.sandbox.question.iam import iam_question
from rolecall.sandbox.question.irregular import RULES
from rolecall.sandbox.question.passrole import passrole_checks
from rolecall.sandbox.question.s3 import s3_question
from rolecall.sandbox.question.sts import sts_question
from rolecall.sandbox.question.tagging import request_tags, tagging_checks
from rolecall.sandbox.question.world import World

_RULES = {**RULES, "iam": iam_question, "s3": s3_question, "sts": sts_question}


def ask(call: ApiCall, caller: Caller, world: World) -> Question:
    """What must be allowed for the call to go ahead. Every check must pass; the first that fails is to be reported."""
    asking = Asking(call, caller, world)
    question = _RULES.get(call.service, general_question)(asking)
    tags = request_tags(asking)
    checks = (*question.checks, *tagging_checks(asking, tags, question.checks), *passrole_checks(asking))
    shared = request_keys(asking)
    return Question(tuple(complete(asking, check, shared, tags) for check in checks), question.exact)
