"""IAM calls that mean the caller when they name no user. moto goes by the key id, which fails for sessions and root.

AWS: "UserName: if you do not specify a user name, IAM determines it implicitly based on the access key that signs".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rolecall.sandbox.refusal import Refused
from rolecall.sandbox.world import World

if TYPE_CHECKING:
    from rolecall.sandbox.gate import Exchange

OPERATIONS = (
    "GetUser", "ListAccessKeys", "CreateAccessKey", "DeleteAccessKey", "UpdateAccessKey", "ListSSHPublicKeys",
    "ListSigningCertificates", "UploadSigningCertificate", "DeleteSigningCertificate", "UpdateSigningCertificate",
    "ListMFADevices", "ListServiceSpecificCredentials",
)  # fmt: skip


def name_the_caller(world: World, exchange: Exchange) -> Mapping[str, Any] | None:
    """Fills in the caller's own name; answers for root, whom moto does not know; refuses for sessions of roles."""
    call, caller = exchange.call, exchange.caller
    if call.params.get("UserName"):
        return None
    if caller.kind == "user":
        exchange.call = replace(call, params={**call.params, "UserName": caller.user_name})
        return None
    if caller.kind == "root":
        return _for_root(world, call.operation, caller.account)
    raise Refused("ValidationError", "Must specify userName when calling with non-User credentials", 400)


def _for_root(world: World, operation: str, account: str) -> Mapping[str, Any]:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    if operation == "GetUser":
        arn = f"arn:aws:iam::{account}:root"
        return {"User": {"UserId": account, "Arn": arn, "Path": "/", "UserName": "root", "CreateDate": created}}
    if operation == "ListAccessKeys":
        root = world.own.root_keys.get(account)
        keys = [] if root is None else [{"AccessKeyId": root.key_id, "Status": "Active", "CreateDate": created}]
        return {"AccessKeyMetadata": keys, "IsTruncated": False}
    if operation.startswith("List"):
        empty = {"ListMFADevices": "MFADevices", "ListSSHPublicKeys": "SSHPublicKeys"}
        return {empty.get(operation, "Certificates"): [], "IsTruncated": False}
    raise Refused("NotImplemented", "The sandbox's root user has one key, made at its start, and no other", 501)
