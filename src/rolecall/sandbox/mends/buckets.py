"""What a new bucket is like. moto's has no encryption, no public access block, no ownership rule, and loses its tags.

AWS: "Default encryption" (January 2023) and "Blocking public access, ACLs disabled by default" (April 2023).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rolecall.sandbox import backends
from rolecall.sandbox.message import Answer
from rolecall.sandbox.refusal import Refused
from rolecall.sandbox.world import World

if TYPE_CHECKING:
    from rolecall.sandbox.gate import Exchange

ENFORCED = "BucketOwnerEnforced"
_PRIVATE_ACLS = ("private", "bucket-owner-full-control")


def note_existing(world: World, exchange: Exchange) -> None:
    """Before CreateBucket: whether it is there already (making it again must not reset it); ACLs need ownership."""
    params = exchange.call.params
    exchange.notes["existing"] = backends.bucket(params["Bucket"]) is not None
    acl = params.get("ACL", "private")
    if acl != "private" and params.get("ObjectOwnership", ENFORCED) == ENFORCED:
        raise Refused(
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            400,
        )


def created(world: World, exchange: Exchange, answer: Answer) -> None:
    """After CreateBucket: AWS's defaults, and the tags that came with the call."""
    bucket = backends.bucket(exchange.call.params["Bucket"])
    if answer.status >= 300 or bucket is None or exchange.notes.get("existing"):
        return
    _set_defaults(bucket, exchange.call.params.get("ObjectOwnership") or ENFORCED)
    tags = (exchange.call.params.get("CreateBucketConfiguration") or {}).get("Tags")
    if tags:
        backend = backends.backend("s3", bucket.account_id, bucket.partition)
        backend.tagger.tag_resource(bucket.arn, tags)


def _set_defaults(bucket: Any, ownership: str) -> None:
    from moto.s3.models import PublicAccessBlock  # noqa: PLC0415

    default_encryption(bucket)
    bucket.public_access_block = PublicAccessBlock("true", "true", "true", "true")
    bucket.ownership_rule = ownership


def default_encryption(bucket: Any) -> None:
    """SSE-S3: every bucket has it that has nothing else."""
    by_default = {"SSEAlgorithm": "AES256"}
    bucket.encryption = {"Rule": {"ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": "false"}}


def encryption_deleted(world: World, exchange: Exchange, answer: Answer) -> None:
    """After DeleteBucketEncryption: back to the default, never to none."""
    bucket = backends.bucket(exchange.call.params["Bucket"])
    if bucket is not None and answer.status < 300:
        default_encryption(bucket)


def ownership_of(bucket: Any) -> str:
    """A bucket's object ownership; without a rule, as in old buckets, the writer owns what it writes."""
    rule = bucket.ownership_rule
    return str(rule) if rule else "ObjectWriter"


def refuse_acl(world: World, exchange: Exchange) -> None:
    """Where ACLs are disabled, only those that change nothing may be set."""
    params = exchange.call.params
    bucket = backends.bucket(params["Bucket"])
    grants = any(name.startswith("Grant") and params.get(name) for name in params)
    acl = params.get("ACL")
    wanted = grants or (acl is not None and acl not in _PRIVATE_ACLS) or params.get("AccessControlPolicy")
    if bucket is not None and wanted and ownership_of(bucket) == ENFORCED:
        raise Refused("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)


def payer(world: World, exchange: Exchange) -> Mapping[str, Any]:
    """GetBucketRequestPayment, which moto does not have."""
    return {"Payer": getattr(_existing(exchange), "payer", "BucketOwner")}


def set_payer(world: World, exchange: Exchange) -> Mapping[str, Any]:
    """PutBucketRequestPayment."""
    _existing(exchange).payer = exchange.call.params["RequestPaymentConfiguration"]["Payer"]
    return {}


def _existing(exchange: Exchange) -> Any:
    name = exchange.call.params["Bucket"]
    bucket = backends.bucket(name)
    if bucket is None:
        raise Refused("NoSuchBucket", "The specified bucket does not exist", 404, {"BucketName": name})
    return bucket


_CONFIGURATIONS = {
    "Metrics": ("MetricsConfiguration", "MetricsConfigurationList"),
    "Analytics": ("AnalyticsConfiguration", "AnalyticsConfigurationList"),
    "IntelligentTiering": ("IntelligentTieringConfiguration", "IntelligentTieringConfigurationList"),
}


def configuration_operations() -> tuple[str, ...]:
    """The operations of a bucket's metrics, analytics and tiering configurations: moto takes and forgets them."""
    kinds = [f"Bucket{kind}Configuration" for kind in _CONFIGURATIONS]
    return tuple(f"{verb}{kind}" for verb in ("Put", "Get", "Delete") for kind in kinds) + tuple(
        f"List{kind}s" for kind in kinds
    )


def configuration(world: World, exchange: Exchange) -> Mapping[str, Any]:
    """Keeps, shows, lists and deletes them."""
    operation, params = exchange.call.operation, exchange.call.params
    kind = next(name for name in _CONFIGURATIONS if name in operation)
    single, plural = _CONFIGURATIONS[kind]
    bucket = _existing(exchange)
    kept: dict[str, dict[str, Any]] = bucket.__dict__.setdefault("rolecall_configurations", {}).setdefault(kind, {})
    if operation.startswith("List"):
        return {plural: [kept[key] for key in sorted(kept)], "IsTruncated": False}
    if operation.startswith("Put"):
        kept[params["Id"]] = params[single]
        return {}
    if params["Id"] not in kept:
        raise Refused("NoSuchConfiguration", "The specified configuration does not exist.", 404)
    if operation.startswith("Delete"):
        del kept[params["Id"]]
        return {}
    return {single: kept[params["Id"]]}
