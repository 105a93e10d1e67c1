"""One identity of a chain, the one it came from, and the calls that credentials themselves need."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rolecall.roles.chain import Connection
from rolecall.roles.clients import Actor, KeySource, acting
from rolecall.roles.endpoints import endpoint_of, is_sandbox
from rolecall.roles.errors import CredentialError
from rolecall.roles.keys import of_a_sandbox

if TYPE_CHECKING:
    from rolecall.roles.sessions import Sessions


class Surroundings:
    """Where calls of a session go: regions, endpoints, files."""

    def __init__(self, sessions: Sessions, connection: Connection, sections: dict[str, Any], profile: str) -> None:
        self._sessions = sessions
        self.connection = connection
        self._sections = sections
        self._scoped = sections.get("profiles", {}).get(profile or "default", {})

    @property
    def sts_region(self) -> str:
        return self.connection.sts_region or self.connection.region

    def endpoint(self, service: str) -> str:
        """The URL for a service, "" for AWS's own."""
        return endpoint_of(service, self.connection, self._sections, self._scoped)

    @functools.cached_property
    def at_sandbox(self) -> bool:
        """Whether STS is a sandbox's."""
        return is_sandbox(self.endpoint("sts"))

    def fresh_for(self, names: tuple[str, ...]) -> float:
        """Seconds for which a refusal that concerns these may be a matter of time. A sandbox knows at once."""
        left = self._sessions.fresh.remaining(names)
        return left if left and not self.at_sandbox else 0.0

    def sts_place(self) -> tuple[object, ...]:
        """What decides on the STS that credentials come from."""
        return (self.sts_region, self.endpoint("sts"), self.connection.proxies, self.connection.ca_bundle)

    def caller(self) -> Asking:
        return Asking(self._sessions, self)


class Asking:
    """Calls that credentials themselves need (STS, and IAM for an explanation)."""

    def __init__(self, sessions: Sessions, surroundings: Surroundings) -> None:
        self._sessions = sessions
        self._surroundings = surroundings

    def __call__(self, source: KeySource | None, service: str, operation: str, params: Mapping[str, Any]) -> Any:
        around = self._surroundings
        if source is not None:
            refuse_to_leak(source.keys().access_key, around.endpoint(service), service)
        client = self._sessions.client(service, around.sts_region, around, anonymous=source is None)
        with acting(Actor(source, self._sessions.agent)):
            return getattr(client, operation)(**params)


class Link:
    """One identity of a chain, with the one it came from."""

    def __init__(self, source: KeySource, parent: Link | None, call: Asking, made: float) -> None:
        self.source = source
        self.made = made
        self.parent = parent
        self._call = call
        self._arn = ""
        self._lock = threading.Lock()

    def arn(self) -> str:
        """Who this is, as an ARN; "" when STS does not say. A role's session knows from being assumed."""
        assumed = getattr(self.source, "arn", "")
        if assumed:
            return str(assumed)
        try:
            return self.ask()
        except (ClientError, BotoCoreError):
            return ""

    def ask(self) -> str:
        """Asks STS, once. Raises botocore's errors."""
        with self._lock:
            if not self._arn:
                self._arn = self._call(self.source, "sts", "get_caller_identity", {})["Arn"]
            return self._arn

    def path(self) -> tuple[Link, ...]:
        """From the base to this."""
        return (*(self.parent.path() if self.parent else ()), self)


def refuse_to_leak(access_key: str, endpoint: str, service: str, from_sandbox: bool = False) -> None:
    """Keys that a sandbox made go to no other place. Raises CredentialError."""
    if (from_sandbox or of_a_sandbox(access_key)) and not is_sandbox(endpoint):
        where = f"{endpoint}, which is no running sandbox" if endpoint else "AWS itself"
        raise CredentialError(
            f"these are keys of a sandbox ({access_key}), but requests for {service} would go to {where}",
            detail="Refused here: no sandbox key is ever shown to AWS, and nothing reaches a real account by accident.",
            hint='start the sandbox and point to it: rolecall sandbox start; eval "$(rolecall sandbox env)"',
        )
