"""`iam:PassRole`: whoever hands a role to a service needs the permission to, beside the call's own.

Source: "Granting a user permissions to pass a role to an AWS service", IAM User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, KeyValue

_ROLE_ARN = re.compile(r"arn:[^:]+:iam::\d{12}:role/.+")
_ROLE_MEMBER = re.compile(r"(role|rolearn|iamrole|jobflowrole|credentials|iaminstanceprofile)$", re.IGNORECASE)
_READS = ("Get", "List", "Describe", "Batch", "Search", "Simulate", "Lookup", "Assume", "Test", "Validate")
_MOST_NESTING = 12

PASSED_TO: dict[str, str] = {
    "apigateway": "apigateway.amazonaws.com",
    "apigatewayv2": "apigateway.amazonaws.com",
    "stepfunctions": "states.amazonaws.com",
    "elbv2": "elasticloadbalancing.amazonaws.com",
    "emr": "elasticmapreduce.amazonaws.com",
    "cloudwatch": "cloudwatch.amazonaws.com",
    "application-autoscaling": "application-autoscaling.amazonaws.com",
    "opensearch": "es.amazonaws.com",
    "efs": "elasticfilesystem.amazonaws.com",
    "neptune": "rds.amazonaws.com",
    "docdb": "rds.amazonaws.com",
    "s3control": "batchoperations.s3.amazonaws.com",
    "iam": "ec2.amazonaws.com",
    "mwaa": "airflow.amazonaws.com",
}
"""The service principal that a role is passed to, by botocore's service, where it is not `<prefix>.amazonaws.com`."""

PASSED_BY: dict[tuple[str, str], str] = {
    ("ecs", "taskRoleArn"): "ecs-tasks.amazonaws.com",
    ("ecs", "executionRoleArn"): "ecs-tasks.amazonaws.com",
    ("eks", "nodeRole"): "ec2.amazonaws.com",
    ("eks", "podExecutionRoleArn"): "eks-fargate-pods.amazonaws.com",
    ("ec2", "DeliverLogsPermissionArn"): "vpc-flow-logs.amazonaws.com",
    ("ec2", "IamFleetRole"): "spotfleet.amazonaws.com",
    ("rds", "MonitoringRoleArn"): "monitoring.rds.amazonaws.com",
    ("rds", "IamRoleArn"): "export.rds.amazonaws.com",
    ("autoscaling", "IamInstanceProfile"): "ec2.amazonaws.com",
    ("emr", "JobFlowRole"): "ec2.amazonaws.com",
}
"""The service principal by the parameter that holds the role, where a service passes roles to several."""

_NEVER = frozenset({"sts", "organizations", "lakeformation", "access-analyzer", "accessanalyzer"})


def passrole_checks(asking: Asking) -> Iterator[Check]:
    """A check for each role that the call hands to a service."""
    call = asking.call
    if call.service in _NEVER or call.operation.startswith(_READS):
        return
    if call.service == "iam":
        yield from _into_instance_profile(asking)
        return
    if call.service == "ec2" and call.operation == "CreateLaunchTemplate":
        return
    unchanged = asking.world.attached_role(call.operation, asking.account, call.region, _name(asking))
    passed: dict[tuple[str, str], None] = {}
    for member, role in _roles(asking, call.params, 0):
        if role != unchanged:
            passed[(role, _passed_to(asking, member))] = None
    for role, service in passed:
        yield _pass(asking, role, service)


def _pass(asking: Asking, role: str, service: str) -> Check:
    keys: dict[str, KeyValue] = {"iam:PassedToService": service}
    return Check("iam:PassRole", role, asking.owner_of(role), keys=keys, because=f"a role is passed to {service}")


def _into_instance_profile(asking: Asking) -> Iterator[Check]:
    name = asking.text("RoleName")
    if asking.call.operation == "AddRoleToInstanceProfile" and name:
        role = asking.world.role_arn(asking.account, name) or asking.arn("iam", f"role/{name}", region="")
        yield _pass(asking, role, "ec2.amazonaws.com")


def _roles(asking: Asking, value: Any, depth: int, member: str = "") -> Iterator[tuple[str, str]]:
    """The role ARNs under parameters that hold roles, with the parameter's name."""
    if depth > _MOST_NESTING:
        return
    if isinstance(value, Mapping):
        if _is_profile(member):
            yield from _of_profile(asking, member, value.get("Arn") or value.get("Name") or "")
            return
        for name, inner in value.items():
            yield from _roles(asking, inner, depth + 1, str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _roles(asking, inner, depth + 1, member)
    elif isinstance(value, str):
        if _is_profile(member):
            yield from _of_profile(asking, member, value)
        elif _is_role_member(asking, member):
            yield from _as_role(asking, member, value)


def _is_role_member(asking: Asking, member: str) -> bool:
    return bool(_ROLE_MEMBER.search(member)) or (asking.call.service, member) in PASSED_BY


def _is_profile(member: str) -> bool:
    return member.lower() in ("iaminstanceprofile", "jobflowrole")


def _as_role(asking: Asking, member: str, text: str) -> Iterator[tuple[str, str]]:
    if _ROLE_ARN.fullmatch(text):
        yield member, text
    elif asking.call.service == "codebuild" and member == "serviceRole":
        yield member, asking.world.role_arn(asking.account, text) or asking.arn("iam", f"role/{text}", region="")


def _of_profile(asking: Asking, member: str, text: str) -> Iterator[tuple[str, str]]:
    name = text.rpartition("/")[2]
    role = asking.world.instance_profile_role(asking.account, name) if name else None
    if role:
        yield member, role


def _passed_to(asking: Asking, member: str) -> str:
    special = PASSED_BY.get((asking.call.service, member))
    return special or PASSED_TO.get(asking.call.service) or f"{asking.prefix}.amazonaws.com"


def _name(asking: Asking) -> str:
    for parameter in ("FunctionName", "Name", "name", "stateMachineArn", "StackName"):
        if asking.text(parameter):
            return asking.text(parameter)
    return ""
