"""Service and resource control policies of an account, level by level, from the embedded Organizations."""

from __future__ import annotations

import sys
from typing import Any

from rolecall.iam import Policy, PolicyKind
from rolecall.sandbox.documents import parsed

Levels = tuple[tuple[Policy, ...], ...]


def _backend(account: str) -> Any:
    """moto's Organizations that an account belongs to, None when it belongs to none. Not loaded before it is used."""
    models = sys.modules.get("moto.organizations.models")
    if models is None:
        return None
    for backends in models.organizations_backends.values():
        for backend in backends.values():
            if backend.org is not None and any(member.id == account for member in backend.accounts):
                return backend
    return None


def organization_of(account: str) -> tuple[str, str] | None:
    """The id of an account's organisation and its path `o-…/r-…/ou-…/`."""
    backend = _backend(account)
    if backend is None:
        return None
    chain = _chain(backend, account)
    if not chain:
        return None
    path = "/".join([backend.org.id, *(str(target.id) for target in chain[:-1])])
    return str(backend.org.id), f"{path}/"


def is_management(account: str) -> bool:
    """Whether an account manages its organisation, and so is not bound by its policies."""
    backend = _backend(account)
    return backend is not None and str(backend.org.master_account_id) == account


def _chain(backend: Any, account: str) -> list[Any]:
    """Root, units and account, top down."""
    target = next((member for member in backend.accounts if member.id == account), None)
    chain: list[Any] = []
    while target is not None:
        chain.insert(0, target)
        parent_id = getattr(target, "parent_id", None)
        target = next((unit for unit in backend.ou if unit.id == parent_id), None) if parent_id else None
    return chain


def _levels(account: str, wanted: str, kind: PolicyKind) -> Levels:
    backend = _backend(account)
    if backend is None or is_management(account):
        return ()
    chain = _chain(backend, account)
    if not chain or not _enabled(chain[0], wanted):
        return ()
    return tuple(tuple(_attached(target, wanted, kind)) for target in chain)


def _enabled(root: Any, wanted: str) -> bool:
    kinds = getattr(root, "policy_types", None) or []
    return any(kind.get("Type") == wanted and kind.get("Status") == "ENABLED" for kind in kinds)


def _attached(target: Any, wanted: str, kind: PolicyKind) -> list[Policy]:
    return [
        parsed(policy.content, kind, str(policy.name))
        for policy in getattr(target, "attached_policies", [])
        if policy.type == wanted
    ]


def service_control_policies(account: str) -> Levels:
    """The SCPs that bind an account: one tuple a level, root first; empty outside an organisation."""
    return _levels(account, "SERVICE_CONTROL_POLICY", PolicyKind.SCP)


def resource_control_policies(account: str) -> Levels:
    """The RCPs that guard an account's resources, likewise."""
    return _levels(account, "RESOURCE_CONTROL_POLICY", PolicyKind.RCP)
