"""What the questions need to know of existing resources, looked up in moto's backends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rolecall.sandbox import backends, organizations
from rolecall.sandbox.backends import Arn, split_arn
from rolecall.sandbox.callers import as_tags
from rolecall.sandbox.policies import boundary_arn
from rolecall.sandbox.question import World as Knowledge
from rolecall.sandbox.world import World


class Lookups(Knowledge):
    """The knowledge of one world. The caller holds the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world

    def user_arn(self, account: str, name: str) -> str | None:
        user = self._world.iam(account).users.get(name)
        return None if user is None else str(user.arn)

    def group_arn(self, account: str, name: str) -> str | None:
        group = self._world.iam(account).groups.get(name)
        return None if group is None else str(group.arn)

    def role_arn(self, account: str, name: str) -> str | None:
        role = self._world.find_role(account, name)
        return None if role is None else str(role.arn)

    def instance_profile_arn(self, account: str, name: str) -> str | None:
        profile = self._profile(account, name)
        return None if profile is None else str(profile.arn)

    def instance_profile_role(self, account: str, name: str) -> str | None:
        profile = self._profile(account, name)
        return str(profile.roles[0].arn) if profile is not None and profile.roles else None

    def _profile(self, account: str, name: str) -> Any:
        profiles = self._world.iam(account).instance_profiles.values()
        return next((profile for profile in profiles if profile.name == name), None)

    def server_certificate_arn(self, account: str, name: str) -> str | None:
        certificates = self._world.iam(account).certificates.values()
        found = next((certificate for certificate in certificates if certificate.cert_name == name), None)
        return None if found is None else str(found.arn)

    def permissions_boundary(self, arn: str) -> str | None:
        return boundary_arn(self._entity(arn)) or None

    def _entity(self, arn: str) -> Any:
        parts = split_arn(arn)
        if parts is None or parts.service != "iam":
            return None
        iam = self._world.iam(parts.account)
        kind = parts.resource.partition("/")[0]
        collection = {"user": iam.users, "role": iam.roles, "policy": iam.managed_policies, "group": iam.groups}.get(
            kind
        )
        return next((thing for thing in (collection or {}).values() if thing.arn == arn), None)

    def bucket_owner(self, bucket: str) -> str | None:
        found = backends.bucket(bucket)
        return None if found is None else str(found.account_id)

    def object_tags(self, bucket: str, key: str, version: str | None) -> Mapping[str, str] | None:
        found = backends.bucket(bucket)
        if found is None:
            return None
        versions = found.keys.getlist(key) if key in found.keys else []
        wanted = [item for item in versions if version is None or str(getattr(item, "version_id", "")) == version]
        if not wanted or not hasattr(wanted[-1], "arn"):
            return None
        backend = backends.backend("s3", found.account_id, "aws")
        tags: Mapping[str, str] = backend.tagger.get_tag_dict_for_resource(wanted[-1].arn)
        return tags

    def key_arn(self, account: str, region: str, key_id: str) -> str | None:
        parts = split_arn(key_id)
        if parts is not None:
            account, region, key_id = parts.account, parts.region, parts.resource
        backend = backends.backend("kms", account, region)
        if backend is None:
            return None
        name = key_id.removeprefix("key/")
        if name.startswith("alias/"):
            found = next((key for key, aliases in backend.key_to_aliases.items() if name in aliases), None)
            name = str(found)
        key = backend.keys.get(name)
        return None if key is None else str(key.arn)

    def ciphertext_key(self, account: str, region: str, blob: bytes) -> str | None:
        """moto writes the key's id in front of what it encrypts."""
        backend = backends.backend("kms", account, region)
        key = backend.keys.get(blob[:36].decode("latin-1")) if backend else None
        return None if key is None else str(key.arn)

    def secret_arn(self, account: str, region: str, secret_id: str) -> str | None:
        backend = backends.backend("secretsmanager", account, region)
        if backend is None:
            return None
        for secret in backend.secrets.values():
            arn = str(getattr(secret, "arn", ""))
            if secret_id in (getattr(secret, "name", None), arn) or arn.rpartition("-")[0] == secret_id:
                return arn
        return None

    def partition_key(self, arn: str) -> str | None:
        parts = split_arn(arn)
        backend = backends.backend("dynamodb", parts.account, parts.region) if parts else None
        if parts is None or backend is None:
            return None
        _, name, *rest = parts.resource.split("/")
        table = backend.tables.get(name)
        if table is None or len(rest) < 2:
            return None if table is None else str(table.hash_key_attr)
        index = next((each for each in (*table.indexes, *table.global_indexes) if each.name == rest[1]), None)
        schema = [] if index is None else index.schema
        return next((str(key["AttributeName"]) for key in schema if key["KeyType"] == "HASH"), None)

    def trail_arn(self, account: str, region: str, name: str) -> str | None:
        for place in (region, "us-east-1"):
            backend = backends.backend("cloudtrail", account, place)
            trail = backend.trails.get(name) if backend else None
            if trail is not None:
                return str(trail.arn)
        return None

    def organization(self, account: str) -> tuple[str, str] | None:
        return organizations.organization_of(account)

    def tags(self, arn: str, account: str) -> Mapping[str, str] | None:
        parts = split_arn(arn)
        finder = _TAGS.get(parts.service) if parts else None
        if parts is None:
            return None
        if parts.service == "iam":
            return self._iam_tags(arn)
        return finder(parts, arn) if finder else None

    def _iam_tags(self, arn: str) -> Mapping[str, str] | None:
        entity = self._entity(arn)
        if entity is None or not hasattr(entity, "tags"):
            return None
        tags = entity.tags
        return as_tags(tags.values() if isinstance(tags, dict) else tags)


