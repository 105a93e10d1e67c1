"""Every operation of the services people use most can be asked about, with parameters made up from its model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from rolecall.sandbox.question.reference import prefix_of, reference_of
from rolecall.sandbox.services import model_of
from tests.unit.question.calls import ACCOUNT, question

SERVICES = (
    *(
        "apigateway",
        "autoscaling",
        "cloudformation",
        "cloudfront",
        "cloudtrail",
        "cloudwatch",
        "cognito-idp",
        "dynamodb",
    ),
    *("ec2", "ecr", "ecs", "efs", "eks", "elbv2", "events", "firehose", "iam", "kinesis", "kms", "lambda", "logs"),
    *("organizations", "rds", "route53", "s3", "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts"),
)


def made_up(shape: Any, name: str = "", depth: int = 0) -> Any:
    """A value for a shape of a service's model."""
    match shape.type_name:
        case "structure" if depth < 4:
            return {member: made_up(inner, member, depth + 1) for member, inner in shape.members.items()}
        case "structure":
            return {}
        case "list":
            return [made_up(shape.member, name, depth + 1)]
        case "map":
            return {"key": made_up(shape.value, name, depth + 1)}
        case "string":
            return f"arn:aws:iam::{ACCOUNT}:role/x" if "role" in name.lower() else "name"
        case "boolean":
            return True
        case "blob":
            return b"x"
        case "timestamp":
            return datetime(2026, 1, 1, tzinfo=UTC)
        case _:
            return 1


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_asked_about_by_actions_and_arns_that_can_be_matched(service: str) -> None:
    model = model_of(service)
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        for params in ({}, made_up(shape) if shape is not None else {}):
            for check in question(f"{service}:{operation}", params).checks:
                assert check.action.count(":") == 1, operation
                assert check.resource == "*" or check.resource.count(":") >= 5, (operation, check.resource)


@pytest.mark.parametrize("service", SERVICES)
def test_the_reference_knows_the_service(service: str) -> None:
    assert reference_of(prefix_of(service)) is not None
