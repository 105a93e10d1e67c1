"""The policies that have a say in a call, gathered from the embedded AWS at the moment of deciding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rolecall.iam import Policies, Policy, PolicyKind
from rolecall.sandbox import organizations, resource_policies
from rolecall.sandbox.call import Caller
from rolecall.sandbox.documents import as_text, parsed
from rolecall.sandbox.question import Check
from rolecall.sandbox.world import World


def gather(world: World, caller: Caller, check: Check) -> Policies:
    """Everything that applies when this caller asks for this check."""
    owner = check.account or caller.account
    resource = resource_policies.find(world, check.action, check.resource, owner)
    restricted = check.action.startswith("s3:") and resource_policies.restricts_public(world, check.resource)
    return Policies(
        identity=identity(world, caller),
        boundary=boundary(world, caller),
        session=session(world, caller),
        resource=resource,
        scp=organizations.service_control_policies(caller.account),
        rcp=organizations.resource_control_policies(owner),
        restrict_public_buckets=restricted,
    )


def identity(world: World, caller: Caller) -> tuple[Policy, ...]:
    """Inline, managed and group policies of the user, or of the role, or of the user who federated."""
    entity = entity_of(world, caller)
    if entity is None:
        return ()
    found = list(_attached(entity, entity.arn))
    if hasattr(entity, "access_keys"):
        for group in world.iam(caller.account).get_groups_for_user(entity.name):
            found += _attached(group, group.arn)
    return tuple(found)


def entity_of(world: World, caller: Caller) -> Any:
    """moto's user or role whose policies count for a caller, None for root and the rest."""
    if caller.kind not in ("user", "role", "federated"):
        return None
    iam = world.iam(caller.account)
    if caller.kind == "role":
        return iam.roles.get(caller.issuer_id)
    wanted = caller.unique_id if caller.kind == "user" else caller.issuer_id
    return next((user for user in iam.users.values() if user.id == wanted), None)


def _attached(entity: Any, arn: str) -> Iterable[Policy]:
    for name, document in entity.policies.items():
        yield parsed(as_text(document), PolicyKind.IDENTITY, f"{arn.rpartition(':')[2]} inline {name}")
    for policy_arn, managed in entity.managed_policies.items():
        yield parsed(default_document(managed), PolicyKind.IDENTITY, policy_arn)


def default_document(managed: Any) -> str:
    """The document of a managed policy's default version."""
    for version in managed.versions:
        if version.version_id == managed.default_version_id:
            return as_text(version.document)
    return ""


def managed_document(world: World, account: str, arn: str) -> str | None:
    """The document of a managed policy by ARN, None when there is none of that ARN."""
    managed = world.iam(account).managed_policies.get(arn)
    return None if managed is None else default_document(managed)


def boundary(world: World, caller: Caller) -> tuple[Policy, ...]:
    """The permissions boundary of the user or role. A boundary that was deleted allows nothing."""
    arn = boundary_arn(entity_of(world, caller))
    if not arn:
        return ()
    return (_managed(world, caller.account, arn, PolicyKind.BOUNDARY),)


def _managed(world: World, account: str, arn: str, kind: PolicyKind) -> Policy:
    """A managed policy by ARN; one that was deleted has no statements and so allows nothing."""
    text = managed_document(world, account, arn)
    return Policy(kind, (), arn) if text is None else parsed(text, kind, arn)


def boundary_arn(entity: Any) -> str:
    """The ARN of the boundary of moto's user or role, "" without one. Users' boundaries are a mend of ours."""
    return str(getattr(entity, "permissions_boundary_arn", None) or "")


def session(world: World, caller: Caller) -> tuple[Policy, ...] | None:
    """The session policies; None where none were passed, which means no limit for a role and nothing for a federated
    user (the evaluator knows the difference)."""
    made = caller.session
    if made is None or made.kind == "user" or not (made.policies or made.policy_arns):
        return None
    found = [parsed(text, PolicyKind.SESSION, "session policy") for text in made.policies]
    found += [_managed(world, made.account, arn, PolicyKind.SESSION) for arn in made.policy_arns]
    return tuple(found)
