"""Whether a request is from whom it says: key, token, time, scope and signature, in AWS's order of checks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

from rolecall.sandbox import sigv4
from rolecall.sandbox.keys import account_of, is_sandbox_key
from rolecall.sandbox.message import RawRequest
from rolecall.sandbox.problems import Problem, refusal
from rolecall.sandbox.refusal import Refused, Shape
from rolecall.sandbox.sigv4 import BadAuthorization, Signature

SKEW = timedelta(minutes=15)

STREAMING = (
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
)
_UNSIGNABLE = frozenset({"x-amz-user-agent", "x-amzn-trace-id"})


@dataclass(frozen=True, slots=True)
class Key:
    """An access key as the sandbox knows it. `token` is "" for a long-term key, `expires` None likewise."""

    key_id: str
    secret: str
    active: bool = True
    token: str = ""
    expires: datetime | None = None


class Keys(Protocol):
    """Where keys are looked up."""

    def find_key(self, key_id: str) -> Key | None: ...


def read(request: RawRequest, shape: Shape) -> Signature | None:
    """The signature's data, None for an unsigned request. Raises Refused for malformed data."""
    try:
        return sigv4.read_signature(request)
    except BadAuthorization as problem:
        raise _malformed(problem, shape) from None


def _malformed(problem: BadAuthorization, shape: Shape) -> Refused:
    if problem.where == "scheme":
        return refusal(Problem.SCHEME, shape, str(problem))
    if problem.where == "query" and shape.is_s3:
        code = "InvalidArgument" if str(problem).startswith("Only one") else "AuthorizationQueryParametersError"
        return Refused(code, str(problem), 400)
    return refusal(Problem.MALFORMED, shape, str(problem))


def verify(
    request: RawRequest, signature: Signature, shape: Shape, keys: Keys, now: datetime, *, unsigned_body: bool = False
) -> tuple[Key, bytes]:
    """Checks everything about a signature; the key, and the signing key for chunks that follow. Raises Refused.

    `unsigned_body`: the operation may be signed without its body (its model says so).
    """
    key = keys.find_key(signature.key_id)
    if key is None or not key.active:
        raise _unknown_key(signature, shape)
    _check_token(signature, key, shape, now)
    when = _request_time(signature, shape)
    _check_time(signature, when, shape, now)
    if signature.date != when.strftime("%Y%m%d"):
        raise _wrong_date(signature, when, shape)
    _check_headers(request, signature, shape)
    payload = _payload_hash(request, signature, shape, unsigned_body)
    canonical = sigv4.canonical_request(request, signature, payload)
    text = sigv4.string_to_sign(canonical, signature)
    signing = sigv4.signing_key(key.secret, signature.date, signature.region, signature.service)
    if not sigv4.matches(sigv4.sign(signing, text), signature.signature):
        raise _mismatch(signature, shape, canonical, text)
    _check_body(request, payload, shape)
    return key, signing


def _unknown_key(signature: Signature, shape: Shape) -> Refused:
    refused = refusal(Problem.UNKNOWN_KEY, shape, extra={"AWSAccessKeyId": signature.key_id})
    if is_sandbox_key(signature.key_id):
        return refused
    account = account_of(signature.key_id)
    belongs = f" It belongs to account {account}: it looks like a real one." if account else ""
    return Refused(
        refused.code,
        f"{refused.message} (rolecall sandbox: {signature.key_id} is not a key of this sandbox.{belongs} "
        'Set the sandbox\'s own keys with: eval "$(rolecall sandbox env)")',
        refused.status,
        refused.extra,
    )


def _check_token(signature: Signature, key: Key, shape: Shape, now: datetime) -> None:
    if signature.token and not sigv4.matches(key.token, signature.token):
        raise refusal(Problem.BAD_TOKEN, shape, extra={"Token-0": signature.token})
    if key.token and not signature.token:
        raise refusal(Problem.UNKNOWN_KEY, shape, extra={"AWSAccessKeyId": signature.key_id})
    if key.expires is not None and key.expires <= now:
        raise refusal(Problem.EXPIRED_TOKEN, shape, extra={"Token-0": signature.token})


