"""Signature Version 4, from the raw bytes of a request: reading it, computing it. Pure: no keys, no clock, no verdict.

Source: "Create a signed AWS API request" (IAM User Guide) and "Authenticating requests" (S3 API Reference).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import quote, unquote_to_bytes

from rolecall.sandbox.message import RawRequest

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
QUERY_FIELDS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")

_PARAMETER = re.compile(r"\s*(Credential|SignedHeaders|Signature)\s*=\s*([^,\s]+)\s*(?:,|\Z)")
_SPACES = re.compile(r" +")
_UNENCODED = re.compile(r"[^A-Za-z0-9\-_.~%]")
_UNENCODED_IN_PATH = re.compile(r"[^A-Za-z0-9\-_.~%/]")


class BadAuthorization(Exception):
    """The authorization data does not have the form it must have. `where` is "header", "query" or "scheme"."""

    def __init__(self, message: str, where: Literal["header", "query", "scheme"] = "header") -> None:
        super().__init__(message)
        self.where = where


@dataclass(frozen=True, slots=True)
class Signature:
    """The authorization data of one request. `timestamp` is X-Amz-Date's text, `expires` seconds or None (header)."""

    presigned: bool
    key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    token: str
    expires: int | None = None

    @property
    def scope(self) -> str:
        """The credential scope, without the key id."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def read_signature(request: RawRequest) -> Signature | None:
    """The signature in a request's header or query, None when it is not signed. Raises BadAuthorization."""
    header = request.header("authorization")
    query = query_pairs(request.query)
    presigned = any(name == "X-Amz-Algorithm" or name == "X-Amz-Signature" for name, _ in query)
    if header and presigned:
        raise BadAuthorization(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
            "parameter or the Authorization header should be specified",
            "query",
        )
    if header:
        return _from_header(header, request)
    if presigned:
        return _from_query(query)
    if any(name == "AWSAccessKeyId" for name, _ in query):
        raise BadAuthorization("Signature Version 2 is not supported. Please use AWS4-HMAC-SHA256.", "scheme")
    return None


def _from_header(header: str, request: RawRequest) -> Signature:
    scheme, _, rest = header.partition(" ")
    if scheme != ALGORITHM:
        raise BadAuthorization(
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.", "scheme"
        )
    found = _parameters(rest)
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if name not in found]
    timestamp = request.header("x-amz-date")
    if not timestamp and not request.header("date"):
        missing.append("X-Amz-Date")
    if missing:
        texts = " ".join(
            f"Authorization header requires '{name}' parameter." for name in missing if "X-Amz" not in name
        )
        dates = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        raise BadAuthorization(f"{texts or dates} Authorization={scheme}")
    key_id, date, region, service = _credential(found["Credential"], "header")
    signed = tuple(found["SignedHeaders"].split(";"))
    return Signature(
        False, key_id, date, region, service, signed, found["Signature"],
        timestamp or request.header("date"), request.header("x-amz-security-token"),
    )  # fmt: skip


