"""The identities of one run: who shares a session, and calls made as one.

Everything here blocks; call it from a worker thread.
"""

from __future__ import annotations

import functools
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session as BotoSession

from rolecall import __version__
from rolecall.model.provider import Identity
from rolecall.roles.base import files_of, find, plan, sections_of
from rolecall.roles.becoming import Assumed, WebSession, names_of, names_of_role
from rolecall.roles.chain import Base, Chain, Connection, Profile, Role, WebIdentity
from rolecall.roles.clients import POOL, Actor, Clients, KeySource, acting
from rolecall.roles.errors import CallFailed, CredentialError, Hop, RegionMissing
from rolecall.roles.links import Link, Surroundings, refuse_to_leak
from rolecall.roles.patience import Fresh, Patience

_UNSAFE = re.compile(r"[^\w+=,.@-]", re.ASCII)


class Sessions:
    """All that the AWS providers of one run share: clients, role sessions, and what is fresh.

    `deployment` names the run in the user agent of every call and in role sessions that have no name of their own.
    """

    def __init__(self, deployment: str = "", *, patience: Patience | None = None) -> None:
        self.deployment = deployment
        self.patience = patience or Patience()
        self.fresh = Fresh(self.patience)
        self._session_name = _UNSAFE.sub("-", f"rolecall-{deployment or time.time_ns()}")[:64]
        self._clients = Clients()
        self._lock = threading.RLock()
        self._links: dict[object, Link] = {}
        self._shared: dict[object, dict[str, Any]] = {}

    def open(self, chain: Chain, connection: Connection) -> Session:
        """An identity, not assumed yet: `Session.verify` or the first call does that. Equal arguments share.

        Raises CredentialError when the chain cannot work whatever AWS says, RegionMissing when no region is known.
        """
        sections = self._sections(chain.base)
        if not connection.region:
            connection = replace(connection, region=_region(chain.base, sections.get("profiles", {})))
        surroundings = Surroundings(self, connection, sections, _profile_of(chain.base))
        base, roles = plan(chain, sections.get("profiles", {}))
        link = self._base(base, surroundings)
        for number, role in enumerate(roles, 1):
            link = self._hop(link, self._named(role), (number, len(roles)), surroundings)
        return Session(self, surroundings, link)

    def cancel(self) -> None:
        """Ends all waiting: the run is being cancelled."""
        self.patience.stop()

    def close(self) -> None:
        """Forgets every session and closes the connections."""
        with self._lock:
            self._links.clear()
        if "threads" in self.__dict__:
            self.threads.shutdown(wait=False, cancel_futures=True)
        self._clients.close()

    @functools.cached_property
    def threads(self) -> ThreadPoolExecutor:
        """The threads for calls of this run, all its providers together: their number is bounded."""
        return ThreadPoolExecutor(POOL, thread_name_prefix="aws")

    @property
    def agent(self) -> str:
        """What is added to the user agent of each call, so that CloudTrail can be asked about one deployment."""
        tag = f" md/deployment#{_UNSAFE.sub('-', self.deployment)}" if self.deployment else ""
        return f"rolecall/{__version__}{tag}"

    def client(self, service: str, region: str, surroundings: Surroundings, *, anonymous: bool = False) -> Any:
        """The shared client for a service (for `Session` and its links)."""
        endpoint = surroundings.endpoint(service)
        return self._clients.get(service, region, endpoint, surroundings.connection, anonymous=anonymous)

    @property
    def boto(self) -> BotoSession:
        """botocore's session, for its tables of regions and partitions. It has no credentials."""
        return self._clients.boto

    def _sections(self, base: Base) -> dict[str, Any]:
        files = files_of(base)
        with self._lock:
            if files not in self._shared:
                self._shared[files] = sections_of(*files)
            return self._shared[files]

    def _named(self, role: Role) -> Role:
        if role.session_name:
            return role
        return replace(role, session_name=self._session_name)

    def _base(self, base: Base, surroundings: Surroundings) -> Link:
        key = (base, surroundings.sts_place())
        with self._lock:
            if key not in self._links:
                call = surroundings.caller()
                if isinstance(base, WebIdentity):
                    named = replace(base, session_name=self._named(Role(base.role_arn, base.session_name)).session_name)
                    source: KeySource = WebSession(named, call)
                else:
                    source = find(base)
                self._links[key] = Link(source, None, call, self.patience.clock())
            return self._links[key]

    def _hop(self, parent: Link, role: Role, place: tuple[int, int], surroundings: Surroundings) -> Link:
        key = (id(parent), role, surroundings.sts_place())
        with self._lock:
            held = self._links.get(key)
            # A role that was made again meanwhile is another one: a session of the old one is worth nothing.
            if held is None or self.fresh.since(names_of_role(role.arn), held.made):
                hop = Hop(*place, "", role.arn)
                call = surroundings.caller()
                source = Assumed(parent.source, role, hop, call, parent.arn)
                source.fresh_for, source.patience = surroundings.fresh_for, self.patience
                self._links[key] = Link(source, parent, call, self.patience.clock())
            return self._links[key]


