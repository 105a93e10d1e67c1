"""The nested configurations of a bucket: our names against S3's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from rolecall.model.value import Map, Value, map_of
from rolecall.providers.aws.kinds import FLAG, MAP, NUMBER, Block, Field, JsonText, ListOf, Moment, Plain, SetOf, Switch
from rolecall.providers.aws.values import plain

VERSIONING = Block(
    (
        Field("enabled", "Status", Switch("Enabled", "Suspended"), default=False),
        Field("mfaDelete", "MFADelete", Switch(), default=False),
    )
)

CORS_RULES = ListOf(
    Block(
        (
            Field("allowedHeaders", "AllowedHeaders", ListOf()),
            Field("allowedMethods", "AllowedMethods", ListOf(), required=True),
            Field("allowedOrigins", "AllowedOrigins", ListOf(), required=True),
            Field("exposeHeaders", "ExposeHeaders", ListOf()),
            Field("maxAgeSeconds", "MaxAgeSeconds", NUMBER),
        )
    )
)

LOGGING = Block((Field("targetBucket", "TargetBucket", required=True), Field("targetPrefix", "TargetPrefix")))


class Redirect(Plain):
    """`https://host` here, a host and a protocol there."""

    def to_aws(self, value: Value) -> Any:
        parts = urlsplit(str(value)) if "://" in str(value) else None
        if parts is None:
            return {"HostName": value}
        host = parts.netloc + parts.path + (f"?{parts.query}" if parts.query else "")
        return {"HostName": host, "Protocol": parts.scheme}

    def from_aws(self, data: Any) -> Value:
        if not data:
            return None
        protocol = data.get("Protocol")
        return f"{protocol}://{data['HostName']}" if protocol else str(data["HostName"])


class RoutingRules(JsonText):
    """JSON text here (a list of objects in the older SDKs), S3's own structure there."""

    def to_aws(self, value: Value) -> Any:
        data = plain(value)
        rules = json.loads(data) if isinstance(data, str) else data
        return [json.loads(rule) if isinstance(rule, str) else rule for rule in rules]

    def from_aws(self, data: Any) -> Value:
        return json.dumps(data, separators=(",", ":")) if data else None


WEBSITE = Block(
    (
        Field("indexDocument", "IndexDocument.Suffix"),
        Field("errorDocument", "ErrorDocument.Key"),
        Field("redirectAllRequestsTo", "RedirectAllRequestsTo", Redirect()),
        Field("routingRules", "RoutingRules", RoutingRules()),
    )
)


@dataclass(frozen=True, slots=True)
class Single(Plain):
    """One object here, a list of one there."""

    block: Block

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.block.fields

    def clean(self, value: Value) -> Value:
        return self.block.clean(value)

    def alike(self, one: Value, other: Value) -> bool:
        return self.block.alike(one, other)

    def to_aws(self, value: Value) -> Any:
        return [self.block.to_aws(value)]

    def from_aws(self, data: Any) -> Value:
        return self.block.from_aws(data[0]) if data else None


ENCRYPTION = Block(
    (
        Field(
            "rule",
            "Rules",
            Single(
                Block(
                    (
                        Field(
                            "applyServerSideEncryptionByDefault",
                            "ApplyServerSideEncryptionByDefault",
                            Block(
                                (
                                    Field("sseAlgorithm", "SSEAlgorithm", required=True),
                                    Field("kmsMasterKeyId", "KMSMasterKeyID"),
                                )
                            ),
                            required=True,
                        ),
                        Field("bucketKeyEnabled", "BucketKeyEnabled", FLAG, default=False),
                        Field("blockedEncryptionTypes", "BlockedEncryptionTypes.EncryptionType", ListOf()),
                    )
                )
            ),
            required=True,
        ),
    )
)

OBJECT_LOCK = Block(
    (
        Field("objectLockEnabled", "ObjectLockEnabled", default="Enabled", replaces=True),
        Field(
            "rule",
            "Rule",
            Block(
                (
                    Field(
                        "defaultRetention",
                        "DefaultRetention",
                        Block(
                            (
                                Field("mode", "Mode", required=True),
                                Field("days", "Days", NUMBER),
                                Field("years", "Years", NUMBER),
                            )
                        ),
                        required=True,
                    ),
                )
            ),
        ),
    )
)


class TagList(Plain):
    """A map here, a list of keys and values there."""

    def clean(self, value: Value) -> Value:
        return MAP.clean(value)

    def to_aws(self, value: Value) -> Any:
        return [{"Key": k, "Value": v} for k, v in plain(self.clean(value)).items()]

    def from_aws(self, data: Any) -> Value:
        return map_of({entry["Key"]: entry["Value"] for entry in data}) if data else None


def _status(name: str, api: str) -> Field:
    return Field(name, f"{api}.Status")


_DESTINATION = Block(
    (
        Field("bucket", "Bucket", required=True),
        Field("storageClass", "StorageClass"),
        Field("replicaKmsKeyId", "EncryptionConfiguration.ReplicaKmsKeyID"),
        Field("accountId", "Account"),
        Field("accessControlTranslation", "AccessControlTranslation", Block((Field("owner", "Owner", required=True),))),
        Field(
            "replicationTime",
            "ReplicationTime",
            Block((Field("status", "Status", default="Enabled"), Field("minutes", "Time.Minutes", NUMBER, default=15))),
        ),
        Field(
            "metrics",
            "Metrics",
            Block(
                (
                    Field("status", "Status", default="Enabled"),
                    Field("minutes", "EventThreshold.Minutes", NUMBER, default=15),
                )
            ),
        ),
    )
)

