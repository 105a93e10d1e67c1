"""ec2.Vpc: a network, whose attributes are changed one at a time, and what AWS makes along with it."""

from __future__ import annotations

from typing import Any

from rolecall.errors import RolecallError
from rolecall.model.value import Value
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import TAGS, TAGS_ALL, Call, Prop, Ready, ResourceType, Wait, output
from rolecall.providers.aws.kinds import FLAG
from rolecall.providers.aws.parts import Change, Facts
from rolecall.providers.aws.services.ec2_ways import (
    IN_USE,
    TAGGING,
    arn,
    attribute,
    filters,
    identify,
    ids,
    own,
    tagged,
)
from rolecall.providers.aws.values import dig
from rolecall.providers.aws.work import Work

NEW = Wait("InvalidVpcID.NotFound", seconds=120)


def _attribute(name: str, api: str, usual: bool) -> Any:
    return attribute(
        name,
        Call("ModifyVpcAttribute", send=own("VpcId"), waits=(NEW,)),
        api,
        usual=usual,
        get=Call(
            "DescribeVpcAttribute",
            send={**own("VpcId"), "Attribute": lambda work: api[0].lower() + api[1:]},
            take={name: f"{api}.Value"},
            waits=(NEW,),
        ),
    )


def companions(work: Work) -> dict[str, Value]:
    """What AWS made along with the VPC."""
    by_vpc = {"vpc-id": work.id}
    acls = work.raw("DescribeNetworkAcls", {"Filters": filters({**by_vpc, "default": "true"})})
    tables = work.raw("DescribeRouteTables", {"Filters": filters({**by_vpc, "association.main": "true"})})
    groups = work.raw("DescribeSecurityGroups", {"Filters": filters({**by_vpc, "group-name": "default"})})
    main = dig(tables, "RouteTables.0.RouteTableId")
    return {
        "defaultNetworkAclId": dig(acls, "NetworkAcls.0.NetworkAclId"),
        "defaultSecurityGroupId": dig(groups, "SecurityGroups.0.GroupId"),
        "mainRouteTableId": main,
        # The main table may be another later; the one of the beginning is remembered.
        "defaultRouteTableId": work.old.get("defaultRouteTableId") or main,
    }


class Ipv6Block:
    """AWS's own IPv6 block of a VPC, of which a program says that it wants one."""

    properties = ("assignGeneratedIpv6CidrBlock",)

    def created(self, work: Work) -> None:
        """The create call has asked for it."""

    def read(self, work: Work) -> dict[str, Value]:
        found = self._held(work)
        return {
            "assignGeneratedIpv6CidrBlock": found.get("Ipv6Pool") == "Amazon" if found else False,
            "ipv6AssociationId": found.get("AssociationId", ""),
            "ipv6CidrBlock": found.get("Ipv6CidrBlock", ""),
            "ipv6CidrBlockNetworkBorderGroup": found.get("NetworkBorderGroup", ""),
        }

    def update(self, work: Work) -> None:
        if not work.changed("assignGeneratedIpv6CidrBlock"):
            return
        held = work.old.get("ipv6AssociationId")
        if held:
            work.raw("DisassociateVpcCidrBlock", {"AssociationId": held})
            self._wait(work, "")
        if work.wanted("assignGeneratedIpv6CidrBlock"):
            work.raw("AssociateVpcCidrBlock", {"VpcId": work.id, "AmazonProvidedIpv6CidrBlock": True})
            self._wait(work, "associated")

    def _wait(self, work: Work, state: str) -> None:
        for _ in work.around.patience.pauses(work.deadline or 600, first=0.1):
            answer = work.raw("DescribeVpcs", {"VpcIds": [work.id]})
            work.found["ipv6Blocks"] = dig(answer, "Vpcs.0.Ipv6CidrBlockAssociationSet")
            if dig(self._held(work), "Ipv6CidrBlockState.State") == (state or None):
                return
        raise RolecallError(f"timeout while waiting for the IPv6 block of {work.id}")

    def _held(self, work: Work) -> dict[str, Any]:
        blocks: Any = work.found.get("ipv6Blocks") or ()
        live = ("associated", "associating", "disassociating")
        return next((block for block in blocks if dig(block, "Ipv6CidrBlockState.State") in live), {})


def _tenancy_replaces(was: Value, wanted: Value) -> bool:
    return was != wanted and wanted == "dedicated"


VPC = ResourceType(
    type="aws:ec2/vpc:Vpc",
    title="EC2 VPC",
    service="ec2",
    props=(
        Prop(name="cidrBlock", replaces=True, computed=True),
        Prop(name="assignGeneratedIpv6CidrBlock", kind=FLAG),
        Prop(name="enableDnsHostnames", kind=FLAG, computed=True),
        Prop(name="enableDnsSupport", kind=FLAG, default=True),
        Prop(name="enableNetworkAddressUsageMetrics", kind=FLAG, computed=True),
        Prop(
            name="instanceTenancy",
            default="default",
            checks=(must.one_of("default", "dedicated"),),
            replaces_if=_tenancy_replaces,
        ),
        TAGS,
        TAGS_ALL,
        output("arn"),
        output("defaultNetworkAclId"),
        output("defaultRouteTableId"),
        output("defaultSecurityGroupId"),
        output("dhcpOptionsId", stable=False),
        output("ipv6AssociationId", stable=False),
        output("ipv6CidrBlock", stable=False),
        output("ipv6CidrBlockNetworkBorderGroup", stable=False),
        output("mainRouteTableId", stable=False),
        output("ownerId"),
    ),
    id="{id}",
    identify=identify,
    gone=("InvalidVpcID.NotFound",),
    create=Call(
        "CreateVpc",
        send={
            "CidrBlock": "cidrBlock",
            "InstanceTenancy": "instanceTenancy",
            "AmazonProvidedIpv6CidrBlock": "assignGeneratedIpv6CidrBlock",
            "TagSpecifications": tagged("vpc"),
        },
        take={"id": "Vpc.VpcId"},
    ),
    read=Call(
        "DescribeVpcs",
        send=ids("VpcIds"),
        entry="Vpcs",
        take={
            "cidrBlock": "CidrBlock",
            "instanceTenancy": "InstanceTenancy",
            "dhcpOptionsId": "DhcpOptionsId",
            "ownerId": "OwnerId",
            "state": "State",
            "ipv6Blocks": "Ipv6CidrBlockAssociationSet",
            "tagsAll": "Tags",
        },
    ),
    ready=Ready(lambda work: work.found.get("state") in ("available", None)),
    parts=(
        _attribute("enableDnsSupport", "EnableDnsSupport", usual=True),
        _attribute("enableDnsHostnames", "EnableDnsHostnames", usual=False),
        _attribute("enableNetworkAddressUsageMetrics", "EnableNetworkAddressUsageMetrics", usual=False),
        Change(
            ("instanceTenancy",),
            Call("ModifyVpcTenancy", send={**own("VpcId"), "InstanceTenancy": "instanceTenancy"}),
        ),
        Ipv6Block(),
        TAGGING,
        Facts(companions),
        arn("vpc"),
    ),
    delete=Call("DeleteVpc", send=own("VpcId"), waits=IN_USE),
    vanishes=300,
)
