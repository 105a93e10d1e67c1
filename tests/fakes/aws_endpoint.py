"""An AWS that answers from a script: for errors and delays that a sandbox does not have. Records what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass(slots=True)
class Asked:
    """One request: its action (query protocol) or method and path, parameters, and who signed it."""

    action: str
    params: dict[str, str]
    key: str
    agent: str


Answer = tuple[int, str]
Script = Callable[[Asked], Answer]


@dataclass(slots=True)
class Endpoint:
    """A running endpoint."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    def actions(self) -> list[str]:
        return [request.action for request in self.asked]


def fault(code: str, message: str = "no", status: int = 403) -> Answer:
    """An error as the query protocol has it."""
    return status, (
        f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>request-1</RequestId></ErrorResponse>"
    )


def caller(arn: str, account: str = "424242424242") -> Answer:
    """GetCallerIdentity's answer."""
    return 200, (
        "<GetCallerIdentityResponse><GetCallerIdentityResult>"
        f"<Arn>{arn}</Arn><UserId>X</UserId><Account>{account}</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )


def session(role: str, name: str, key: str, expires: str = "2099-01-01T00:00:00Z") -> Answer:
    """AssumeRole's answer."""
    return 200, (
        "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
        f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
        f"<Expiration>{expires}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:{name}</AssumedRoleId>"
        f"<Arn>arn:aws:sts::424242424242:assumed-role/{role}/{name}</Arn></AssumedRoleUser>"
        "</AssumeRoleResult></AssumeRoleResponse>"
    )


@contextmanager
def endpoint(script: Script) -> Iterator[Endpoint]:
    """Serves `script` on loopback."""
    found = Endpoint("")
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = parse_qs(self.rfile.read(length).decode("utf-8", "replace"))
            params = {name: values[0] for name, values in form.items()}
            credential = self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
            action = params.get("Action", f"{self.command} {self.path}")
            request = Asked(action, params, credential, self.headers.get("User-Agent", ""))
            if self.path.startswith("/_rolecall/"):
                status, body = 404, "this is no sandbox"
            else:
                with lock:
                    found.asked.append(request)
                    status, body = script(request)
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
