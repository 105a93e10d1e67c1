"""s3.Bucket in all three generations, and BucketV2: one bucket, and one call more for each of its configurations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from rolecall.errors import RolecallError
from rolecall.model.value import Map, Value
from rolecall.providers.aws import tags
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import (
    TAGS,
    TAGS_ALL,
    AutoName,
    Call,
    Prop,
    ResourceType,
    Validator,
    Wait,
    output,
    switch,
)
from rolecall.providers.aws.failures import code_of
from rolecall.providers.aws.functions.places import suffix_of
from rolecall.providers.aws.kinds import FLAG, POLICY, Kind
from rolecall.providers.aws.lines import classic, every, modern
from rolecall.providers.aws.parts import Setting
from rolecall.providers.aws.services import s3_generations, s3_shapes
from rolecall.providers.aws.services.s3_emptying import GONE, delete, exists
from rolecall.providers.aws.services.s3_places import HOSTED_ZONES, regional_domain, website_domain
from rolecall.providers.aws.values import dig, is_nothing
from rolecall.providers.aws.work import Work

NEW_BUCKET = Wait("NoSuchBucket", seconds=60)
ABORTED = Wait("OperationAborted", seconds=60)
UNSUPPORTED = ("MethodNotAllowed", "NotImplemented", "XNotImplemented", "UnsupportedArgument", "UnsupportedOperation")
BUCKET_NAME: dict[str, Any] = {"Bucket": lambda work: work.id}

_DNS_LABELS = re.compile(r"^[0-9a-z-.]+$")
_IP = re.compile(r"^(?:\d{1,3}\.){3}\d{1,3}$")


def aspect(
    name: str,
    about: str,
    place: str,
    *,
    clear: str | dict[str, Any] = "",
    absent: tuple[str, ...] = (),
    found: str | None = None,
) -> Setting:
    """One configuration of a bucket: `Put<about>` at a parameter's place, `Get<about>`, and how it is cleared.

    `clear`: an operation, or the parameters of an empty put. `found`: its place in the answer of the get, where that
    is not what follows the first dot of `place` (or `place` itself).
    """
    clearing = Call(clear, send=BUCKET_NAME) if isinstance(clear, str) and clear else None
    if isinstance(clear, dict):
        constants = {key: _constant(value) for key, value in clear.items()}
        clearing = Call(f"Put{about}", send={**BUCKET_NAME, **constants})
    where = found if found is not None else place.partition(".")[2] or place
    return Setting(
        name,
        put=Call(f"Put{about}", send={**BUCKET_NAME, place: name}, waits=(NEW_BUCKET, ABORTED)),
        clear=clearing,
        get=Call(f"Get{about}", send=BUCKET_NAME, take={name: where}, waits=(NEW_BUCKET,)),
        absent=(*absent, *UNSUPPORTED),
    )


def _constant(value: Any) -> Any:
    return lambda work: value


class BucketTags:
    """A bucket's tags are put as a whole."""

    properties = ("tags", "tagsAll")

    def created(self, work: Work) -> None:
        wanted = tags.effective(work.wanted("tags"), work.around.settings)
        if wanted:
            self._put(work, wanted)

    def read(self, work: Work) -> dict[str, Value]:
        try:
            found = tags.from_list(work.raw("GetBucketTagging", {"Bucket": work.id})["TagSet"])
        except ClientError as error:
            if code_of(error) not in ("NoSuchTagSet", "NoSuchTagSetError", *UNSUPPORTED):
                raise
            found = {}
        ours = tags.read_back(found, work.around.settings)
        own = work.new.get("tags", work.old.get("tags"))
        return {"tags": tags.own_of(ours, own, work.around.settings, work.around.line), "tagsAll": ours}

    def update(self, work: Work) -> None:
        wanted = tags.effective(work.wanted("tags"), work.around.settings)
        if wanted != work.old.get("tagsAll", Map()):
            self._put(work, wanted)

    def _put(self, work: Work, wanted: Mapping[str, Value]) -> None:
        if wanted:
            params = {"Bucket": work.id, "Tagging": {"TagSet": tags.as_list(wanted)}}
            work.raw("PutBucketTagging", params, waits=(NEW_BUCKET, ABORTED))
        else:
            work.raw("DeleteBucketTagging", {"Bucket": work.id})


class GivenPolicy(Setting):
    """The older SDKs look at a policy only when the program gave one: another resource may look after it."""

    def read(self, work: Work) -> dict[str, Value]:
        given = work.wanted(self.name) or work.old.get(self.name)
        plural = work.type.type == "aws:s3/bucketV2:BucketV2"
        return Setting.read(self, work) if given or plural or modern(work.around.line) else {}


