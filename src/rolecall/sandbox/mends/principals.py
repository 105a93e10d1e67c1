"""What happens to saved policies when a principal goes or changes its name. moto leaves them as they are.

AWS: "AWS JSON policy elements: Principal": a deleted principal is shown by its unique id, a renamed one by its new ARN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolecall.sandbox.binding import rename
from rolecall.sandbox.message import Answer
from rolecall.sandbox.world import World

if TYPE_CHECKING:
    from rolecall.sandbox.gate import Exchange


def note_user(world: World, exchange: Exchange) -> None:
    """Before DeleteUser and UpdateUser: which user it is."""
    user = world.iam(exchange.caller.account).users.get(exchange.call.params["UserName"])
    if user is not None:
        exchange.notes["user"] = (user, user.arn)


def user_gone(world: World, exchange: Exchange, answer: Answer) -> None:
    """After DeleteUser: policies show its id; its keys are nobody's."""
    if answer.status >= 300 or "user" not in exchange.notes:
        return
    user, arn = exchange.notes["user"]
    rename(world, arn, user.id)


def user_renamed(world: World, exchange: Exchange, answer: Answer) -> None:
    """After UpdateUser: policies show the new ARN, and its keys still find it."""
    if answer.status >= 300 or "user" not in exchange.notes:
        return
    user, before = exchange.notes["user"]
    for key in user.access_keys:
        key.user_name = user.name
    if user.arn != before:
        rename(world, before, user.arn)


def note_role(world: World, exchange: Exchange) -> None:
    """Before DeleteRole: which role it is."""
    role = world.find_role(exchange.caller.account, exchange.call.params["RoleName"])
    if role is not None:
        exchange.notes["role"] = (role.arn, role.id)


def role_gone(world: World, exchange: Exchange, answer: Answer) -> None:
    """After DeleteRole: policies show its id. Its sessions end by themselves: their role is looked up at each call."""
    if answer.status < 300 and "role" in exchange.notes:
        arn, unique_id = exchange.notes["role"]
        rename(world, arn, unique_id)
