"""One configuration of a bucket each: policy, public access, ownership, versioning, encryption, website."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from rolecall.errors import RolecallError
from rolecall.model.value import Map, Value
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import (
    Call,
    NotOfThatForm,
    Prop,
    ResourceType,
    Source,
    Wait,
    output,
    switch,
)
from rolecall.providers.aws.failures import code_of
from rolecall.providers.aws.functions.places import suffix_of
from rolecall.providers.aws.kinds import FLAG, JSON_TEXT, POLICY, Block, Field, ListOf, SetOf
from rolecall.providers.aws.parts import Change, Facts
from rolecall.providers.aws.services.s3_places import website_domain
from rolecall.providers.aws.services.s3_shapes import Single
from rolecall.providers.aws.work import Work

BUSY = (Wait("NoSuchBucket", seconds=60), Wait("OperationAborted", seconds=300))
"""A bucket that was made a moment ago, and one at which another change is under way."""

NEW_PRINCIPAL = Wait("MalformedPolicy", "Invalid principal", 60)

THE_BUCKET: dict[str, Source] = {"Bucket": lambda work: work.text("bucket")}
OWNED: dict[str, Source] = {**THE_BUCKET, "ExpectedBucketOwner": lambda work: work.text("expectedBucketOwner")}

BUCKET = Prop(name="bucket", required=True, replaces=True)
OWNER = Prop(
    name="expectedBucketOwner",
    replaces=True,
    remembered=True,
    checks=(must.pattern(r"^\d{12}$", "must be an AWS account ID"),),
)


def the_bucket(work: Work, id: str) -> dict[str, Value]:
    """An import names the bucket."""
    return {"bucket": id}


def bucket_and_owner(work: Work, id: str) -> dict[str, Value]:
    """An import names the bucket, and its owner if the resource does."""
    bucket, comma, owner = id.partition(",")
    if not bucket or (comma and not owner):
        raise NotOfThatForm(f'unexpected format for ID ("{id}"), expected BUCKET or BUCKET,EXPECTED_BUCKET_OWNER')
    return {"bucket": bucket, "expectedBucketOwner": owner or None}


def owned_id(work: Work) -> str:
    """The bucket, and its owner where the program gives one."""
    owner = work.text("expectedBucketOwner")
    return f"{work.text('bucket')},{owner}" if owner else work.text("bucket")


@dataclass(frozen=True, slots=True)
class _Calls:
    """The calls for a configuration that one call puts, one gets and one clears.

    `about`: what stands after Put and Get; `absent`: the code that says that there is none; `clear`: the operation.
    """

    about: str
    send: Mapping[str, Source]
    take: Mapping[str, str]
    absent: str
    clear: str
    waits: tuple[Wait, ...] = ()


def _configuration(
    token: str, title: str, props: tuple[Prop, ...], calls: _Calls, *, owned: bool = False
) -> ResourceType:
    """A configuration of a bucket as a resource. `owned`: it may name the bucket's owner."""
    where = OWNED if owned else THE_BUCKET
    put = Call(f"Put{calls.about}", send={**where, **calls.send}, waits=(*BUSY, *calls.waits))
    return ResourceType(
        type=f"aws:s3/{token[0].lower()}{token[1:]}:{token}",
        title=title,
        service="s3",
        props=(BUCKET, *((OWNER,) if owned else ()), *props),
        id=owned_id if owned else "{bucket}",
        identify=bucket_and_owner if owned else the_bucket,
        gone=("NoSuchBucket", calls.absent),
        create=put,
        read=Call(f"Get{calls.about}", send=where, take=calls.take),
        parts=(Change(tuple(prop.name for prop in props), put),),
        delete=Call(calls.clear, send=where, waits=BUSY[1:]),
    )


BUCKET_POLICY = _configuration(
    "BucketPolicy",
    "S3 Bucket Policy",
    (Prop(name="policy", kind=POLICY, required=True, checks=(must.json_text,)),),
    _Calls(
        about="BucketPolicy",
        send={"Policy": "policy"},
        take={"policy": "Policy"},
        absent="NoSuchBucketPolicy",
        clear="DeleteBucketPolicy",
        waits=(NEW_PRINCIPAL,),
    ),
)

_BLOCKS = {
    "blockPublicAcls": "BlockPublicAcls",
    "blockPublicPolicy": "BlockPublicPolicy",
    "ignorePublicAcls": "IgnorePublicAcls",
    "restrictPublicBuckets": "RestrictPublicBuckets",
}
_BLOCKED = _configuration(
    "BucketPublicAccessBlock",
    "S3 Bucket Public Access Block",
    tuple(Prop(name=name, kind=FLAG, default=False) for name in _BLOCKS),
    _Calls(
        about="PublicAccessBlock",
        send={f"PublicAccessBlockConfiguration.{api}": name for name, api in _BLOCKS.items()},
        take={name: f"PublicAccessBlockConfiguration.{api}" for name, api in _BLOCKS.items()},
        absent="NoSuchPublicAccessBlockConfiguration",
        clear="DeletePublicAccessBlock",
    ),
)


