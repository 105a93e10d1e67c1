"""What a request asks for: its service, operation and parameters, before anybody decides whether it may.

A request that contradicts itself (a target header beside another Action, two operations, a host of another service) is
refused here: two readings of one request are how a thing is authorised as one call and run as another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from botocore.model import OperationModel, OperationNotFoundError, ServiceModel

from rolecall.sandbox import cbor
from rolecall.sandbox.message import RawRequest
from rolecall.sandbox.protocols import documents, query, rest, routing
from rolecall.sandbox.protocols.scalars import Unparsable
from rolecall.sandbox.refusal import Refused, Shape, unknown_operation, validation
from rolecall.sandbox.services import Clues, UnknownService, candidates, model_of, protocols_of
from rolecall.sandbox.sigv4 import query_pairs

_FORM = "application/x-www-form-urlencoded"
_CBOR_PATH = "/service/"
_S3_ITSELF = re.compile(r"s3([.-][a-z]{2}(-[a-z]+)+-\d)?\Z")
_S3_AFTER_BUCKET = re.compile(r"\.s3([.-][a-z]{2}(-[a-z]+)+-\d)?\Z")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request with its service known: enough to say no in that service's shape."""

    request: RawRequest
    headers: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    form: Mapping[str, str]
    path: str
    service: str
    shape: Shape
    others: tuple[str, ...] = field(default=())
    """Further services that share the signing name; tried when the first has no such operation."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The operation a request names, with its model and parameters."""

    service: str
    operation: OperationModel
    params: Mapping[str, Any]
    shape: Shape


def open_envelope(request: RawRequest, scope: str) -> Envelope:
    """Finds the service. `scope` is the signing name of the signature, "" for an unsigned request. Raises Refused."""
    headers = request.header_map()
    pairs = tuple(query_pairs(request.query))
    form = form_of(headers, pairs, request.body)
    _check_text(pairs, form)
    path = _virtual_host_path(request, headers.get("host", ""))
    target = headers.get("x-amz-target", "")
    cbor_path = request.path.split("/") if request.path.startswith(_CBOR_PATH) else []
    clues = Clues(
        scope=scope,
        host=headers.get("host", ""),
        target=target,
        cbor_service=cbor_path[2].rpartition("#")[2] if len(cbor_path) == 5 else "",
        version=form.get("Version", ""),
        action=form.get("Action", ""),
        path=request.path,
    )
    names = candidates(clues)
    shape, service, others = _first_known(names, headers, request, form)
    _check_contradictions(headers, form, shape, len(cbor_path) == 5)
    return Envelope(request, headers, pairs, form, path, service, shape, others)


def _first_known(
    names: tuple[str, ...], headers: Mapping[str, str], request: RawRequest, form: Mapping[str, str]
) -> tuple[Shape, str, tuple[str, ...]]:
    for index, name in enumerate(names):
        try:
            model = model_of(name)
        except UnknownService:
            continue
        return _shape(model, headers, request, form), name, names[index + 1 :]
    wanted = names[0] if names else "?"
    raise Refused("UnknownOperationException", f"The sandbox knows no AWS service '{wanted}'", 404)


def form_of(headers: Mapping[str, str], pairs: tuple[tuple[str, str], ...], body: bytes) -> Mapping[str, str]:
    """The fields of a query-protocol request: in the body, or for a GET in the query. A field sent twice is refused."""
    fields: dict[str, str] = {}
    source = list(pairs)
    if headers.get("content-type", "").startswith(_FORM):
        source += query_pairs(body.decode("latin-1"))
    elif not any(name == "Action" for name, _ in pairs):
        return {}
    for name, value in source:
        if name in fields and name in ("Action", "Version") and fields[name] != value:
            raise Refused("MalformedQueryString", f"The parameter {name} was sent more than once.", 404)
        fields[name] = value
    return fields


def _check_text(pairs: tuple[tuple[str, str], ...], form: Mapping[str, str]) -> None:
    """Parameters are text: bytes that are not UTF-8 could only be guessed at."""
    try:
        "".join(text for pair in (*pairs, *form.items()) for text in pair).encode()
    except UnicodeEncodeError:
        raise Refused("MalformedQueryString", "The parameters are not UTF-8.", 400) from None


def _virtual_host_path(request: RawRequest, host: str) -> str:
    """S3's path with the bucket in front, when the bucket is in the host: `bucket.s3.localhost`, `bucket.localhost`."""
    name = host.rpartition(":")[0] or host
    if not name.endswith(".localhost"):
        return request.path
    labels = name.removesuffix(".localhost")
    if _S3_ITSELF.match(labels):
        return request.path
    bucket = _S3_AFTER_BUCKET.sub("", labels)
    return f"/{quote(bucket)}{request.path}"


