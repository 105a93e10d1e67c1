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

    A call that got no answer may have been carried out all the same; so may one whose second try met what the first
    had made.
    """
    if isinstance(error, RolecallError):
        return ProviderFailed(f"{doing}: {error}")
    return ProviderFailed(f"{doing}: {described(error, service)}", unanswered=_lost(error) or _met_itself(error))


def _lost(error: Exception) -> bool:
    return isinstance(error, BotoCoreError) and type(error).__name__ in ("ReadTimeoutError", "ConnectionClosedError")


def _met_itself(error: Exception) -> bool:
    """Whether "it exists already" was said to a try that was not the first: an earlier one may have made it."""
    if not isinstance(error, ClientError):
        return False
    tried_before = int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0)) > 0
    return tried_before and ("AlreadyExists" in code_of(error) or "AlreadyOwned" in code_of(error))
