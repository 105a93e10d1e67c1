"""Policy documents as the embedded AWS keeps them, parsed once and remembered."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from rolecall.iam import MalformedPolicy, Policy, PolicyKind, parse_policy

_DENY_ALL: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"},
}
_DENY_EVERYBODY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"},
}


@lru_cache(maxsize=4096)
def parsed(text: str, kind: PolicyKind, name: str) -> Policy:
    """A document as the evaluator wants it. One that cannot be read denies everything: fail closed."""
    try:
        return parse_policy(text, kind, name)
    except MalformedPolicy:
        with_principal = kind in (PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.RCP)
        broken = dict(_DENY_EVERYBODY if with_principal else _DENY_ALL)
        if kind is PolicyKind.TRUST:
            broken["Statement"] = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}
        return parse_policy(broken, kind, f"{name} (unreadable)")


def as_text(document: Any) -> str:
    """A policy document as text; CloudFormation leaves some as objects, S3 has bytes."""
    if isinstance(document, bytes):
        return document.decode("utf-8", "replace")
    return document if isinstance(document, str) else json.dumps(document)
