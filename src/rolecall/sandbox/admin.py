"""The daemon's own paths: health for everybody, the rest for whoever holds the run file's token."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from rolecall.sandbox.client import PREFIX, SERVICE, TOKEN_HEADER, proof
from rolecall.sandbox.message import Answer, RawRequest

Action = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Admin:
    """Answers `/_rolecall/…`. `actions` need the token."""

    def __init__(self, token: str, facts: Callable[[], Mapping[str, Any]], actions: Mapping[str, Action]) -> None:
        self._token = token
        self._facts = facts
        self._actions = actions

    def handle(self, request: RawRequest) -> Answer:
        """Answers a request whose path begins with the prefix. Browsers are turned away: they send an Origin."""
        if request.header("origin"):
            return _text(403, "not for browsers")
        name = request.path.removeprefix(PREFIX)
        if name == "health":
            challenge = parse_qs(request.query).get("challenge", [""])[0]
            proven = {"proof": proof(self._token, challenge)} if challenge else {}
            return _json({"service": SERVICE, **self._facts(), **proven})
        action = self._actions.get(name)
        if action is None or request.method != "POST":
            return _text(404, "no such path")
        if not hmac.compare_digest(request.header(TOKEN_HEADER).encode(), self._token.encode()):
            return _text(403, "the token of the run file is needed")
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            return _text(400, "not JSON")
        return _json(action(body))


def _json(data: Mapping[str, Any]) -> Answer:
    return Answer(200, {"content-type": "application/json"}, json.dumps(data).encode())


def _text(status: int, text: str) -> Answer:
    return Answer(status, {"content-type": "text/plain"}, f"{text}\n".encode())


def allowed_host(host: str, port: int) -> bool:
    """Whether a Host header can only have come from a client that meant this machine.

    Names under `.localhost` are loopback by RFC 6761. Anything else may be a web page whose name was rebound to us.
    """
    name, _, given = host.rpartition(":")
    if not name:
        name, given = given, "80"
    name = name.lower()
    return given == str(port) and (name in ("127.0.0.1", "localhost", "[::1]") or name.endswith(".localhost"))
