"""ec2.SecurityGroup with its rules inside, and ec2.SecurityGroupRule by itself."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rolecall.model.value import Map, Value
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import (
    TAGS,
    TAGS_ALL,
    AutoName,
    Call,
    NotOfThatForm,
    Prop,
    Ready,
    ResourceType,
    Wait,
    output,
    switch,
)
from rolecall.providers.aws.failures import code_of
from rolecall.providers.aws.kinds import FLAG, NUMBER, Block, Field, ListOf, SetOf, Text
from rolecall.providers.aws.services.ec2_interfaces import lambda_interfaces
from rolecall.providers.aws.services.ec2_ways import TAGGING, arn, filters, identify, ids, own, tagged
from rolecall.providers.aws.values import dig
from rolecall.providers.aws.work import Work

NEW = Wait("InvalidGroup.NotFound", seconds=120)
_IN_USE = (Wait("DependencyViolation", seconds=900), Wait("InvalidGroup.InUse", seconds=900))
_NUMBERS = {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}

SOURCES = {
    "cidrBlocks": ("IpRanges", "CidrIp"),
    "ipv6CidrBlocks": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListIds": ("PrefixListIds", "PrefixListId"),
    "securityGroups": ("UserIdGroupPairs", "GroupId"),
}
"""Property of a rule to AWS's list of such sources, and what an entry of it is called."""


class Protocol(Text):
    """A protocol by name; AWS knows it by number, too, and `all` as -1."""

    def clean(self, value: Value) -> Value:
        text = Text.clean(self, value)
        return _NUMBERS.get(text.lower(), text.lower()) if isinstance(text, str) else text


PROTOCOL = Protocol()


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """One source that is let in, or one goal that is let out: what AWS adds and takes away as one.

    `source`: a property of SOURCES; a group of another account is `account/group`.
    """

    protocol: str
    low: int
    high: int
    source: str
    value: str
    description: str = ""

    def permission(self, *, described: bool = True) -> dict[str, Any]:
        """As a parameter."""
        place, name = SOURCES[self.source]
        account, slash, group = self.value.partition("/") if self.source == "securityGroups" else ("", "", "")
        entry = {"UserId": account, "GroupId": group} if slash else {name: self.value}
        if self.description and described:
            entry["Description"] = self.description
        ports = {} if self.protocol == "-1" else {"FromPort": self.low, "ToPort": self.high}
        return {"IpProtocol": self.protocol, **ports, place: [entry]}


def rules_of(block: Map, group: str) -> Iterator[Rule]:
    """The rules that a block stands for. `group`: the id that `self` means."""
    protocol = str(PROTOCOL.clean(block.get("protocol")))
    ports = (_port(block.get("fromPort")), _port(block.get("toPort")))
    description = str(block.get("description") or "")
    for source in SOURCES:
        values = block.get(source)
        for value in values if isinstance(values, tuple) else ():
            yield Rule(protocol, *ports, source, str(value), description)
    if block.get("self") is True:
        yield Rule(protocol, *ports, "securityGroups", group, description)


def _port(value: Value) -> int:
    number = NUMBER.clean(value)
    return int(number) if isinstance(number, int | float) else 0


def rules_from(permissions: Iterable[dict[str, Any]], owner: str) -> Iterator[Rule]:
    """The rules of AWS's answer. `owner`: the account whose groups need no account before them."""
    for permission in permissions:
        protocol = str(PROTOCOL.clean(permission.get("IpProtocol")))
        # Of all protocols AWS names no ports.
        low, high = (0, 0) if protocol == "-1" else (permission.get("FromPort", 0), permission.get("ToPort", 0))
        for source, (place, name) in SOURCES.items():
            for entry in permission.get(place, ()):
                value = str(entry.get(name, ""))
                if source == "securityGroups" and entry.get("UserId") not in (None, "", owner):
                    value = f"{entry['UserId']}/{value}"
                yield Rule(protocol, low, high, source, value, entry.get("Description") or "")


def blocks_of(rules: Iterable[Rule], group: str) -> tuple[Map, ...]:
    """Rules as blocks: one for all rules that differ only in their sources."""
    together: dict[tuple[Any, ...], dict[str, Any]] = {}
    for rule in sorted(rules):
        key = (rule.protocol, rule.low, rule.high, rule.description)
        block = together.setdefault(key, {})
        if rule.source == "securityGroups" and rule.value == group:
            block["self"] = True
        else:
            block.setdefault(rule.source, []).append(rule.value)
    return tuple(
        Map(
            {
                "protocol": protocol,
                "fromPort": low,
                "toPort": high,
                "description": description,
                "self": False,
                **{name: tuple(value) if isinstance(value, list) else value for name, value in block.items()},
            }
        )
        for (protocol, low, high, description), block in together.items()
    )