_SELECTION = Block(
    (
        Field(
            "sseKmsEncryptedObjects",
            "SseKmsEncryptedObjects",
            Block((Field("enabled", "Status", Switch(), required=True),)),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class _ReplicationRule(Block):
    """A rule with a filter: S3 wants the prefix and the tags of one wrapped in an And."""

    def to_aws(self, value: Value) -> Any:
        data = Block.to_aws(self, value)
        chosen = data.pop("Filter", None)
        if chosen is not None:
            data["Filter"] = filter_to_aws(chosen.get("Prefix", ""), chosen.get("Tags") or [])
            data.setdefault("DeleteMarkerReplication", {"Status": "Disabled"})
            data.setdefault("Priority", 0)
        elif "Prefix" not in data:
            data["Prefix"] = ""
        return data

    def from_aws(self, data: Any) -> Value:
        chosen = data.get("Filter")
        if chosen is not None:
            prefix, tags = filter_from_aws(chosen)
            data = {**data, "Filter": {"Prefix": prefix or None, "Tags": tags}}
        return Block.from_aws(self, data)


def filter_to_aws(prefix: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    """A filter as S3 wants it: one criterion alone, several in an And."""
    if not tags:
        return {"Prefix": prefix}
    if len(tags) == 1 and not prefix:
        return {"Tag": tags[0]}
    return {"And": {"Prefix": prefix, "Tags": tags}}


def filter_from_aws(data: Mapping[str, Any]) -> tuple[str, list[dict[str, str]]]:
    """The prefix and the tags of a filter."""
    inner = data.get("And", data)
    tags = list(inner.get("Tags") or ([data["Tag"]] if data.get("Tag") else []))
    return inner.get("Prefix") or "", tags


REPLICATION = Block(
    (
        Field("role", "Role", required=True),
        Field(
            "rules",
            "Rules",
            SetOf(
                _ReplicationRule(
                    (
                        Field("id", "ID"),
                        Field("status", "Status", required=True),
                        Field("prefix", "Prefix"),
                        Field("priority", "Priority", NUMBER),
                        Field("filter", "Filter", Block((Field("prefix", "Prefix"), Field("tags", "Tags", TagList())))),
                        Field("destination", "Destination", _DESTINATION, required=True),
                        Field("sourceSelectionCriteria", "SourceSelectionCriteria", _SELECTION),
                        _status("deleteMarkerReplicationStatus", "DeleteMarkerReplication"),
                    )
                )
            ),
            required=True,
        ),
    )
)

GRANTS = SetOf(
    Block(
        (
            Field("id", "id"),
            Field("type", "type", required=True),
            Field("uri", "uri"),
            Field("permissions", "permissions", SetOf(), required=True),
        )
    )
)

_DATE = Moment()

_EXPIRATION = Block(
    (
        Field("date", "Date", _DATE),
        Field("days", "Days", NUMBER),
        Field("expiredObjectDeleteMarker", "ExpiredObjectDeleteMarker", FLAG),
    )
)
_TRANSITIONS = SetOf(
    Block(
        (
            Field("date", "Date", _DATE),
            Field("days", "Days", NUMBER),
            Field("storageClass", "StorageClass", required=True),
        )
    )
)


@dataclass(frozen=True, slots=True)
class _LifecycleRule(Block):
    """A rule whose prefix and tags are S3's filter, and which has a name even when the program gives none."""

    def to_aws(self, value: Value) -> Any:
        data = Block.to_aws(self, value)
        data["Filter"] = filter_to_aws(data.pop("Prefix", ""), data.pop("Tags", []))
        return data

    def from_aws(self, data: Any) -> Value:
        prefix, tags = filter_from_aws(data.get("Filter") or {"Prefix": data.get("Prefix", "")})
        return Block.from_aws(self, {**data, "Prefix": prefix or None, "Tags": tags})

    def alike(self, one: Value, other: Value) -> bool:
        # S3 makes up an id for a rule that has none.
        if isinstance(one, Map) and isinstance(other, Map) and ("id" not in one or "id" not in other):
            one, other = one.without("id"), other.without("id")
        return Block.alike(self, one, other)


LIFECYCLE_RULES = ListOf(
    _LifecycleRule(
        (
            Field("id", "ID"),
            Field("prefix", "Prefix"),
            Field("tags", "Tags", TagList()),
            Field("enabled", "Status", Switch(), required=True),
            Field(
                "abortIncompleteMultipartUploadDays",
                "AbortIncompleteMultipartUpload.DaysAfterInitiation",
                NUMBER,
            ),
            Field("expiration", "Expiration", _EXPIRATION),
            Field(
                "noncurrentVersionExpiration",
                "NoncurrentVersionExpiration",
                Block((Field("days", "NoncurrentDays", NUMBER),)),
            ),
            Field("transitions", "Transitions", _TRANSITIONS),
            Field(
                "noncurrentVersionTransitions",
                "NoncurrentVersionTransitions",
                SetOf(
                    Block(
                        (Field("days", "NoncurrentDays", NUMBER), Field("storageClass", "StorageClass", required=True))
                    )
                ),
            ),
        )
    )
)
