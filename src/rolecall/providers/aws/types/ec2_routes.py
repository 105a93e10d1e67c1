"""Where traffic goes: ec2.RouteTable with its routes, ec2.Route by itself, ec2.RouteTableAssociation."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from rolecall.errors import RolecallError
from rolecall.model.value import Map, Value
from rolecall.providers.aws.declaration import (
    TAGS,
    TAGS_ALL,
    Call,
    NotOfThatForm,
    Prop,
    Ready,
    Removal,
    ResourceType,
    Source,
    Sweep,
    Wait,
    output,
)
from rolecall.providers.aws.kinds import Block, Field, SetOf
from rolecall.providers.aws.services.ec2_ways import IN_USE, TAGGING, arn, identify, ids, own, tagged
from rolecall.providers.aws.values import dig
from rolecall.providers.aws.work import Work

TARGETS = {
    "carrierGatewayId": "CarrierGatewayId",
    "coreNetworkArn": "CoreNetworkArn",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "gatewayId": "GatewayId",
    "localGatewayId": "LocalGatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
    "odbNetworkArn": "OdbNetworkArn",
    "transitGatewayId": "TransitGatewayId",
    "vpcEndpointId": "VpcEndpointId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
}
DESTINATIONS = {
    "destinationCidrBlock": "DestinationCidrBlock",
    "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}

NEW_TARGET = (
    Wait("InvalidParameterException", seconds=300),
    Wait("InvalidTransitGatewayID.NotFound", seconds=300),
    Wait("InvalidGatewayID.NotFound", seconds=60),
    Wait("InvalidNatGatewayID.NotFound", seconds=60),
    Wait("InvalidRouteTableID.NotFound", seconds=60),
)

ROUTE_BLOCK = Block(
    (
        Field("cidrBlock", "DestinationCidrBlock"),
        Field("ipv6CidrBlock", "DestinationIpv6CidrBlock"),
        Field("destinationPrefixListId", "DestinationPrefixListId"),
        *(Field(name, api) for name, api in TARGETS.items()),
    )
)


def _destination(route: dict[str, Any]) -> str:
    return next((str(route[api]) for api in DESTINATIONS.values() if route.get(api)), "")


def _told(route: dict[str, Any]) -> dict[str, Any]:
    """A route as programs write it: an endpoint of a VPC comes back under the name of a gateway."""
    gateway = str(route.get("GatewayId", ""))
    if gateway.startswith("vpce-"):
        route = {**route, "VpcEndpointId": gateway, "GatewayId": None}
    return route


def _is_local(route: dict[str, Any]) -> bool:
    return route.get("GatewayId") == "local"


class Routes:
    """The routes of a table, all of them when the program gives any. The built-in one is adopted by naming it."""

    properties = ("routes",)

    def created(self, work: Work) -> None:
        for route in self._of(work.new):
            self._create(work, route)

    def read(self, work: Work) -> dict[str, Value]:
        adopted = {_destination(route) for place in (work.new, work.old) for route in self._of(place)}
        raw: Any = work.found.get("rawRoutes") or ()
        shown = [
            _told(route)
            for route in raw
            if route.get("Origin") != "EnableVgwRoutePropagation"
            and not (route.get("DestinationPrefixListId") and str(route.get("GatewayId", "")).startswith("vpce-"))
            and (not _is_local(route) or _destination(route) in adopted)
        ]
        return {"routes": SetOf(ROUTE_BLOCK).from_aws(sorted(shown, key=_destination))}

    def update(self, work: Work) -> None:
        if not work.changed("routes"):
            return
        wanted = {_destination(route): route for route in self._of(work.new)}
        held = {_destination(route): route for route in self._of(work.old)}
        for destination in sorted(set(held) - set(wanted)):
            if not _is_local(held[destination]):
                work.raw("DeleteRoute", {"RouteTableId": work.id, **_only_destination(held[destination])})
        for destination, route in sorted(wanted.items()):
            if destination not in held:
                self._create(work, route)
            elif held[destination] != route:
                work.raw("ReplaceRoute", {"RouteTableId": work.id, **_sent(route)}, waits=NEW_TARGET)

    def _of(self, place: Map) -> list[dict[str, Any]]:
        routes = place.get("routes")
        return list(SetOf(ROUTE_BLOCK).to_aws(routes)) if routes else []

    def _create(self, work: Work, route: dict[str, Any]) -> None:
        if not _is_local(route):
            work.raw("CreateRoute", {"RouteTableId": work.id, **route}, waits=NEW_TARGET)


def _only_destination(route: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in route.items() if name in DESTINATIONS.values()}


def _sent(route: dict[str, Any]) -> dict[str, Any]:
    """A replaced route's parameters; going back to the built-in target has a parameter of its own."""
    return {**_only_destination(route), "LocalTarget": True} if _is_local(route) else route


