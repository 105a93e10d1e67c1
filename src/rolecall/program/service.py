"""Serving one of Pulumi's gRPC services with the methods of an object, whatever its stubs know; nobody waits for ever.

Each method takes the request and the call's metadata and returns the response. What it raises becomes a status:
Aborted UNAVAILABLE (SDKs take that for the end of the deployment), Refused its own, a broken value INVALID_ARGUMENT,
one of our errors FAILED_PRECONDITION; anything else is a bug of ours, kept for the report, and INTERNAL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import grpc
import grpc.aio

from rolecall.errors import RolecallError
from rolecall.model.encoding import MalformedValue
from rolecall.model.goal import Aborted, Refused
from rolecall.wire.services import Method, Service

Metadata = Mapping[str, str]
Handler = Callable[[Any, Metadata], Awaitable[Any]]
_EXPECTED = (Aborted, Refused, MalformedValue, RolecallError)

Bug = Callable[[BaseException], None]


def generic_handler(service: Service, target: object, report_bug: Bug) -> grpc.GenericRpcHandler:
    """A handler for the methods of `service` that `target` has, named as the protocol names them."""
    handlers = {}
    for name, method in service.methods.items():
        handler = getattr(target, name, None)
        if handler is not None:
            handlers[name] = _method_handler(method, handler, report_bug)
    return grpc.method_handlers_generic_handler(service.name, handlers)


def _method_handler(method: Method, handler: Handler, report_bug: Bug) -> grpc.RpcMethodHandler[Any, Any]:
    async def serve(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        metadata = {str(key): str(value) for key, value in context.invocation_metadata() or ()}
        try:
            return await handler(request, metadata)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            if not isinstance(error, _EXPECTED):
                report_bug(error)
            await context.abort(*status_of(error))

    return grpc.unary_unary_rpc_method_handler(
        serve,
        request_deserializer=method.read_request,
        response_serializer=method.write_response,
    )


def status_of(error: BaseException) -> tuple[grpc.StatusCode, str]:
    """The gRPC status that tells a client about an error."""
    if isinstance(error, Aborted):
        return grpc.StatusCode.UNAVAILABLE, str(error) or "the deployment is over"
    if isinstance(error, Refused):
        return grpc.StatusCode[error.status], str(error)
    if isinstance(error, MalformedValue):
        return grpc.StatusCode.INVALID_ARGUMENT, str(error)
    if isinstance(error, RolecallError):
        return grpc.StatusCode.FAILED_PRECONDITION, str(error)
    return grpc.StatusCode.INTERNAL, f"rolecall failed (this is a bug in rolecall): {type(error).__name__}: {error}"
