"""Calling back into a program: functions of its own that it registered with us, by the address of its server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from rolecall.model.goal import Refused
from rolecall.wire.services import CALLBACKS
from rolecall.wire.transforms import callback_request

if TYPE_CHECKING:
    from rolecall.wire.messages import Callback, CallbackInvokeResponse

_LARGEST_MESSAGE = 400 * 1024 * 1024
_OPTIONS = (
    ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
    ("grpc.max_send_message_length", _LARGEST_MESSAGE),
    ("grpc.enable_http_proxy", 0),
)


class Callbacks:
    """One client per server that a program or a component provider runs for its callbacks."""

    def __init__(self) -> None:
        self._channels: dict[str, grpc.aio.Channel] = {}

    async def invoke(self, callback: Callback, content: Any) -> CallbackInvokeResponse:
        """Call a callback with a message. There is no deadline: it runs the user's code. Raises Refused."""
        method = CALLBACKS.methods["Invoke"]
        channel = self._channels.get(callback.target)
        if channel is None:
            channel = grpc.aio.insecure_channel(callback.target, options=_OPTIONS)
            self._channels[callback.target] = channel
        call = channel.unary_unary(
            method.path, request_serializer=method.write_request, response_deserializer=method.read_response
        )
        try:
            response: CallbackInvokeResponse = await call(callback_request(callback.token, content))
        except grpc.aio.AioRpcError as error:
            raise Refused(error.details() or "a callback of the program failed", error.code().name) from error
        return response

    async def close(self) -> None:
        """Disconnect from all of them."""
        await asyncio.gather(*(channel.close() for channel in self._channels.values()))
