"""Hooks on the wire: what a program's hook is sent, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rolecall.model.hook import HookCall, HookResult
from rolecall.wire.reduction import EVERYTHING
from rolecall.wire.struct import to_struct
from rolecall.wire.stubs import resource_pb2

if TYPE_CHECKING:
    from pulumi.runtime.proto.callback_pb2 import CallbackInvokeResponse

_MAPS = ("new_inputs", "old_inputs", "new_outputs", "old_outputs")


def hook_request(call: HookCall) -> Any:
    """What a hook is sent; maps that do not apply are left out."""
    kind = resource_pb2.ErrorHookRequest if call.kind == "on_error" else resource_pb2.ResourceHookRequest
    message = kind(urn=call.urn, id=call.id, name=call.resource_name, type=call.type)
    known = message.DESCRIPTOR.fields_by_name
    for name in _MAPS:
        values = getattr(call, name)
        if values is not None and name in known:
            getattr(message, name).CopyFrom(to_struct(values, EVERYTHING))
    if isinstance(message, resource_pb2.ErrorHookRequest):
        message.failed_operation = call.failed_operation
        message.errors.extend(call.errors)
    return message


def hook_result(call: HookCall, response: CallbackInvokeResponse) -> HookResult:
    """What a hook answered."""
    if call.kind == "on_error":
        answer = resource_pb2.ErrorHookResponse.FromString(response.response)
        return HookResult(answer.error, answer.retry and not answer.error)
    return HookResult(resource_pb2.ResourceHookResponse.FromString(response.response).error)