class Rules(SetOf):
    """Rules in blocks, which are alike when they let through the same, however they are put together."""

    def alike(self, one: Value, other: Value) -> bool:
        return _all(self.clean(one)) == _all(self.clean(other))

    def differing(self, path: str, one: Value, other: Value) -> Iterator[tuple[str, Value, Value]]:
        if not self.alike(one, other):
            yield from SetOf.differing(self, path, one, other)


def _all(blocks: Value, group: str = "self") -> set[Rule]:
    listed = blocks if isinstance(blocks, tuple) else ()
    return {rule for block in listed if isinstance(block, Map) for rule in rules_of(block, group)}


RULES = Rules(
    Block(
        (
            Field("protocol", "protocol", PROTOCOL, required=True),
            Field("fromPort", "fromPort", NUMBER, required=True),
            Field("toPort", "toPort", NUMBER, required=True),
            Field("cidrBlocks", "cidrBlocks", SetOf()),
            Field("ipv6CidrBlocks", "ipv6CidrBlocks", SetOf()),
            Field("prefixListIds", "prefixListIds", SetOf()),
            Field("securityGroups", "securityGroups", SetOf()),
            Field("self", "self", FLAG, default=False),
            Field("description", "description"),
        )
    )
)


def _ports_of_all(name: str, value: Value) -> Iterable[str]:
    for block in value if isinstance(value, tuple) else ():
        if not isinstance(block, Map) or PROTOCOL.clean(block.get("protocol")) != "-1":
            continue
        low, high = _port(block.get("fromPort")), _port(block.get("toPort"))
        if low or high:
            yield f'from_port ({low}) and to_port ({high}) must both be 0 to use the ALL "-1" protocol!'


@dataclass(frozen=True, slots=True)
class Direction:
    """A group's rules of one direction, all of them when the program gives any."""

    name: str
    word: str

    @property
    def properties(self) -> tuple[str, ...]:
        return (self.name,)

    def created(self, work: Work) -> None:
        self._change(work, set())

    def read(self, work: Work) -> dict[str, Value]:
        raw: Any = work.found.get(f"raw{self.word}") or ()
        return {self.name: blocks_of(rules_from(raw, work.text("ownerId")), work.id)}

    def update(self, work: Work) -> None:
        if work.changed(self.name):
            self._change(work, _all(work.old.get(self.name), work.id))

    def _change(self, work: Work, held: set[Rule]) -> None:
        wanted = _all(RULES.clean(work.wanted(self.name)), work.id)
        send(work, f"RevokeSecurityGroup{self.word}", work.id, held - wanted)
        send(work, f"AuthorizeSecurityGroup{self.word}", work.id, wanted - held)


def send(work: Work, operation: str, group: str, rules: Iterable[Rule]) -> None:
    """Adds, changes or takes away rules; a rule that is gone already need not be taken away."""
    revoking = operation.startswith("Revoke")
    permissions = [rule.permission(described=not revoking) for rule in sorted(rules)]
    if not permissions:
        return
    try:
        work.raw(operation, {"GroupId": group, "IpPermissions": permissions}, waits=(NEW,))
    except ClientError as error:
        if not revoking or code_of(error) != "InvalidPermission.NotFound":
            raise


class NothingOut:
    """AWS lets everything out of a new group; what a program does not ask for is not let out."""

    properties = ()

    def created(self, work: Work) -> None:
        answer = work.raw("DescribeSecurityGroups", {"GroupIds": [work.id]}, waits=(NEW,))
        found = dig(answer, "SecurityGroups.0.IpPermissionsEgress") or ()
        send(work, "RevokeSecurityGroupEgress", work.id, set(rules_from(found, "")))

    def read(self, work: Work) -> dict[str, Value]:
        return {}

    def update(self, work: Work) -> None:
        """Only a new group has it."""


def _delete_group(work: Work) -> None:
    """With `revokeRulesOnDelete` its rules go first: two groups that name each other hold each other fast."""
    if work.old.get("revokeRulesOnDelete") is True:
        answer = work.raw("DescribeSecurityGroups", {"GroupIds": [work.id]})
        for word, place in (("Ingress", "IpPermissions"), ("Egress", "IpPermissionsEgress")):
            found = dig(answer, f"SecurityGroups.0.{place}") or ()
            send(work, f"RevokeSecurityGroup{word}", work.id, set(rules_from(found, work.text("ownerId"))))
    work.call(Call("DeleteSecurityGroup", send=own("GroupId"), waits=_IN_USE))


_GROUP_NAME = must.unlike(r"^sg-", "cannot begin with sg-")

