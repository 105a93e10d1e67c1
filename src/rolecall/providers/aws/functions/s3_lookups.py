"""Functions that look up buckets and objects."""

from __future__ import annotations

import re
from typing import Any

from rolecall.errors import RolecallError
from rolecall.model.provider import ProviderFailed
from rolecall.model.value import Map, map_of
from rolecall.providers.aws.functions.places import suffix_of
from rolecall.providers.aws.kinds import MOMENT, POLICY
from rolecall.providers.aws.services.s3_places import HOSTED_ZONES, regional_domain, website_domain
from rolecall.providers.aws.values import dig
from rolecall.providers.aws.work import Surroundings
from rolecall.roles.errors import CallFailed

_TEXTUAL = re.compile(
    r"^(text/.+|application/(json|ld\+json|x-httpd-php|xhtml\+xml|x-csh|x-sh|xml|atom\+xml|x-sql|yaml|toml"
    r"|x-www-form-urlencoded|x-x509-ca-cert|.+\+(json|xml)))$"
)
"""Content types whose body upstream shows."""


def get_bucket(around: Surroundings, args: Map) -> Map:
    """A bucket, if it can be seen."""
    name = str(args.get("bucket", ""))
    where = str(args.get("region") or around.session.region)
    try:
        answer: Any = around.session.call("s3", "HeadBucket", region=where, Bucket=name)
    except CallFailed as error:
        raise ProviderFailed(f"reading S3 Bucket ({name}): {error}") from error
    headers = dig(answer, "ResponseMetadata.HTTPHeaders") or {}
    region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region") or where
    suffix = suffix_of(around.session, region)
    domain = website_domain(region, suffix)
    modern = around.line.major >= 7
    return map_of(
        {
            "id": name,
            "bucket": name,
            "arn": f"arn:{around.session.partition(region) or 'aws'}:s3:::{name}",
            "bucketDomainName": f"{name}.s3.{suffix}",
            "bucketRegionalDomainName": regional_domain(name, region, suffix, classic=not modern),
            "hostedZoneId": HOSTED_ZONES.get(region, ""),
            "websiteDomain": domain,
            "websiteEndpoint": f"{name}.{domain}",
            **({"region": where, "bucketRegion": region} if modern else {"region": region}),
        }
    )


def get_object(around: Surroundings, args: Map) -> Map:
    """An object's facts, and its body when that is text."""
    place: dict[str, Any] = {"Bucket": str(args.get("bucket")), "Key": str(args.get("key", "")).lstrip("/")}
    if args.get("versionId"):
        place["VersionId"] = str(args["versionId"])
    if args.get("range"):
        place["Range"] = str(args["range"])
    region = _region(around, args)
    try:
        head: Any = around.session.call("s3", "HeadObject", region=region, **place)
        kind = head.get("ContentType", "")
        body = ""
        if _TEXTUAL.match(kind.split(";")[0]):
            answer: Any = around.session.call("s3", "GetObject", region=region, **place)
            body = answer["Body"].read().decode("utf-8", "replace")
    except CallFailed as error:
        raise ProviderFailed(f"reading S3 Object ({place['Bucket']}/{place['Key']}): {error}") from error
    return map_of(
        {
            **args,
            "id": "@".join(filter(None, (f"{place['Bucket']}/{place['Key']}", place.get("VersionId")))),
            "arn": f"arn:{around.session.partition(region) or 'aws'}:s3:::{place['Bucket']}/{place['Key']}",
            "body": body,
            "contentType": kind,
            "contentLength": head.get("ContentLength", 0),
            "etag": head.get("ETag", "").strip('"'),
            "lastModified": _web_date(head.get("LastModified")),
            "versionId": head.get("VersionId", ""),
            "storageClass": head.get("StorageClass", "STANDARD"),
            "serverSideEncryption": head.get("ServerSideEncryption", ""),
            "sseKmsKeyId": head.get("SSEKMSKeyId", ""),
            "bucketKeyEnabled": head.get("BucketKeyEnabled", False),
            "cacheControl": head.get("CacheControl", ""),
            "contentDisposition": head.get("ContentDisposition", ""),
            "contentEncoding": head.get("ContentEncoding", ""),
            "contentLanguage": head.get("ContentLanguage", ""),
            "expiration": head.get("Expiration", ""),
            "expires": str(head.get("ExpiresString", "")),
            "metadata": head.get("Metadata", {}),
            "websiteRedirectLocation": head.get("WebsiteRedirectLocation", ""),
            "objectLockMode": head.get("ObjectLockMode", ""),
            "objectLockRetainUntilDate": MOMENT.from_aws(head.get("ObjectLockRetainUntilDate")) or "",
            "objectLockLegalHoldStatus": head.get("ObjectLockLegalHoldStatus", ""),
            "tags": _object_tags(around, region, place),
        }
    )


def _object_tags(around: Surroundings, region: str, place: dict[str, Any]) -> dict[str, str]:
    wanted = {k: v for k, v in place.items() if k != "Range"}
    try:
        answer: Any = around.session.call("s3", "GetObjectTagging", region=region, **wanted)
    except CallFailed:
        return {}
    return {entry["Key"]: entry["Value"] for entry in answer["TagSet"]}


def _web_date(moment: Any) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT") if moment else ""


def get_objects(around: Surroundings, args: Map) -> Map:
    """The keys of a bucket."""
    region = _region(around, args)
    params: dict[str, Any] = {"Bucket": str(args.get("bucket"))}
    for name, parameter in (
        ("prefix", "Prefix"),
        ("delimiter", "Delimiter"),
        ("encodingType", "EncodingType"),
        ("startAfter", "StartAfter"),
        ("fetchOwner", "FetchOwner"),
    ):
        if args.get(name):
            params[parameter] = args[name]
    most = int(str(args.get("maxKeys") or 1000))
    params["PaginationConfig"] = {"MaxItems": most, "PageSize": min(most, 1000)}
    try:
        pages = around.session.pages("s3", "ListObjectsV2", region=region, params=params)
    except CallFailed as error:
        raise ProviderFailed(f"listing S3 Bucket ({params['Bucket']}) Objects: {error}") from error
    entries = [entry for page in pages for entry in page.get("Contents", ())][:most]
    return map_of(
        {
            **args,
            "id": region if around.line.major >= 7 else params["Bucket"],
            "keys": [entry["Key"] for entry in entries],
            "commonPrefixes": [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", ())],
            "owners": [entry["Owner"]["ID"] for entry in entries if "Owner" in entry],
        }
    )


def get_bucket_policy(around: Surroundings, args: Map) -> Map:
    """A bucket's policy as text."""
    name = str(args.get("bucket"))
    try:
        answer: Any = around.session.call("s3", "GetBucketPolicy", region=_region(around, args), Bucket=name)
    except CallFailed as error:
        raise ProviderFailed(f"reading S3 Bucket ({name}) Policy: {error}") from error
    return map_of({**args, "id": name, "bucket": name, "policy": POLICY.from_aws(answer["Policy"])})


def get_canonical_user_id(around: Surroundings, args: Map) -> Map:
    """The account's canonical id, which is the owner of its buckets."""
    try:
        owner: Any = around.session.call("s3", "ListBuckets")["Owner"]
    except RolecallError as error:
        raise ProviderFailed(f"listing S3 Buckets: {error}") from error
    return map_of({"id": owner["ID"], "displayName": owner.get("DisplayName", "")})


def _region(around: Surroundings, args: Map) -> str:
    return str(args.get("region") or around.session.region)
