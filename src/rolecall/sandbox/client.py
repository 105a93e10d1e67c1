"""Talking to a running daemon: proving that it is ours, and asking it for what only its owner may have."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any

from rolecall.errors import RolecallError
from rolecall.sandbox.home import Home, Run, read_run

SERVICE = "rolecall-sandbox"
PREFIX = "/_rolecall/"
TOKEN_HEADER = "x-rolecall-token"  # noqa: S105


class SandboxError(RolecallError):
    """The sandbox cannot be started, reached or stopped."""


def proof(token: str, challenge: str) -> str:
    """What only a daemon with this token can answer to a challenge."""
    return hmac.new(token.encode(), challenge.encode(), hashlib.sha256).hexdigest()


def find(home: Home) -> Run | None:
    """The running daemon of a home, None when there is none. Somebody else on its port is not one."""
    run = read_run(home)
    return run if run is not None and _is_ours(run) else None


def _is_ours(run: Run) -> bool:
    challenge = secrets.token_hex(16)
    try:
        status, body = _get(run.port, f"health?challenge={challenge}", timeout=3)
        data = json.loads(body)
    except (OSError, HTTPException, ValueError):
        return False
    given = data.get("proof", "") if isinstance(data, dict) else ""
    return status == 200 and hmac.compare_digest(str(given), proof(run.token, challenge))


def _get(port: int, path: str, timeout: float) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", PREFIX + path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def ask(run: Run, action: str, body: Mapping[str, Any] | None = None, timeout: float = 60) -> dict[str, Any]:
    """Asks the daemon for something that needs its token. Raises SandboxError."""
    connection = HTTPConnection("127.0.0.1", run.port, timeout=timeout)
    try:
        headers = {TOKEN_HEADER: run.token, "content-type": "application/json"}
        connection.request("POST", PREFIX + action, json.dumps(dict(body or {})), headers)
        response = connection.getresponse()
        data = response.read()
        if response.status != 200:
            raise SandboxError(f"the sandbox refused {action}: {data.decode(errors='replace').strip()}")
        answer: dict[str, Any] = json.loads(data)
        return answer
    except (OSError, HTTPException, ValueError) as problem:
        raise SandboxError(
            f"the sandbox at {run.endpoint} does not answer", detail=str(problem), hint="See `rolecall sandbox logs`."
        ) from problem
    finally:
        connection.close()
