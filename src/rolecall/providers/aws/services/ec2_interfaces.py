"""Network interfaces that other services leave behind, and which stand in the way of deletions."""

from __future__ import annotations

from rolecall.providers.aws.declaration import Call, Removal, Sweep
from rolecall.providers.aws.services.ec2_ways import filters


def lambda_interfaces(criterion: str) -> Sweep:
    """The network interfaces that AWS Lambda leaves behind for a while, and which stand in the way of a deletion."""
    return Sweep(
        Call("DescribeNetworkInterfaces", send={"Filters": lambda work: filters({criterion: work.id})}),
        "NetworkInterfaces",
        (Removal(Call("DeleteNetworkInterface"), {"NetworkInterfaceId": "NetworkInterfaceId"}),),
        only=lambda entry: (
            entry.get("Status") == "available" and str(entry.get("Description", "")).startswith("AWS Lambda VPC ENI")
        ),
    )
