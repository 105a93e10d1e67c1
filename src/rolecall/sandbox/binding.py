"""Principals of saved policies are bound to unique ids, as AWS binds them: a user made again is somebody else.

The ids are kept beside the policy, on moto's own object (a role, a bucket, a queue), so that they live and die with it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from rolecall.iam import Policy, PolicyKind
from rolecall.iam.binding import bind, entity_arns
from rolecall.sandbox.backends import split_arn
from rolecall.sandbox.documents import parsed
from rolecall.sandbox.world import World


def bound(thing: Any, text: str, kind: PolicyKind, name: str) -> Policy:
    """The policy of a thing, its principals compared by the ids that they had when it was saved."""
    ids: Mapping[str, str] = getattr(thing, "rolecall_bindings", None) or {}
    return _bound(text, kind, name, tuple(sorted(ids.items())))


@lru_cache(maxsize=2048)
def _bound(text: str, kind: PolicyKind, name: str, ids: tuple[tuple[str, str], ...]) -> Policy:
    return bind(parsed(text, kind, name), dict(ids))


def resolve(world: World, policy: Policy) -> tuple[dict[str, str], str | None]:
    """The ids of the users and roles that a policy names, and the first ARN that names nobody (None when all do).

    Accounts that are not in this world are let pass unbound: a program may name principals that live elsewhere.
    """
    ids: dict[str, str] = {}
    here = {account for account, _ in world.accounts()}
    for text in entity_arns(policy):
        arn = split_arn(text)
        found = unique_id(world, text)
        if found is not None:
            ids[text] = found
        elif arn is not None and arn.account in here:
            return ids, text
    return ids, None


def unique_id(world: World, arn: str) -> str | None:
    """The unique id behind the ARN of a user or role, None when it stands for nobody."""
    parts = split_arn(arn)
    if parts is None:
        return None
    iam = world.iam(parts.account)
    entities = iam.users if parts.resource.startswith("user/") else iam.roles
    return next((entity.id for entity in entities.values() if entity.arn == arn), None)


def rename(world: World, old: str, new: str) -> None:
    """A principal's ARN is now another text (its new ARN, or its bare id when it is gone): saved policies show that."""
    for thing, attribute in _documents(world):
        ids = getattr(thing, "rolecall_bindings", None)
        if not ids or old not in ids:
            continue
        document = getattr(thing, attribute)
        text = document.decode() if isinstance(document, bytes) else document
        changed = text.replace(f'"{old}"', f'"{new}"')
        setattr(thing, attribute, changed.encode() if isinstance(document, bytes) else changed)
        identity = ids.pop(old)
        if new.startswith("arn:"):
            ids[new] = identity


def _documents(world: World) -> Iterator[tuple[Any, str]]:
    """Everything that may hold a policy with bound principals."""
    for _, iam in world.accounts():
        for role in iam.roles.values():
            yield role, "assume_role_policy_document"
    for package, collection in (("s3", "buckets"), ("sqs", "queues"), ("kms", "keys"), ("ecr", "repositories")):
        models = sys.modules.get(f"moto.{package}.models")
        for regions in list(getattr(models, f"{package}_backends", {}).values()):
            for backend in list(regions.values()):
                for thing in list(getattr(backend, collection).values()):
                    if getattr(thing, "policy", None):
                        yield thing, "policy"
