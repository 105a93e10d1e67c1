"""The call, its caller and what is known of the world, as one value that the rules of each service read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rolecall.sandbox.call import ApiCall, Caller
from rolecall.sandbox.question.reference import prefix_of
from rolecall.sandbox.question.world import World


@dataclass(frozen=True, slots=True)
class Asking:
    """Everything a question is made from."""

    call: ApiCall
    caller: Caller
    world: World

    @property
    def account(self) -> str:
        """The caller's account, in which unqualified names are looked up."""
        return self.caller.account

    @property
    def prefix(self) -> str:
        """The IAM prefix of the service."""
        return prefix_of(self.call.service)

    @property
    def action(self) -> str:
        """The action that is named as the operation is."""
        return f"{self.prefix}:{self.call.operation}"

    def param(self, name: str) -> Any:
        """A parameter by botocore's name; None where it was not passed."""
        return self.call.params.get(name)

    def text(self, name: str) -> str:
        """A parameter as text; empty where it was not passed."""
        value = self.call.params.get(name)
        return value if isinstance(value, str) else ""

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        """An ARN in the caller's partition, by default in the request's region and the caller's account."""
        region = self.call.region if region is None else region
        return f"arn:{self.call.partition}:{service}:{region}:{self.account if account is None else account}:{resource}"

    def owner_of(self, arn: str) -> str | None:
        """The account in an ARN; None where it has none of its own, so that it counts as the caller's."""
        parts = arn.split(":", 5)
        return parts[4] if len(parts) == 6 and parts[4].isdigit() else None