def _shape(model: ServiceModel, headers: Mapping[str, str], request: RawRequest, form: Mapping[str, str]) -> Shape:
    spoken = protocols_of(model)
    protocol = spoken[0]
    content = headers.get("content-type", "")
    if headers.get("smithy-protocol") == "rpc-v2-cbor" or content == "application/cbor":
        protocol = "smithy-rpc-v2-cbor"
    elif "x-amz-target" in headers and ("json" in spoken or protocol == "json"):
        protocol = "json"
    elif form.get("Action") and protocol not in ("query", "ec2", "rest-json", "rest-xml"):
        protocol = "query"
    elif protocol == "smithy-rpc-v2-cbor" and "json" in spoken:
        protocol = "json"
    version = content.rpartition("-")[2] if content.startswith("application/x-amz-json-") else ""
    return Shape(
        service=model.service_name,
        protocol=protocol,
        namespace=str(model.metadata.get("xmlNamespace", "")),
        json_version=version or str(model.metadata.get("jsonVersion", "1.0")),
        error_namespace="com.amazon.coral.service#" if model.service_name in ("dynamodb", "sqs") else "",
    )


def _check_contradictions(headers: Mapping[str, str], form: Mapping[str, str], shape: Shape, cbor_path: bool) -> None:
    if any(name.startswith("x-moto-") for name in headers):
        raise validation(shape, "Headers that begin with x-moto- are not accepted")
    rpc = shape.protocol in ("query", "ec2", "json", "smithy-rpc-v2-cbor")
    named = [bool(headers.get("x-amz-target")), bool(form.get("Action")), cbor_path]
    if rpc and sum(named) > 1:
        raise validation(shape, "The request names its operation in more than one way")


def read(envelope: Envelope) -> Asked:
    """The operation and its parameters. Raises Refused: no such operation, or parameters that are none."""
    try:
        found = _locate(envelope)
        if found is None:
            raise unknown_operation(envelope.shape, _named(envelope))
        service, operation, labels = found
        shape = envelope.shape if service == envelope.service else _reshaped(envelope, service)
        return Asked(service, operation, _params(envelope, operation, labels, shape), shape)
    except Unparsable as problem:
        raise _serialization(envelope.shape, str(problem)) from problem


def _reshaped(envelope: Envelope, service: str) -> Shape:
    return _shape(model_of(service), envelope.headers, envelope.request, envelope.form)


def _serialization(shape: Shape, message: str) -> Refused:
    if shape.is_s3:
        return Refused("MalformedXML" if "XML" in message else "InvalidArgument", message, 400)
    if shape.protocol in ("query", "ec2"):
        return Refused("MalformedInput", message, 400)
    return Refused("SerializationException", message, 400)


def _named(envelope: Envelope) -> str:
    target = envelope.headers.get("x-amz-target", "").rpartition(".")[2]
    return envelope.form.get("Action") or target or f"{envelope.request.method} {envelope.request.path}"


def _locate(envelope: Envelope) -> tuple[str, OperationModel, Mapping[str, str]] | None:
    for service in (envelope.service, *envelope.others):
        model = model_of(service)
        name, labels = _operation_name(envelope, model)
        if not name:
            continue
        try:
            return service, model.operation_model(name), labels
        except OperationNotFoundError:
            continue
    return None


def _operation_name(envelope: Envelope, model: ServiceModel) -> tuple[str, Mapping[str, str]]:
    protocol = envelope.shape.protocol
    if protocol in ("query", "ec2"):
        return envelope.form.get("Action", ""), {}
    if protocol == "json":
        prefix, _, name = envelope.headers.get("x-amz-target", "").rpartition(".")
        return (name, {}) if prefix == model.metadata.get("targetPrefix") else ("", {})
    if protocol == "smithy-rpc-v2-cbor":
        parts = envelope.request.path.split("/")
        return (parts[4], {}) if len(parts) == 5 and parts[3] == "operation" else ("", {})
    path = envelope.path if model.service_name == "s3" else envelope.request.path
    found = routing.find(model, envelope.request.method, path, dict(envelope.query), envelope.headers)
    return (found.operation, found.labels) if found else ("", {})


def _params(envelope: Envelope, operation: OperationModel, labels: Mapping[str, str], shape: Shape) -> dict[str, Any]:
    body = envelope.request.body
    if shape.protocol in ("query", "ec2"):
        fields = {
            k: v for k, v in envelope.form.items() if k not in ("Action", "Version") and not k.startswith("X-Amz-")
        }
        return query.parse(fields, operation.input_shape, ec2=shape.protocol == "ec2")
    if operation.input_shape is None:
        return {}
    if shape.protocol == "json":
        data: dict[str, Any] = documents.from_data(documents.load_json(body), operation.input_shape)
        return data
    if shape.protocol == "smithy-rpc-v2-cbor":
        return _cbor(body, operation)
    return rest.parse(operation, labels, envelope.query, envelope.headers, body)


def _cbor(body: bytes, operation: OperationModel) -> dict[str, Any]:
    if not body or operation.input_shape is None:
        return {}
    try:
        decoded = cbor.decode(body)
    except cbor.MalformedCbor as problem:
        raise Unparsable(str(problem)) from problem
    parsed: dict[str, Any] = documents.from_data(decoded, operation.input_shape, binary=True)
    return parsed
