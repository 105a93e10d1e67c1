"""Functions that look up networks and machine images."""

from __future__ import annotations

import re
from typing import Any

from rolecall.model.provider import ProviderFailed
from rolecall.model.value import Map, map_of
from rolecall.providers.aws.functions.places import filters
from rolecall.providers.aws.tags import from_list, read_back
from rolecall.providers.aws.values import dig, plain
from rolecall.providers.aws.work import Surroundings
from rolecall.roles.errors import CallFailed

_CRITERIA = {
    "cidrBlock": "cidr",
    "dhcpOptionsId": "dhcp-options-id",
    "state": "state",
}
_SUBNET_CRITERIA = {
    "availabilityZone": "availabilityZone",
    "availabilityZoneId": "availabilityZoneId",
    "cidrBlock": "cidrBlock",
    "ipv6CidrBlock": "ipv6-cidr-block-association.ipv6-cidr-block",
    "state": "state",
    "vpcId": "vpc-id",
}


def _region(around: Surroundings, args: Map) -> str:
    return str(args.get("region") or around.session.region)


def _called(around: Surroundings, args: Map, doing: str, operation: str, **params: Any) -> Any:
    try:
        return around.session.call("ec2", operation, region=_region(around, args), **params)
    except CallFailed as error:
        raise ProviderFailed(f"{doing}: {error}") from error


def _paged(around: Surroundings, args: Map, doing: str, operation: str, params: dict[str, Any]) -> list[Any]:
    answers: list[Any] = []
    token: dict[str, Any] = {}
    while True:
        answer = _called(around, args, doing, operation, **params, **token)
        answers.append(answer)
        if not answer.get("NextToken"):
            return answers
        token = {"NextToken": answer["NextToken"]}


def _selection(args: Map, criteria: dict[str, str], flag: tuple[str, str]) -> dict[str, Any]:
    """EC2's filters from what a program says of the thing it looks for."""
    wanted = [{"Name": api, "Values": [args[name]]} for name, api in criteria.items() if args.get(name)]
    name, api = flag
    if args.get(name) is True:
        wanted.append({"Name": api, "Values": ["true"]})
    wanted += _by_tags(args)
    wanted += filters(args).get("Filters", [])
    return {"Filters": wanted} if wanted else {}


def _by_tags(args: Map) -> list[dict[str, Any]]:
    given = args.get("tags")
    return [{"Name": f"tag:{k}", "Values": [v]} for k, v in given.items()] if isinstance(given, Map) else []


def _tags(around: Surroundings, data: Any) -> Map:
    return read_back(from_list(data), around.settings)


def _placed(around: Surroundings, args: Map, found: dict[str, Any]) -> Map:
    """A function's answer: its arguments and what was found."""
    place = {"region": _region(around, args)} if around.line.major >= 7 else {}
    return map_of({**args, **found, **place})


def _arn(around: Surroundings, args: Map, owner: str, path: str) -> str:
    region = _region(around, args)
    return f"arn:{around.session.partition(region) or 'aws'}:ec2:{region}:{owner}:{path}"


def _one(found: list[Any], what: str) -> Any:
    if not found:
        raise ProviderFailed(f"no matching EC2 {what} found")
    if len(found) > 1:
        raise ProviderFailed(
            f"multiple EC2 {what}s matched; use additional constraints to reduce matches to a single EC2 {what}"
        )
    return found[0]