SECURITY_GROUP = ResourceType(
    type="aws:ec2/securityGroup:SecurityGroup",
    title="EC2 Security Group",
    service="ec2",
    props=(
        Prop(name="description", replaces=True, default="Managed by Pulumi", checks=(must.length(0, 255),)),
        Prop(name="ingress", kind=RULES, computed=True, checks=(_ports_of_all,)),
        Prop(name="egress", kind=RULES, computed=True, checks=(_ports_of_all,)),
        Prop(
            name="name",
            replaces=True,
            computed=True,
            conflicts=("namePrefix",),
            checks=(must.length(0, 255), _GROUP_NAME),
        ),
        Prop(
            name="namePrefix",
            replaces=True,
            remembered=True,
            conflicts=("name",),
            checks=(must.length(0, 100), _GROUP_NAME),
        ),
        switch("revokeRulesOnDelete"),
        Prop(name="vpcId", replaces=True, computed=True),
        TAGS,
        TAGS_ALL,
        output("arn"),
        output("ownerId"),
    ),
    autoname=AutoName(prefixed="namePrefix"),
    id="{id}",
    identify=identify,
    gone=("InvalidGroup.NotFound", "InvalidGroupId.NotFound"),
    create=Call(
        "CreateSecurityGroup",
        send={
            "GroupName": "name",
            "Description": "description",
            "VpcId": "vpcId",
            "TagSpecifications": tagged("security-group"),
        },
        take={"id": "GroupId"},
        waits=(Wait("InvalidVpcID.NotFound"),),
    ),
    read=Call(
        "DescribeSecurityGroups",
        send=ids("GroupIds"),
        entry="SecurityGroups",
        take={
            "name": "GroupName",
            "description": "Description",
            "vpcId": "VpcId",
            "ownerId": "OwnerId",
            "rawIngress": "IpPermissions",
            "rawEgress": "IpPermissionsEgress",
            "tagsAll": "Tags",
        },
    ),
    ready=Ready(lambda work: True, seconds=300),
    parts=(
        NothingOut(),
        Direction("ingress", "Ingress"),
        Direction("egress", "Egress"),
        TAGGING,
        arn("security-group"),
    ),
    sweeps=(lambda_interfaces("group-id"),),
    delete=_delete_group,
)


def _word(work: Work) -> str:
    return "Egress" if work.text("type") == "egress" else "Ingress"


