"""From the name of a package to a provider that serves it: built in, ours for AWS, or a plugin's process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rolecall.model.goal import LogLine, PackageRequest
from rolecall.model.provider import Provider, ProviderUnavailable
from rolecall.model.run import RunInfo
from rolecall.providers.builtin import BuiltinProvider, ReadResources, ReadStack
from rolecall.providers.plugin.locate import ProjectPlugin, locate

if TYPE_CHECKING:
    from rolecall.providers.plugin.process import PluginProcess
    from rolecall.roles.sessions import Sessions

AWS_SWITCH = "ROLECALL_AWS"
"""`plugin`: AWS resources are managed by the official provider plugin instead of ours."""

_DYNAMIC = "pulumi-python"
_ATTACH = "PULUMI_DEBUG_PROVIDERS"


@dataclass(frozen=True, slots=True)
class ProjectPython:
    """The interpreter of the project's program and the environment it is to see: dynamic providers run in it."""

    python: str
    environment: Mapping[str, str]


FindPython = Callable[[], Awaitable[ProjectPython]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What providers need of the world around them.

    `log`: where they speak to the user. `read_stack`, `read_resources`: how references to other stacks are resolved.
    `python`: finds the project's interpreter. `plugins`: those that the project names.
    """

    log: Callable[[LogLine], None]
    read_stack: ReadStack
    read_resources: ReadResources | None = None
    python: FindPython | None = None
    plugins: tuple[ProjectPlugin, ...] = ()


class Registry:
    """Loads the providers of one run; each `load` gives a provider of its own.

    `engine_address`: where the run is served. `deployment`: the run's id, for the user agent of AWS calls.
    """

    def __init__(
        self,
        run: RunInfo,
        engine_address: str,
        surroundings: Surroundings,
        *,
        deployment: str = "",
        aws: Literal["embedded", "plugin"] | None = None,
    ) -> None:
        self._run = run
        self._address = engine_address
        self._surroundings = surroundings
        self._deployment = deployment
        self._aws = aws or os.environ.get(AWS_SWITCH, "embedded")
        self._sessions: Sessions | None = None
        self._loaded: list[Provider] = []
        self._processes: list[PluginProcess] = []
        self._warned: set[str] = set()

    async def load(self, package: PackageRequest) -> Provider:
        """A provider for a package. Raises ProviderUnavailable, which says what to do."""
        provider = await self._load(package)
        self._loaded.append(provider)
        return provider

    async def cancel(self) -> None:
        """Ask every provider to give up what is under way."""
        await asyncio.gather(*(provider.cancel() for provider in self._loaded))

    def kill(self) -> None:
        """End the processes of plugins at once, whatever they are doing."""
        for process in self._processes:
            process.kill()

    async def close(self) -> None:
        """End every provider, and the sessions that they shared."""
        loaded, self._loaded = self._loaded, []
        await asyncio.gather(*(provider.close() for provider in loaded))
        if self._sessions is not None:
            self._sessions.close()

    @property
    def sessions(self) -> Sessions:
        """The AWS sessions that the run's providers share; made when first asked for."""
        if self._sessions is None:
            from rolecall.roles.sessions import Sessions  # noqa: PLC0415 (boto3 is slow to import)

            self._sessions = Sessions(self._deployment)
        return self._sessions

    async def _load(self, package: PackageRequest) -> Provider:
        if package.name == "pulumi":
            around = self._surroundings
            return BuiltinProvider(around.read_stack, around.read_resources, around.log)
        if package.name == "aws" and self._aws != "plugin" and package.parameterization is None:
            from rolecall.providers.aws.provider import AwsProvider  # noqa: PLC0415 (so is botocore)

            log, directory = self._surroundings.log, self._run.directory
            return AwsProvider(self.sessions, log=log, version=package.version, directory=directory)
        return await self._load_plugin(package)

    async def _load_plugin(self, package: PackageRequest) -> Provider:
        from rolecall.providers.plugin.provider import introduce, parameterize  # noqa: PLC0415 (gRPC is slow, too)

        made = package.parameterization
        name, version = (made.plugin_name, made.plugin_version) if made else (package.name, package.version)
        process, directory = await self._start(name, version)
        self._processes.append(process)
        try:
            provider = await introduce(process, self._run, self._address, directory)
            if made is not None:
                await parameterize(provider, package.name, package.version, made.value)
        except BaseException:
            await process.close()
            raise
        return provider

    async def _start(self, name: str, version: str) -> tuple[PluginProcess, str]:
        from rolecall.providers.plugin.process import PluginName, attach, start  # noqa: PLC0415

        address = _attached(name)
        if address is not None:
            return attach(PluginName(name, address), address), ""
        if name == _DYNAMIC:
            return await self._start_dynamic(), self._run.directory
        located = await asyncio.to_thread(locate, name, version, self._surroundings.plugins, os.environ)
        executable = str(located.executable)
        if located.origin == "path" and executable not in self._warned:
            self._warned.add(executable)
            self._surroundings.log(LogLine("warning", f"using {located.executable.name} from $PATH at {executable}"))
        process = await start(PluginName(name, executable), [executable], self._run, self._address)
        return process, str(located.executable.parent)

    async def _start_dynamic(self) -> PluginProcess:
        """The server of the resources that the program defines itself, whose code only its own Python can load."""
        from rolecall.providers.plugin.process import PluginName, start  # noqa: PLC0415

        find = self._surroundings.python
        if find is None:
            raise ProviderUnavailable("dynamic providers need a Python program, and there is none here")
        found = await find()
        return await start(
            PluginName(_DYNAMIC, found.python),
            [found.python, "-u", "-m", "pulumi.dynamic"],
            self._run,
            self._address,
            environment=found.environment,
            show=lambda line: self._surroundings.log(LogLine("info", line)),
        )


def _attached(name: str) -> str | None:
    """Where the plugin of a package is to be attached to, if its developer runs it in a debugger."""
    for entry in os.environ.get(_ATTACH, "").split(","):
        package, separator, port = entry.partition(":")
        if separator and package.strip() == name:
            return f"127.0.0.1:{port.strip()}"
    return None