class Versioning(Setting):
    """A new bucket has none, and a bucket that ever had it can only suspend it."""

    def created(self, work: Work) -> None:
        wanted = work.wanted(self.name)
        if isinstance(wanted, Map) and wanted.get("enabled"):
            Setting.created(self, work)

    def read(self, work: Work) -> dict[str, Value]:
        found = Setting.read(self, work).get(self.name)
        held = found if isinstance(found, Map) else Map()
        return {self.name: Map({"enabled": bool(held.get("enabled")), "mfaDelete": bool(held.get("mfaDelete"))})}


class CannedAcl:
    """A canned ACL is sent with the creation and never told again."""

    properties = ("acl",)

    def created(self, work: Work) -> None:
        """The create call has sent it."""

    def read(self, work: Work) -> dict[str, Value]:
        return {}

    def update(self, work: Work) -> None:
        held, wanted = work.old.get("acl"), work.wanted("acl")
        if wanted and held != wanted and not (held is None and wanted == "private"):
            work.raw("PutBucketAcl", {"Bucket": work.id, "ACL": wanted}, waits=(NEW_BUCKET,))


class Grants:
    """The ACL as a list of grants, when the program gives them."""

    properties = ("grants",)

    def created(self, work: Work) -> None:
        if not is_nothing(work.wanted("grants")):
            self._put(work)

    def read(self, work: Work) -> dict[str, Value]:
        try:
            answer = work.raw("GetBucketAcl", {"Bucket": work.id}, waits=(NEW_BUCKET,))
        except ClientError as error:
            if code_of(error) in UNSUPPORTED:
                return {"grants": None}
            raise
        by_grantee: dict[tuple[str, str, str], list[str]] = {}
        for grant in answer.get("Grants", ()):
            who = grant["Grantee"]
            key = (who.get("ID", ""), who.get("Type", ""), who.get("URI", ""))
            by_grantee.setdefault(key, []).append(grant["Permission"])
        return {"grants": tuple(_grant(key, permissions) for key, permissions in sorted(by_grantee.items()))}

    def update(self, work: Work) -> None:
        if work.wanted("grants") is not None and work.changed("grants"):
            self._put(work)

    def _put(self, work: Work) -> None:
        owner = work.raw("GetBucketAcl", {"Bucket": work.id}, waits=(NEW_BUCKET,))["Owner"]
        grants = s3_shapes.GRANTS.to_aws(work.wanted("grants"))
        entries = [
            {"Grantee": _grantee(grant), "Permission": permission}
            for grant in grants
            for permission in grant["permissions"]
        ]
        work.raw("PutBucketAcl", {"Bucket": work.id, "AccessControlPolicy": {"Grants": entries, "Owner": owner}})


def _grant(key: tuple[str, str, str], permissions: list[str]) -> Map:
    id_, kind, uri = key
    facts: dict[str, Value] = {"id": id_, "type": kind, "uri": uri, "permissions": tuple(sorted(permissions))}
    return Map({k: v for k, v in facts.items() if v})


def _grantee(grant: Mapping[str, Any]) -> dict[str, Any]:
    named = {"ID": grant.get("id"), "Type": grant["type"], "URI": grant.get("uri")}
    return {k: v for k, v in named.items() if v}


class Location:
    """What follows from the bucket's name and place."""

    properties = ()

    def created(self, work: Work) -> None:
        """Nothing to do."""

    def update(self, work: Work) -> None:
        """Nothing to do."""

    def read(self, work: Work) -> dict[str, Value]:
        region = str(work.found.get("bucketRegion") or work.region)
        suffix = suffix_of(work.around.session, region)
        partition = work.around.session.partition(region) or "aws"
        found: dict[str, Value] = {
            "arn": f"arn:{partition}:s3:::{work.id}",
            "bucketRegion": region,
            "bucketDomainName": f"{work.id}.s3.{suffix}",
            "bucketRegionalDomainName": regional_domain(work.id, region, suffix, classic=classic(work.around.line)),
            "hostedZoneId": HOSTED_ZONES.get(region),
        }
        if not is_nothing(work.found.get("website")):
            domain = website_domain(region, suffix)
            found.update({"websiteDomain": domain, "websiteEndpoint": f"{work.id}.{domain}"})
        return found


def read(work: Work) -> dict[str, Value] | None:
    """The bucket itself: there or not, and in which region."""
    try:
        answer = work.raw("HeadBucket", {"Bucket": work.id})
    except ClientError as error:
        if code_of(error) in GONE:
            return None
        raise
    headers = dig(answer, "ResponseMetadata.HTTPHeaders") or {}
    region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region") or work.region
    return {"bucket": work.id, "bucketRegion": region}


