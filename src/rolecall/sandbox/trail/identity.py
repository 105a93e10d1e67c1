"""The userIdentity of a record: who called, and for a session what it was issued to and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rolecall.sandbox.backends import split_arn
from rolecall.sandbox.call import Caller


def timestamp(moment: datetime) -> str:
    """CloudTrail's times: UTC, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def user_identity(caller: Caller) -> dict[str, Any]:
    """The userIdentity object for a caller."""
    if caller.kind == "anonymous":
        return {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
    if caller.kind in ("web-identity", "saml"):
        kind = "WebIdentityUser" if caller.kind == "web-identity" else "SAMLUser"
        return {
            "type": kind, "principalId": caller.unique_id, "userName": caller.user_name, "identityProvider": caller.arn
        }  # fmt: skip
    if caller.kind == "service":
        return {"type": "AWSService", "invokedBy": caller.arn}
    types = {"root": "Root", "user": "IAMUser", "role": "AssumedRole", "federated": "FederatedUser"}
    identity: dict[str, Any] = {
        "type": types[caller.kind],
        "principalId": caller.unique_id,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": caller.access_key_id,
    }
    if caller.kind == "user":
        identity["userName"] = caller.user_name
    if caller.session is not None:
        identity["sessionContext"] = _session_context(caller)
    return identity


def _session_context(caller: Caller) -> dict[str, Any]:
    session = caller.session
    assert session is not None
    context: dict[str, Any] = {}
    if caller.kind in ("role", "federated"):
        context["sessionIssuer"] = _issuer(caller)
        context["webIdFederationData"] = {}
        if session.federated_provider:
            context["webIdFederationData"] = {
                "federatedProvider": session.federated_provider,
                "attributes": dict(session.federated_claims),
            }
    context["attributes"] = {
        "creationDate": timestamp(session.issued),
        "mfaAuthenticated": "true" if session.mfa else "false",
    }
    if session.source_identity:
        context["sourceIdentity"] = session.source_identity
    return context


def _issuer(caller: Caller) -> dict[str, Any]:
    arn = split_arn(caller.issuer_arn)
    resource = arn.resource if arn else ""
    kind = "Role" if caller.kind == "role" else "Root" if resource == "root" else "IAMUser"
    issuer = {
        "type": kind,
        "principalId": caller.issuer_id,
        "arn": caller.issuer_arn,
        "accountId": arn.account if arn else caller.account,
    }
    if kind != "Root":
        issuer["userName"] = resource.rpartition("/")[2]
    return issuer
