"""Clusters, image repositories, log groups and key pairs, as a role whose policy allows just those calls."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.aws.life import Life, live
from tests.aws.world import LINES, World, allow

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
TAGS = {"tags": {"a": "b"}}

LIVES = {
    "cluster": (
        Life(
            "aws:ecs/cluster:Cluster",
            {"name": "c", "settings": [{"name": "containerInsights", "value": "enabled"}], **TAGS},
            {"name": "c", "settings": [{"name": "containerInsights", "value": "disabled"}], "tags": {"a": "c"}},
            {"name": "other"},
            import_id="c",
        ),
        ("ecs:CreateCluster", "ecs:DescribeClusters", "ecs:UpdateCluster", "ecs:DeleteCluster", "ecs:TagResource"),
    ),
    "repository": (
        Life(
            "aws:ecr/repository:Repository",
            {"imageScanningConfiguration": {"scanOnPush": True}, "forceDelete": True, **TAGS},
            {"imageScanningConfiguration": {"scanOnPush": False}, "imageTagMutability": "IMMUTABLE", **TAGS},
            {"name": "other", "encryptionConfigurations": [{"encryptionType": "KMS"}]},
            remembered=("forceDelete",),
        ),
        (
            "ecr:CreateRepository", "ecr:DescribeRepositories", "ecr:PutImageTagMutability", "ecr:DeleteRepository",
            "ecr:PutImageScanningConfiguration", "ecr:TagResource", "ecr:UntagResource", "ecr:ListTagsForResource",
        ),
    ),
    "log group": (
        Life(
            "aws:cloudwatch/logGroup:LogGroup",
            {"retentionInDays": 7, **TAGS},
            {"tags": {"a": "c", "d": "e"}},
            {"name": "other", "logGroupClass": "INFREQUENT_ACCESS"},
            remembered=("skipDestroy",),
        ),
        (
            "logs:CreateLogGroup", "logs:DescribeLogGroups", "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy",
            "logs:DeleteLogGroup", "logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource",
        ),
    ),
    "key pair": (
        Life(
            "aws:ec2/keyPair:KeyPair",
            {"publicKey": KEY + " me@here\n", **TAGS},
            {"publicKey": KEY + " me@here", "tags": {"c": "d"}},
            {"keyName": "other", "publicKey": KEY + " you@there"},
            remembered=("publicKey",),
        ),
        ("ec2:ImportKeyPair", "ec2:DescribeKeyPairs", "ec2:DeleteKeyPair", "ec2:CreateTags", "ec2:DeleteTags"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIVES)
def test_it_lives_as_a_role_that_may_do_just_that(world: World, name: str) -> None:
    life, actions = LIVES[name]
    world.become(allow(*actions))
    live(world, life)


@pytest.mark.parametrize("line", LINES)
def test_older_sdks_see_no_difference_either(world: World, line: str) -> None:
    world.become(allow("ecs:*", "ecr:*", "logs:*", "ec2:*"), line=line)
    for life, _ in LIVES.values():
        live(world, dataclasses.replace(life, changed=None))


def test_a_log_group_is_only_forgotten_with_skip_destroy(world: World) -> None:
    world.become(allow("logs:*"))
    held = world.create("aws:cloudwatch/logGroup:LogGroup", "g", {"name": "/a/b", "skipDestroy": True})
    neighbour: dict[str, Any] = {"name": "/a/b/c"}
    world.create("aws:cloudwatch/logGroup:LogGroup", "n", neighbour)
    assert held.outputs["arn"] == f"arn:aws:logs:us-east-1:{world.sandbox.account}:log-group:/a/b"
    world.delete(held)
    assert world.refresh(held) == held
