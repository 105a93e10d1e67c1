"""The policy that a resource carries itself: roles (trust), buckets, queues, topics, keys, secrets, functions, more."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rolecall.iam import Policy, PolicyKind
from rolecall.sandbox import backends
from rolecall.sandbox.backends import Arn, split_arn
from rolecall.sandbox.binding import bound
from rolecall.sandbox.documents import as_text
from rolecall.sandbox.world import World

_TRUST_ACTIONS = frozenset(
    {
        "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession",
        "sts:setsourceidentity", "sts:setcontext",
    }
)  # fmt: skip


def find(world: World, action: str, resource: str, owner: str) -> Policy | None:
    """The resource-based policy for a check, None where the resource has none (or does not exist)."""
    arn = split_arn(resource)
    if arn is None:
        return None
    if action.lower() in _TRUST_ACTIONS:
        return _trust(world, arn)
    if action.partition(":")[0] == "s3" and arn.service == "s3":
        return _bucket(resource)
    finder = _FINDERS.get(arn.service)
    thing = finder(arn, owner) if finder else None
    if thing is None or not thing[1]:
        return None
    return bound(thing[0], thing[1], PolicyKind.RESOURCE, f"policy of {arn.resource}")


def _trust(world: World, arn: Arn) -> Policy | None:
    role = find_role(world, arn)
    if role is None:
        return None
    text = as_text(role.assume_role_policy_document)
    return bound(role, text, PolicyKind.TRUST, f"trust policy of {arn.resource}")


def find_role(world: World, arn: Arn) -> Any:
    """moto's role for the parts of a role's ARN, compared with its path; None when there is none."""
    if arn.service != "iam" or not arn.resource.startswith("role/"):
        return None
    role = world.find_role(arn.account, arn.resource.rpartition("/")[2])
    return role if role is not None and role.arn == f"arn:{arn.partition}:iam::{arn.account}:{arn.resource}" else None


def _bucket(resource: str) -> Policy | None:
    bucket = backends.bucket_of_arn(resource)
    if bucket is None or not bucket.policy:
        return None
    return bound(bucket, as_text(bucket.policy), PolicyKind.RESOURCE, f"policy of bucket {bucket.name}")


def restricts_public(world: World, resource: str) -> bool:
    """Whether S3 Block Public Access limits a bucket with a public policy to its own account."""
    bucket = backends.bucket_of_arn(resource)
    block = getattr(bucket, "public_access_block", None)
    return bool(block is not None and str(getattr(block, "restrict_public_buckets", False)).lower() == "true")


Found = tuple[Any, str] | None


def _queue(arn: Arn, _: str) -> Found:
    backend = backends.backend("sqs", arn.account, arn.region)
    queue = backend.queues.get(arn.resource) if backend else None
    return None if queue is None else (queue, as_text(queue.policy or ""))


def _topic(arn: Arn, _: str) -> Found:
    backend = backends.backend("sns", arn.account, arn.region)
    text = f"arn:{arn.partition}:sns:{arn.region}:{arn.account}:{arn.resource}"
    topic = backend.topics.get(text) if backend else None
    return None if topic is None else (topic, as_text(topic.policy or ""))


def _key(arn: Arn, _: str) -> Found:
    backend = backends.backend("kms", arn.account, arn.region)
    key = backend.keys.get(arn.resource.partition("/")[2]) if backend else None
    return None if key is None else (key, as_text(key.policy or ""))


def _secret(arn: Arn, _: str) -> Found:
    backend = backends.backend("secretsmanager", arn.account, arn.region)
    if backend is None:
        return None
    text = f"arn:{arn.partition}:secretsmanager:{arn.region}:{arn.account}:{arn.resource}"
    secret = next((s for s in backend.secrets.values() if getattr(s, "arn", "") == text), None)
    return None if secret is None else (secret, as_text(secret.policy or ""))


def _function(arn: Arn, _: str) -> Found:
    backend = backends.backend("awslambda", arn.account, arn.region)
    parts = arn.resource.split(":")
    if backend is None or parts[0] != "function":
        return None
    function = next((f for f in backend.list_functions() if f.function_name == parts[1]), None)
    if function is None or not function.policy.statements:
        return None
    document = {"Version": "2012-10-17", "Statement": function.policy.statements}
    return function, json.dumps(document, default=str)


def _repository(arn: Arn, _: str) -> Found:
    backend = backends.backend("ecr", arn.account, arn.region)
    repository = backend.repositories.get(arn.resource.partition("/")[2]) if backend else None
    return None if repository is None else (repository, as_text(repository.policy or ""))


_FINDERS: dict[str, Callable[[Arn, str], Found]] = {
    "sqs": _queue,
    "sns": _topic,
    "kms": _key,
    "secretsmanager": _secret,
    "lambda": _function,
    "ecr": _repository,
}
