"""The ways out of a network: ec2.InternetGateway, ec2.NatGateway, and the addresses of ec2.Eip."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from rolecall.errors import RolecallError
from rolecall.model.value import Value
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import TAGS, TAGS_ALL, Call, Prop, Ready, ResourceType, Wait, output
from rolecall.providers.aws.failures import code_of
from rolecall.providers.aws.functions.places import suffix_of
from rolecall.providers.aws.kinds import FLAG
from rolecall.providers.aws.lines import classic
from rolecall.providers.aws.parts import Facts
from rolecall.providers.aws.services.ec2_ways import IN_USE, TAGGING, arn, arn_of, identify, ids, own, tagged
from rolecall.providers.aws.work import Work


class Attachment:
    """The network that an internet gateway belongs to."""

    properties = ("vpcId",)

    def created(self, work: Work) -> None:
        self._attach(work)

    def read(self, work: Work) -> dict[str, Value]:
        return {}

    def update(self, work: Work) -> None:
        if work.changed("vpcId"):
            detach(work)
            self._attach(work)

    def _attach(self, work: Work) -> None:
        vpc = work.wanted("vpcId")
        if vpc:
            params = {"InternetGatewayId": work.id, "VpcId": vpc}
            waits = (Wait("InvalidInternetGatewayID.NotFound"), Wait("InvalidVpcID.NotFound"))
            work.raw("AttachInternetGateway", params, waits=waits)


def detach(work: Work) -> None:
    """Takes the gateway from its network; what is not attached is fine, too."""
    vpc = work.old.get("vpcId")
    if not vpc:
        return
    try:
        work.raw("DetachInternetGateway", {"InternetGatewayId": work.id, "VpcId": vpc}, waits=IN_USE)
    except ClientError as error:
        if code_of(error) not in ("Gateway.NotAttached", "InvalidVpcID.NotFound"):
            raise


def _delete_internet_gateway(work: Work) -> None:
    detach(work)
    work.call(Call("DeleteInternetGateway", send=own("InternetGatewayId"), waits=IN_USE))


INTERNET_GATEWAY = ResourceType(
    type="aws:ec2/internetGateway:InternetGateway",
    title="EC2 Internet Gateway",
    service="ec2",
    props=(Prop(name="vpcId", computed=True), TAGS, TAGS_ALL, output("arn"), output("ownerId")),
    id="{id}",
    identify=identify,
    gone=("InvalidInternetGatewayID.NotFound",),
    create=Call(
        "CreateInternetGateway",
        send={"TagSpecifications": tagged("internet-gateway")},
        take={"id": "InternetGateway.InternetGatewayId"},
    ),
    read=Call(
        "DescribeInternetGateways",
        send=ids("InternetGatewayIds"),
        entry="InternetGateways",
        take={"vpcId": "Attachments.0.VpcId", "ownerId": "OwnerId", "tagsAll": "Tags"},
    ),
    parts=(Attachment(), TAGGING, arn("internet-gateway")),
    delete=_delete_internet_gateway,
)


def _nat_is_ready(work: Work) -> bool:
    if work.found.get("state") == "failed":
        raise RolecallError(f"{work.text('failureCode')}: {work.text('failureMessage')}")
    return work.found.get("state") == "available"


NAT_GATEWAY = ResourceType(
    type="aws:ec2/natGateway:NatGateway",
    title="EC2 NAT Gateway",
    service="ec2",
    props=(
        Prop(name="subnetId", replaces=True),
        Prop(name="allocationId", replaces=True),
        Prop(name="connectivityType", replaces=True, default="public", checks=(must.one_of("private", "public"),)),
        Prop(name="privateIp", replaces=True, computed=True),
        TAGS,
        TAGS_ALL,
        output("associationId"),
        output("networkInterfaceId"),
        output("publicIp"),
    ),
    id="{id}",
    identify=identify,
    gone=("NatGatewayNotFound", "InvalidNatGatewayID.NotFound"),
    create=Call(
        "CreateNatGateway",
        send={
            "SubnetId": "subnetId",
            "AllocationId": "allocationId",
            "ConnectivityType": "connectivityType",
            "PrivateIpAddress": "privateIp",
            "TagSpecifications": tagged("natgateway"),
        },
        take={"id": "NatGateway.NatGatewayId"},
        waits=(Wait("InvalidAllocationID.NotFound"), Wait("InvalidSubnetID.NotFound")),
    ),
    read=Call(
        "DescribeNatGateways",
        send=ids("NatGatewayIds"),
        entry="NatGateways",
        dead={"State": ("deleted",)},
        take={
            "subnetId": "SubnetId",
            "connectivityType": "ConnectivityType",
            "allocationId": "NatGatewayAddresses.0.AllocationId",
            "associationId": "NatGatewayAddresses.0.AssociationId",
            "networkInterfaceId": "NatGatewayAddresses.0.NetworkInterfaceId",
            "privateIp": "NatGatewayAddresses.0.PrivateIp",
            "publicIp": "NatGatewayAddresses.0.PublicIp",
            "state": "State",
            "failureCode": "FailureCode",
            "failureMessage": "FailureMessage",
            "tagsAll": "Tags",
        },
    ),
    ready=Ready(_nat_is_ready),
    parts=(TAGGING,),
    delete=Call("DeleteNatGateway", send=own("NatGatewayId")),
    vanishes=1800,
)


class Holder:
    """The instance or network interface that an address belongs to."""

    properties = ("instance", "networkInterface", "associateWithPrivateIp")

    def created(self, work: Work) -> None:
        self._associate(work)

    def read(self, work: Work) -> dict[str, Value]:
        return {}

    def update(self, work: Work) -> None:
        if any(work.changed(name) for name in self.properties):
            disassociate(work)
            self._associate(work)

    def _associate(self, work: Work) -> None:
        params = {
            "InstanceId": work.wanted("instance"),
            "NetworkInterfaceId": work.wanted("networkInterface"),
            "PrivateIpAddress": work.wanted("associateWithPrivateIp"),
        }
        if params["InstanceId"] or params["NetworkInterfaceId"]:
            given = {name: value for name, value in params.items() if value}
            waits = (Wait("InvalidAllocationID.NotFound"), Wait("IncorrectInstanceState"), Wait("InvalidInstanceID"))
            work.raw("AssociateAddress", {"AllocationId": work.id, **given}, waits=waits)


def disassociate(work: Work) -> None:
    """Takes an address from its holder, which may have gone already."""
    association = work.old.get("associationId")
    if not association:
        return
    try:
        work.raw("DisassociateAddress", {"AssociationId": association})
    except ClientError as error:
        if code_of(error) != "InvalidAssociationID.NotFound":
            raise


def _names(work: Work) -> dict[str, Value]:
    """The domain names that AWS gives addresses, which no call tells."""
    first = work.region == "us-east-1"
    suffix = suffix_of(work.around.session, work.region)
    public, private = work.text("publicIp").replace(".", "-"), work.text("privateIp").replace(".", "-")
    outside = f"compute-1.{suffix}" if first else f"{work.region}.compute.{suffix}"
    inside = "ec2.internal" if first else f"{work.region}.compute.internal"
    return {
        "allocationId": work.id,
        "arn": arn_of(work, f"elastic-ip/{work.id}"),
        "publicDns": f"ec2-{public}.{outside}" if public else None,
        "privateDns": f"ip-{private}.{inside}" if private else None,
    }


def _release(work: Work) -> None:
    disassociate(work)
    params: dict[str, Any] = {"AllocationId": work.id}
    if work.text("networkBorderGroup") not in ("", work.region):
        params["NetworkBorderGroup"] = work.text("networkBorderGroup")
    work.raw("ReleaseAddress", params, waits=(Wait("AuthFailure", "permission to access the specified resource"),))


EIP = ResourceType(
    type="aws:ec2/eip:Eip",
    title="EC2 EIP",
    service="ec2",
    props=(
        Prop(name="address", replaces=True, remembered=True),
        Prop(name="associateWithPrivateIp", remembered=True),
        Prop(name="customerOwnedIpv4Pool", remembered=True),
        Prop(name="domain", replaces=True, computed=True, checks=(must.one_of("standard", "vpc"),)),
        Prop(name="instance", computed=True),
        Prop(name="ipamPoolId", remembered=True, computed=True),
        Prop(name="networkBorderGroup", replaces=True, computed=True),
        Prop(name="networkInterface", computed=True),
        Prop(name="publicIpv4Pool", replaces=True, computed=True),
        Prop(name="vpc", kind=FLAG, remembered=True, computed=True, known=classic),
        TAGS,
        TAGS_ALL,
        output("allocationId"),
        output("arn"),
        output("associationId", stable=False),
        output("carrierIp"),
        output("customerOwnedIp"),
        output("privateDns", stable=False),
        output("privateIp", stable=False),
        output("publicDns"),
        output("publicIp"),
    ),
    id="{id}",
    identify=identify,
    gone=("InvalidAllocationID.NotFound", "InvalidAddress.NotFound"),
    create=Call(
        "AllocateAddress",
        send={
            # Addresses outside of networks ended with EC2-Classic.
            "Domain": lambda work: work.wanted("domain") or "vpc",
            "Address": "address",
            "CustomerOwnedIpv4Pool": "customerOwnedIpv4Pool",
            "IpamPoolId": "ipamPoolId",
            "NetworkBorderGroup": "networkBorderGroup",
            "PublicIpv4Pool": "publicIpv4Pool",
            "TagSpecifications": tagged("elastic-ip"),
        },
        take={"id": "AllocationId"},
    ),
    read=Call(
        "DescribeAddresses",
        send=ids("AllocationIds"),
        entry="Addresses",
        take={
            "associationId": "AssociationId",
            "carrierIp": "CarrierIp",
            "customerOwnedIp": "CustomerOwnedIp",
            "customerOwnedIpv4Pool": "CustomerOwnedIpv4Pool",
            "domain": "Domain",
            "instance": "InstanceId",
            "networkBorderGroup": "NetworkBorderGroup",
            "networkInterface": "NetworkInterfaceId",
            "privateIp": "PrivateIpAddress",
            "publicIp": "PublicIp",
            "publicIpv4Pool": "PublicIpv4Pool",
            "tagsAll": "Tags",
        },
    ),
    parts=(Holder(), TAGGING, Facts(_names)),
    delete=_release,
)
