"""Credentials that may not make a call whatever policies say."""

from __future__ import annotations

from rolecall.iam.credentials import restriction
from rolecall.sandbox.call import ApiCall, Caller
from rolecall.sandbox.callers import principal_of
from rolecall.sandbox.refusal import Refused


def check_credentials(call: ApiCall, caller: Caller) -> None:
    """Raises Refused when this kind of credentials may not be used for the call."""
    if call.service not in ("iam", "sts"):
        return
    session = caller.session
    found = restriction(
        principal_of(caller).kind,
        f"{call.service}:{call.operation}",
        session_token=session is not None and session.kind == "user",
        mfa=session is not None and session.mfa is not None,
    )
    if found is not None:
        raise Refused(found.code, found.message, found.status)
