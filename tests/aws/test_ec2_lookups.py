"""Networks and images that are looked up, as a role whose policy allows just that."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.model.provider import ProviderFailed
from tests.aws.world import NEWEST, OLDER, World, allow

VPC, SUBNET, SUBNETS = "aws:ec2/getVpc:getVpc", "aws:ec2/getSubnet:getSubnet", "aws:ec2/getSubnets:getSubnets"
AMI = "aws:ec2/getAmi:getAmi"


def named(name: str, *values: str) -> dict[str, Any]:
    return {"name": name, "values": list(values)}


def test_networks_are_found_by_what_programs_say_of_them(world: World) -> None:
    world.become(
        allow("ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeRouteTables", "ec2:DescribeSubnets")
    )
    client = world.client("ec2")
    made = client.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    client.create_tags(Resources=[made], Tags=[{"Key": "Name", "Value": "mine"}])
    subnet = client.create_subnet(VpcId=made, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    default = world.invoke(VPC, {"default": True})
    assert default["default"] is True
    assert default["enableDnsSupport"] is True
    for criteria in ({"id": made}, {"tags": {"Name": "mine"}}, {"cidrBlock": "10.9.0.0/16"}):
        found = world.invoke(VPC, criteria)
        assert (found["id"], found["tags"]) == (made, {"Name": "mine"})
        assert found["arn"] == f"arn:aws:ec2:us-east-1:{world.sandbox.account}:vpc/{made}"
    ids = world.invoke(SUBNETS, {"filters": [named("vpc-id", made)]})
    assert (ids["ids"], ids["id"]) == ((subnet,), "us-east-1")
    assert world.invoke(SUBNETS, {"filters": [named("vpc-id", "vpc-1")]})["ids"] == ()
    assert world.invoke(SUBNET, {"vpcId": made})["cidrBlock"] == "10.9.1.0/24"
    with pytest.raises(ProviderFailed, match="no matching EC2 VPC found"):
        world.invoke(VPC, {"tags": {"Name": "nobody's"}})
    with pytest.raises(ProviderFailed, match="multiple EC2 VPCs matched"):
        world.invoke(VPC, {})


def test_an_image_is_the_newest_of_an_owner_or_the_only_one(world: World) -> None:
    world.become(allow("ec2:DescribeImages"), line=OLDER)
    client = world.client("ec2")
    every = client.describe_images(Owners=["amazon"])["Images"]
    newest = max(image["CreationDate"] for image in every)
    found = world.invoke(AMI, {"owners": ["amazon"], "mostRecent": True})
    assert found["creationDate"] == newest
    assert found["arn"] == f"arn:aws:ec2:us-east-1::image/{found['id']}"
    one = world.invoke(AMI, {"owners": ["amazon"], "filters": [named("image-id", str(found["id"]))]})
    assert one["name"] == found["name"]
    with pytest.raises(ProviderFailed, match="more than one result"):
        world.invoke(AMI, {"owners": ["amazon"]})
    with pytest.raises(ProviderFailed, match="no results"):
        world.invoke(AMI, {"owners": ["amazon"], "nameRegex": "^nothing$"})


def test_the_newest_sdk_takes_nobodys_newest_image(world: World) -> None:
    world.become(allow("ec2:DescribeImages"), line=NEWEST)
    with pytest.raises(ProviderFailed, match="nothing says whose images are meant"):
        world.invoke(AMI, {"mostRecent": True, "filters": [named("architecture", "x86_64")]})
    assert world.invoke(AMI, {"mostRecent": True, "allowUnsafeFilter": True})["id"]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-bionic-18.04-amd64-server-*"),
        ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-*"),
        ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*"),
        ("099720109477", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-*"),
        ("amazon", "amzn2-ami-hvm-*-x86_64-ebs"),
        ("137112412989", "amzn2-ami-hvm-*-x86_64-gp2"),
        ("amazon", "al2023-ami-2023.*-kernel-6.1-x86_64"),
        ("amazon", "amzn-ami-hvm-*-x86_64-gp2"),
    ],
)
def test_the_images_that_programs_look_for_are_there(world: World, owner: str, name: str) -> None:
    world.become(allow("ec2:DescribeImages"))
    alike = [named("name", name), named("virtualization-type", "hvm"), named("root-device-type", "ebs")]
    found = world.invoke(AMI, {"owners": [owner], "mostRecent": True, "filters": alike})
    assert str(found["creationDate"]) >= "2018"
    assert found["architecture"] in name.replace("amd64", "x86_64")