def _own_rules(work: Work) -> set[Rule]:
    """The AWS rules that one resource stands for."""
    names = ("protocol", "fromPort", "toPort", "cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "self", "description")
    facts: dict[str, Value] = {name: work.new.get(name, work.old.get(name)) for name in names}
    other = work.new.get("sourceSecurityGroupId", work.old.get("sourceSecurityGroupId"))
    facts["securityGroups"] = (other,) if other else ()
    return _all((Map(facts),), work.text("securityGroupId"))


def _plainly(rules: Iterable[Rule]) -> set[tuple[str, int, int, str, str]]:
    return {(rule.protocol, rule.low, rule.high, rule.source, rule.value) for rule in rules}


_FROM = ("securityGroupId", "cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "self", "sourceSecurityGroupId")


def _read_rule(work: Work) -> dict[str, Value] | None:
    group = work.text("securityGroupId")
    answer = work.raw("DescribeSecurityGroups", {"GroupIds": [group]})
    place = "IpPermissionsEgress" if _word(work) == "Egress" else "IpPermissions"
    owner = str(dig(answer, "SecurityGroups.0.OwnerId") or "")
    found = list(rules_from(dig(answer, f"SecurityGroups.0.{place}") or (), owner))
    wanted = _plainly(_own_rules(work))
    ours = [rule for rule in found if _plainly([rule]) <= wanted]
    if _plainly(ours) != wanted:
        return None
    facts: dict[str, Value] = {
        name: work.old.get(name, work.new.get(name)) for name in ("type", "protocol", "fromPort", "toPort", *_FROM)
    }
    description = ours[0].description if ours else ""
    return {**facts, "description": description or None, "securityGroupRuleId": _rule_id(work, group)}


def _rule_id(work: Work, group: str) -> str:
    """AWS's own id, when it has just one rule for the resource."""
    if len(_own_rules(work)) != 1:
        return ""
    (wanted,) = _plainly(_own_rules(work))
    pages = work.pages(Call("DescribeSecurityGroupRules", send={"Filters": lambda w: filters({"group-id": group})}))
    for entry in (entry for page in pages for entry in page["SecurityGroupRules"]):
        protocol = str(PROTOCOL.clean(entry.get("IpProtocol")))
        ports = (0, 0) if protocol == "-1" else (entry.get("FromPort", 0), entry.get("ToPort", 0))
        values = {
            "cidrBlocks": entry.get("CidrIpv4"),
            "ipv6CidrBlocks": entry.get("CidrIpv6"),
            "prefixListIds": entry.get("PrefixListId"),
            "securityGroups": dig(entry, "ReferencedGroupInfo.GroupId"),
        }
        same = any((protocol, *ports, source, value) == wanted for source, value in values.items())
        if same and bool(entry.get("IsEgress")) == (_word(work) == "Egress"):
            return str(entry["SecurityGroupRuleId"])
    return ""


def _hashed(work: Work) -> str:
    """Upstream's id: a sum over the rule with its sources in order."""
    rules = _own_rules(work)
    (protocol, low, high), *_ = {(rule.protocol, rule.low, rule.high) for rule in rules} or {("", 0, 0)}
    text = f"{work.text('securityGroupId')}-"
    text += (f"{low}-" if low > 0 else "") + (f"{high}-" if high > 0 else "")
    text += f"{protocol}-{work.text('type')}-"
    for source in SOURCES:
        for value in sorted(rule.value for rule in rules if rule.source == source):
            text += f"{value}--" if source == "securityGroups" else f"{value}-"
    return f"sgrule-{zlib.crc32(text.encode())}"


def _identify_rule(work: Work, id: str) -> dict[str, Value]:
    parts = id.split("_")
    if len(parts) < 6 or not parts[0].startswith("sg-") or parts[1] not in ("ingress", "egress"):
        raise NotOfThatForm(
            f"unexpected format of import resource {id}, expected "
            "SECURITYGROUPID_TYPE_PROTOCOL_FROMPORT_TOPORT_SOURCE[_SOURCE]*"
        )
    group, kind, protocol, low, high, *sources = parts
    facts: dict[str, Any] = {
        "securityGroupId": group,
        "type": kind,
        "protocol": PROTOCOL.clean(protocol),
        "fromPort": 0 if low == "all" else _port(low),
        "toPort": 0 if high == "all" else _port(high),
        "self": "self" in sources,
    }
    for source in (source for source in sources if source != "self"):
        if source.startswith("sg-"):
            facts["sourceSecurityGroupId"] = source
            continue
        name = "prefixListIds" if source.startswith("pl-") else "ipv6CidrBlocks" if ":" in source else "cidrBlocks"
        facts[name] = (*facts.get(name, ()), source)
    work.old = work.old.with_(facts)
    return {**facts, "id": _hashed(work)}


class RuleItself:
    """One resource's rules in their group; only the description changes in place."""

    properties = ("description",)

    def created(self, work: Work) -> None:
        """The creation has sent it."""

    def read(self, work: Work) -> dict[str, Value]:
        return {}

    def update(self, work: Work) -> None:
        if work.changed("description"):
            operation = f"UpdateSecurityGroupRuleDescriptions{_word(work)}"
            send(work, operation, work.text("securityGroupId"), _own_rules(work))


def _revoke(work: Work) -> None:
    send(work, f"RevokeSecurityGroup{_word(work)}", work.text("securityGroupId"), _own_rules(work))


def _authorise(work: Work) -> dict[str, Value]:
    send(work, f"AuthorizeSecurityGroup{_word(work)}", work.text("securityGroupId"), _own_rules(work))
    return {}


def _ports_of_one(name: str, value: Value) -> Iterable[str]:
    if isinstance(value, int | float) and not -1 <= value <= 65535:
        yield f"expected {name} to be in the range (-1 - 65535), got {value}"


SECURITY_GROUP_RULE = ResourceType(
    type="aws:ec2/securityGroupRule:SecurityGroupRule",
    title="EC2 Security Group Rule",
    service="ec2",
    props=(
        Prop(name="type", required=True, replaces=True, checks=(must.one_of("egress", "ingress"),)),
        Prop(name="protocol", kind=PROTOCOL, required=True, replaces=True),
        Prop(name="fromPort", kind=NUMBER, required=True, replaces=True, checks=(_ports_of_one,)),
        Prop(name="toPort", kind=NUMBER, required=True, replaces=True, checks=(_ports_of_one,)),
        Prop(name="securityGroupId", required=True, replaces=True),
        Prop(name="cidrBlocks", kind=ListOf(), replaces=True),
        Prop(name="ipv6CidrBlocks", kind=ListOf(), replaces=True),
        Prop(name="prefixListIds", kind=ListOf(), replaces=True),
        Prop(name="self", kind=FLAG, replaces=True, default=False),
        Prop(name="sourceSecurityGroupId", replaces=True),
        Prop(name="description", checks=(must.length(0, 255),)),
        output("securityGroupRuleId"),
    ),
    id=_hashed,
    identify=_identify_rule,
    gone=("InvalidGroup.NotFound", "InvalidGroupId.NotFound"),
    delete_first=True,
    create=_authorise,
    read=_read_rule,
    ready=Ready(lambda work: True, seconds=300),
    parts=(RuleItself(),),
    delete=_revoke,
)
