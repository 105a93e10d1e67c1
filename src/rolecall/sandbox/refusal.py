"""A request that is turned away, in the shape and with the words of the service it was meant for.

The tables follow the observed answers of AWS for each family of protocols; what could not be checked against a recorded
answer is a best guess in its wording, never in its code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from rolecall.sandbox.cbor import encode
from rolecall.sandbox.message import Answer


class Refused(Exception):
    """A request is refused: an AWS error code, a message, a status, and for S3 further elements of its error."""

    def __init__(self, code: str, message: str, status: int = 400, extra: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.extra = dict(extra or {})


@dataclass(frozen=True, slots=True)
class Shape:
    """How a service says no: botocore's service name, its XML namespace, and the protocol that the client speaks."""

    service: str
    protocol: str
    namespace: str = ""
    json_version: str = "1.0"
    error_namespace: str = field(default="")

    @property
    def is_s3(self) -> bool:
        """S3 and S3 Control have an error document of their own."""
        return self.service == "s3"


def answer(refused: Refused, shape: Shape, request_id: str, *, head: bool = False) -> Answer:
    """The HTTP response for a refusal."""
    headers = {"x-amzn-requestid": request_id}
    if shape.protocol == "rest-xml" and shape.is_s3:
        return _s3(refused, request_id, head)
    if shape.protocol in ("query", "rest-xml"):
        body = _query(refused, shape, request_id)
        return Answer(refused.status, {**headers, "content-type": "text/xml"}, body.encode())
    if shape.protocol == "ec2":
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{escape(refused.code)}</Code>'
            f"<Message>{escape(refused.message)}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
        return Answer(refused.status, {**headers, "content-type": "text/xml;charset=UTF-8"}, body.encode())
    if shape.protocol == "smithy-rpc-v2-cbor":
        data = {"__type": f"{shape.error_namespace}{refused.code}", "message": refused.message}
        cbor_headers = {**headers, "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return Answer(refused.status, cbor_headers, encode(data))
    return _json(refused, shape, headers)


def _json(refused: Refused, shape: Shape, headers: dict[str, str]) -> Answer:
    rest = shape.protocol == "rest-json"
    document: dict[str, str] = {"message": refused.message}
    if rest:
        headers["x-amzn-errortype"] = refused.code
        headers["content-type"] = "application/json"
    else:
        document = {"__type": f"{shape.error_namespace}{refused.code}", "message": refused.message}
        headers["content-type"] = f"application/x-amz-json-{shape.json_version}"
        if shape.service in ("sqs", "cloudwatch"):
            headers["x-amzn-query-error"] = f"{refused.code.removesuffix('Exception')};Sender"
    if shape.service == "dynamodb":
        document["Message"] = document.pop("message")
    return Answer(refused.status, headers, json.dumps(document).encode())


def _query(refused: Refused, shape: Shape, request_id: str) -> str:
    namespace = f' xmlns="{shape.namespace}"' if shape.namespace else ""
    return (
        f"<ErrorResponse{namespace}><Error><Type>Sender</Type><Code>{escape(refused.code)}</Code>"
        f"<Message>{escape(refused.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>\n"
    )


def _s3(refused: Refused, request_id: str, head: bool) -> Answer:
    extra = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in refused.extra.items())
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{escape(refused.code)}</Code>'
        f"<Message>{escape(refused.message)}</Message>{extra}<RequestId>{request_id}</RequestId>"
        f"<HostId>{_HOST_ID}</HostId></Error>"
    )
    headers = {"x-amz-request-id": request_id, "x-amz-id-2": _HOST_ID, "content-type": "application/xml"}
    return Answer(refused.status, headers, b"" if head else body.encode())


_HOST_ID = "cm9sZWNhbGwtc2FuZGJveC1ob3N0LWlkLW5vdC1hLXJlYWwtb25l"


def family(shape: Shape) -> str:
    """The column of a table of errors that a service answers by: query, json, rest-json, s3 or ec2."""
    if shape.is_s3:
        return "s3"
    if shape.protocol in ("query", "rest-xml"):
        return "query"
    if shape.protocol == "smithy-rpc-v2-cbor":
        return "json"
    return shape.protocol


def access_denied(shape: Shape, message: str, encoded: str = "") -> Refused:
    """The refusal of a caller who may not do what was asked.

    `encoded` is EC2's authorization message, which sts:DecodeAuthorizationMessage reads.
    """
    if shape.service == "ec2":
        tail = f". Encoded authorization failure message: {encoded}" if encoded else ""
        return Refused("UnauthorizedOperation", message + tail, 403)
    if shape.service == "sns":
        return Refused("AuthorizationError", message, 403)
    kind = family(shape)
    if kind in ("query", "s3"):
        return Refused("AccessDenied", message, 403)
    if kind == "rest-json" or shape.service == "sqs":
        return Refused("AccessDeniedException", message, 403)
    return Refused("AccessDeniedException", message, 400)


def not_implemented(shape: Shape, operation: str, package: str = "") -> Refused:
    """An operation that AWS has and the embedded AWS has not. 501 is never retried by an SDK as a throttle would be."""
    message = f"The sandbox's embedded AWS (moto) does not implement {shape.service}:{operation}"
    if package:
        message += f" without the Python package {package}, which is not installed"
    return Refused("NotImplemented", message, 501)


def validation(shape: Shape, message: str) -> Refused:
    """A request whose parameters cannot be what the operation takes."""
    code = "ValidationError" if family(shape) in ("query", "ec2") else "ValidationException"
    return Refused("InvalidRequest" if shape.is_s3 else code, message, 400)


def unknown_operation(shape: Shape, operation: str) -> Refused:
    """An operation that the service does not have."""
    kind = family(shape)
    if kind in ("query", "ec2"):
        text = f"Could not find operation {operation}" if kind == "query" else f"The action {operation} is not valid."
        return Refused("InvalidAction", text, 400)
    if kind == "s3":
        return Refused("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
    return Refused("UnknownOperationException", "", 404 if kind == "rest-json" else 400)
