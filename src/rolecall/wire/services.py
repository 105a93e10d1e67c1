"""The methods of Pulumi's gRPC services as their descriptors list them: names and how messages become bytes.

Working from descriptors needs none of the generated `*_pb2_grpc` modules (which insist on a matching grpcio), and a
service has just the methods that the installed SDK's stubs know.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message_factory import GetMessageClass

from rolecall.wire.stubs import callback_pb2, engine_pb2, provider_pb2, resource_pb2

EMPTY = Empty()

# gRPC's core would write notes about closed connections to our standard error. It reads this once, when first used.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")


@dataclass(frozen=True, slots=True)
class Method:
    """One unary method: its path, and bytes to and from its request and response."""

    path: str
    read_request: Callable[[bytes], Any]
    write_request: Callable[[Any], bytes]
    read_response: Callable[[bytes], Any]
    write_response: Callable[[Any], bytes]


@dataclass(frozen=True, slots=True)
class Service:
    """A service's full name and its unary methods by name."""

    name: str
    methods: dict[str, Method]


def _service(module: Any, name: str) -> Service:
    descriptor = module.DESCRIPTOR.services_by_name[name]
    methods = {}
    for method in descriptor.methods:
        if getattr(method, "client_streaming", False) or getattr(method, "server_streaming", False):
            continue
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        methods[method.name] = Method(
            f"/{descriptor.full_name}/{method.name}",
            request.FromString,
            request.SerializeToString,
            response.FromString,
            response.SerializeToString,
        )
    return Service(descriptor.full_name, methods)


MONITOR = _service(resource_pb2, "ResourceMonitor")
ENGINE = _service(engine_pb2, "Engine")
PROVIDER = _service(provider_pb2, "ResourceProvider")
CALLBACKS = _service(callback_pb2, "Callbacks")