def _request_time(signature: Signature, shape: Shape) -> datetime:
    text = signature.timestamp
    try:
        if len(text) == 16 and text.endswith("Z"):
            return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError):
        raise refusal(
            Problem.MALFORMED, shape, f"Date must be in ISO-8601 'basic format'. Got '{text}'. See "
            "http://en.wikipedia.org/wiki/ISO_8601",
        ) from None  # fmt: skip


def _check_time(signature: Signature, when: datetime, shape: Shape, now: datetime) -> None:
    sent, current = _stamp(when), _stamp(now)
    if when > now + SKEW:
        limit = _stamp(now + SKEW)
        detail = f"Signature not yet current: {sent} is still later than {limit} ({current} + 15 min.)"
        raise refusal(Problem.SKEWED, shape, detail, _skew_extra(signature, now))
    if signature.expires is None:
        if when < now - SKEW:
            limit = _stamp(now - SKEW)
            detail = f"Signature expired: {sent} is now earlier than {limit} ({current} - 15 min.)"
            raise refusal(Problem.SKEWED, shape, detail, _skew_extra(signature, now))
        return
    ends = when + timedelta(seconds=signature.expires)
    if now > ends:
        detail = f"Signature expired: {sent} is now earlier than {current} ({current} - {signature.expires} s.)"
        extra = {"X-Amz-Expires": str(signature.expires), "Expires": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
                 "ServerTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")}  # fmt: skip
        raise refusal(Problem.URL_EXPIRED, shape, detail, extra)


def _stamp(when: datetime) -> str:
    return when.strftime("%Y%m%dT%H%M%SZ")


def _skew_extra(signature: Signature, now: datetime) -> dict[str, str]:
    return {
        "RequestTime": signature.timestamp,
        "ServerTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "MaxAllowedSkewMilliseconds": "900000",
    }


def _wrong_date(signature: Signature, when: datetime, shape: Shape) -> Refused:
    if shape.is_s3:
        return refusal(Problem.SCOPE, shape, "Invalid credential date. Date is not the same as X-Amz-Date.")
    detail = (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        f"'{signature.date}' != '{when:%Y%m%d}', from '{signature.timestamp}'."
    )
    return refusal(Problem.SCOPE, shape, detail)


def _check_headers(request: RawRequest, signature: Signature, shape: Shape) -> None:
    signed = set(signature.signed_headers)
    names = {name for name, _ in request.headers}
    needed = {name for name in names if name.startswith("x-amz-") and name not in _UNSIGNABLE} | {"host"}
    if signature.presigned:
        needed -= {"x-amz-content-sha256"}
    left = sorted(needed - signed)
    if left:
        raise refusal(Problem.UNSIGNED_HEADERS, shape, extra={"HeadersNotSigned": ", ".join(left)})


def _payload_hash(request: RawRequest, signature: Signature, shape: Shape, unsigned_body: bool) -> str:
    declared = request.header("x-amz-content-sha256")
    if shape.service in ("s3", "s3control", "s3outposts"):
        if signature.presigned:
            return declared or sigv4.UNSIGNED
        if not declared:
            raise Refused("InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400)
        return declared
    if declared == sigv4.UNSIGNED and unsigned_body:
        return declared
    return hashlib.sha256(request.body).hexdigest()


def _check_body(request: RawRequest, payload: str, shape: Shape) -> None:
    """S3 signs the hash that is declared; that the body has it must be checked after the signature."""
    if payload == sigv4.UNSIGNED or payload in STREAMING:
        return
    computed = hashlib.sha256(request.body).hexdigest()
    if computed != payload:
        extra = {"ClientComputedContentSHA256": payload, "S3ComputedContentSHA256": computed}
        raise refusal(Problem.BODY, shape, extra=extra)


def _mismatch(signature: Signature, shape: Shape, canonical: str, text: str) -> Refused:
    def as_bytes(value: str) -> str:
        return " ".join(f"{byte:02x}" for byte in value.encode("latin-1", "replace"))

    extra = {
        "AWSAccessKeyId": signature.key_id,
        "StringToSign": text,
        "SignatureProvided": signature.signature,
        "StringToSignBytes": as_bytes(text),
        "CanonicalRequest": canonical,
        "CanonicalRequestBytes": as_bytes(canonical),
    }
    return refusal(Problem.SIGNATURE, shape, extra=extra)
