"""Secrets Manager: a secret is named by its name or by an ARN that ends in characters of AWS's choosing."""

from __future__ import annotations

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, Question
from rolecall.sandbox.question.general import check, general_question


def secretsmanager_question(asking: Asking) -> Question:
    """A secret's ARN ends in six characters of AWS's choosing, so a name must be looked up."""
    operation, given = asking.call.operation, asking.text("SecretId")
    if operation == "CreateSecret":
        return Question(
            (check(asking, asking.action, asking.arn("secretsmanager", f"secret:{asking.text('Name')}-??????")),)
        )
    if operation == "BatchGetSecretValue":
        listed = asking.param("SecretIdList") or ()
        own = Check(asking.action, "*")
        return Question((own, *(check(asking, "secretsmanager:GetSecretValue", _secret(asking, s)) for s in listed)))
    if given:
        return Question((check(asking, asking.action, _secret(asking, given)),))
    return general_question(asking)


def _secret(asking: Asking, given: str) -> str:
    found = asking.world.secret_arn(asking.account, asking.call.region, given)
    if found or given.startswith("arn:"):
        return found or given
    return asking.arn("secretsmanager", f"secret:{given}-??????")