def _unblock(work: Work) -> None:
    """`skipDestroy` only forgets."""
    if work.old.get("skipDestroy") is not True:
        work.call(Call("DeletePublicAccessBlock", send=THE_BUCKET, waits=BUSY[1:]))


PUBLIC_ACCESS_BLOCK = replace(
    _BLOCKED,
    props=(*_BLOCKED.props, replace(switch("skipDestroy"), default=None)),
    delete=_unblock,
)

OWNERSHIP_CONTROLS = _configuration(
    "BucketOwnershipControls",
    "S3 Bucket Ownership Controls",
    (
        Prop(
            name="rule",
            kind=Single(Block((Field("objectOwnership", "ObjectOwnership", required=True),))),
            required=True,
        ),
    ),
    _Calls(
        about="BucketOwnershipControls",
        send={"OwnershipControls.Rules": "rule"},
        take={"rule": "OwnershipControls.Rules"},
        absent="OwnershipControlsNotFoundError",
        clear="DeleteBucketOwnershipControls",
    ),
)

ENCRYPTION = _configuration(
    "BucketServerSideEncryptionConfiguration",
    "S3 Bucket Server-side Encryption Configuration",
    (
        Prop(
            name="rules",
            kind=SetOf(
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
                        ),
                        Field("bucketKeyEnabled", "BucketKeyEnabled", FLAG),
                        Field(
                            "blockedEncryptionTypes", "BlockedEncryptionTypes.EncryptionType", SetOf(), computed=True
                        ),
                    )
                )
            ),
            required=True,
        ),
    ),
    _Calls(
        about="BucketEncryption",
        send={"ServerSideEncryptionConfiguration.Rules": "rules"},
        take={"rules": "ServerSideEncryptionConfiguration.Rules"},
        absent="ServerSideEncryptionConfigurationNotFoundError",
        clear="DeleteBucketEncryption",
    ),
    owned=True,
)


class _Versions:
    """Versioning is put, never cleared: what is not to be versioned any more is suspended."""

    properties = ("versioningConfiguration", "mfa")

    def created(self, work: Work) -> None:
        """A bucket without versioning is what a new bucket is."""
        if _status(work.new) != "Disabled":
            self._put(work)

    def read(self, work: Work) -> dict[str, Value]:
        return {}

    def update(self, work: Work) -> None:
        if not work.changed("versioningConfiguration"):
            return
        if _status(work.new) == "Disabled":
            raise RolecallError(
                f"versioning_configuration.status cannot be updated from '{_status(work.old)}' to 'Disabled'"
            )
        self._put(work)

    def _put(self, work: Work) -> None:
        send: dict[str, Source] = {**OWNED, "VersioningConfiguration": "versioningConfiguration", "MFA": "mfa"}
        work.call(Call("PutBucketVersioning", send=send, waits=BUSY))


def _status(properties: Map) -> str:
    configuration = properties.get("versioningConfiguration")
    return str(configuration.get("status")) if isinstance(configuration, Map) else ""


def _versioning(work: Work) -> dict[str, Value] | None:
    """S3 says nothing of a bucket that never had versions: that is `Disabled`."""
    answer = work.call(Call("GetBucketVersioning", send=OWNED))
    found = {"status": answer.get("Status") or "Disabled", "mfaDelete": answer.get("MFADelete")}
    return {
        "bucket": work.text("bucket"),
        "versioningConfiguration": Map({k: v for k, v in found.items() if v}),
    }


def _suspend(work: Work) -> None:
    if _status(work.old) == "Disabled":
        return
    suspended: dict[str, Source] = {
        **OWNED,
        "VersioningConfiguration.Status": lambda work: "Suspended",
        "MFA": lambda work: work.text("mfa"),
    }
    # With object lock versions cannot be suspended: they stay.
    try:
        work.call(Call("PutBucketVersioning", send=suspended, waits=BUSY[1:]))
    except ClientError as error:
        if code_of(error) != "InvalidBucketState":
            raise


_CONFIGURATION = Block(
    (
        Field("status", "Status", required=True),
        Field("mfaDelete", "MFADelete", computed=True),
    )
)

