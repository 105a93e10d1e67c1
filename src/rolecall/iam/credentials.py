"""What some credentials may not do whatever policies say. Asked before the policies are.

Source: "Compare AWS STS credentials", IAM User Guide.
"""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.iam.request import PrincipalKind

_WITH_SESSION_TOKEN = ("sts:assumerole", "sts:getcalleridentity")
_SELF = "sts:getcalleridentity"


@dataclass(frozen=True, slots=True)
class Restriction:
    """A refusal by kind of credentials: AWS's error code and message."""

    code: str
    message: str
    status: int = 403


_INVALID_TOKEN = Restriction("InvalidClientTokenId", "The security token included in the request is invalid")


def restriction(
    kind: PrincipalKind, action: str, *, session_token: bool = False, mfa: bool = False
) -> Restriction | None:
    """Why credentials of this kind may not be used for an action; None where they may.

    `session_token` is for users and root: their credentials come from GetSessionToken, with a second factor if `mfa`.
    """
    lowered = action.lower()
    service = lowered.partition(":")[0]
    if lowered == _SELF or service not in ("iam", "sts"):
        return None
    if kind is PrincipalKind.FEDERATED_USER:
        return _INVALID_TOKEN if service == "iam" else _not_with_session(action)
    if kind is PrincipalKind.ROLE_SESSION and lowered in ("sts:getsessiontoken", "sts:getfederationtoken"):
        return _not_with_session(action)
    if not session_token:
        return None
    if service == "iam":
        return None if mfa else _INVALID_TOKEN
    return None if lowered in _WITH_SESSION_TOKEN else _not_with_session(action)


def _not_with_session(action: str) -> Restriction:
    return Restriction("AccessDenied", f"Cannot call {action.partition(':')[2]} with session credentials")