def get_vpc(around: Surroundings, args: Map) -> Map:
    """The one network that fits."""
    doing = "reading EC2 VPC"
    params = _selection(args, _CRITERIA, ("default", "isDefault"))
    if args.get("id"):
        params["VpcIds"] = [args["id"]]
    pages = _paged(around, args, doing, "DescribeVpcs", params)
    vpc = _one([vpc for page in pages for vpc in page["Vpcs"]], "VPC")
    id_ = vpc["VpcId"]

    def attribute(name: str) -> bool:
        key = name[0].lower() + name[1:]
        answer = _called(around, args, doing, "DescribeVpcAttribute", VpcId=id_, Attribute=key)
        return bool(dig(answer, f"{name}.Value"))

    main = [{"Name": "association.main", "Values": ["true"]}, {"Name": "vpc-id", "Values": [id_]}]
    tables = _called(around, args, doing, "DescribeRouteTables", Filters=main)
    ipv6 = vpc.get("Ipv6CidrBlockAssociationSet") or [{}]
    return _placed(
        around,
        args,
        {
            "id": id_,
            "arn": _arn(around, args, vpc.get("OwnerId", ""), f"vpc/{id_}"),
            "cidrBlock": vpc.get("CidrBlock"),
            "cidrBlockAssociations": [
                {
                    "associationId": block.get("AssociationId"),
                    "cidrBlock": block.get("CidrBlock"),
                    "state": dig(block, "CidrBlockState.State"),
                }
                for block in vpc.get("CidrBlockAssociationSet", ())
            ],
            "default": bool(vpc.get("IsDefault")),
            "dhcpOptionsId": vpc.get("DhcpOptionsId"),
            "enableDnsHostnames": attribute("EnableDnsHostnames"),
            "enableDnsSupport": attribute("EnableDnsSupport"),
            "enableNetworkAddressUsageMetrics": attribute("EnableNetworkAddressUsageMetrics"),
            "instanceTenancy": vpc.get("InstanceTenancy"),
            "ipv6AssociationId": ipv6[0].get("AssociationId", ""),
            "ipv6CidrBlock": ipv6[0].get("Ipv6CidrBlock", ""),
            "ipv6CidrBlockAssociations": [
                {
                    "associationId": block.get("AssociationId"),
                    "ipSource": block.get("IpSource", ""),
                    "ipv6AddressAttribute": block.get("Ipv6AddressAttribute", ""),
                    "ipv6CidrBlock": block.get("Ipv6CidrBlock"),
                    "ipv6Pool": block.get("Ipv6Pool", ""),
                    "networkBorderGroup": block.get("NetworkBorderGroup", ""),
                    "state": dig(block, "Ipv6CidrBlockState.State"),
                }
                for block in vpc.get("Ipv6CidrBlockAssociationSet", ())
            ],
            "mainRouteTableId": dig(tables, "RouteTables.0.RouteTableId") or "",
            "ownerId": vpc.get("OwnerId"),
            "state": vpc.get("State"),
            "tags": _tags(around, vpc.get("Tags")),
        },
    )


def get_subnet(around: Surroundings, args: Map) -> Map:
    """The one subnet that fits."""
    params = _selection(args, _SUBNET_CRITERIA, ("defaultForAz", "defaultForAz"))
    if args.get("id"):
        params["SubnetIds"] = [args["id"]]
    pages = _paged(around, args, "reading EC2 Subnet", "DescribeSubnets", params)
    subnet = _one([subnet for page in pages for subnet in page["Subnets"]], "Subnet")
    ipv6 = [
        block
        for block in subnet.get("Ipv6CidrBlockAssociationSet", ())
        if dig(block, "Ipv6CidrBlockState.State") == "associated"
    ] or [{}]
    names = subnet.get("PrivateDnsNameOptionsOnLaunch") or {}
    path = f"subnet/{subnet['SubnetId']}"
    return _placed(
        around,
        args,
        {
            "id": subnet["SubnetId"],
            "arn": subnet.get("SubnetArn") or _arn(around, args, subnet.get("OwnerId", ""), path),
            "assignIpv6AddressOnCreation": bool(subnet.get("AssignIpv6AddressOnCreation")),
            "availabilityZone": subnet.get("AvailabilityZone"),
            "availabilityZoneId": subnet.get("AvailabilityZoneId"),
            "availableIpAddressCount": subnet.get("AvailableIpAddressCount", 0),
            "cidrBlock": subnet.get("CidrBlock"),
            "customerOwnedIpv4Pool": subnet.get("CustomerOwnedIpv4Pool", ""),
            "defaultForAz": bool(subnet.get("DefaultForAz")),
            "enableDns64": bool(subnet.get("EnableDns64")),
            "enableLniAtDeviceIndex": subnet.get("EnableLniAtDeviceIndex", 0),
            "enableResourceNameDnsAaaaRecordOnLaunch": bool(names.get("EnableResourceNameDnsAAAARecord")),
            "enableResourceNameDnsARecordOnLaunch": bool(names.get("EnableResourceNameDnsARecord")),
            "ipv6CidrBlock": ipv6[0].get("Ipv6CidrBlock", ""),
            "ipv6CidrBlockAssociationId": ipv6[0].get("AssociationId", ""),
            "ipv6Native": bool(subnet.get("Ipv6Native")),
            "mapCustomerOwnedIpOnLaunch": bool(subnet.get("MapCustomerOwnedIpOnLaunch")),
            "mapPublicIpOnLaunch": bool(subnet.get("MapPublicIpOnLaunch")),
            "outpostArn": subnet.get("OutpostArn", ""),
            "ownerId": subnet.get("OwnerId"),
            "privateDnsHostnameTypeOnLaunch": names.get("HostnameType", ""),
            "state": subnet.get("State"),
            "tags": _tags(around, subnet.get("Tags")),
            "vpcId": subnet.get("VpcId"),
        },
    )


def get_subnets(around: Surroundings, args: Map) -> Map:
    """The ids of all subnets that fit; none is an answer, too."""
    params = _selection(args, {}, ("", ""))
    pages = _paged(around, args, "reading EC2 Subnets", "DescribeSubnets", params)
    ids = [subnet["SubnetId"] for page in pages for subnet in page["Subnets"]]
    return _placed(around, args, {"id": _region(around, args), "ids": ids})


