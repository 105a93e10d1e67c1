"""What must be gone before an IAM entity can be deleted. moto lets users go with their keys, policies while attached.

AWS: DeleteUser, DeleteGroup and DeletePolicy API reference, DeleteConflict; the order in which Pulumi's forceDestroy
works is only proved where this is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rolecall.sandbox.refusal import Refused
from rolecall.sandbox.world import World

if TYPE_CHECKING:
    from rolecall.sandbox.gate import Exchange


def _conflict(message: str) -> Refused:
    return Refused("DeleteConflict", f"Cannot delete entity, {message}", 409)


def user(world: World, exchange: Exchange) -> None:
    """DeleteUser."""
    iam = world.iam(exchange.caller.account)
    name = exchange.call.params["UserName"]
    found = iam.users.get(name)
    if found is None:
        return
    if found.managed_policies:
        raise _conflict("must detach all policies first.")
    if found.policies:
        raise _conflict("must delete policies first.")
    if found.access_keys:
        raise _conflict("must delete access keys first.")
    if found.password:
        raise _conflict("must delete login profile first.")
    if iam.get_groups_for_user(name):
        raise _conflict("must remove user from all groups first.")
    if found.mfa_devices:
        raise _conflict("must delete MFA device first.")
    if found.signing_certificates:
        raise _conflict("must delete signing certificates first.")
    if found.ssh_public_keys:
        raise _conflict("must delete SSH public keys first.")


def group(world: World, exchange: Exchange) -> None:
    """DeleteGroup."""
    found = world.iam(exchange.caller.account).groups.get(exchange.call.params["GroupName"])
    if found is None:
        return
    if found.users:
        raise _conflict("must remove users from group first.")
    if found.managed_policies:
        raise _conflict("must detach all policies first.")
    if found.policies:
        raise _conflict("must delete policies first.")


def role(world: World, exchange: Exchange) -> None:
    """DeleteRole."""
    name = exchange.call.params["RoleName"]
    found = world.find_role(exchange.caller.account, name)
    if found is None:
        return
    if "/aws-service-role/" in found.arn:
        text = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
        raise Refused("UnmodifiableEntity", text, 400)
    if found.managed_policies:
        raise _conflict("must detach all policies first.")
    if found.policies:
        raise _conflict("must delete policies first.")
    if found.instance_profile_list:
        raise _conflict("must remove roles from instance profile first.")


def policy(world: World, exchange: Exchange) -> None:
    """DeletePolicy."""
    iam = world.iam(exchange.caller.account)
    arn = exchange.call.params["PolicyArn"]
    found = iam.managed_policies.get(arn)
    if found is None:
        return
    holders: list[Any] = [*iam.users.values(), *iam.groups.values(), *iam.roles.values()]
    bounded = any(getattr(holder, "permissions_boundary_arn", None) == arn for holder in holders)
    if bounded or any(arn in holder.managed_policies for holder in holders):
        raise Refused("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    if len(found.versions) > 1:
        raise Refused(
            "DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the "
            "policy's versions. The default version is deleted with the policy.", 409,
        )  # fmt: skip
