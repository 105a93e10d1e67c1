"""Why credentials were not accepted, as AWS's services say it: one table, a row a problem, a column a family.

Source: recorded and documented answers; see `docs/sandbox.md` for what could not be checked.
"""

from __future__ import annotations

from enum import StrEnum

from rolecall.sandbox.refusal import Refused, Shape, family

_INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105
_EXPIRED = "The security token included in the request is expired"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_S3_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)
_EC2_AUTH = ("AuthFailure", "AWS was not able to validate the provided access credentials", 401)


class Problem(StrEnum):
    """What is wrong with the credentials of a request."""

    MISSING = "no credentials"
    MALFORMED = "the authorization data is malformed"
    SCHEME = "a way of signing that is not supported"
    UNKNOWN_KEY = "the access key is not known"
    BAD_TOKEN = "the session token is missing or wrong"  # noqa: S105
    EXPIRED_TOKEN = "the session has expired"  # noqa: S105
    SKEWED = "the clock is off, or the signature too old"
    URL_EXPIRED = "the presigned URL has expired"
    SCOPE = "the credential scope is wrong"
    SIGNATURE = "the signature does not match"
    UNSIGNED_HEADERS = "headers were sent that are not signed"
    BODY = "the body is not the one that was signed"


Row = tuple[str, str, int]

_TABLE: dict[Problem, dict[str, Row]] = {
    Problem.MISSING: {
        "query": ("MissingAuthenticationToken", "Request is missing Authentication Token", 403),
        "json": ("MissingAuthenticationTokenException", "Missing Authentication Token", 400),
        "rest-json": ("MissingAuthenticationTokenException", "Missing Authentication Token", 403),
        "s3": ("AccessDenied", "Access Denied", 403),
        "ec2": ("MissingParameter", "The request must contain the parameter AWSAccessKeyId", 400),
    },
    Problem.MALFORMED: {
        "query": ("IncompleteSignature", "", 400),
        "json": ("IncompleteSignatureException", "", 400),
        "rest-json": ("IncompleteSignatureException", "", 403),
        "s3": ("AuthorizationHeaderMalformed", "The authorization header is malformed; ", 400),
        "ec2": _EC2_AUTH,
    },
    Problem.UNKNOWN_KEY: {
        "query": ("InvalidClientTokenId", _INVALID_TOKEN, 403),
        "json": ("UnrecognizedClientException", _INVALID_TOKEN, 400),
        "rest-json": ("UnrecognizedClientException", _INVALID_TOKEN, 403),
        "s3": ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
        "ec2": _EC2_AUTH,
    },
    Problem.BAD_TOKEN: {
        "query": ("InvalidClientTokenId", _INVALID_TOKEN, 403),
        "json": ("UnrecognizedClientException", _INVALID_TOKEN, 400),
        "rest-json": ("UnrecognizedClientException", _INVALID_TOKEN, 403),
        "s3": ("InvalidToken", "The provided token is malformed or otherwise invalid.", 400),
        "ec2": _EC2_AUTH,
    },
    Problem.EXPIRED_TOKEN: {
        "query": ("ExpiredToken", _EXPIRED, 403),
        "json": ("ExpiredTokenException", _EXPIRED, 400),
        "rest-json": ("ExpiredTokenException", _EXPIRED, 403),
        "s3": ("ExpiredToken", "The provided token has expired.", 400),
        "ec2": ("RequestExpired", "Request has expired.", 400),
    },
    Problem.SKEWED: {
        "query": ("SignatureDoesNotMatch", "", 403),
        "json": ("InvalidSignatureException", "", 400),
        "rest-json": ("InvalidSignatureException", "", 403),
        "s3": (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            403,
        ),
        "ec2": ("RequestExpired", "Request has expired.", 400),
    },
    Problem.URL_EXPIRED: {
        "query": ("SignatureDoesNotMatch", "", 403),
        "json": ("InvalidSignatureException", "", 400),
        "rest-json": ("InvalidSignatureException", "", 403),
        "s3": ("AccessDenied", "Request has expired", 403),
        "ec2": ("RequestExpired", "Request has expired.", 400),
    },
    Problem.SCOPE: {
        "query": ("SignatureDoesNotMatch", "", 403),
        "json": ("InvalidSignatureException", "", 400),
        "rest-json": ("InvalidSignatureException", "", 403),
        "s3": ("AuthorizationHeaderMalformed", "The authorization header is malformed; ", 400),
        "ec2": _EC2_AUTH,
    },
    Problem.SIGNATURE: {
        "query": ("SignatureDoesNotMatch", _MISMATCH, 403),
        "json": ("InvalidSignatureException", _MISMATCH, 400),
        "rest-json": ("InvalidSignatureException", _MISMATCH, 403),
        "s3": ("SignatureDoesNotMatch", _S3_MISMATCH, 403),
        "ec2": _EC2_AUTH,
    },
    Problem.UNSIGNED_HEADERS: {
        "query": ("SignatureDoesNotMatch", _MISMATCH, 403),
        "json": ("InvalidSignatureException", _MISMATCH, 400),
        "rest-json": ("InvalidSignatureException", _MISMATCH, 403),
        "s3": ("AccessDenied", "There were headers present in the request which were not signed", 403),
        "ec2": _EC2_AUTH,
    },
    Problem.BODY: {
        "query": ("SignatureDoesNotMatch", _MISMATCH, 403),
        "json": ("InvalidSignatureException", _MISMATCH, 400),
        "rest-json": ("InvalidSignatureException", _MISMATCH, 403),
        "s3": (
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            400,
        ),
        "ec2": _EC2_AUTH,
    },
}
_TABLE[Problem.SCHEME] = {**_TABLE[Problem.MALFORMED], "s3": ("InvalidRequest", "", 400)}


def refusal(problem: Problem, shape: Shape, detail: str = "", extra: dict[str, str] | None = None) -> Refused:
    """The refusal for a problem. `detail` completes the rows whose wording depends on the request."""
    code, text, status = _TABLE[problem][family(shape)]
    message = text + detail if not text or text.endswith("; ") else text
    return Refused(code, message, status, extra if shape.is_s3 else None)
