"""Functions about where and who we are: identity, region, partition, and what follows from them."""

from __future__ import annotations

from typing import Any

from rolecall.errors import RolecallError
from rolecall.model.provider import ProviderFailed
from rolecall.model.value import Map, map_of
from rolecall.providers.aws.work import Surroundings
from rolecall.roles.sessions import Session

BILLING_ACCOUNT = "386209384616"
"""The account from which AWS delivers billing reports (AWS Billing user guide)."""


def get_caller_identity(around: Surroundings, args: Map) -> Map:
    """Who STS says that this provider is."""
    try:
        answer: Any = around.session.call("sts", "GetCallerIdentity")
    except RolecallError as error:
        raise ProviderFailed(f"reading STS Caller Identity: {error}") from error
    return map_of(
        {
            "id": answer["Account"],
            "accountId": answer["Account"],
            "arn": answer["Arn"],
            "userId": answer["UserId"],
        }
    )


def get_partition(around: Surroundings, args: Map) -> Map:
    """The provider's partition and its domain."""
    partition = _partition(around.session, around.session.region)
    suffix: str = partition["outputs"]["dnsSuffix"]
    reverse = ".".join(reversed(suffix.split(".")))
    return map_of(
        {"id": partition["id"], "partition": partition["id"], "dnsSuffix": suffix, "reverseDnsPrefix": reverse}
    )


def get_region(around: Surroundings, args: Map) -> Map:
    """The provider's region, or the one that is named, or the one of an EC2 endpoint."""
    named = args.get("region") or args.get("name")
    endpoint = args.get("endpoint")
    name = str(named or (_of_endpoint(around.session, str(endpoint)) if endpoint else around.session.region))
    if endpoint and named and _of_endpoint(around.session, str(endpoint)) != name:
        raise ProviderFailed(
            "multiple Regions matched; use additional constraints to reduce matches to a single Region"
        )
    found = _described(around.session, name)
    if found is None:
        raise ProviderFailed(f'region not found for name "{name}"')
    description, suffix = found
    answer = {"id": name, "name": name, "endpoint": f"ec2.{name}.{suffix}", "description": description}
    return map_of({**answer, "region": name} if around.line.major >= 7 else answer)


def _of_endpoint(session: Session, endpoint: str) -> str:
    for partition in session.partitions():
        for name in partition["regions"]:
            if endpoint == f"ec2.{name}.{partition['outputs']['dnsSuffix']}":
                return str(name)
    raise ProviderFailed(f'region not found for endpoint "{endpoint}"')


def _described(session: Session, region: str) -> tuple[str, str] | None:
    for partition in session.partitions():
        if region in partition["regions"]:
            return partition["regions"][region]["description"], partition["outputs"]["dnsSuffix"]
    return None


def _partition(session: Session, region: str) -> dict[str, Any]:
    wanted = session.partition(region) or "aws"
    return next(p for p in session.partitions() if p["id"] == wanted)


def suffix_of(session: Session, region: str) -> str:
    """The domain under which a region's services are."""
    return str(_partition(session, region)["outputs"]["dnsSuffix"])


def get_default_tags(around: Surroundings, args: Map) -> Map:
    """The provider's default tags."""
    return map_of({"id": around.session.partition(around.session.region), "tags": dict(around.settings.default_tags)})


def get_arn(around: Surroundings, args: Map) -> Map:
    """The sections of an ARN."""
    text = str(args.get("arn", ""))
    sections = text.split(":", 5)
    if len(sections) != 6 or sections[0] != "arn":
        reason = "invalid prefix" if sections[0] != "arn" else "not enough sections"
        raise ProviderFailed(f"parsing ARN ({text}): arn: {reason}")
    _, partition, service, region, account, resource = sections
    return map_of(
        {
            "id": text,
            "arn": text,
            "partition": partition,
            "service": service,
            "region": region,
            "account": account,
            "resource": resource,
        }
    )


def get_billing_service_account(around: Surroundings, args: Map) -> Map:
    """The account that billing reports come from."""
    partition = around.session.partition(around.session.region)
    return map_of({"id": BILLING_ACCOUNT, "arn": f"arn:{partition}:iam::{BILLING_ACCOUNT}:root"})


def get_service_principal(around: Surroundings, args: Map) -> Map:
    """A service's name as a principal in policies."""
    region = str(args.get("region") or around.session.region)
    service = str(args.get("serviceName", ""))
    if _described(around.session, region) is None:
        raise ProviderFailed(f'region not found for name "{region}"')
    suffix = "amazonaws.com"
    return map_of(
        {
            "id": f"{service}.{region}.{suffix}",
            "name": f"{service}.{suffix}",
            "serviceName": service,
            "suffix": suffix,
            "region": region,
        }
    )


def get_regions(around: Surroundings, args: Map) -> Map:
    """The regions that the account may use."""
    params: dict[str, Any] = {"AllRegions": bool(args.get("allRegions", False)), **filters(args)}
    answer: Any = around.session.call("ec2", "DescribeRegions", **params)
    names = sorted(region["RegionName"] for region in answer["Regions"])
    return map_of({"id": around.session.partition(around.session.region), **args, "names": names})


def get_availability_zones(around: Surroundings, args: Map) -> Map:
    """The zones of a region, by name."""
    region = str(args.get("region") or around.session.region)
    params: dict[str, Any] = {"AllAvailabilityZones": bool(args.get("allAvailabilityZones", False)), **filters(args)}
    if args.get("state"):
        params.setdefault("Filters", []).append({"Name": "state", "Values": [args["state"]]})
    answer: Any = around.session.call("ec2", "DescribeAvailabilityZones", region=region, **params)
    zones = [
        zone
        for zone in sorted(answer["AvailabilityZones"], key=lambda zone: str(zone["ZoneName"]))
        if zone["ZoneName"] not in _listed(args.get("excludeNames"))
        and zone.get("ZoneId") not in _listed(args.get("excludeZoneIds"))
    ]
    found = {
        "id": region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone.get("ZoneId", "") for zone in zones],
        "groupNames": sorted({zone["GroupName"] for zone in zones if zone.get("GroupName")}),
    }
    return map_of({**args, **found, **({"region": region} if around.line.major >= 7 else {})})


def filters(args: Map) -> dict[str, Any]:
    """EC2's filters from a program's."""
    given = [block for block in _listed(args.get("filters")) if isinstance(block, Map)]
    if not given:
        return {}
    return {"Filters": [{"Name": block["name"], "Values": list(_listed(block.get("values")))} for block in given]}


def _listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()
