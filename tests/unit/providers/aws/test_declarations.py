"""Declarations against the published facts of each type: nothing promised by the SDK may be missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name

from rolecall.model.value import Map
from rolecall.providers.aws import catalogue
from rolecall.providers.aws.checking import snake
from rolecall.providers.aws.declaration import Call, ResourceType
from rolecall.providers.aws.lines import Line

ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parents[3] / "data" / "aws" / "coverage.json").read_text())
TYPES = {row["token"]: row for row in ROWS if row["kind"] == "resource"}
LINES = [Line.of(version) for version in ("5.33.0", "6.83.0", "7.51.1")]

_POOLS = {"ipv4IpamPoolId", "ipv4NetmaskLength", "ipv6IpamPoolId", "ipv6NetmaskLength"}

LEFT_OUT = {
    "aws:ec2/eip:Eip": {"ptrRecord"},
    "aws:ec2/natGateway:NatGateway": {
        "availabilityMode", "availabilityZoneAddresses", "autoProvisionZones", "autoScalingIps", "routeTableId",
        "vpcId", "regionalNatGatewayAddresses", "regionalNatGatewayAutoMode", "secondaryAllocationIds",
        "secondaryPrivateIpAddressCount", "secondaryPrivateIpAddresses",
    },
    "aws:ec2/subnet:Subnet": {*_POOLS, "customerOwnedIpv4Pool", "mapCustomerOwnedIpOnLaunch"},
    "aws:ec2/vpc:Vpc": {*_POOLS},
    "aws:iam/accessKey:AccessKey": {"pgpKey", "encryptedSecret", "encryptedSesSmtpPasswordV4", "keyFingerprint"},
}  # fmt: skip
"""Refused by name, see docs/aws.md."""


def declared(token: str) -> ResourceType:
    kind = catalogue.resource_type(token)
    assert kind is not None
    return kind


def names(kind: ResourceType, line: Line) -> set[str]:
    """All property names as an SDK line has them."""
    inside = [p.name for p in kind.props if p.output or p.known(line)]
    shaped = kind.outward(Map(dict.fromkeys(inside, True)), line) if kind.outward else inside
    return set(shaped)


@pytest.mark.parametrize("token", sorted(TYPES))
def test_every_input_and_output_of_some_sdk_line_is_declared(token: str) -> None:
    kind = declared(token)
    have = set().union(*(names(kind, line) for line in LINES)) | ({"region"} if kind.regional else set())
    promised = {*TYPES[token]["inputs"], *TYPES[token]["outputs"]} - LEFT_OUT.get(token, set())
    assert promised - have == set()


@pytest.mark.parametrize("token", sorted(TYPES))
def test_what_replaces_is_what_the_facts_say(token: str) -> None:
    kind = declared(token)
    wanted = set(TYPES[token].get("force_new", ())) - LEFT_OUT.get(token, set()) - {"region"}
    assert {p.name for p in kind.props if p.replaces} - {"bucketNamespace"} == wanted


@pytest.mark.parametrize("token", sorted(TYPES))
def test_secret_outputs_are_secret(token: str) -> None:
    secret = {p.name for p in declared(token).props if p.secret}
    assert secret == set(TYPES[token].get("secret_outputs") or ())


@pytest.mark.parametrize("token", sorted(TYPES))
def test_defaults_and_names_are_those_of_the_facts(token: str) -> None:
    kind, row = declared(token), TYPES[token]
    defaults = {p.name: p.default for p in kind.inputs(LINES[0]) if p.default is not None}
    assert {k: v for k, v in defaults.items() if k != "acl"} == {
        k: v for k, v in (row.get("defaults") or {}).items() if k != "acl"
    }
    rule = row.get("autoname")
    if not rule or rule["max_length"] is None:
        return
    assert kind.autoname is not None
    assert (kind.autoname.property, kind.autoname.longest) == (rule["property"], rule["max_length"])


@pytest.mark.parametrize("token", sorted(TYPES))
def test_required_inputs_are_required(token: str) -> None:
    assert {p.name for p in declared(token).props if p.required} == set(TYPES[token]["required"])


def calls_of(kind: ResourceType) -> list[Call]:
    found = [c for c in (kind.create, kind.read, kind.delete) if isinstance(c, Call)]
    for part in kind.parts:
        for name in ("call", "put", "clear", "get", "add", "remove", "listing"):
            candidate = getattr(part, name, None)
            if isinstance(candidate, Call):
                found.append(candidate)
    for sweep in kind.sweeps:
        found += [sweep.listing, *(removal.call for removal in sweep.removals)]
    return found


@pytest.mark.parametrize("token", sorted(TYPES))
def test_every_declared_call_exists_and_takes_these_parameters(token: str) -> None:
    kind = declared(token)
    client = boto3.client(kind.service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
    for call in calls_of(kind):
        assert hasattr(client, xform_name(call.operation)), call.operation
        shape = client.meta.service_model.operation_model(call.operation).input_shape
        assert shape is not None
        for parameter in call.send:
            assert parameter.split(".")[0] in shape.members, f"{call.operation} has no {parameter}"


def test_every_type_and_function_of_the_catalogue_loads() -> None:
    for token in catalogue.TYPES:
        assert declared(token).type == token
    for token in catalogue.FUNCTIONS:
        assert callable(catalogue.function(token))
    assert not catalogue.covers("aws:sqs/queue:Queue")


def test_messages_spell_properties_as_upstream_does() -> None:
    assert [snake(n) for n in ("assumeRolePolicy", "name", "maxSessionDuration")] == [
        "assume_role_policy", "name", "max_session_duration",
    ]  # fmt: skip
