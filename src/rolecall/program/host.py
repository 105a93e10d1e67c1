"""The server of one run: ResourceMonitor and Engine for its program and its provider plugins, on a private socket."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import grpc.aio

from rolecall.model.goal import LogLine, Monitor, Refused
from rolecall.model.hook import Hooks
from rolecall.model.run import RunInfo
from rolecall.program.engine import EngineService
from rolecall.program.listening import Listening
from rolecall.program.monitor import MonitorService
from rolecall.program.service import generic_handler
from rolecall.wire.services import ENGINE, MONITOR

_LARGEST_MESSAGE = 400 * 1024 * 1024
_OPTIONS = (
    ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
    ("grpc.max_send_message_length", _LARGEST_MESSAGE),
    ("grpc.so_reuseport", 0),
    ("grpc.enable_http_proxy", 0),
    # A program may keep its own event loop busy for long.
    ("grpc.server_max_unrequested_time_in_server", 1800),
)
_CLOSE_SECONDS = 0.2


class ProgramHost:
    """Serves from `open` to `close`; what comes before `attach` is refused, and logs are held until then.

    `bugs` are the exceptions that no method should have raised: the clients were told, the user must be, too.
    """

    def __init__(self, run: RunInfo, server: grpc.aio.Server, listening: Listening) -> None:
        self._server = server
        self._listening = listening
        self._monitor: Monitor | None = None
        self._held: list[LogLine] = []
        self.bugs: list[BaseException] = []
        self.address = ""
        self._service = MonitorService(run, self._attached)
        monitor = generic_handler(MONITOR, self._service, self.bugs.append)
        engine = generic_handler(ENGINE, EngineService(self.log), self.bugs.append)
        server.add_generic_rpc_handlers((monitor, engine))

    @classmethod
    async def open(cls, run: RunInfo) -> Self:
        """Start serving a run."""
        listening = Listening()
        host = cls(run, grpc.aio.server(options=_OPTIONS), listening)
        port = host._server.add_insecure_port(listening.bind)
        host.address = listening.address(port)
        await host._server.start()
        return host

    @property
    def hooks(self) -> Hooks:
        """The hooks that the program registered."""
        return self._service.hooks

    def attach(self, monitor: Monitor) -> None:
        """Say who answers."""
        self._monitor = monitor
        for line in self._held:
            monitor.log(line)
        self._held.clear()

    def log(self, line: LogLine) -> None:
        """Hand a log line on."""
        if self._monitor is None:
            self._held.append(line)
        else:
            self._monitor.log(line)

    def _attached(self) -> Monitor:
        if self._monitor is None:
            raise Refused("the deployment has not begun", "FAILED_PRECONDITION")
        return self._monitor

    async def close(self) -> None:
        """Stop serving; calls that are under way end with an error."""
        await self._server.stop(_CLOSE_SECONDS)
        await self._service.close()
        self._listening.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
