"""A small threaded HTTP server that hands over requests untouched. One thread a connection; connections stay open."""

from __future__ import annotations

import socket
import socketserver
import sys
import traceback
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from io import BufferedWriter
from typing import BinaryIO, cast

from rolecall.sandbox.message import Answer, MalformedRequest, RawRequest, read_body, read_head

Handle = Callable[[RawRequest], Answer]

_IDLE_SECONDS = 300


class Server(socketserver.ThreadingTCPServer):
    """Serves `handle` on a loopback address. `port` 0 lets the system choose; see `server_address`."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 1024

    def __init__(self, port: int, handle: Handle) -> None:
        self.handle = handle
        super().__init__(("127.0.0.1", port), _Connection)

    @property
    def port(self) -> int:
        """The port that is served."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke is the client's business; anything else goes to the log."""
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()


class _Connection(socketserver.StreamRequestHandler):
    timeout = _IDLE_SECONDS
    wbufsize = 65536
    disable_nagle_algorithm = True

    def handle(self) -> None:
        reader, writer = cast(BinaryIO, self.rfile), cast(BufferedWriter, self.wfile)
        try:
            while self._serve_one(reader, writer):
                pass
        except MalformedRequest as problem:
            _write(writer, Answer(problem.status, {"content-type": "text/plain"}, f"{problem}\n".encode()), False, True)
        except TimeoutError:
            pass

    def _serve_one(self, reader: BinaryIO, writer: BufferedWriter) -> bool:
        head = read_head(reader)
        if head is None:
            return False
        method, target, headers = head
        if any(name == "expect" and value.lower() == "100-continue" for name, value in headers):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            writer.flush()
        body = read_body(reader, headers)
        path, _, query = _origin_form(target).partition("?")
        request = RawRequest(method, path, query, headers, body, str(self.client_address[0]))
        answer = cast(Server, self.server).handle(request)
        close = request.header("connection").lower() == "close"
        _write(writer, answer, method == "HEAD", close)
        return not close


def _origin_form(target: str) -> str:
    if target.startswith("/"):
        return target
    scheme, _, rest = target.partition("://")
    if scheme.lower() in ("http", "https") and rest:
        return "/" + rest.partition("/")[2]
    raise MalformedRequest("a request target that is not a path")


def _write(writer: BufferedWriter, answer: Answer, head: bool, close: bool) -> None:
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = ""
    names = {name.lower() for name in answer.headers}
    lines = [f"HTTP/1.1 {answer.status} {reason}"]
    kept = {name: value for name, value in answer.headers.items() if head or name.lower() != "content-length"}
    lines += [f"{name}: {value}" for name, value in kept.items() if _harmless(name, value)]
    if "date" not in names:
        lines.append(f"date: {formatdate(usegmt=True)}")
    bodiless = answer.status in (204, 304)
    if not bodiless and not (head and "content-length" in names):
        lines.append(f"content-length: {len(answer.body)}")
    if close:
        lines.append("connection: close")
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace"))
    if answer.body and not head and not bodiless:
        writer.write(answer.body)
    writer.flush()


def _harmless(name: str, value: str) -> bool:
    unsafe = "\r" in value or "\n" in value
    return not unsafe and name.lower() not in ("connection", "transfer-encoding", "status")


def listening(port: int) -> bool:
    """Whether something answers on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
