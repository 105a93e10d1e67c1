"""Buckets in their three generations, and objects, as a role whose policy allows just those calls."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rolecall.model.provider import ProviderFailed
from rolecall.model.value import Archive, Asset, Map, map_of
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.provider import AwsProvider
from tests.aws.world import LINES, NEWEST, OLDEST, Held, World, allow

BUCKET, BUCKET_V2 = "aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"
OBJECT, OBJECT_V2 = "aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2"

READING = (
    "s3:ListBucket", "s3:GetBucketPolicy", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketWebsite",
    "s3:GetBucketVersioning", "s3:GetAccelerateConfiguration", "s3:GetBucketRequestPayment", "s3:GetBucketLogging",
    "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:GetEncryptionConfiguration",
    "s3:GetBucketObjectLockConfiguration", "s3:GetBucketTagging",
)  # fmt: skip
WRITING = (
    "s3:CreateBucket", "s3:DeleteBucket", "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutBucketWebsite",
    "s3:DeleteBucketWebsite", "s3:PutBucketCORS", "s3:PutLifecycleConfiguration", "s3:PutEncryptionConfiguration",
    "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutAccelerateConfiguration", "s3:PutBucketAcl",
)  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_bucket_lives_as_a_role_that_may_do_just_that(world: World, line: str) -> None:
    world.become(allow(*READING, *WRITING), line=line)
    props: dict[str, Any] = {"tags": {"a": "b"}}
    held = world.create(BUCKET, "My-Bucket", props)
    assert held.id.startswith("my-bucket-")
    assert held.outputs["arn"] == f"arn:aws:s3:::{held.id}"
    assert held.outputs["bucketDomainName"] == f"{held.id}.s3.amazonaws.com"
    assert held.outputs["hostedZoneId"] == "Z3AQBSTGFYJSTF"
    assert held.outputs["region"] == "us-east-1"
    assert ("bucketRegion" in held.outputs) == (line == NEWEST)
    assert world.diff(held, props).changes == "none"
    assert world.refresh(held) == held

    rule = {"allowedMethods": ["GET"], "allowedOrigins": ["*"], "maxAgeSeconds": 60}
    lifecycle = [{"enabled": True, "prefix": "logs/", "expiration": {"days": 3}}]
    changed = {
        "versioning": {"enabled": True},
        "website": {"indexDocument": "index.html"},
        "corsRules": [rule],
        "lifecycleRules": lifecycle,
    }
    found = world.diff(held, changed)
    assert found.replaces == ()
    assert {"versioning", "website", "corsRules", "lifecycleRules", "tags"} <= set(found.diffs)
    held = world.update(held, changed)
    assert world.diff(held, changed).changes == "none"
    assert held.outputs["websiteEndpoint"] == f"{held.id}.s3-website-us-east-1.amazonaws.com"

    s3 = world.client("s3")
    assert s3.get_bucket_versioning(Bucket=held.id)["Status"] == "Enabled"
    assert s3.get_bucket_lifecycle_configuration(Bucket=held.id)["Rules"][0]["Filter"] == {"Prefix": "logs/"}
    s3.put_bucket_cors(
        Bucket=held.id, CORSConfiguration={"CORSRules": [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]}]}
    )
    drifted = world.refresh(held)
    assert drifted is not None
    assert set(world.diff(drifted, changed).diffs) == {"corsRules"}

    named = world.diff(held, {**changed, "bucket": "another-name"})
    assert (named.replaces, named.delete_before_replace) == (("bucket",), True)
    imported = world.bring_in(BUCKET, "b", held.id)
    assert imported.inputs is not None
    assert imported.inputs["bucket"] == held.id

    world.delete(held)
    assert world.refresh(held) is None
    world.delete(held)


def test_the_older_shapes_name_what_the_newest_names_otherwise(world: World) -> None:
    world.become(allow("s3:*"), line=OLDEST)
    log = world.create(BUCKET, "log", {})
    service = {"Service": "logging.s3.amazonaws.com"}
    statement = {
        "Effect": "Allow",
        "Principal": service,
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{log.id}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.client("s3").put_bucket_policy(Bucket=log.id, Policy=policy)
    held = world.create(BUCKET, "b", {"loggings": [{"targetBucket": log.id, "targetPrefix": "p/"}]})
    assert held.inputs["acl"] == "private"
    assert isinstance(held.outputs["loggings"], tuple)
    assert world.diff(held, {"loggings": [{"targetBucket": log.id, "targetPrefix": "p/"}]}).changes == "none"
    assert world.diff(held, {"loggings": [{"targetBucket": log.id, "targetPrefix": "q/"}]}).diffs == ("loggings",)


def test_a_configuration_made_elsewhere_is_kept_by_the_newest_sdk_and_undone_by_the_older(world: World) -> None:
    rules = [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]}]
    world.become(allow("s3:*"))
    held = world.create(BUCKET, "b", {})
    world.client("s3").put_bucket_cors(Bucket=held.id, CORSConfiguration={"CORSRules": rules})
    seen = world.refresh(held)
    assert seen is not None
    assert world.diff(seen, {}).changes == "none"
    older = AwsProvider(world.sessions, version=OLDEST)
    older._line, older._around = Line.of(OLDEST), replace(world.provider._ready(), line=Line.of(OLDEST))
    world.provider = older
    assert world.diff(Held(seen.urn, seen.id, seen.inputs, seen.outputs), {"bucket": seen.id}).diffs == ("corsRules",)


@pytest.mark.parametrize("line", LINES)
def test_bucket_v2_wraps_its_blocks_in_lists(world: World, line: str) -> None:
    world.become(allow("s3:*"), line=line)
    default = {"sseAlgorithm": "AES256"}
    props: dict[str, Any] = {
        "versionings": [{"enabled": True}],
        "serverSideEncryptionConfigurations": [{"rules": [{"applyServerSideEncryptionByDefaults": [default]}]}],
        "lifecycleRules": [{"enabled": True, "expirations": [{"days": 3}]}],
    }
    held = world.create(BUCKET_V2, "b", props)
    assert world.diff(held, props).changes == "none"
    assert world.refresh(held) == held
    found = world.diff(held, {**props, "versionings": [{"enabled": False}]})
    assert found.diffs == ("versionings",)
    assert found.detailed is not None
    assert set(found.detailed) == {"versionings[0].enabled"}
    held = world.update(held, {**props, "versionings": [{"enabled": False}]})
    assert world.client("s3").get_bucket_versioning(Bucket=held.id)["Status"] == "Suspended"


def test_a_bucket_with_a_policy_shows_no_difference_for_its_layout(world: World) -> None:
    world.become(allow("s3:*"))
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::fixed"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    held = world.create(BUCKET, "b", {"bucket": "fixed", "policy": policy})
    again = json.dumps({"Statement": statement, "Version": "2012-10-17"}, indent=2)
    assert world.diff(held, {"bucket": "fixed", "policy": again}).changes == "none"
    with pytest.raises(ProviderFailed, match="deleting S3 Bucket \\(fixed\\): AccessDenied"):
        world.delete(held)


def test_an_existing_bucket_is_not_adopted_where_creating_it_again_succeeds(world: World) -> None:
    world.become(allow("s3:*"))
    world.client("s3").create_bucket(Bucket="taken")
    with pytest.raises(ProviderFailed, match="creating S3 Bucket \\(taken\\): bucket already exists"):
        world.create(BUCKET, "b", {"bucket": "taken"})


def test_a_full_bucket_is_only_emptied_when_the_state_says_so(world: World) -> None:
    world.become(allow("s3:*"))
    s3 = world.client("s3")
    held = world.create(BUCKET, "b", {"versioning": {"enabled": True}})
    for number in range(3):
        s3.put_object(Bucket=held.id, Key="k", Body=str(number).encode())
    s3.delete_object(Bucket=held.id, Key="k")
    with pytest.raises(ProviderFailed, match="BucketNotEmpty"):
        world.delete(held)
    held = world.update(held, {"versioning": {"enabled": True}, "forceDestroy": True})
    world.delete(held)
    assert held.id not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def test_a_region_of_the_resources_own_places_the_bucket_and_replaces_it(world: World) -> None:
    world.become(allow("s3:*"))
    held = world.create(BUCKET, "b", {"region": "eu-west-1"})
    assert held.outputs["bucketRegion"] == "eu-west-1"
    assert world.client("s3").get_bucket_location(Bucket=held.id)["LocationConstraint"] == "eu-west-1"
    assert world.diff(held, {"region": "eu-west-1"}).changes == "none"
    assert world.diff(held, {}).replaces == ("region",)
    imported = world.bring_in(BUCKET, "b", f"{held.id}@eu-west-1")
    assert (imported.id, (imported.inputs or Map())["region"]) == (held.id, "eu-west-1")


def test_a_bad_bucket_name_is_refused_before_aws_sees_it(world: World) -> None:
    world.become(allow("s3:*"))
    with pytest.raises(ProviderFailed, match="only lowercase alphanumeric characters and hyphens allowed"):
        world.create(BUCKET, "b", {"bucket": "Under_Score", "region": "eu-west-1"})


OBJECT_CALLS = (
    "s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectAcl", "s3:GetObject", "s3:GetObjectTagging", "s3:DeleteObject",
    "s3:DeleteObjectTagging", "s3:ListBucket",
)  # fmt: skip


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("type_", [OBJECT, OBJECT_V2])
def test_an_object_lives_as_a_role_that_may_do_just_that(world: World, type_: str, line: str) -> None:
    world.become(allow(*OBJECT_CALLS), line=line)
    s3 = world.client("s3")
    s3.create_bucket(Bucket="home")
    props: dict[str, Any] = {"bucket": "home", "content": "hello", "contentType": "text/plain", "tags": {"a": "b"}}
    held = world.create(type_, "greeting.txt", props)
    assert held.outputs["key"] == "greeting.txt"
    assert held.id == ("home/greeting.txt" if line == NEWEST else "greeting.txt")
    assert s3.get_object(Bucket="home", Key="greeting.txt")["Body"].read() == b"hello"
    assert world.diff(held, props).changes == "none"
    assert world.refresh(held) == held
    held = world.update(held, {**props, "content": "bye", "tags": {"a": "c"}})
    assert s3.get_object(Bucket="home", Key="greeting.txt")["Body"].read() == b"bye"
    assert world.diff(held, {**props, "content": "bye", "tags": {"a": "c"}, "key": "other"}).replaces == ("key",)
    s3.put_object_tagging(Bucket="home", Key="greeting.txt", Tagging={"TagSet": [{"Key": "a", "Value": "drift"}]})
    drifted = world.refresh(held)
    assert drifted is not None
    assert drifted.outputs["tagsAll"] == {"a": "drift"}
    imported = world.bring_in(type_, "o", "s3://home/greeting.txt")
    assert imported.inputs is not None
    assert imported.inputs["key"] == "greeting.txt"
    world.delete(held)
    assert world.refresh(held) is None
    world.delete(held)


def test_assets_are_put_as_they_are_and_archives_as_zips_that_repeat(world: World) -> None:
    import io
    import zipfile

    world.become(allow("s3:*"))
    s3 = world.client("s3")
    s3.create_bucket(Bucket="home")
    world.create(OBJECT_V2, "a.txt", {"bucket": "home", "source": Asset(text="abc", hash="h1")})
    assert s3.get_object(Bucket="home", Key="a.txt")["Body"].read() == b"abc"
    archive = Archive(assets=map_of({"f.txt": Asset(text="in", hash="h2")}), hash="h3")
    held = world.create(OBJECT_V2, "z.zip", {"bucket": "home", "source": archive})
    first = s3.get_object(Bucket="home", Key="z.zip")["Body"].read()
    assert zipfile.ZipFile(io.BytesIO(first)).read("f.txt") == b"in"
    held = world.update(held, {"bucket": "home", "source": archive, "cacheControl": "no-store"})
    assert s3.get_object(Bucket="home", Key="z.zip")["Body"].read() == first
    other = Archive(assets=archive.assets, hash="h4")
    assert world.diff(held, {"bucket": "home", "source": other, "cacheControl": "no-store"}).diffs == ("source",)


def test_all_versions_of_an_object_go_with_it(world: World) -> None:
    world.become(allow("s3:*"))
    s3 = world.client("s3")
    s3.create_bucket(Bucket="home")
    s3.put_bucket_versioning(Bucket="home", VersioningConfiguration={"Status": "Enabled"})
    held = world.create(OBJECT, "o", {"bucket": "home", "content": "1"})
    s3.put_object(Bucket="home", Key="o-not-this", Body=b"x")
    held = world.update(held, {"bucket": "home", "content": "2"})
    world.delete(held)
    left = s3.list_object_versions(Bucket="home")
    assert [version["Key"] for version in left.get("Versions", [])] == ["o-not-this"]
    assert "DeleteMarkers" not in left
