"""A bucket's configurations as resources of their own, as a role whose policy allows just those calls."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rolecall.model.provider import ProviderFailed
from tests.aws.life import Life, live
from tests.aws.world import LINES, World, allow

STATEMENT = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::bucket"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
OTHER = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{**STATEMENT, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket/*"}],
    }
)


def configuration(name: str) -> str:
    return f"aws:s3/{name[0].lower()}{name[1:]}:{name}"


LIVES = {
    "policy": (
        Life(configuration("BucketPolicy"), {"policy": POLICY}, {"policy": OTHER}, {"bucket": "other"}),
        ("s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy"),
    ),
    "public access": (
        Life(
            configuration("BucketPublicAccessBlock"),
            {"blockPublicAcls": True, "restrictPublicBuckets": True},
            {"blockPublicAcls": True, "ignorePublicAcls": True},
            {"bucket": "other"},
        ),
        ("s3:PutBucketPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ),
    "ownership": (
        Life(
            configuration("BucketOwnershipControls"),
            {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
            {"rule": {"objectOwnership": "ObjectWriter"}},
        ),
        ("s3:PutBucketOwnershipControls", "s3:GetBucketOwnershipControls"),
    ),
    "versioning": (
        Life(
            configuration("BucketVersioning"),
            {"versioningConfiguration": {"status": "Enabled"}},
            {"versioningConfiguration": {"status": "Suspended"}},
            {"expectedBucketOwner": "111111111111"},
            lasting=True,
        ),
        ("s3:PutBucketVersioning", "s3:GetBucketVersioning", "s3:ListBucket"),
    ),
    "encryption": (
        Life(
            configuration("BucketServerSideEncryptionConfiguration"),
            {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
            {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}]},
            lasting=True,
        ),
        ("s3:PutEncryptionConfiguration", "s3:GetEncryptionConfiguration"),
    ),
    "website": (
        Life(
            configuration("BucketWebsiteConfiguration"),
            {"indexDocument": {"suffix": "index.html"}, "errorDocument": {"key": "oops.html"}},
            {
                "indexDocument": {"suffix": "home.html"},
                "routingRules": [{"condition": {"keyPrefixEquals": "a/"}, "redirect": {"replaceKeyPrefixWith": "b/"}}],
            },
        ),
        ("s3:PutBucketWebsite", "s3:GetBucketWebsite", "s3:DeleteBucketWebsite", "s3:GetBucketLocation"),
    ),
}


@pytest.mark.parametrize("name", LIVES)
def test_a_configuration_lives_as_a_role_that_may_do_just_that(world: World, name: str) -> None:
    life, actions = LIVES[name]
    world.become(allow(*actions))
    world.client("s3").create_bucket(Bucket="bucket")
    live(world, _of_bucket(life))


def _of_bucket(life: Life) -> Life:
    changed = None if life.changed is None else {**life.changed, "bucket": "bucket"}
    return replace(life, props={**life.props, "bucket": "bucket"}, changed=changed)


@pytest.mark.parametrize("line", LINES)
def test_every_sdk_line_has_the_older_name(world: World, line: str) -> None:
    world.become(allow("s3:*"), line=line)
    world.client("s3").create_bucket(Bucket="bucket")
    owned = {"expectedBucketOwner": world.sandbox.account}
    life = _of_bucket(LIVES["website"][0])
    older = configuration("BucketWebsiteConfigurationV2")
    held = world.create(older, "thing", {**life.props, **owned})
    assert held.id == f"bucket,{world.sandbox.account}"
    assert held.outputs["websiteEndpoint"] == "bucket.s3-website-us-east-1.amazonaws.com"
    imported = world.bring_in(older, "thing", held.id)
    assert imported.outputs == held.outputs
    assert world.diff(held, {**life.props, **owned}).changes == "none"


def test_versions_cannot_be_undone_and_are_suspended_at_the_end(world: World) -> None:
    world.become(allow("s3:*"))
    s3 = world.client("s3")
    s3.create_bucket(Bucket="bucket")
    off = {"bucket": "bucket", "versioningConfiguration": {"status": "Disabled"}}
    on = {"bucket": "bucket", "versioningConfiguration": {"status": "Enabled"}}
    held = world.create(configuration("BucketVersioning"), "v", off)
    assert "Status" not in s3.get_bucket_versioning(Bucket="bucket")
    assert world.diff(held, off).changes == "none"
    held = world.update(held, on)
    with pytest.raises(ProviderFailed, match="cannot be updated from 'Enabled' to 'Disabled'"):
        world.update(held, off)
    world.delete(held)
    assert s3.get_bucket_versioning(Bucket="bucket")["Status"] == "Suspended"


def test_a_configuration_made_elsewhere_is_seen_and_one_that_is_gone_is_made_again(world: World) -> None:
    world.become(allow("s3:*"))
    s3 = world.client("s3")
    s3.create_bucket(Bucket="bucket")
    props = {"bucket": "bucket", "blockPublicAcls": True, "skipDestroy": True}
    held = world.create(configuration("BucketPublicAccessBlock"), "b", props)
    s3.put_public_access_block(Bucket="bucket", PublicAccessBlockConfiguration={"BlockPublicAcls": False})
    drifted = world.refresh(held)
    assert drifted is not None
    assert world.diff(drifted, props).diffs == ("blockPublicAcls",)
    world.delete(held)
    assert world.refresh(held) is not None
    s3.delete_public_access_block(Bucket="bucket")
    assert world.refresh(held) is None
    s3.delete_bucket(Bucket="bucket")
    assert world.refresh(held) is None