def _parameters(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None or match[1] in found:
            raise BadAuthorization("Authorization header is malformed: expecting Credential, SignedHeaders, Signature.")
        found[match[1]] = match[2]
        position = match.end()
    return found


def _from_query(query: list[tuple[str, str]]) -> Signature:
    values: dict[str, str] = {}
    for name, value in query:
        if name.startswith("X-Amz-") and name in values:
            raise BadAuthorization(f"The query parameter {name} was sent more than once.", "query")
        values[name] = value
    if any(not values.get(name) for name in QUERY_FIELDS):
        raise BadAuthorization(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
            "query",
        )
    if values["X-Amz-Algorithm"] != ALGORITHM:
        raise BadAuthorization('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"', "query")
    key_id, date, region, service = _credential(values["X-Amz-Credential"], "query")
    return Signature(
        True, key_id, date, region, service, tuple(values["X-Amz-SignedHeaders"].split(";")),
        values["X-Amz-Signature"], values["X-Amz-Date"], values.get("X-Amz-Security-Token", ""),
        _expires(values.get("X-Amz-Expires"), service),
    )  # fmt: skip


def _expires(text: str | None, service: str) -> int:
    if text is None:
        if service == "s3":
            raise BadAuthorization(
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
                "query",
            )
        return 900
    if not re.fullmatch(r"-?[0-9]+", text):
        raise BadAuthorization("X-Amz-Expires should be a number", "query")
    seconds = int(text)
    if seconds < 0:
        raise BadAuthorization("X-Amz-Expires must be non-negative", "query")
    if seconds > 604800:
        raise BadAuthorization("X-Amz-Expires must be less than a week (in seconds); that is, the given "
                               "X-Amz-Expires must be less than 604800 seconds", "query")  # fmt: skip
    return seconds


def _credential(text: str, where: Literal["header", "query"]) -> tuple[str, str, str, str]:
    parts = text.split("/")
    if len(parts) < 5 or parts[-1] != "aws4_request" or not all(parts):
        raise BadAuthorization(
            "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
            if where == "query"
            else f"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{text}'",
            where,
        )
    if len(parts) != 5:
        raise BadAuthorization(f"Credential must have exactly 5 slash-delimited elements, got '{text}'", where)
    return parts[0], parts[1], parts[2], parts[3]


def query_pairs(query: str) -> list[tuple[str, str]]:
    """The parameters of a raw query, decoded as UTF-8; a plus sign is a space."""
    pairs = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((_decode(name), _decode(value)))
    return pairs


def _decode(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode("utf-8", "surrogateescape")


def canonical_request(request: RawRequest, signature: Signature, payload_hash: str) -> str:
    """The canonical request that the signer should have made."""
    path = _s3_path(request.path) if signature.service == "s3" else _normal_path(request.path)
    values = request.header_map()
    lines = [f"{name}:{_SPACES.sub(' ', values.get(name, '').strip())}" for name in signature.signed_headers]
    return "\n".join(
        [
            request.method,
            path,
            _canonical_query(request.query),
            *lines,
            "",
            ";".join(signature.signed_headers),
            payload_hash,
        ]
    )


def string_to_sign(canonical: str, signature: Signature) -> str:
    """What is signed."""
    digest = hashlib.sha256(canonical.encode("latin-1", "surrogateescape")).hexdigest()
    return "\n".join([ALGORITHM, signature.timestamp, signature.scope, digest])


@lru_cache(maxsize=512)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key for one day, region and service."""
    key = _hmac(f"AWS4{secret}".encode(), date)
    return _hmac(_hmac(_hmac(key, region), service), "aws4_request")


def sign(key: bytes, text: str) -> str:
    """The signature of a text, in lower-case hex."""
    return hmac.new(key, text.encode("latin-1", "surrogateescape"), hashlib.sha256).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _s3_path(path: str) -> str:
    """S3 encodes once and normalises nothing; a plus sign in a path is a plus sign."""
    return _dense(path.replace("+", "%2B"), _UNENCODED_IN_PATH) or "/"


def _normal_path(path: str) -> str:
    """Elsewhere: dots and double slashes resolved, and the path that was sent encoded once more."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if kept:
                kept.pop()
        elif segment not in ("", "."):
            kept.append(segment)
    normal = "/" + "/".join(kept)
    if kept and path.endswith("/"):
        normal += "/"
    return quote(normal.encode("latin-1"), safe="/-_.~")


def _canonical_query(query: str) -> str:
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if part and name != "X-Amz-Signature":
            pairs.append((_dense(name, _UNENCODED), _dense(value, _UNENCODED)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _dense(text: str, unencoded: re.Pattern[str]) -> str:
    """Encodes what the sender left open, and leaves escapes as they are: `%2f` is not the `%2F` that was signed."""
    return unencoded.sub(lambda found: f"%{ord(found[0]):02X}", text.replace("+", "%20"))


def matches(expected: str, given: str) -> bool:
    """Compares two signatures in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape"))
