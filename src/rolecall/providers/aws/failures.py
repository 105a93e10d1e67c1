"""How an AWS error reads to a user: its service, code, message and request id, and what it was about."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from rolecall.errors import RolecallError
from rolecall.model.provider import ProviderFailed


def code_of(error: Exception) -> str:
    """AWS's error code, or "" when there was no answer. A bare HTTP status of a HEAD request is its number."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def message_of(error: Exception) -> str:
    """AWS's own sentence."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Message", ""))
    return str(error)


def described(error: Exception, service: str) -> str:
    """One line: `EntityAlreadyExists: User with name x already exists. (iam:CreateUser, request id ...)`."""
    if isinstance(error, ClientError):
        request = str(error.response.get("ResponseMetadata", {}).get("RequestId", ""))
        place = f"{service}:{error.operation_name}" + (f", request id {request}" if request else "")
        return f"{code_of(error)}: {message_of(error)} ({place})"
    return str(error)


def failed(doing: str, error: Exception, service: str) -> ProviderFailed:
    """The failure of an operation on a resource. `doing`: `creating IAM User (x)`.

    A call that got no answer may have been carried out all the same.
    """
    if isinstance(error, RolecallError):
        return ProviderFailed(f"{doing}: {error}")
    lost = isinstance(error, BotoCoreError) and type(error).__name__ in ("ReadTimeoutError", "ConnectionClosedError")
    return ProviderFailed(f"{doing}: {described(error, service)}", unanswered=lost)
