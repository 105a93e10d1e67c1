"""Who a verified key stands for: the principal as policies, denials and CloudTrail name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.iam import Principal, PrincipalKind
from rolecall.sandbox.call import ANONYMOUS, Caller, Session
from rolecall.sandbox.world import World

_KINDS = {
    "root": PrincipalKind.ROOT,
    "user": PrincipalKind.USER,
    "role": PrincipalKind.ROLE_SESSION,
    "federated": PrincipalKind.FEDERATED_USER,
    "anonymous": PrincipalKind.ANONYMOUS,
    "web-identity": PrincipalKind.WEB_IDENTITY,
    "saml": PrincipalKind.SAML,
    "service": PrincipalKind.SERVICE,
}


def caller_of(world: World, key_id: str) -> Caller:
    """The caller behind a key that was verified."""
    for root in world.own.root_keys.values():
        if root.key_id == key_id:
            return root_caller(root.account, key_id)
    session = world.own.sessions.get(key_id)
    if session is not None:
        return _session_caller(world, session)
    found = world.find_user_key(key_id)
    return ANONYMOUS if found is None else user_caller(found[0], key_id)


def root_caller(account: str, key_id: str, session: Session | None = None) -> Caller:
    """The root user of an account."""
    return Caller("root", f"arn:aws:iam::{account}:root", account, account, access_key_id=key_id, session=session)


def user_caller(user: Any, key_id: str, session: Session | None = None) -> Caller:
    """An IAM user, from moto's."""
    return Caller(
        "user", user.arn, user.account_id, user.id, user_name=user.name, access_key_id=key_id,
        tags=as_tags(user.tags), session=session,
    )  # fmt: skip


def as_tags(tags: Any) -> dict[str, str]:
    """AWS's list of Key and Value as a dictionary."""
    return {tag["Key"]: tag.get("Value", "") for tag in tags or ()}


def _session_caller(world: World, session: Session) -> Caller:
    iam = world.iam(session.account)
    if session.kind == "role":
        role = iam.roles[session.issuer_id]
        return Caller(
            "role",
            f"arn:aws:sts::{session.account}:assumed-role/{role.name}/{session.name}",
            session.account,
            f"{role.id}:{session.name}",
            issuer_arn=role.arn,
            issuer_id=role.id,
            access_key_id=session.access_key_id,
            tags=merge_tags(as_tags(role.tags), session.tags, session.transitive_tags),
            session=session,
        )
    if session.issuer_id == session.account:
        issuer = root_caller(session.account, session.access_key_id, session)
    else:
        user = next(user for user in iam.users.values() if user.id == session.issuer_id)
        issuer = user_caller(user, session.access_key_id, session)
    if session.kind == "user":
        return issuer
    return Caller(
        "federated",
        f"arn:aws:sts::{session.account}:federated-user/{session.name}",
        session.account,
        f"{session.account}:{session.name}",
        issuer_arn=issuer.arn,
        issuer_id=session.issuer_id,
        access_key_id=session.access_key_id,
        tags=merge_tags(issuer.tags, session.tags),
        session=session,
    )


def merge_tags(*layers: Mapping[str, str]) -> dict[str, str]:
    """Principal tags: later layers win, and keys that differ only in case are the same tag."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for key, value in layer.items():
            merged[key.lower()] = (key, value)
    return dict(merged.values())


def principal_of(caller: Caller) -> Principal:
    """The caller as the policy evaluator wants it."""
    entity = {"user": caller.unique_id, "role": caller.issuer_id, "federated": caller.issuer_id}.get(caller.kind)
    return Principal(
        kind=_KINDS[caller.kind],
        arn=caller.arn or caller.kind,
        account=caller.account if caller.kind in ("root", "user", "role", "federated") else None,
        issuer=caller.issuer_arn or None,
        unique_id=entity or None,
        service_linked_role="/aws-service-role/" in caller.issuer_arn,
    )
