"""ec2.Subnet: a part of a network in one zone; each launch attribute is changed by a call of its own."""

from __future__ import annotations

from typing import Any

from rolecall.model.value import Value
from rolecall.providers.aws.declaration import (
    TAGS,
    TAGS_ALL,
    Call,
    Prop,
    Ready,
    ResourceType,
    Wait,
    output,
)
from rolecall.providers.aws.kinds import FLAG, NUMBER
from rolecall.providers.aws.parts import Facts, Setting
from rolecall.providers.aws.services.ec2_interfaces import lambda_interfaces
from rolecall.providers.aws.services.ec2_ways import (
    IN_USE,
    TAGGING,
    arn_of,
    attribute,
    identify,
    ids,
    own,
    tagged,
)
from rolecall.providers.aws.values import dig
from rolecall.providers.aws.work import Work

NEW = Wait("InvalidSubnetID.NotFound", seconds=120)
MODIFY = Call("ModifySubnetAttribute", send=own("SubnetId"), waits=(NEW,))


class Ipv6Block:
    """The subnet's IPv6 block, exchanged in place. The subnet must not hand out its addresses meanwhile."""

    properties = ("ipv6CidrBlock",)

    def created(self, work: Work) -> None:
        """The create call has sent it."""

    def read(self, work: Work) -> dict[str, Value]:
        held = _ipv6(work)
        return {
            "ipv6CidrBlock": held.get("Ipv6CidrBlock", ""),
            "ipv6CidrBlockAssociationId": held.get("AssociationId", ""),
        }

    def update(self, work: Work) -> None:
        if not work.changed("ipv6CidrBlock"):
            return
        held = work.old.get("ipv6CidrBlockAssociationId")
        if held:
            work.raw("DisassociateSubnetCidrBlock", {"AssociationId": held})
        wanted = work.wanted("ipv6CidrBlock")
        if wanted:
            params = {"SubnetId": work.id, "Ipv6CidrBlock": wanted}
            work.raw("AssociateSubnetCidrBlock", params, waits=(Wait("InvalidSubnet.Conflict", seconds=180),))


def _ipv6(work: Work) -> dict[str, Any]:
    blocks: Any = work.found.get("ipv6Blocks") or ()
    return next((b for b in blocks if dig(b, "Ipv6CidrBlockState.State") in ("associated", "associating")), {})


def _ready(work: Work) -> bool:
    """Available, and without an IPv6 block that is still coming or going."""
    blocks: Any = work.found.get("ipv6Blocks") or ()
    moving = any(str(dig(b, "Ipv6CidrBlockState.State")).endswith("ciating") for b in blocks)
    return work.found.get("state") in ("available", None) and not moving


class _LniIndex(Setting):
    """Taken away by another parameter than it is given with."""

    def update(self, work: Work) -> None:
        if work.changed(self.name) and not work.wanted(self.name):
            work.call(MODIFY, DisableLniAtDeviceIndex={"Value": True})
            return
        Setting.update(self, work)


SUBNET = ResourceType(
    type="aws:ec2/subnet:Subnet",
    title="EC2 Subnet",
    service="ec2",
    props=(
        Prop(name="vpcId", required=True, replaces=True),
        Prop(name="cidrBlock", replaces=True, computed=True),
        Prop(name="availabilityZone", replaces=True, computed=True, conflicts=("availabilityZoneId",)),
        Prop(name="availabilityZoneId", replaces=True, computed=True, conflicts=("availabilityZone",)),
        Prop(name="ipv6CidrBlock"),
        Prop(name="ipv6Native", kind=FLAG, replaces=True, default=False),
        Prop(name="outpostArn", replaces=True),
        Prop(name="assignIpv6AddressOnCreation", kind=FLAG, default=False),
        Prop(name="enableDns64", kind=FLAG, default=False),
        Prop(name="enableLniAtDeviceIndex", kind=NUMBER),
        Prop(name="enableResourceNameDnsAaaaRecordOnLaunch", kind=FLAG, default=False),
        Prop(name="enableResourceNameDnsARecordOnLaunch", kind=FLAG, default=False),
        Prop(name="mapPublicIpOnLaunch", kind=FLAG, default=False),
        Prop(name="privateDnsHostnameTypeOnLaunch", computed=True),
        TAGS,
        TAGS_ALL,
        output("arn"),
        output("ipv6CidrBlockAssociationId", stable=False),
        output("ownerId"),
    ),
    id="{id}",
    identify=identify,
    gone=("InvalidSubnetID.NotFound",),
    create=Call(
        "CreateSubnet",
        send={
            "VpcId": "vpcId",
            "CidrBlock": "cidrBlock",
            "AvailabilityZone": "availabilityZone",
            "AvailabilityZoneId": "availabilityZoneId",
            "Ipv6CidrBlock": "ipv6CidrBlock",
            "Ipv6Native": lambda work: work.wanted("ipv6Native") or None,
            "OutpostArn": "outpostArn",
            "TagSpecifications": tagged("subnet"),
        },
        take={"id": "Subnet.SubnetId"},
        waits=(Wait("InvalidVpcID.NotFound"),),
    ),
    read=Call(
        "DescribeSubnets",
        send=ids("SubnetIds"),
        entry="Subnets",
        take={
            "vpcId": "VpcId",
            "cidrBlock": "CidrBlock",
            "availabilityZone": "AvailabilityZone",
            "availabilityZoneId": "AvailabilityZoneId",
            "ipv6Blocks": "Ipv6CidrBlockAssociationSet",
            "ipv6Native": "Ipv6Native",
            "outpostArn": "OutpostArn",
            "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
            "enableDns64": "EnableDns64",
            "enableLniAtDeviceIndex": "EnableLniAtDeviceIndex",
            "enableResourceNameDnsAaaaRecordOnLaunch": "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
            "enableResourceNameDnsARecordOnLaunch": "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord",
            "privateDnsHostnameTypeOnLaunch": "PrivateDnsNameOptionsOnLaunch.HostnameType",
            "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
            "ownerId": "OwnerId",
            "subnetArn": "SubnetArn",
            "state": "State",
            "tagsAll": "Tags",
        },
    ),
    ready=Ready(_ready),
    parts=(
        Ipv6Block(),
        attribute("assignIpv6AddressOnCreation", MODIFY, "AssignIpv6AddressOnCreation", usual=False),
        attribute("enableDns64", MODIFY, "EnableDns64", usual=False),
        _LniIndex(
            "enableLniAtDeviceIndex",
            put=Call(MODIFY.operation, send={**MODIFY.send, "EnableLniAtDeviceIndex": "enableLniAtDeviceIndex"}),
        ),
        attribute(
            "enableResourceNameDnsAaaaRecordOnLaunch", MODIFY, "EnableResourceNameDnsAAAARecordOnLaunch", usual=False
        ),
        attribute("enableResourceNameDnsARecordOnLaunch", MODIFY, "EnableResourceNameDnsARecordOnLaunch", usual=False),
        attribute("mapPublicIpOnLaunch", MODIFY, "MapPublicIpOnLaunch", usual=False),
        attribute("privateDnsHostnameTypeOnLaunch", MODIFY, "PrivateDnsHostnameTypeOnLaunch", wrapped=False),
        TAGGING,
        Facts(lambda work: {"arn": work.text("subnetArn") or arn_of(work, f"subnet/{work.id}")}),
    ),
    sweeps=(lambda_interfaces("subnet-id"),),
    delete=Call("DeleteSubnet", send=own("SubnetId"), waits=IN_USE),
)
