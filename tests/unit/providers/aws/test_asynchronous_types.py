"""What AWS makes and takes away in its own time is waited for, and what fails meanwhile is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rolecall.model.provider import Create, Delete, Outcome, PartlyDone, ProviderFailed
from rolecall.model.urn import URN
from rolecall.model.value import map_of
from tests.fakes.aws_endpoint import Answer, Asked, caller
from tests.unit.providers.aws.test_eventual_consistency import Stage, staged

NAT = URN.make("s", "p", None, "aws:ec2/natGateway:NatGateway", "nat")
PROPS = map_of({"subnetId": "subnet-1", "connectivityType": "private", "region": "us-east-1"})


def telling(*states: str) -> Callable[[Asked], Answer]:
    """An EC2 whose gateway is in each of these states in turn, and stays in the last."""
    left = list(states)

    def script(asked: Asked) -> Answer:
        if asked.action == "GetCallerIdentity":
            return caller("arn:aws:iam::424242424242:user/somebody")
        if asked.action == "CreateNatGateway":
            inside = "<natGateway><natGatewayId>nat-1</natGatewayId></natGateway>"
        elif asked.action == "DescribeNatGateways":
            state = left.pop(0) if len(left) > 1 else left[0]
            why = "<failureCode>Gateway.NotAttached</failureCode><failureMessage>no way out</failureMessage>"
            inside = (
                f"<natGatewaySet><item><natGatewayId>nat-1</natGatewayId><state>{state}</state>"
                f"<subnetId>subnet-1</subnetId>{why if state == 'failed' else ''}</item></natGatewaySet>"
            )
        else:
            inside = ""
        return 200, f"<{asked.action}Response>{inside}</{asked.action}Response>"

    return script


def create(stage: Stage) -> Outcome:
    outcome: Outcome = stage.run(stage.provider.create(Create(NAT, PROPS)))
    return outcome


def test_a_creation_ends_when_aws_says_so() -> None:
    def act(stage: Stage) -> None:
        assert create(stage).id == "nat-1"
        assert len(stage.clock.waits) == 2

    aws = staged(telling("pending", "pending", "available"), act)
    assert [asked.action for asked in aws.asked].count("CreateNatGateway") == 1


def test_a_creation_that_fails_meanwhile_is_kept_and_told() -> None:
    def act(stage: Stage) -> None:
        with pytest.raises(PartlyDone) as caught:
            create(stage)
        assert caught.value.outcome.id == "nat-1"
        assert "Gateway.NotAttached: no way out" in caught.value.outcome.init_errors[0]

    staged(telling("pending", "failed"), act)


def test_a_creation_that_never_ends_is_given_up_in_ten_minutes() -> None:
    def act(stage: Stage) -> None:
        with pytest.raises(PartlyDone) as caught:
            create(stage)
        assert (
            "timeout while waiting for EC2 NAT Gateway (nat-1) to become ready" in caught.value.outcome.init_errors[0]
        )
        assert 590 < sum(stage.clock.waits) <= 600

    staged(telling("pending"), act)


def test_a_deletion_ends_when_it_shows() -> None:
    def act(stage: Stage) -> None:
        stage.run(stage.provider.delete(Delete(NAT, "nat-1", PROPS, PROPS)))
        assert len(stage.clock.waits) == 1

    staged(telling("deleting", "deleted"), act)


def test_a_deletion_that_never_shows_is_a_failure() -> None:
    def act(stage: Stage) -> None:
        with pytest.raises(ProviderFailed, match=r"timeout while waiting for EC2 NAT Gateway \(nat-1\) to be deleted"):
            stage.run(stage.provider.delete(Delete(NAT, "nat-1", PROPS, PROPS)))
        assert 1790 < sum(stage.clock.waits) <= 1800

    staged(telling("deleting"), act)
