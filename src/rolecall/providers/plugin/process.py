"""A provider plugin as a process: started, connected to, watched while it lives, and explained when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio

from rolecall.model.provider import ProviderUnavailable
from rolecall.model.run import RunInfo
from rolecall.providers.child import Child, lines_of, spawn
from rolecall.wire.services import PROVIDER

Show = Callable[[str], None]

_LARGEST_MESSAGE = 400 * 1024 * 1024
_OPTIONS = (
    ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
    ("grpc.max_send_message_length", _LARGEST_MESSAGE),
    ("grpc.enable_http_proxy", 0),
)
_START_SECONDS = 120.0
_DEATH_SECONDS = 5.0
_KEPT_LINES = 200
_PROGRESS_MARKS = re.compile(r"\x1b\]9;4;[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class PluginName:
    """What a plugin is called in messages: its package, and the file or address it was found at."""

    package: str
    origin: str

    def __str__(self) -> str:
        return f"plugin '{self.package}' ({self.origin})"


class PluginProcess:
    """A plugin that we are connected to. Made by `start` or `attach`."""

    def __init__(self, name: PluginName, channel: grpc.aio.Channel, child: Child | None, output: _Output | None):
        self.name = name
        self._channel = channel
        self._child = child
        self._output = output
        self._calls: dict[str, Any] = {}
        self._closing = False

    @property
    def pid(self) -> int | None:
        """Its process id, if it is ours."""
        return self._child.pid if self._child else None

    @property
    def was_attached_to(self) -> bool:
        """Whether it is somebody else's process."""
        return self._child is None

    async def call(self, method: str, request: Any, *, timeout: float | None = None, wait: bool = False) -> Any:
        """Call a method of its ResourceProvider service. `wait`: until it is there, rather than fail at once.

        Raises grpc.aio.AioRpcError, and ProviderUnavailable when the process has died.
        """
        call = self._calls.get(method)
        if call is None:
            known = PROVIDER.methods[method]
            call = self._channel.unary_unary(
                known.path,
                request_serializer=known.write_request,
                response_deserializer=known.read_response,
            )
            self._calls[method] = call
        try:
            return await call(request, timeout=timeout, wait_for_ready=wait)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                await self._raise_if_dead(method)
            raise

    async def _raise_if_dead(self, method: str) -> None:
        if self._child is None or self._closing:
            return
        with contextlib.suppress(TimeoutError):  # its end of the connection is gone before it is
            await asyncio.wait_for(asyncio.shield(self._child.wait()), 0.5)
        if self._child.returncode is not None:
            said = await self._output.text() if self._output else ""
            raise ProviderUnavailable(_crashed(self.name, self._child.returncode, method, said))

    def kill(self) -> None:
        """End the process at once if it is ours, whatever it is doing."""
        self._closing = True
        if self._child is not None:
            self._child.kill()

    async def close(self) -> None:
        """Disconnect, and end the process if it is ours."""
        self._closing = True
        await self._channel.close()
        if self._child is not None:
            await self._child.stop()
        if self._output is not None:
            await self._output.close()


class _Output:
    """What a plugin writes, the last lines of it: of no interest unless it dies."""

    def __init__(self, child: Child, show: Show | None) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._show = show
        self._readers = [asyncio.create_task(self._keep(stream)) for stream in (child.stdout, child.stderr)]

    async def _keep(self, stream: asyncio.StreamReader) -> None:
        async for line in lines_of(stream):
            self._lines.append(line)
            if self._show is not None:
                self._show(line)

    async def text(self) -> str:
        """All that is kept, once the streams have ended or a moment has passed."""
        await asyncio.wait(self._readers, timeout=0.5)
        return "\n".join(self._lines)

    async def close(self) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)


async def start(
    name: PluginName,
    command: Sequence[str],
    run: RunInfo,
    engine: str,
    *,
    environment: Mapping[str, str] | None = None,
    show: Show | None = None,
) -> PluginProcess:
    """Start a plugin, told where the engine is. Raises ProviderUnavailable when it does not come up.

    `environment`: to start from instead of ours. `show` is told each line that it writes, for plugins whose output is
    the user's own.
    """
    try:
        variables = plugin_environment(run, os.environ if environment is None else environment)
        child = await spawn([*command, engine], directory=run.directory, environment=variables)
    except OSError as error:
        raise ProviderUnavailable(f"cannot start {name}: {error.strerror or error}") from error
    try:
        port = await _port_of(name, child)
    except BaseException:
        await child.stop(0)
        raise
    return PluginProcess(name, _channel(f"127.0.0.1:{port}"), child, _Output(child, show))


def attach(name: PluginName, address: str) -> PluginProcess:
    """Connect to a plugin that somebody else started (PULUMI_DEBUG_PROVIDERS)."""
    return PluginProcess(name, _channel(address), None, None)


def plugin_environment(run: RunInfo, base: Mapping[str, str]) -> dict[str, str]:
    """The variables that a plugin starts with: `base`, and what Pulumi tells plugins about the project."""
    options = {
        f"PULUMI_RUNTIME_{key.upper()}": value if isinstance(value, str) else json.dumps(value)
        for key, value in run.runtime_options.items()
    }
    own: Mapping[str, str] = {"PULUMI_PROJECT": run.project, "PULUMI_CONFIG": json.dumps(run.config)}
    return {**base, **options, **own}


def _channel(address: str) -> grpc.aio.Channel:
    return grpc.aio.insecure_channel(address, options=_OPTIONS)


async def _port_of(name: PluginName, child: Child) -> int:
    """The port that a plugin writes as its first line."""
    try:
        line = await asyncio.wait_for(child.stdout.readline(), _START_SECONDS)
    except TimeoutError as error:
        raise ProviderUnavailable(f"{name} did not say its port within {_START_SECONDS:.0f} seconds") from error
    except ValueError as error:  # a line longer than a stream's limit
        raise ProviderUnavailable(f"{name} wrote no port number on its first line") from error
    text = _PROGRESS_MARKS.sub("", line.decode("utf-8", "replace")).strip()
    if text.isdigit() and 0 < int(text) < 1 << 16:
        return int(text)
    if text:
        raise ProviderUnavailable(f"{name} wrote {text!r} on its first line instead of a port number")
    try:
        code = await asyncio.wait_for(child.wait(), _DEATH_SECONDS)
    except TimeoutError as error:
        raise ProviderUnavailable(f"{name} wrote an empty first line instead of a port number") from error
    said = (await child.stderr.read()).decode("utf-8", "replace").strip()
    raise ProviderUnavailable(f"{name} ended with exit status {code} before it could be used" + _indented(said))


def _crashed(name: PluginName, code: int, method: str, said: str) -> str:
    how = f"was ended by signal {-code}" if code < 0 else f"ended with exit status {code}"
    return f"{name} {how} while it was asked to {method}: it has crashed" + _indented(said)


def _indented(said: str) -> str:
    return "\nit wrote:\n  " + "\n  ".join(said.splitlines()) if said else ""