def _tagger(package: str, attribute: str = "tagger") -> Callable[[Arn, str], Mapping[str, str] | None]:
    """For services whose backend keeps tags with moto's tagging service."""

    def find(parts: Arn, arn: str) -> Mapping[str, str] | None:
        backend = backends.backend(package, parts.account, parts.region)
        tagger = getattr(backend, attribute, None)
        tags: Mapping[str, str] | None = tagger.get_tag_dict_for_resource(arn) if tagger is not None else None
        return tags

    return find


def _bucket_tags(parts: Arn, arn: str) -> Mapping[str, str] | None:
    bucket = backends.bucket_of_arn(arn)
    if bucket is None or "/" in parts.resource:
        return None
    backend = backends.backend("s3", bucket.account_id, "aws")
    tags: Mapping[str, str] = backend.tagger.get_tag_dict_for_resource(bucket.arn)
    return tags


def _ec2_tags(parts: Arn, arn: str) -> Mapping[str, str] | None:
    backend = backends.backend("ec2", parts.account, parts.region)
    if backend is None:
        return None
    tags: Mapping[str, str] = backend.tags.get(parts.resource.partition("/")[2], {})
    return tags


def _queue_tags(parts: Arn, arn: str) -> Mapping[str, str] | None:
    backend = backends.backend("sqs", parts.account, parts.region)
    queue = backend.queues.get(parts.resource) if backend else None
    return None if queue is None else dict(queue.tags)


def _topic_tags(parts: Arn, arn: str) -> Mapping[str, str] | None:
    backend = backends.backend("sns", parts.account, parts.region)
    topic = backend.topics.get(arn) if backend else None
    return None if topic is None else dict(topic._tags)


def _key_tags(parts: Arn, arn: str) -> Mapping[str, str] | None:
    backend = backends.backend("kms", parts.account, parts.region)
    if backend is None:
        return None
    tags: Mapping[str, str] = backend.tagger.get_tag_dict_for_resource(parts.resource.partition("/")[2])
    return tags


def _secret_tags(parts: Arn, arn: str) -> Mapping[str, str] | None:
    backend = backends.backend("secretsmanager", parts.account, parts.region)
    if backend is None:
        return None
    secret = next((s for s in backend.secrets.values() if getattr(s, "arn", "") == arn), None)
    return None if secret is None else as_tags(secret.tags)


_TAGS: dict[str, Callable[[Arn, str], Mapping[str, str] | None]] = {
    "s3": _bucket_tags,
    "ec2": _ec2_tags,
    "sqs": _queue_tags,
    "sns": _topic_tags,
    "kms": _key_tags,
    "secretsmanager": _secret_tags,
    "dynamodb": _tagger("dynamodb", "tagger"),
    "events": _tagger("events"),
    "logs": _tagger("logs"),
    "cloudtrail": _tagger("cloudtrail", "tagging_service"),
    "ecr": _tagger("ecr"),
    "ecs": _tagger("ecs"),
    "elasticloadbalancing": _tagger("elbv2"),
    "states": _tagger("stepfunctions", "tagger"),
    "rds": _tagger("rds", "tagger"),
    "apigateway": _tagger("apigateway", "tagger"),
    "acm": _tagger("acm"),
}
