"""Answers: written by the gate for calls it answers itself, read from moto's for the trail, translated to CBOR."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from botocore.model import OperationModel
from botocore.parsers import create_parser
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from rolecall.sandbox import cbor
from rolecall.sandbox.message import Answer
from rolecall.sandbox.protocols.documents import from_data
from rolecall.sandbox.services import protocols_of

_CBOR = "smithy-rpc-v2-cbor"


def write(service: str, operation: str, protocol: str, data: Mapping[str, Any], request_id: str) -> Answer:
    """The response that carries `data`, the members of an operation's output."""
    if protocol == _CBOR:
        return _as_cbor(dict(data), request_id)
    model = get_service_model(service)
    serializer = get_serializer_class(service, protocol)(operation_model=model.operation_model(operation))
    written = serializer.serialize(data)
    body = str(written["body"] or "").replace(
        "<RequestId>request-id</RequestId>", f"<RequestId>{request_id}</RequestId>"
    )
    headers = {str(name).lower(): str(value) for name, value in written["headers"].items()}
    return Answer(written["status_code"], {**headers, "x-amzn-requestid": request_id}, body.encode())


def _as_cbor(data: dict[str, Any], request_id: str) -> Answer:
    headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor", "x-amzn-requestid": request_id}
    return Answer(200, headers, cbor.encode(data))


@lru_cache(maxsize=16)
def _parser(protocol: str) -> Any:
    return create_parser(protocol)


def spoken_by_moto(operation: OperationModel) -> str:
    """The protocol of moto's answers for an operation."""
    return next(name for name in protocols_of(operation.service_model) if name != _CBOR)


def read(answer: Answer, operation: OperationModel, protocol: str) -> dict[str, Any]:
    """The members of an answer (or `Error` with `Code` and `Message`), as botocore reads them."""
    from botocore.awsrequest import HeadersDict  # noqa: PLC0415

    response = {"headers": HeadersDict(answer.headers), "status_code": answer.status, "body": answer.body}
    parsed: dict[str, Any] = _parser(protocol).parse(response, operation.output_shape)
    return parsed


def error_of(answer: Answer, operation: OperationModel, protocol: str) -> tuple[str, str]:
    """Code and message of an error answer; a HEAD has only its status."""
    if not answer.body:
        return {404: "NoSuchKey", 403: "AccessDenied", 304: "NotModified"}.get(answer.status, str(answer.status)), ""
    error = read(answer, operation, protocol).get("Error", {})
    return str(error.get("Code") or answer.status), str(error.get("Message") or "")


def to_cbor(answer: Answer, operation: OperationModel, request_id: str) -> Answer:
    """moto's JSON answer for a client that speaks CBOR."""
    data = json.loads(answer.body) if answer.body else {}
    if answer.status >= 400:
        kind = str(data.get("__type", "InternalFailure"))
        message = data.get("message", data.get("Message", ""))
        made = _as_cbor({"__type": kind, "message": message}, request_id)
        return Answer(answer.status, made.headers, made.body)
    shape = operation.output_shape
    return _as_cbor(from_data(data, shape) if shape is not None else {}, request_id)
