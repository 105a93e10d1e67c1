"""The only way to the embedded AWS: a canonical request, built from what was authorised and never from what was sent.

moto reads requests in its own way (a target header against an Action, the region from the user agent, the account from
a header). So nothing of the client's bytes reaches it, and what it is about to run (operation, account, region) is
compared with what was decided before it runs. A difference is an internal error and nothing happens.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.exceptions import BotoCoreError
from botocore.model import OperationModel
from botocore.serialize import create_serializer
from moto import backend_index, backends
from moto.core.request import Request
from moto.core.responses import BaseResponse
from werkzeug.exceptions import HTTPException

from rolecall.sandbox.call import ApiCall
from rolecall.sandbox.mends import own_checks
from rolecall.sandbox.message import Answer
from rolecall.sandbox.services import GLOBAL_SERVICES, model_of, protocols_of

Handler = Callable[..., tuple[int, Mapping[str, Any], str | bytes]]

SPOKEN = ("query", "ec2", "json", "rest-json", "rest-xml")
"""The protocols that moto understands."""

ELSEWHERE = frozenset(
    {
        "connectscheduling", "greengrassv2", "lambda-core", "lambda-microvms", "lambda-web", "s3files", "s3outposts",
        "kinesis-video-media", "kinesis-video-signaling", "kinesis-video-webrtc-storage", "kinesisanalytics",
        "connectcampaignsv2", "pinpoint-email", "resiliencehubv2", "simpledbv2", "cloudhsm", "appconfigdata",
    }
)  # fmt: skip
"""Services that share a host with one that moto has, which it would take them for."""

_S3_UNKNOWN = re.compile(
    r"Analytics|IntelligentTiering|BucketMetrics|Metadata|Abac|Annotation|Torrent|RequestPayment|CreateSession"
    r"|DirectoryBuckets|RenameObject|WriteGetObjectResponse|UpdateObjectEncryption|DeleteBucketInventory"
)
"""S3 operations whose sub-resource moto overlooks: it would run the plain call on the bucket or object instead."""


class NotInMoto(Exception):
    """The embedded AWS does not have this operation, or lacks a package that it needs (then `package` says which)."""

    def __init__(self, operation: str, package: str = "") -> None:
        super().__init__(operation)
        self.package = package


class Smuggled(Exception):
    """moto was about to run something else than was decided. A bug of ours (or moto's), and nothing was run."""


class CannotSend(Exception):
    """The parameters cannot be written as a request: a required one is missing or has the wrong type."""


_expected = threading.local()


def run(call: ApiCall, account: str, key_id: str) -> Answer:
    """Runs a call in an account, for the holder of a key. Raises NotInMoto, CannotSend, Smuggled."""
    operation = model_of(call.service).operation_model(call.operation)
    request = canonical(call, operation, account, key_id)
    handler = _handler(call, request)
    _expected.call = (call.operation, account, call.region, call.service)
    try:
        status, headers, body = handler(request, request.raw_url, request.headers)
    except HTTPException as problem:
        status, headers, body = problem.code or 400, dict(problem.get_headers()), problem.get_body()
    except NotImplementedError as problem:
        raise NotInMoto(call.operation) from problem
    except ModuleNotFoundError as problem:
        raise NotInMoto(call.operation, str(problem.name)) from problem
    finally:
        _expected.call = None
    data = body if isinstance(body, bytes) else str(body or "").encode()
    return Answer(int(status), _plain(headers), data)


def _plain(headers: Mapping[str, Any]) -> dict[str, str]:
    """Header values as text; where a name comes in two spellings the last counts, as moto means it."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        found[str(name).lower()] = text
    return found


def canonical(call: ApiCall, operation: OperationModel, account: str, key_id: str) -> Request:
    """The request that stands for a call: real host, minimal headers, parameters written by botocore."""
    protocol = next((name for name in protocols_of(operation.service_model) if name in SPOKEN), None)
    if protocol is None or call.service in ELSEWHERE:
        raise NotInMoto(call.operation)
    try:
        written = _serializer(protocol).serialize_to_request(dict(call.params), operation)
        host = _host(call, operation, account)
    except (BotoCoreError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise CannotSend(str(problem)) from problem
    prepare_request_dict(written, f"https://{host}")
    if isinstance(written["body"], dict):
        written["body"] = urlencode(written["body"]).encode()
    prepared = create_request_object(written).prepare()
    body = prepared.body
    data = body.read() if hasattr(body, "read") else body.encode() if isinstance(body, str) else body or b""
    headers = {name: _text(value) for name, value in prepared.headers.items()}
    headers.update(_identity(call, account, key_id, host))
    headers["Content-Length"] = str(len(data))
    return Request.from_primitives(prepared.method, prepared.url, headers, data)


@lru_cache(maxsize=8)
def _serializer(protocol: str) -> Any:
    return create_serializer(protocol, include_validation=False)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _identity(call: ApiCall, account: str, key_id: str, host: str) -> dict[str, str]:
    """What moto derives account, key and region from. The key id serves calls that mean "the caller's own"."""
    scope = f"{call.time:%Y%m%d}/{call.region}/{call.service}/aws4_request"
    headers = {
        "Host": host,
        "User-Agent": "rolecall-sandbox",
        "x-moto-account-id": account,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders=host, Signature=0",
    }
    if "origin" in call.http.headers:
        headers["Origin"] = call.http.headers["origin"]
    return headers


def _host(call: ApiCall, operation: OperationModel, account: str) -> str:
    suffix = "amazonaws.com.cn" if call.region.startswith("cn-") else "amazonaws.com"
    if call.service == "budgets":
        return f"budgets.{suffix}"
    if call.service == "s3control":
        return f"{account}.s3-control.{call.region}.{suffix}"
    endpoint: Any = operation.endpoint or {}
    prefix = endpoint.get("hostPrefix", "").format(**dict(call.params))
    return f"{prefix}{operation.service_model.endpoint_prefix}.{call.region}.{suffix}"


def _handler(call: ApiCall, request: Request) -> Handler:
    if call.service == "s3":
        return _s3_handler(call)
    if call.service == "kms":
        own_checks.on_kms_loaded()
    url = request.raw_url.partition("?")[0]
    for pattern, handler in _patterns(request.host):
        if pattern.match(url):
            return handler
    raise NotInMoto(call.operation)


def _s3_handler(call: ApiCall) -> Handler:
    from moto.s3.responses import S3Response  # noqa: PLC0415  (each service's code loads when it is first called)

    if _S3_UNKNOWN.search(call.operation):
        raise NotInMoto(call.operation)
    handler: Handler = S3Response.key_dispatch if call.params.get("Key") else S3Response.bucket_dispatch
    return handler


@lru_cache(maxsize=1024)
def _patterns(host: str) -> tuple[tuple[re.Pattern[str], Handler], ...]:
    """moto's handlers for a host, in moto's own order."""
    found: list[tuple[re.Pattern[str], Handler]] = []
    for name, pattern in backend_index.backend_url_patterns:
        if name not in ("moto_api._internal", "instance_metadata") and pattern.match(f"https://{host}/"):
            found += _urls(name)
    return tuple(found)


@lru_cache(maxsize=512)
def _urls(name: str) -> tuple[tuple[re.Pattern[str], Handler], ...]:
    try:
        accounts: Any = backends.get_backend(name)  # type: ignore[call-overload]
    except ModuleNotFoundError as problem:
        raise NotInMoto(name, str(problem.name)) from problem
    regions = accounts[_NOBODY]
    backend = regions["us-east-1" if "us-east-1" in regions else "aws"]
    urls = tuple((re.compile(url), handler) for url, handler in backend.urls.items())
    del accounts[_NOBODY]
    return urls


_NOBODY = "000000000000"


def _guarded_setup(original: Callable[..., None]) -> Callable[..., None]:
    def setup_class(self: BaseResponse, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        expected = getattr(_expected, "call", None)
        if expected is None:
            return
        _, account, region, service = expected
        moved = self.region != region and service not in GLOBAL_SERVICES
        if self.current_account != account or moved:
            raise Smuggled(f"{service} would run in {self.current_account}/{self.region}, not {account}/{region}")

    return setup_class


def _guarded_action(original: Callable[..., Any]) -> Callable[..., Any]:
    def call_action(self: BaseResponse) -> Any:
        expected = getattr(_expected, "call", None)
        if expected is not None:
            operation, _, _, service = expected
            _expected.call = None
            action = self._get_action()
            if action != operation:
                raise Smuggled(f"{service} would run {action}, not {operation}")
        return original(self)

    return call_action


def install_guards() -> None:
    """Makes moto check what it is about to run against what was decided. Once a process."""
    kind: Any = BaseResponse
    if not getattr(kind, "rolecall_guarded", False):
        kind.setup_class = _guarded_setup(kind.setup_class)
        kind.call_action = _guarded_action(kind.call_action)
        kind.rolecall_guarded = True