class Propagation:
    """The virtual private gateways whose routes the table takes."""

    properties = ("propagatingVgws",)

    def created(self, work: Work) -> None:
        self._change(work, set())

    def read(self, work: Work) -> dict[str, Value]:
        gateways: Any = work.found.get("rawPropagating") or ()
        return {"propagatingVgws": tuple(sorted(entry["GatewayId"] for entry in gateways))}

    def update(self, work: Work) -> None:
        if work.changed("propagatingVgws"):
            self._change(work, _texts(work.old.get("propagatingVgws")))

    def _change(self, work: Work, held: set[str]) -> None:
        wanted = _texts(work.wanted("propagatingVgws"))
        for gateway in sorted(held - wanted):
            work.raw("DisableVgwRoutePropagation", {"RouteTableId": work.id, "GatewayId": gateway})
        for gateway in sorted(wanted - held):
            waits = (Wait("Gateway.NotAttached", seconds=120),)
            work.raw("EnableVgwRoutePropagation", {"RouteTableId": work.id, "GatewayId": gateway}, waits=waits)


def _texts(value: Value) -> set[str]:
    return {str(item) for item in value} if isinstance(value, tuple) else set()


ROUTE_TABLE = ResourceType(
    type="aws:ec2/routeTable:RouteTable",
    title="EC2 Route Table",
    service="ec2",
    props=(
        Prop(name="vpcId", required=True, replaces=True),
        Prop(name="routes", kind=SetOf(ROUTE_BLOCK), computed=True),
        Prop(name="propagatingVgws", kind=SetOf(), computed=True),
        TAGS,
        TAGS_ALL,
        output("arn"),
        output("ownerId"),
    ),
    id="{id}",
    identify=identify,
    gone=("InvalidRouteTableID.NotFound",),
    create=Call(
        "CreateRouteTable",
        send={"VpcId": "vpcId", "TagSpecifications": tagged("route-table")},
        take={"id": "RouteTable.RouteTableId"},
        waits=(Wait("InvalidVpcID.NotFound"),),
    ),
    read=Call(
        "DescribeRouteTables",
        send=ids("RouteTableIds"),
        entry="RouteTables",
        take={
            "vpcId": "VpcId",
            "ownerId": "OwnerId",
            "rawRoutes": "Routes",
            "rawPropagating": "PropagatingVgws",
            "tagsAll": "Tags",
        },
    ),
    ready=Ready(lambda work: True, seconds=300),
    parts=(Propagation(), Routes(), TAGGING, arn("route-table")),
    sweeps=(
        Sweep(
            Call("DescribeRouteTables", send=ids("RouteTableIds")),
            "RouteTables.0.Associations",
            (Removal(Call("DisassociateRouteTable"), {"AssociationId": "RouteTableAssociationId"}),),
            only=lambda entry: not entry.get("Main"),
        ),
    ),
    delete=Call("DeleteRouteTable", send=own("RouteTableId"), waits=IN_USE),
)


def _goal(work: Work) -> str:
    return next((text for name in DESTINATIONS if (text := work.text(name))), "")


def _route_id(work: Work) -> str:
    return f"r-{work.text('routeTableId')}{zlib.crc32(_goal(work).encode())}"


def _read_route(work: Work) -> dict[str, Value] | None:
    answer = work.raw("DescribeRouteTables", {"RouteTableIds": [work.text("routeTableId")]})
    for route in dig(answer, "RouteTables.0.Routes") or ():
        if _destination(route) == _goal(work):
            return dict(_properties(work, _told(route)))
    return None


def _properties(work: Work, route: dict[str, Any]) -> Iterator[tuple[str, Value]]:
    yield "routeTableId", work.text("routeTableId")
    for name, api in (DESTINATIONS | TARGETS).items():
        yield name, route.get(api)
    for name, api in (
        ("instanceId", "InstanceId"),
        ("instanceOwnerId", "InstanceOwnerId"),
        ("origin", "Origin"),
        ("state", "State"),
    ):
        yield name, route.get(api, "")


def _before_route(work: Work) -> None:
    if work.wanted("gatewayId") == "local":
        raise RolecallError("cannot create a local route: it is there already, and can be imported")
    given = [name for name in TARGETS if work.wanted(name)]
    goals = [name for name in DESTINATIONS if work.wanted(name)]
    if len(given) != 1 or len(goals) != 1:
        raise RolecallError(
            f"a route has exactly one destination and one target; given are {', '.join(goals + given) or 'none'}"
        )


class Target:
    """The target of a route is exchanged in place."""

    properties = tuple(TARGETS)

    def created(self, work: Work) -> None:
        """The create call has sent it."""

    def read(self, work: Work) -> dict[str, Value]:
        return {}

    def update(self, work: Work) -> None:
        if any(work.changed(name) for name in TARGETS):
            route = {api: work.wanted(name) for name, api in TARGETS.items() if work.wanted(name)}
            params = {api: work.wanted(name) for name, api in DESTINATIONS.items() if work.wanted(name)}
            sent = _sent({**params, **route})
            work.raw("ReplaceRoute", {"RouteTableId": work.wanted("routeTableId"), **sent}, waits=NEW_TARGET)


