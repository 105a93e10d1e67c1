"""The ResourceMonitor service: each method decodes, asks the engine through `Monitor`, and encodes the answer."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rolecall.model.goal import Goal, Monitor, PackageRequest, Refused
from rolecall.model.run import RunInfo
from rolecall.model.value import Archive, Asset, Map, walk
from rolecall.program.callbacks import Callbacks
from rolecall.program.features import supported, supports
from rolecall.program.hooks import HookRegister
from rolecall.program.service import Metadata
from rolecall.program.transforms import TransformRegister, Transforms
from rolecall.providers.assets import UnreadableAsset, hashed
from rolecall.wire.monitor import (
    Sender,
    call_of,
    call_response,
    goal_of,
    invoke_of,
    invoke_response,
    outputs_of,
    package_request_of,
    read_goal_of,
    read_response,
    registered_response,
    settle_aliases,
)
from rolecall.wire.reduction import upgraded
from rolecall.wire.services import EMPTY
from rolecall.wire.struct import from_struct
from rolecall.wire.stubs import resource_pb2
from rolecall.wire.transforms import set_properties, with_dependencies

if TYPE_CHECKING:
    from rolecall.wire.messages import (
        Callback,
        ReadResourceRequest,
        RegisterErrorHookRequest,
        RegisterPackageRequest,
        RegisterResourceHookRequest,
        RegisterResourceOutputsRequest,
        RegisterResourceRequest,
        ResourceCallRequest,
        ResourceInvokeRequest,
        SupportsFeatureRequest,
    )

_FEATURE_PREFIX = "RESOURCE_MONITOR_FEATURE_"


class MonitorService:
    """Serves one run. `monitor` gives the engine's side, and raises Refused while there is none."""

    def __init__(self, run: RunInfo, monitor: Callable[[], Monitor]) -> None:
        self._run = run
        self._monitor = monitor
        self._packages: dict[str, PackageRequest] = {}
        self._references: dict[bytes, str] = {}
        self._shutting_down = False
        self._callbacks = Callbacks()
        self._transforms = TransformRegister(self._callbacks)
        self.hooks = HookRegister(self._callbacks, preview=run.dry_run)

    async def close(self) -> None:
        """Disconnect from the program's callbacks."""
        await self._callbacks.close()

    def _sender(self, metadata: Metadata) -> Sender:
        return Sender(self._run.root, self._packages, _is_node(metadata))

    async def GetDeploymentInfo(self, _request: object, _metadata: Metadata) -> Any:
        run = self._run
        numbers = resource_pb2.ResourceMonitorFeature.DESCRIPTOR.values_by_name
        names = [_FEATURE_PREFIX + name for name in supported()]
        return resource_pb2.DeploymentInfo(
            project=run.project,
            stack=run.stack,
            organization=run.organization,
            config=run.config,
            configSecretKeys=sorted(run.secret_keys),
            dryRun=run.dry_run,
            parallel=run.parallel,
            supportedFeatures=[numbers[name].number for name in names if name in numbers],  # type: ignore[misc]
        )

    async def SupportsFeature(self, request: SupportsFeatureRequest, _metadata: Metadata) -> Any:
        return resource_pb2.SupportsFeatureResponse(hasSupport=supports(request.id))

    async def RegisterResource(self, request: RegisterResourceRequest, metadata: Metadata) -> Any:
        if getattr(request, "state_migrations", ()):
            raise Refused("state migrations are not supported by this deployment", "FAILED_PRECONDITION")
        sender = self._sender(metadata)
        own = self._transforms.own(request)
        applying = self._transforms.applying(own, request.parent)
        changed = await self._transformed(request, sender, applying) if applying else request
        goal = await self._with_hashes(goal_of(changed, sender))
        registered = await self._monitor().register(goal)
        self._transforms.remember(registered.urn, request.parent, own)
        return registered_response(registered, request)

    async def RegisterResourceOutputs(self, request: RegisterResourceOutputsRequest, _metadata: Metadata) -> Any:
        urn, outputs = outputs_of(request)
        await self._monitor().register_outputs(urn, await self._hashed(outputs))
        return EMPTY

    async def ReadResource(self, request: ReadResourceRequest, metadata: Metadata) -> Any:
        goal = read_goal_of(request, self._sender(metadata))
        return read_response(await self._monitor().read(goal), request)

    async def Invoke(self, request: ResourceInvokeRequest, metadata: Metadata) -> Any:
        await self._transforms.run_for_invoke(request)
        invoke = invoke_of(request, self._sender(metadata))
        return invoke_response(await self._monitor().invoke(invoke), request)

    async def Call(self, request: ResourceCallRequest, metadata: Metadata) -> Any:
        call = call_of(request, self._sender(metadata))
        return call_response(await self._monitor().call(call))

    async def RegisterPackage(self, request: RegisterPackageRequest, _metadata: Metadata) -> Any:
        if request.HasField("extension"):
            raise Refused("rolecall does not support packages that extend another one", "UNIMPLEMENTED")
        content = request.SerializeToString(deterministic=True)
        reference = self._references.setdefault(content, str(uuid.uuid4()))
        self._packages[reference] = package_request_of(request)
        return resource_pb2.RegisterPackageResponse(ref=reference)

    async def RegisterStackTransform(self, request: Callback, _metadata: Metadata) -> Any:
        self._transforms.add_for_stack(request)
        return EMPTY

    async def RegisterStackInvokeTransform(self, request: Callback, _metadata: Metadata) -> Any:
        self._transforms.add_for_invokes(request)
        return EMPTY

    async def RegisterResourceHook(self, request: RegisterResourceHookRequest, _metadata: Metadata) -> Any:
        self.hooks.add(
            request.name,
            request.callback,
            in_previews=request.on_dry_run,
            may_fail=getattr(request, "ignore_errors", False),
        )
        return EMPTY

    async def RegisterErrorHook(self, request: RegisterErrorHookRequest, _metadata: Metadata) -> Any:
        self.hooks.add(request.name, request.callback)
        return EMPTY

    async def SignalAndWaitForShutdown(self, _request: object, _metadata: Metadata) -> Any:
        if self._shutting_down:
            raise Refused("Already waiting for shutdown")
        self._shutting_down = True
        await self._monitor().finished()
        return EMPTY

    async def _transformed(
        self, request: RegisterResourceRequest, sender: Sender, transforms: Transforms
    ) -> RegisterResourceRequest:
        """What becomes of a registration when transforms run; they see hashes and dependencies in the values."""
        changed = resource_pb2.RegisterResourceRequest()
        changed.CopyFrom(request)
        settle_aliases(changed, sender)
        goal = goal_of(changed, sender)
        values = upgraded(await self._hashed(from_struct(changed.object)))
        if request.transforms:
            values = with_dependencies(values, goal.property_dependencies)
        set_properties(changed, values)
        await self._transforms.run(transforms, changed)
        return changed

    async def _with_hashes(self, goal: Goal) -> Goal:
        properties = await self._hashed(goal.properties)
        if properties is goal.properties:
            return goal
        return replace(goal, properties=properties)

    async def _hashed(self, values: Map) -> Map:
        """`values` with the hashes of assets, which are read beside the loop."""
        if not any(isinstance(value, Asset | Archive) for value in walk(values)):
            return values
        try:
            return await asyncio.to_thread(hashed, values, self._run.directory)
        except UnreadableAsset as error:
            raise Refused(f"failed to compute asset hash: {error}") from error


def _is_node(metadata: Metadata) -> bool:
    runtime = metadata.get("pulumi-runtime")
    if runtime is not None:
        return runtime == "nodejs"
    return metadata.get("user-agent", "").startswith("grpc-node-js/")
