"""Networks and their parts, as a role whose policy allows just those calls."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.model.provider import ProviderFailed
from tests.aws.life import Life, live
from tests.aws.world import World, allow

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
GATEWAY, NAT, EIP = "aws:ec2/internetGateway:InternetGateway", "aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip"
TABLE, ROUTE = "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
GROUP, RULE = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/securityGroupRule:SecurityGroupRule"

TAGGING = ("ec2:CreateTags", "ec2:DeleteTags")


def ec2(*names: str) -> dict[str, Any]:
    return allow(*(f"ec2:{name}" for name in names))


def test_a_vpc_lives_as_a_role_that_may_do_just_that(world: World) -> None:
    world.become(
        ec2("CreateVpc", "DescribeVpcs", "DescribeVpcAttribute", "ModifyVpcAttribute", "DeleteVpc", "CreateTags"),
        ec2("DescribeNetworkAcls", "DescribeRouteTables", "DescribeSecurityGroups", "DeleteTags"),
    )
    props = {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"a": "b"}}
    changed = {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": False, "enableDnsHostnames": False, "tags": {"c": "d"}}
    live(
        world,
        Life(VPC, props, changed, {"cidrBlock": "10.1.0.0/16", "instanceTenancy": "dedicated"}),
    )
    held = world.create(VPC, "v", props)
    assert held.outputs["arn"] == f"arn:aws:ec2:us-east-1:{world.sandbox.account}:vpc/{held.id}"
    names = ("defaultNetworkAclId", "defaultRouteTableId", "defaultSecurityGroupId", "mainRouteTableId")
    assert [str(held.outputs[name]).split("-")[0] for name in names] == ["acl", "rtb", "sg", "rtb"]


def test_a_subnet_lives_as_a_role_that_may_do_just_that(world: World) -> None:
    world.become(
        ec2("CreateSubnet", "DescribeSubnets", "ModifySubnetAttribute", "DeleteSubnet", *("CreateTags", "DeleteTags")),
        ec2("DescribeNetworkInterfaces"),
    )
    vpc = world.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    props = {"vpcId": vpc, "cidrBlock": "10.0.1.0/24", "availabilityZone": "us-east-1a", "mapPublicIpOnLaunch": True}
    live(
        world,
        Life(
            SUBNET,
            {**props, "tags": {"Name": "x"}},
            {**props, "mapPublicIpOnLaunch": False},
            {"cidrBlock": "10.0.2.0/24", "availabilityZone": "us-east-1b"},
        ),
    )


def network(world: World) -> tuple[str, str]:
    client = world.client("ec2")
    vpc = client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return vpc, client.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]


def test_an_internet_gateway_moves_from_network_to_network(world: World) -> None:
    world.become(
        ec2("CreateInternetGateway", "DescribeInternetGateways", "DeleteInternetGateway", "CreateTags"),
        ec2("AttachInternetGateway", "DetachInternetGateway"),
    )
    vpc, _ = network(world)
    other, _ = network(world)
    live(world, Life(GATEWAY, {"vpcId": vpc, "tags": {"a": "b"}}, {"vpcId": other, "tags": {"a": "b"}}))


def test_an_address_and_a_nat_gateway_with_it(world: World) -> None:
    world.become(
        ec2("AllocateAddress", "DescribeAddresses", "ReleaseAddress", "DisassociateAddress", *("CreateTags",)),
        ec2("CreateNatGateway", "DescribeNatGateways", "DeleteNatGateway", "DeleteTags"),
    )
    _, subnet = network(world)
    eip = world.create(EIP, "ip", {"domain": "vpc"})
    assert eip.outputs["allocationId"] == eip.id
    assert str(eip.outputs["publicDns"]).startswith(f"ec2-{str(eip.outputs['publicIp']).replace('.', '-')}.compute-1")
    props = {"subnetId": subnet, "allocationId": eip.id}
    live(world, Life(NAT, {**props, "tags": {"a": "b"}}, {**props, "tags": {"a": "c"}}, {"subnetId": "subnet-1"}))
    live(world, Life(EIP, {}, {"tags": {"a": "b"}}))


def test_an_address_follows_its_instance(world: World) -> None:
    world.become(ec2("*"))
    client = world.client("ec2")
    _, subnet = network(world)
    image = client.describe_images()["Images"][0]["ImageId"]
    one, two = (
        client.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]["InstanceId"]
        for _ in range(2)
    )
    held = world.create(EIP, "ip", {"instance": one})
    assert held.outputs["instance"] == one
    assert held.outputs["associationId"]
    held = world.update(held, {"instance": two})
    assert client.describe_addresses(AllocationIds=[held.id])["Addresses"][0]["InstanceId"] == two
    world.delete(held)
    assert client.describe_addresses()["Addresses"] == []


def test_a_route_table_has_just_the_routes_of_the_program(world: World) -> None:
    world.become(
        ec2("CreateRouteTable", "DescribeRouteTables", "DeleteRouteTable", "CreateTags", "DisassociateRouteTable"),
        ec2("CreateRoute", "ReplaceRoute", "DeleteRoute"),
    )
    client = world.client("ec2")
    vpc, subnet = network(world)
    gateway = client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    client.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    interface = client.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    out = {"cidrBlock": "0.0.0.0/0", "gatewayId": gateway}
    aside = {"cidrBlock": "192.168.0.0/16", "networkInterfaceId": interface}
    props = {"vpcId": vpc, "routes": [out, {**aside, "cidrBlock": "172.16.0.0/12"}], "tags": {"a": "b"}}
    changed = {**props, "routes": [{**aside, "cidrBlock": "0.0.0.0/0"}, aside]}
    live(world, Life(TABLE, props, changed, {"vpcId": "vpc-1"}))
    held = world.create(TABLE, "t", {**props, "routes": [aside, out]})
    assert world.diff(held, {**props, "routes": [out, aside]}).changes == "none"
    client.delete_route(RouteTableId=held.id, DestinationCidrBlock="0.0.0.0/0")
    client.associate_route_table(RouteTableId=held.id, SubnetId=subnet)
    drifted = world.refresh(held)
    assert drifted is not None
    assert world.diff(drifted, {**props, "routes": [out, aside]}).diffs == ("routes",)
    held = world.update(drifted, {**props, "routes": []})
    assert held.outputs["routes"] == ()
    world.delete(held)


def test_a_route_and_an_association_live_by_themselves(world: World) -> None:
    world.become(
        ec2("DescribeRouteTables", "CreateRoute", "ReplaceRoute", "DeleteRoute"),
        ec2("AssociateRouteTable", "ReplaceRouteTableAssociation", "DisassociateRouteTable"),
    )
    client = world.client("ec2")
    vpc, subnet = network(world)
    gateway = client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    client.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    interface = client.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    table, other = (client.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    goal = {"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0"}
    live(
        world,
        Life(
            ROUTE,
            {**goal, "gatewayId": gateway},
            {**goal, "networkInterfaceId": interface},
            {"destinationCidrBlock": "1.0.0.0/8"},
            import_id=f"{table}_0.0.0.0/0",
        ),
    )
    with pytest.raises(ProviderFailed, match="exactly one destination and one target"):
        world.create(ROUTE, "r", goal)
    held = world.create(ASSOCIATION, "a", {"routeTableId": table, "subnetId": subnet})
    assert world.bring_in(ASSOCIATION, "a", f"{subnet}/{table}").id == held.id
    assert world.refresh(held) == held
    moved = world.update(held, {"routeTableId": other, "subnetId": subnet})
    assert moved.id != held.id
    assert world.diff(moved, {"routeTableId": other, "subnetId": subnet}).changes == "none"
    assert world.refresh(held) is None
    world.delete(moved)
    assert world.refresh(moved) is None


def rule(port: int, **more: Any) -> dict[str, Any]:
    return {"protocol": "tcp", "fromPort": port, "toPort": port, **more}


EVERYTHING = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}


def test_a_security_group_has_just_the_rules_of_the_program(world: World) -> None:
    world.become(
        ec2("CreateSecurityGroup", "DescribeSecurityGroups", "DeleteSecurityGroup", "DescribeNetworkInterfaces"),
        ec2("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "CreateTags", "DeleteTags"),
        ec2("RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"),
    )
    vpc, _ = network(world)
    web = rule(80, cidrBlocks=["0.0.0.0/0"], description="the web")
    props = {"vpcId": vpc, "ingress": [web, rule(22, self=True)], "egress": [EVERYTHING], "tags": {"a": "b"}}
    wider = rule(443, cidrBlocks=["10.0.0.0/8", "0.0.0.0/0"], ipv6CidrBlocks=["::/0"])
    changed = {"vpcId": vpc, "ingress": [web, wider], "egress": [EVERYTHING], "revokeRulesOnDelete": True}
    live(
        world,
        Life(GROUP, props, changed, {"description": "other", "vpcId": "vpc-1"}, remembered=("revokeRulesOnDelete",)),
    )
    held = world.create(GROUP, "g", {"vpcId": vpc, "ingress": [wider]})
    assert held.outputs["description"] == "Managed by Pulumi"
    assert held.outputs["egress"] == ()
    split = [rule(443, cidrBlocks=["0.0.0.0/0"], ipv6CidrBlocks=["::/0"]), rule(443, cidrBlocks=["10.0.0.0/8"])]
    assert world.diff(held, {"vpcId": vpc, "ingress": split}).changes == "none"
    assert world.diff(held, {"vpcId": vpc, "ingress": [{**split[0], "protocol": "TCP"}]}).diffs == ("ingress",)
    assert world.diff(held, {"vpcId": vpc}).changes == "none"
    emptied = world.update(held, {"vpcId": vpc, "ingress": []})
    assert emptied.outputs["ingress"] == ()
    world.client("ec2").authorize_security_group_ingress(
        GroupId=held.id,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "1.2.3.4/32"}]}],
    )
    drifted = world.refresh(emptied)
    assert drifted is not None
    assert world.diff(drifted, {"vpcId": vpc, "ingress": []}).diffs == ("ingress",)


def test_all_protocols_have_no_ports(world: World) -> None:
    world.become(ec2("*"))
    (text,) = world.complaints(GROUP, {"ingress": [{**EVERYTHING, "toPort": 80}]})
    assert 'from_port (0) and to_port (80) must both be 0 to use the ALL "-1" protocol!' in text


def test_a_rule_lives_by_itself_beside_others(world: World) -> None:
    world.become(
        ec2("DescribeSecurityGroups", "DescribeSecurityGroupRules", "AuthorizeSecurityGroupIngress"),
        ec2("RevokeSecurityGroupIngress", "UpdateSecurityGroupRuleDescriptionsIngress"),
    )
    client = world.client("ec2")
    vpc, _ = network(world)
    group = client.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    beside = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    client.authorize_security_group_ingress(GroupId=group, IpPermissions=[beside])
    props = {"type": "ingress", "securityGroupId": group, **rule(80, cidrBlocks=["0.0.0.0/0"])}
    live(
        world,
        Life(
            RULE,
            {**props, "description": "one"},
            {**props, "description": "two"},
            {"fromPort": 81, "type": "egress"},
            import_id=f"{group}_ingress_tcp_80_80_0.0.0.0/0",
        ),
    )
    left = client.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    assert [permission["FromPort"] for permission in left] == [22]
    held = world.create(RULE, "r", {**props, "cidrBlocks": [], "self": True})
    assert held.id.startswith("sgrule-")
    assert str(held.outputs["securityGroupRuleId"]).startswith("sgr-")
