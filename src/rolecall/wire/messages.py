"""The message types of Pulumi's protocol by name, for annotations: only `wire` knows where they come from."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto.callback_pb2 import Callback as Callback
    from pulumi.runtime.proto.callback_pb2 import CallbackInvokeResponse as CallbackInvokeResponse
    from pulumi.runtime.proto.engine_pb2 import LogRequest as LogRequest
    from pulumi.runtime.proto.engine_pb2 import RequirePulumiVersionRequest as RequirePulumiVersionRequest
    from pulumi.runtime.proto.engine_pb2 import SetRootResourceRequest as SetRootResourceRequest
    from pulumi.runtime.proto.engine_pb2 import StartDebuggingRequest as StartDebuggingRequest
    from pulumi.runtime.proto.resource_pb2 import ReadResourceRequest as ReadResourceRequest
    from pulumi.runtime.proto.resource_pb2 import RegisterErrorHookRequest as RegisterErrorHookRequest
    from pulumi.runtime.proto.resource_pb2 import RegisterPackageRequest as RegisterPackageRequest
    from pulumi.runtime.proto.resource_pb2 import RegisterResourceHookRequest as RegisterResourceHookRequest
    from pulumi.runtime.proto.resource_pb2 import RegisterResourceOutputsRequest as RegisterResourceOutputsRequest
    from pulumi.runtime.proto.resource_pb2 import RegisterResourceRequest as RegisterResourceRequest
    from pulumi.runtime.proto.resource_pb2 import ResourceCallRequest as ResourceCallRequest
    from pulumi.runtime.proto.resource_pb2 import ResourceInvokeRequest as ResourceInvokeRequest
    from pulumi.runtime.proto.resource_pb2 import SupportsFeatureRequest as SupportsFeatureRequest