def _identify_route(work: Work, id: str) -> dict[str, Value]:
    table, underscore, goal = id.partition("_")
    if not underscore or not goal:
        raise NotOfThatForm(f'unexpected format of ID ("{id}"), expected ROUTETABLEID_DESTINATION')
    name = "destinationCidrBlock"
    if goal.startswith("pl-"):
        name = "destinationPrefixListId"
    elif ":" in goal:
        name = "destinationIpv6CidrBlock"
    return {"routeTableId": table, name: goal, "id": f"r-{table}{zlib.crc32(goal.encode())}"}


def _known(name: str) -> Source:
    return lambda work: work.text(name)


_TARGETED: dict[str, Source] = {"RouteTableId": lambda work: work.text("routeTableId")}

ROUTE = ResourceType(
    type="aws:ec2/route:Route",
    title="EC2 Route",
    service="ec2",
    props=(
        Prop(name="routeTableId", required=True, replaces=True),
        *(Prop(name=name, replaces=True) for name in DESTINATIONS),
        *(Prop(name=name, computed=name == "networkInterfaceId") for name in TARGETS),
        output("instanceId", stable=False),
        output("instanceOwnerId", stable=False),
        output("origin", stable=False),
        output("state", stable=False),
    ),
    id=_route_id,
    identify=_identify_route,
    gone=("InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"),
    before=_before_route,
    create=Call(
        "CreateRoute",
        send={**_TARGETED, **{api: name for name, api in (DESTINATIONS | TARGETS).items()}},
        waits=NEW_TARGET,
    ),
    read=_read_route,
    ready=Ready(lambda work: True, seconds=300),
    parts=(Target(),),
    delete=Call(
        "DeleteRoute",
        send={**_TARGETED, **{api: _known(name) for name, api in DESTINATIONS.items()}},
        waits=(Wait("InvalidParameterException", seconds=300),),
    ),
)


def _associated(work: Work) -> bool:
    state = work.found.get("state")
    if state == "failed":
        raise RolecallError(f"the association failed: {work.text('stateMessage')}")
    return state in ("associated", None)


def _read_association(work: Work) -> dict[str, Value] | None:
    return _association(work, "association.route-table-association-id", work.id)


def _association(work: Work, criterion: str, value: str) -> dict[str, Value] | None:
    answer = work.raw("DescribeRouteTables", {"Filters": [{"Name": criterion, "Values": [value]}]})
    for table in answer.get("RouteTables", ()):
        for entry in table.get("Associations", ()):
            found = {
                "id": entry.get("RouteTableAssociationId"),
                "routeTableId": entry.get("RouteTableId"),
                "subnetId": entry.get("SubnetId"),
                "gatewayId": entry.get("GatewayId"),
                "state": dig(entry, "AssociationState.State"),
                "stateMessage": dig(entry, "AssociationState.StatusMessage"),
            }
            if value in found.values() and found["state"] not in ("disassociated", "disassociating"):
                return found
    return None


class Table:
    """Another table for the same subnet or gateway makes another association."""

    properties = ("routeTableId",)

    def created(self, work: Work) -> None:
        """The create call has sent it."""

    def read(self, work: Work) -> dict[str, Value]:
        return {}

    def update(self, work: Work) -> None:
        if work.changed("routeTableId"):
            params = {"AssociationId": work.id, "RouteTableId": work.wanted("routeTableId")}
            work.id = work.raw("ReplaceRouteTableAssociation", params, waits=NEW_TARGET)["NewAssociationId"]


def _identify_association(work: Work, id: str) -> dict[str, Value]:
    target, slash, table = id.partition("/")
    if not slash or not table:
        raise NotOfThatForm(f'unexpected format for import: {id}. Use "subnet ID/route table ID" or "gateway ID/..."')
    name = "subnetId" if target.startswith("subnet-") else "gatewayId"
    criterion = "association.subnet-id" if name == "subnetId" else "association.gateway-id"
    found = _association(work, criterion, target)
    if found is None or found["routeTableId"] != table:
        raise NotOfThatForm(f"no association found between route table {table} and {target}")
    return found


ROUTE_TABLE_ASSOCIATION = ResourceType(
    type="aws:ec2/routeTableAssociation:RouteTableAssociation",
    title="EC2 Route Table Association",
    service="ec2",
    props=(
        Prop(name="routeTableId", required=True),
        Prop(name="subnetId", replaces=True, conflicts=("gatewayId",)),
        Prop(name="gatewayId", replaces=True, conflicts=("subnetId",)),
    ),
    id="{id}",
    identify=_identify_association,
    gone=("InvalidAssociationID.NotFound", "InvalidRouteTableID.NotFound"),
    create=Call(
        "AssociateRouteTable",
        send={"RouteTableId": "routeTableId", "SubnetId": "subnetId", "GatewayId": "gatewayId"},
        take={"id": "AssociationId"},
        waits=(*NEW_TARGET, Wait("InvalidSubnetID.NotFound", seconds=60)),
    ),
    read=_read_association,
    ready=Ready(_associated, seconds=300),
    parts=(Table(),),
    delete=Call("DisassociateRouteTable", send=own("AssociationId")),
)