class Session:
    """An identity to make calls as."""

    def __init__(self, sessions: Sessions, surroundings: Surroundings, link: Link) -> None:
        self._sessions = sessions
        self._surroundings = surroundings
        self._link = link

    @property
    def region(self) -> str:
        return self._surroundings.connection.region

    @property
    def source(self) -> KeySource:
        """Where this session's keys come from."""
        return self._link.source

    @property
    def at_sandbox(self) -> bool:
        """Whether STS, and so the identity, is a sandbox's."""
        return self._surroundings.at_sandbox

    @property
    def deployment_agent(self) -> str:
        """What calls add to their user agent."""
        return " ".join((self._sessions.agent, *self._surroundings.connection.agents))

    def partition(self, region: str) -> str:
        """The partition of a region (`aws`, `aws-cn`, ...), by its name; "" for no region of AWS's."""
        resolver = self._sessions.boto.get_component("endpoint_resolver")
        try:
            return str(resolver.get_partition_for_region(region))
        except BotoCoreError:
            return ""

    def partitions(self) -> list[dict[str, Any]]:
        """botocore's table of partitions and their regions."""
        data = self._sessions.boto.get_data("partitions")
        table: list[dict[str, Any]] = data["partitions"]
        return table

    def verify(self) -> None:
        """Becomes each role of the chain and asks who the base is. Raises RoleError or CredentialError."""
        for link in self._link.path():
            link.source.keys()
        base = self._link.path()[0]
        try:
            base.arn() if isinstance(base.source, WebSession) else base.ask()
        except ClientError as error:
            raise _unproven(error, base.source.keys().access_key) from error
        except BotoCoreError as error:
            raise CredentialError(f"STS cannot be reached: {error}", hint=_reach_hint(self.region)) from error

    def identity(self) -> Identity:
        """Who we are and how we came to be it. Raises as `verify`."""
        self.verify()
        return self.described()

    def described(self) -> Identity:
        """Like `identity`, but asks nobody anything that is not known: parts may be missing."""
        chain = tuple(link.arn() for link in self._link.path())
        keys = self.source.keys()
        account = chain[-1].split(":")[4] if chain[-1].count(":") >= 5 else ""
        return replace(self.unchecked(), account=account, chain=chain, expires=keys.expires_text())

    def unchecked(self) -> Identity:
        """Where calls go, without asking anybody who makes them (`skipCredentialsValidation`)."""
        endpoint = self._surroundings.endpoint("sts")
        target = "AWS" if not endpoint else "sandbox" if self.at_sandbox else "another endpoint"
        return Identity(target, "", self.region, ("a caller that was not checked",), endpoint)

    def call(self, service: str, operation: str, /, *, region: str = "", **params: Any) -> Any:
        """One API call: a boto3 service name, an operation (`lookup_events` or `LookupEvents`), its parameters.

        Raises CallFailed, and RoleError or CredentialError when the identity cannot be had (any more).
        """
        with _told(service, operation):
            return self.raw_call(service, operation, region=region, params=params)

    def pages(self, service: str, operation: str, *, region: str = "", params: Mapping[str, Any]) -> list[Any]:
        """All pages of a listing; one page for an operation without pages. Raises as `call`.

        `params` may have botocore's `PaginationConfig`, which bounds how much is listed.
        """
        with _told(service, operation):
            return self.raw_pages(service, operation, region=region, params=params)

    def raw_call(self, service: str, operation: str, *, region: str = "", params: Mapping[str, Any]) -> Any:
        """Like `call`, but botocore's own errors come out: for code that decides by error code."""
        return self._with_client(service, region, lambda client: getattr(client, xform_name(operation))(**params))

    def raw_pages(self, service: str, operation: str, *, region: str = "", params: Mapping[str, Any]) -> list[Any]:
        """Like `pages`, but botocore's own errors come out."""

        def turn(client: Any) -> list[Any]:
            name = xform_name(operation)
            if client.can_paginate(name):
                return list(client.get_paginator(name).paginate(**params))
            return [getattr(client, name)(**params)]

        pages: list[Any] = self._with_client(service, region, turn)
        return pages

    def _with_client(self, service: str, region: str, use: Callable[[Any], Any]) -> Any:
        refuse_to_leak(self.source.keys().access_key, self._surroundings.endpoint(service), service, self.at_sandbox)
        client = self._sessions.client(service, region or self.region, self._surroundings)
        with acting(Actor(self.source, self.deployment_agent)):
            return use(client)

    def fresh_for(self) -> float:
        """Seconds for which a refusal may be a matter of time, as a part of this identity was made in this run."""
        names: list[str] = []
        for link in self._link.path():
            arn = link.arn()
            role = link.source.role.arn if isinstance(link.source, Assumed) else ""
            names += names_of(link.source.keys().access_key, arn, role or arn)
        return self._surroundings.fresh_for(tuple(names))


