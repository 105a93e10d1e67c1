"""Clients that many identities share: one per service, region and connection, signing as whoever makes the call.

A boto3 client costs 5 MB and 50 ms, nearly all of it for the service's model and endpoint rules, which are the same for
everybody. So the credentials of a client of ours are a stand-in that asks, at each signature, who is acting.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Protocol

from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.loaders import Loader, create_loader
from botocore.session import Session as BotoSession

from rolecall.roles.chain import Connection
from rolecall.roles.keys import Keys

ATTEMPTS = 10
"""Tries of one request when the user does not say. Pulumi's provider makes 25, which with a dead network is minutes."""
LOCAL_ATTEMPTS = 3
POOL = 32
"""Connections and worker threads: what is under way at once at most."""


class KeySource(Protocol):
    """Gives the keys to sign with now, renewing them if need be. Blocking, and safe for threads."""

    def keys(self) -> Keys: ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Who a call is made as, and what is added to its user agent."""

    source: KeySource | None
    agent: str = ""


_acting: ContextVar[Actor | None] = ContextVar("rolecall_actor", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Calls made inside, in this thread, are signed as `actor`."""
    before = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(before)


class _Standin(Credentials):
    """Credentials of a shared client: those of whoever is acting."""

    def __init__(self) -> None:
        super().__init__("standin", "standin", method="rolecall")

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        actor = _acting.get()
        if actor is None or actor.source is None:
            raise RuntimeError("a shared client was used outside of `acting`")
        keys = actor.source.keys()
        return ReadOnlyCredentials(keys.access_key, keys.secret_key, keys.token or None)


class _StandinProvider:
    """botocore's `credential_provider` component: there is one identity, the stand-in."""

    def load_credentials(self) -> Credentials:
        return _Standin()


@dataclass(frozen=True, slots=True)
class _Key:
    service: str
    region: str
    endpoint: str
    anonymous: bool
    connection: Connection


class Clients:
    """The clients of one process, made when first asked for."""

    def __init__(self) -> None:
        self._clients: dict[_Key, Any] = {}
        self._session: BotoSession | None = None
        self._lock = threading.Lock()

    def get(self, service: str, region: str, endpoint: str, connection: Connection, *, anonymous: bool = False) -> Any:
        """The client of a boto3 service. `endpoint` "" is AWS's own; `anonymous`: requests are not signed."""
        transport = replace(connection, endpoints=(), region="", sts_region="", profile="", config_files=(), agents=())
        key = _Key(service, region, endpoint, anonymous, transport)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make(key)
            return self._clients[key]

    def close(self) -> None:
        """Closes the connections of all clients."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    @property
    def boto(self) -> BotoSession:
        """The botocore session behind all clients: no profile, no credentials of its own."""
        if self._session is None:
            self._session = _neutral_session()
        return self._session

    def _make(self, key: _Key) -> Any:
        wanted = key.connection
        return self.boto.create_client(
            key.service,
            region_name=key.region,
            endpoint_url=key.endpoint or None,
            verify=False if wanted.insecure else (os.path.expanduser(wanted.ca_bundle) or None),
            config=_config(key),
        )


def _config(key: _Key) -> Config:
    wanted = key.connection
    attempts = wanted.max_attempts or (LOCAL_ATTEMPTS if key.endpoint.startswith("http://") else ATTEMPTS)
    path_style = wanted.s3_path_style or bool(key.endpoint)
    s3: dict[str, Any] = {"addressing_style": "path"} if path_style else {}
    if wanted.s3_us_east_1_regional:
        s3["us_east_1_regional_endpoint"] = wanted.s3_us_east_1_regional
    options: dict[str, Any] = {
        "retries": {"total_max_attempts": attempts, "mode": wanted.retry_mode or "standard"},
        "max_pool_connections": POOL,
        "s3": s3,
        "proxies": dict(wanted.proxies) or None,
        "connect_timeout": 10,
        "account_id_endpoint_mode": "disabled",
    }
    if wanted.dualstack:
        options["use_dualstack_endpoint"] = True
    if wanted.fips:
        options["use_fips_endpoint"] = True
    if key.anonymous:
        options["signature_version"] = UNSIGNED
    return Config(**options)


@functools.cache
def _loader() -> Loader:
    """Reads service models from disk and keeps them: once in a process, however many runs it serves."""
    return create_loader()


def _neutral_session() -> BotoSession:
    session = BotoSession(session_vars={"profile": (None, None, None, None)})
    session.register_component("data_loader", _loader())
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    # The express sessions that botocore caches in a client would outlive the identity that they were made for.
    session.set_config_variable("disable_s3_express_session_auth", True)
    session.register_component("credential_provider", _StandinProvider())
    session.register("before-send", _name_the_agent)
    return session


def _name_the_agent(**event: Any) -> None:
    """Adds to the user agent just before sending: botocore writes it anew for each try, and does not sign it."""
    actor = _acting.get()
    if actor and actor.agent:
        headers = event["request"].headers
        agent = headers.get("User-Agent", b"")
        text = agent.decode() if isinstance(agent, bytes) else str(agent)
        headers["User-Agent"] = f"{text} {actor.agent}".strip()
