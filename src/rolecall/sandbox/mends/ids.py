"""Unique ids as AWS makes them. moto gives users, groups and profiles twenty lower-case characters, policies no prefix.

AWS: "IAM identifiers", unique ids: AIDA a user, AGPA a group, AIPA an instance profile, ANPA a managed policy, ASCA a
certificate; policies that name a deleted principal show such an id, and programs recognise it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rolecall.sandbox.keys import new_id


def install() -> None:
    """Gives every new IAM entity an id of its kind, with its account in it."""
    from moto.iam import models  # noqa: PLC0415

    for name, prefix in (("User", "AIDA"), ("Group", "AGPA"), ("InstanceProfile", "AIPA"), ("ManagedPolicy", "ANPA")):
        kind = getattr(models, name)
        kind.__init__ = _with_id(kind.__init__, prefix)


def _with_id(original: Callable[..., None], prefix: str) -> Callable[..., None]:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        account = str(getattr(self, "account_id", ""))
        self.id = new_id(prefix, account if account.isdigit() else "000000000000")

    return __init__
