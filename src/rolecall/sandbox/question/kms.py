"""KMS: a key is named by its id, its alias, the ARN of either, or a ciphertext that it made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, Question
from rolecall.sandbox.question.general import general_question


def kms_question(asking: Asking) -> Question:
    """A key may be named by its id, its alias, or the ARN of either; what counts is the key behind it."""
    operation = asking.call.operation
    if operation == "ReEncrypt":
        source = _key_of_ciphertext(asking, asking.param("CiphertextBlob")) or _key(asking, "SourceKeyId")
        from_ = Check("kms:ReEncryptFrom", source, asking.owner_of(source), because="the source key is used")
        to = _key(asking, "DestinationKeyId")
        return Question((from_, Check("kms:ReEncryptTo", to, asking.owner_of(to))))
    if operation in ("CreateAlias", "UpdateAlias", "DeleteAlias"):
        return Question(tuple(_alias_checks(asking)))
    if asking.text("KeyId"):
        arn = _key(asking, "KeyId")
        return Question((Check(asking.action, arn, asking.owner_of(arn)),))
    used = _key_of_ciphertext(asking, asking.param("CiphertextBlob"))
    if used:
        return Question((Check(asking.action, used, asking.owner_of(used)),))
    return general_question(asking)


def _key_of_ciphertext(asking: Asking, blob: Any) -> str | None:
    if not isinstance(blob, bytes):
        return None
    return asking.world.ciphertext_key(asking.account, asking.call.region, blob)


def _key(asking: Asking, parameter: str) -> str:
    text = asking.text(parameter)
    found = asking.world.key_arn(asking.account, asking.call.region, text)
    if found or text.startswith("arn:"):
        return found or text
    return asking.arn("kms", text if text.startswith("alias/") else f"key/{text or '*'}")


def _alias_checks(asking: Asking) -> Iterator[Check]:
    name = asking.text("AliasName")
    yield Check(asking.action, asking.arn("kms", name))
    targets = [_key(asking, "TargetKeyId")] if asking.text("TargetKeyId") else []
    old = asking.world.key_arn(asking.account, asking.call.region, name)
    for arn in dict.fromkeys([*([old] if old else []), *targets]):
        yield Check(asking.action, arn, asking.owner_of(arn), because="the alias is of this key")
