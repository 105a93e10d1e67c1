"""The Engine service: where programs and provider plugins log, and ask what they run in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rolecall.model.compatibility import PULUMI_VERSION
from rolecall.model.diagnostic import Severity
from rolecall.model.goal import LogLine, Refused
from rolecall.model.urn import URN
from rolecall.model.versions import satisfies
from rolecall.program.service import Metadata
from rolecall.wire.services import EMPTY
from rolecall.wire.stubs import engine_pb2

if TYPE_CHECKING:
    from rolecall.wire.messages import (
        LogRequest,
        RequirePulumiVersionRequest,
        SetRootResourceRequest,
        StartDebuggingRequest,
    )

_SEVERITIES: tuple[Severity, ...] = ("debug", "info", "warning", "error")


class EngineService:
    """Serves one run; `log` is told each message."""

    def __init__(self, log: Callable[[LogLine], None]) -> None:
        self._log = log
        self._root = ""

    async def Log(self, request: LogRequest, _metadata: Metadata) -> Any:
        if not 0 <= request.severity < len(_SEVERITIES):
            raise Refused(f"Unrecognized logging severity: {request.severity}")
        severity = _SEVERITIES[request.severity]
        urn = URN(request.urn) if request.urn else None
        self._log(LogLine(severity, request.message, urn, request.streamId, request.ephemeral))
        return EMPTY

    async def GetRootResource(self, _request: object, _metadata: Metadata) -> Any:
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    async def SetRootResource(self, request: SetRootResourceRequest, _metadata: Metadata) -> Any:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    async def StartDebugging(self, request: StartDebuggingRequest, _metadata: Metadata) -> Any:
        self._log(LogLine("info", f"waiting for a debugger: {request.message}"))
        return EMPTY

    async def RequirePulumiVersion(self, request: RequirePulumiVersionRequest, _metadata: Metadata) -> Any:
        wanted = request.pulumi_version_range
        try:
            satisfied = satisfies(PULUMI_VERSION, wanted)
        except ValueError as error:
            raise Refused(f"invalid version range: {error}") from error
        if not satisfied:
            version = PULUMI_VERSION.removeprefix("v")
            raise Refused(f'Pulumi CLI version {version} does not satisfy the version range "{wanted}"')
        return engine_pb2.RequirePulumiVersionResponse()
