"""Credentials that may not make a call whatever policies say. Source: "Compare AWS STS credentials" (IAM User Guide)."""

from __future__ import annotations

from rolecall.sandbox.call import ApiCall, Caller
from rolecall.sandbox.refusal import Refused


def check_credentials(call: ApiCall, caller: Caller) -> None:
    """Raises Refused for IAM calls with a federated user's or (without a second factor) a GetSessionToken session's
    keys. STS's own limits are checked with its parameters."""
    session = caller.session
    if call.service != "iam" or session is None:
        return
    plain_session = session.kind == "user" and session.mfa is None
    if caller.kind == "federated" or plain_session:
        raise Refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