def before(work: Work) -> None:
    """Refuses a bad name, and in us-east-1 a bucket that its owner has already: creating it again would succeed there,
    and a stranger's bucket would be adopted and one day destroyed."""
    name = work.text("bucket")
    region = work.region
    complaint = _wrong_with(name, region)
    if complaint:
        raise RolecallError(complaint)
    if region == "us-east-1" and _taken(work, name):
        raise RolecallError("bucket already exists")


def _taken(work: Work, name: str) -> bool:
    try:
        return exists(work, name)
    except ClientError as error:
        # 403: somebody else's, or none of ours to see; CreateBucket will tell.
        if code_of(error) in ("403", "301", "400"):
            return False
        raise


def _wrong_with(name: str, region: str) -> str:
    if region == "us-east-1":
        return "" if len(name) < 256 and re.match(r"^[0-9a-zA-Z-._]+$", name) else f'invalid bucket name "{name}"'
    if not 3 <= len(name) <= 63:
        return f'"{name}" must contain from 3 to 63 characters'
    if not _DNS_LABELS.match(name):
        return f'only lowercase alphanumeric characters and hyphens allowed in "{name}"'
    if _IP.match(name):
        return f'"{name}" must not be formatted as an IP address'
    for wrong, text in (
        (name.startswith("."), "cannot start with a period"),
        (name.endswith("."), "cannot end with a period"),
        (".." in name, "can be only one period between labels"),
    ):
        if wrong:
            return text
    return ""


def identify(work: Work, id: str) -> dict[str, Value]:
    """An import names the bucket."""
    return {"bucket": id}


def _constraint(work: Work) -> Any:
    return None if work.region == "us-east-1" else {"LocationConstraint": work.region}


def _locked(work: Work) -> Any:
    lock = work.wanted("objectLockConfiguration")
    inside = isinstance(lock, Map) and lock.get("objectLockEnabled", "Enabled") == "Enabled"
    return True if work.wanted("objectLockEnabled") or inside else None


def _acl(work: Work) -> Any:
    return (work.wanted("acl") or "private") if is_nothing(work.wanted("grants")) else None


def _configured(name: str, kind: Kind, *checks: Validator) -> tuple[Prop, ...]:
    """A configuration that the older SDKs take away when the program does not ask for it (any more), and that the newer
    leave alone, as a resource of its own may look after it."""
    return (
        Prop(name=name, kind=kind, checks=checks, known=classic),
        Prop(name=name, kind=kind, checks=checks, known=modern, computed=True),
    )


_CANNED = (
    "private", "public-read", "public-read-write", "aws-exec-read", "authenticated-read", "bucket-owner-read",
    "bucket-owner-full-control", "log-delivery-write",
)  # fmt: skip

_POLICY = GivenPolicy(
    "policy",
    put=Call(
        "PutBucketPolicy",
        send={**BUCKET_NAME, "Policy": "policy"},
        waits=(NEW_BUCKET, ABORTED, Wait("MalformedPolicy", "Invalid principal", 60)),
    ),
    clear=Call("DeleteBucketPolicy", send=BUCKET_NAME),
    get=Call("GetBucketPolicy", send=BUCKET_NAME, take={"policy": "Policy"}, waits=(NEW_BUCKET,)),
    absent=("NoSuchBucketPolicy", *UNSUPPORTED),
)

