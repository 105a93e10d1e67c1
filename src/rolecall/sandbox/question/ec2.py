"""EC2: ids tell their type by their prefix, and an instance is started from many things."""

from __future__ import annotations

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, Question
from rolecall.sandbox.question.general import check, general_question

_EC2_KINDS = {
    "acl": "network-acl",
    "ami": "image",
    "dopt": "dhcp-options",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "r": "reservation",
    "rtb": "route-table",
    "sg": "security-group",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
"""What the prefix of an EC2 id says about the resource's type in ARNs."""


def ec2_question(asking: Asking) -> Question:
    """Tags are put on ids of any type; starting an instance is about everything it is made from."""
    if asking.call.operation == "RunInstances":
        return _run_instances(asking)
    if asking.call.operation not in ("CreateTags", "DeleteTags"):
        return general_question(asking)
    ids = asking.param("Resources") or ()
    return Question(tuple(Check(asking.action, ec2_arn(asking, id_)) for id_ in ids) or (Check(asking.action, "*"),))


def _run_instances(asking: Asking) -> Question:
    """Each of these is checked, also where AWS picks a default. Source: EC2's example policies for RunInstances."""
    named = general_question(asking)
    kinds = {c.resource.split(":", 5)[-1].partition("/")[0] for c in named.checks}
    needed = ("instance", "network-interface", "security-group", "subnet", "volume")
    more = [asking.arn("ec2", f"{kind}/*") for kind in needed if kind not in kinds]
    return Question((*named.checks, *(check(asking, asking.action, arn) for arn in more)))


def ec2_arn(asking: Asking, id_: str) -> str:
    """The ARN of an EC2 resource by its id."""
    kind = _EC2_KINDS.get(id_.partition("-")[0], "*")
    return asking.arn("ec2", f"{kind}/{id_}", account="" if kind in ("image", "snapshot") else None)