VERSIONING = ResourceType(
    type="aws:s3/bucketVersioning:BucketVersioning",
    title="S3 Bucket Versioning",
    service="s3",
    props=(
        BUCKET,
        OWNER,
        Prop(name="mfa", remembered=True),
        Prop(name="versioningConfiguration", kind=_CONFIGURATION, required=True),
    ),
    id=owned_id,
    identify=bucket_and_owner,
    gone=("NoSuchBucket",),
    create=Call("HeadBucket", send=OWNED, waits=(Wait("404", seconds=60),)),
    read=_versioning,
    parts=(_Versions(),),
    delete=_suspend,
)


def _rules(work: Work) -> Any:
    """The routing rules in whichever form the program gives them; else what is there stays."""
    for place in (work.new, work.old):
        if place.get("routingRules"):
            return _ROUTING.to_aws(place["routingRules"])
        if place.get("routingRuleDetails"):
            return json.loads(str(place["routingRuleDetails"]))
    return None


def _endpoint(work: Work) -> dict[str, Value]:
    answer = work.call(Call("GetBucketLocation", send=OWNED))
    region = answer.get("LocationConstraint") or "us-east-1"
    region = "eu-west-1" if region == "EU" else region
    domain = website_domain(region, suffix_of(work.around.session, region))
    # The routing rules once more, as the JSON text that S3's own names make.
    rules = work.found.get("routingRules")
    details = json.dumps(_ROUTING.to_aws(rules), separators=(",", ":")) if rules else None
    return {
        "websiteDomain": domain,
        "websiteEndpoint": f"{work.text('bucket')}.{domain}",
        "routingRuleDetails": details,
    }


_ROUTING = ListOf(
    Block(
        (
            Field(
                "condition",
                "Condition",
                Block(
                    (
                        Field("httpErrorCodeReturnedEquals", "HttpErrorCodeReturnedEquals"),
                        Field("keyPrefixEquals", "KeyPrefixEquals"),
                    )
                ),
            ),
            Field(
                "redirect",
                "Redirect",
                Block(
                    (
                        Field("hostName", "HostName"),
                        Field("httpRedirectCode", "HttpRedirectCode"),
                        Field("protocol", "Protocol"),
                        Field("replaceKeyPrefixWith", "ReplaceKeyPrefixWith"),
                        Field("replaceKeyWith", "ReplaceKeyWith"),
                    )
                ),
                required=True,
            ),
        )
    )
)
_REDIRECT_ALL = Block((Field("hostName", "HostName", required=True), Field("protocol", "Protocol")))

_SITE = _configuration(
    "BucketWebsiteConfiguration",
    "S3 Bucket Website Configuration",
    (
        Prop(
            name="indexDocument",
            kind=Block((Field("suffix", "Suffix", required=True),)),
            conflicts=("redirectAllRequestsTo",),
        ),
        Prop(
            name="errorDocument",
            kind=Block((Field("key", "Key", required=True),)),
            conflicts=("redirectAllRequestsTo",),
        ),
        Prop(
            name="redirectAllRequestsTo",
            kind=_REDIRECT_ALL,
            conflicts=("indexDocument", "errorDocument", "routingRules", "routingRuleDetails"),
        ),
        Prop(
            name="routingRules",
            kind=_ROUTING,
            computed=True,
            conflicts=("routingRuleDetails", "redirectAllRequestsTo"),
        ),
        Prop(
            name="routingRuleDetails",
            kind=JSON_TEXT,
            computed=True,
            checks=(must.json_text,),
            conflicts=("routingRules", "redirectAllRequestsTo"),
        ),
    ),
    _Calls(
        about="BucketWebsite",
        send={
            "WebsiteConfiguration.IndexDocument": "indexDocument",
            "WebsiteConfiguration.ErrorDocument": "errorDocument",
            "WebsiteConfiguration.RedirectAllRequestsTo": "redirectAllRequestsTo",
            "WebsiteConfiguration.RoutingRules": _rules,
        },
        take={
            "indexDocument": "IndexDocument",
            "errorDocument": "ErrorDocument",
            "redirectAllRequestsTo": "RedirectAllRequestsTo",
            "routingRules": "RoutingRules",
        },
        absent="NoSuchWebsiteConfiguration",
        clear="DeleteBucketWebsite",
    ),
    owned=True,
)
WEBSITE = replace(
    _SITE,
    props=(*_SITE.props, output("websiteDomain"), output("websiteEndpoint")),
    parts=(*_SITE.parts, Facts(_endpoint)),
)


ENCRYPTION_V2 = replace(
    ENCRYPTION,
    type="aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
VERSIONING_V2 = replace(VERSIONING, type="aws:s3/bucketVersioningV2:BucketVersioningV2")
WEBSITE_V2 = replace(WEBSITE, type="aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2")