def get_ami(around: Surroundings, args: Map) -> Map:
    """The one machine image that fits, or the newest of those that do."""
    _refuse_strangers(around, args)
    params: dict[str, Any] = filters(args)
    if args.get("owners"):
        params["Owners"] = plain(args["owners"])
    if args.get("executableUsers"):
        params["ExecutableUsers"] = plain(args["executableUsers"])
    if args.get("includeDeprecated"):
        params["IncludeDeprecated"] = True
    pages = _paged(around, args, "reading EC2 AMIs", "DescribeImages", params)
    images = [image for page in pages for image in page["Images"]]
    if args.get("nameRegex"):
        pattern = re.compile(str(args["nameRegex"]))
        images = [image for image in images if pattern.search(image.get("Name", ""))]
    if not images:
        raise ProviderFailed("Your query returned no results. Please change your search criteria and try again.")
    if len(images) > 1 and not args.get("mostRecent"):
        raise ProviderFailed(
            "Your query returned more than one result. Please try a more specific search criteria, or set "
            "`most_recent` attribute to true."
        )
    image = max(images, key=lambda image: str(image.get("CreationDate", "")))
    return _placed(around, args, _image(around, args, image))


def _refuse_strangers(around: Surroundings, args: Map) -> None:
    """From SDK 7 on the newest of *anybody's* images is not what a program gets: anybody may publish one."""
    if around.line.major < 7 or not args.get("mostRecent") or args.get("owners") or args.get("allowUnsafeFilter"):
        return
    given = args.get("filters")
    names = {str(block.get("name")) for block in given if isinstance(block, Map)} if isinstance(given, tuple) else set()
    if not names & {"image-id", "owner-id", "owner-alias"}:
        raise ProviderFailed(
            "mostRecent is true, but nothing says whose images are meant. Give `owners`, or a filter `image-id` or "
            "`owner-id`; or set `allowUnsafeFilter` to take anybody's."
        )


def _image(around: Surroundings, args: Map, image: dict[str, Any]) -> dict[str, Any]:
    id_, region = image["ImageId"], _region(around, args)
    mappings = image.get("BlockDeviceMappings", ())
    root: dict[str, Any] = next((m for m in mappings if m.get("DeviceName") == image.get("RootDeviceName")), {})
    reason = image.get("StateReason") or {}
    texts = {
        name: image.get(name[0].upper() + name[1:], "")
        for name in (
            "architecture", "bootMode", "creationDate", "deprecationTime", "description", "hypervisor", "imageId",
            "imageLocation", "imageOwnerAlias", "imageType", "imdsSupport", "kernelId", "lastLaunchedTime", "name",
            "ownerId", "platform", "platformDetails", "ramdiskId", "rootDeviceName", "rootDeviceType",
            "sriovNetSupport", "state", "tpmSupport", "usageOperation", "virtualizationType",
        )
    }  # fmt: skip
    return {
        **texts,
        "id": id_,
        "arn": f"arn:{around.session.partition(region) or 'aws'}:ec2:{region}::image/{id_}",
        "blockDeviceMappings": [_mapping(mapping) for mapping in mappings],
        "enaSupport": bool(image.get("EnaSupport")),
        "productCodes": [
            {"productCodeId": code.get("ProductCodeId"), "productCodeType": code.get("ProductCodeType")}
            for code in image.get("ProductCodes", ())
        ],
        "public": bool(image.get("Public")),
        "rootSnapshotId": dig(root, "Ebs.SnapshotId") or "",
        "stateReason": {"code": reason.get("Code", "UNSET"), "message": reason.get("Message", "UNSET")},
        "tags": _tags(around, image.get("Tags")),
        "uefiData": args.get("uefiData") or "",
    }


def _mapping(mapping: dict[str, Any]) -> dict[str, Any]:
    """A block device; upstream tells of its volume as texts under its own names."""
    ebs = mapping.get("Ebs") or {}
    volume = {
        "delete_on_termination": str(bool(ebs.get("DeleteOnTermination"))).lower(),
        "encrypted": str(bool(ebs.get("Encrypted"))).lower(),
        "iops": str(ebs.get("Iops", 0)),
        "snapshot_id": ebs.get("SnapshotId", ""),
        "throughput": str(ebs.get("Throughput", 0)),
        "volume_size": str(ebs.get("VolumeSize", 0)),
        "volume_type": ebs.get("VolumeType", ""),
    }
    return {
        "deviceName": mapping.get("DeviceName", ""),
        "ebs": volume if ebs else {},
        "noDevice": mapping.get("NoDevice", ""),
        "virtualName": mapping.get("VirtualName", ""),
    }