BUCKET = ResourceType(
    type="aws:s3/bucket:Bucket",
    title="S3 Bucket",
    service="s3",
    props=(
        Prop(name="bucket", replaces=True, computed=True, conflicts=("bucketPrefix",), checks=(must.length(0, 63),)),
        Prop(name="bucketPrefix", replaces=True, remembered=True, conflicts=("bucket",), checks=(must.length(0, 37),)),
        Prop(
            name="acl",
            default="private",
            remembered=True,
            conflicts=("grants",),
            checks=(must.one_of(*_CANNED),),
            known=classic,
        ),
        Prop(
            name="acl",
            remembered=True,
            computed=True,
            conflicts=("grants",),
            checks=(must.one_of(*_CANNED),),
            known=modern,
        ),
        Prop(name="grants", kind=s3_shapes.GRANTS, computed=True, conflicts=("acl",)),
        *_configured("policy", POLICY, must.json_text),
        *_configured("corsRules", s3_shapes.CORS_RULES),
        *_configured("website", s3_shapes.WEBSITE),
        Prop(name="versioning", kind=s3_shapes.VERSIONING, computed=True),
        *_configured("logging", s3_shapes.LOGGING),
        *_configured("lifecycleRules", s3_shapes.LIFECYCLE_RULES),
        Prop(name="accelerationStatus", computed=True, checks=(must.one_of("Enabled", "Suspended"),)),
        Prop(name="requestPayer", computed=True, checks=(must.one_of("Requester", "BucketOwner"),)),
        *_configured("replicationConfiguration", s3_shapes.REPLICATION),
        Prop(name="serverSideEncryptionConfiguration", kind=s3_shapes.ENCRYPTION, computed=True),
        Prop(name="objectLockConfiguration", kind=s3_shapes.OBJECT_LOCK, computed=True),
        Prop(name="objectLockEnabled", kind=FLAG, replaces=True, computed=True, remembered=True, known=modern),
        Prop(name="bucketNamespace", replaces=True, computed=True, remembered=True, known=modern),
        switch("forceDestroy"),
        TAGS,
        TAGS_ALL,
        # The older SDKs take these four as inputs as well; what they are, AWS alone says.
        Prop(name="arn", computed=True, known=classic),
        Prop(name="hostedZoneId", computed=True, known=classic),
        Prop(name="websiteDomain", computed=True, known=classic),
        Prop(name="websiteEndpoint", computed=True, known=classic),
        output("arn"),
        output("hostedZoneId"),
        output("websiteDomain", stable=False),
        output("websiteEndpoint", stable=False),
        output("bucketRegion"),
        output("bucketDomainName"),
        output("bucketRegionalDomainName"),
    ),
    autoname=AutoName("bucket", longest=63, lower=True, prefixed="bucketPrefix"),
    id="{bucket}",
    identify=identify,
    gone=("NoSuchBucket",),
    before=before,
    create=Call(
        "CreateBucket",
        send={
            "Bucket": "bucket",
            "ACL": _acl,
            "CreateBucketConfiguration": _constraint,
            "ObjectLockEnabledForBucket": _locked,
        },
        waits=(Wait("OperationAborted", seconds=1200),),
    ),
    read=read,
    parts=(
        BucketTags(),
        _POLICY,
        aspect(
            "corsRules",
            "BucketCors",
            "CORSConfiguration.CORSRules",
            clear="DeleteBucketCors",
            absent=("NoSuchCORSConfiguration",),
        ),
        aspect(
            "website",
            "BucketWebsite",
            "WebsiteConfiguration",
            clear="DeleteBucketWebsite",
            found="",
            absent=("NoSuchWebsiteConfiguration",),
        ),
        Versioning(
            "versioning",
            put=Call(
                "PutBucketVersioning",
                send={**BUCKET_NAME, "VersioningConfiguration": "versioning"},
                waits=(NEW_BUCKET, ABORTED),
            ),
            get=Call("GetBucketVersioning", send=BUCKET_NAME, take={"versioning": ""}, waits=(NEW_BUCKET,)),
            absent=UNSUPPORTED,
        ),
        CannedAcl(),
        Grants(),
        aspect("logging", "BucketLogging", "BucketLoggingStatus.LoggingEnabled", clear={"BucketLoggingStatus": {}}),
        aspect(
            "lifecycleRules",
            "BucketLifecycleConfiguration",
            "LifecycleConfiguration.Rules",
            clear="DeleteBucketLifecycle",
            absent=("NoSuchLifecycleConfiguration",),
        ),
        aspect(
            "accelerationStatus",
            "BucketAccelerateConfiguration",
            "AccelerateConfiguration.Status",
            clear={"AccelerateConfiguration": {"Status": "Suspended"}},
        ),
        aspect(
            "requestPayer",
            "BucketRequestPayment",
            "RequestPaymentConfiguration.Payer",
            clear={"RequestPaymentConfiguration": {"Payer": "BucketOwner"}},
        ),
        aspect(
            "replicationConfiguration",
            "BucketReplication",
            "ReplicationConfiguration",
            clear="DeleteBucketReplication",
            absent=("ReplicationConfigurationNotFoundError",),
        ),
        aspect(
            "serverSideEncryptionConfiguration",
            "BucketEncryption",
            "ServerSideEncryptionConfiguration",
            clear="DeleteBucketEncryption",
            absent=("ServerSideEncryptionConfigurationNotFoundError",),
        ),
        aspect(
            "objectLockConfiguration",
            "ObjectLockConfiguration",
            "ObjectLockConfiguration",
            absent=("ObjectLockConfigurationNotFoundError",),
        ),
        Location(),
    ),
    delete=delete,
    inward=s3_generations.inward,
    outward=s3_generations.outward,
)

BUCKET_V2 = replace(
    BUCKET,
    type="aws:s3/bucketV2:BucketV2",
    props=tuple(replace(p, known=every) for p in BUCKET.props if p.output or p.known is not classic),
    inward=s3_generations.v2_inward,
    outward=s3_generations.v2_outward,
)
