"""Functions that list: a refusal fails the call and not the run, and no more is listed than was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.model.provider import InvokeFunction, ProviderFailed
from rolecall.model.value import Map, map_of
from tests.fakes.aws_endpoint import Answer, Asked, caller, fault
from tests.unit.providers.aws.test_eventual_consistency import Stage, staged


def invoke(stage: Stage, token: str, **args: Any) -> Map:
    result: Map = stage.run(stage.provider.invoke(InvokeFunction(token, map_of(args)))).result
    return result


def refusing(asked: Asked) -> Answer:
    if asked.action == "GetCallerIdentity":
        return caller("arn:aws:iam::424242424242:user/somebody")
    return fault("AccessDenied", f"not authorized to perform: iam:{asked.action}")


@pytest.mark.parametrize(
    ("token", "args", "action"),
    [
        ("aws:iam/getPolicy:getPolicy", {"name": "p"}, "iam:ListPolicies"),
        ("aws:iam/getGroup:getGroup", {"groupName": "g"}, "iam:GetGroup"),
    ],
)
def test_a_refused_listing_fails_the_call_and_names_the_action(token: str, args: dict[str, str], action: str) -> None:
    def act(stage: Stage) -> None:
        with pytest.raises(ProviderFailed, match=f"{action}.*AccessDenied|AccessDenied.*{action}"):
            invoke(stage, token, **args)

    staged(refusing, act)


def endless_bucket(asked: Asked) -> Answer:
    """A bucket that has another page whatever was asked for."""
    if asked.action == "GetCallerIdentity":
        return caller("arn:aws:iam::424242424242:user/somebody")
    contents = "".join(f"<Contents><Key>k{n}</Key></Contents>" for n in range(int(asked.params.get("max-keys", 1000))))
    return 200, (
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
        f"{contents}</ListBucketResult>"
    )


def test_no_more_objects_are_listed_than_were_asked_for() -> None:
    def act(stage: Stage) -> None:
        result = invoke(stage, "aws:s3/getObjects:getObjects", bucket="b", maxKeys=5)
        assert result["keys"] == tuple(f"k{n}" for n in range(5))

    aws = staged(endless_bucket, act)
    assert len([asked for asked in aws.asked if asked.action != "GetCallerIdentity"]) == 1