@contextmanager
def _told(service: str, operation: str) -> Iterator[None]:
    """Errors of botocore's become CallFailed."""
    try:
        yield
    except ClientError as error:
        fault = error.response.get("Error", {})
        text = f"{service}:{error.operation_name}: {fault.get('Code', '')}: {fault.get('Message', '')}"
        request = str(error.response.get("ResponseMetadata", {}).get("RequestId", ""))
        raise CallFailed(text, code=fault.get("Code", ""), request_id=request) from error
    except BotoCoreError as error:
        raise CallFailed(f"{service}:{operation}: {error}") from error


def _unproven(error: ClientError, access_key: str) -> CredentialError:
    code = error.response["Error"].get("Code", "")
    message = error.response["Error"].get("Message", "")
    expired = code in ("ExpiredToken", "ExpiredTokenException")
    summary = "The configured AWS credentials are invalid or have expired."
    hint = "get new ones, for example: aws sso login" if expired else "check the access key and its secret"
    return CredentialError(summary, detail=f"Details: {access_key}: {code}: {message}", hint=hint)


def _reach_hint(region: str) -> str:
    return f'check the network, the region name ("{region}") and AWS_ENDPOINT_URL'


def _profile_of(base: Base) -> str:
    if isinstance(base, Profile):
        return base.name
    return os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or ""


def _region(base: Base, profiles: Mapping[str, Mapping[str, str]]) -> str:
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    region = named or profiles.get(_profile_of(base) or "default", {}).get("region", "")
    if not region:
        raise RegionMissing(
            "Missing region information",
            hint="Make sure you have set your AWS region, e.g. `pulumi config set aws:region us-west-2`.",
        )
    return region
