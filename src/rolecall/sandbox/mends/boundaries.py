"""Permissions boundaries of users: moto ignores CreateUser's and has no Put/DeleteUserPermissionsBoundary.

AWS: "Permissions boundaries for IAM entities": users and roles alike can have one, and GetUser shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rolecall.sandbox.message import Answer
from rolecall.sandbox.refusal import Refused
from rolecall.sandbox.world import World

if TYPE_CHECKING:
    from rolecall.sandbox.gate import Exchange


def install() -> None:
    """moto writes the attribute of this name into GetUser and ListUsers, as it does for roles."""
    from moto.iam.models import User  # noqa: PLC0415

    def permissions_boundary(self: Any) -> dict[str, str] | None:
        arn = getattr(self, "permissions_boundary_arn", None)
        if not arn:
            return None
        return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}

    kind: Any = User
    kind.permissions_boundary = property(permissions_boundary)


def check(world: World, exchange: Exchange) -> None:
    """A boundary must be a managed policy that exists."""
    arn = exchange.call.params.get("PermissionsBoundary")
    if arn and arn not in world.iam(exchange.caller.account).managed_policies:
        if ":policy/" not in arn:
            raise Refused("ValidationError", f"Value ({arn}) for parameter PermissionsBoundary is invalid.", 400)
        raise Refused("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404)


def created(world: World, exchange: Exchange, answer: Answer) -> None:
    """After CreateUser."""
    user = world.iam(exchange.caller.account).users.get(exchange.call.params["UserName"])
    if user is not None and answer.status < 300:
        user.permissions_boundary_arn = exchange.call.params.get("PermissionsBoundary")


def _user(world: World, exchange: Exchange) -> Any:
    name = exchange.call.params["UserName"]
    user = world.iam(exchange.caller.account).users.get(name)
    if user is None:
        raise Refused("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return user


def put(world: World, exchange: Exchange) -> Mapping[str, Any]:
    """PutUserPermissionsBoundary."""
    check(world, exchange)
    _user(world, exchange).permissions_boundary_arn = exchange.call.params["PermissionsBoundary"]
    return {}


def delete(world: World, exchange: Exchange) -> Mapping[str, Any]:
    """DeleteUserPermissionsBoundary."""
    _user(world, exchange).permissions_boundary_arn = None
    return {}
