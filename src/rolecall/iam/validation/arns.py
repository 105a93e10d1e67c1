"""The forms of ARNs in Resource elements that IAM refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.iam.errors import MalformedPolicy
from rolecall.iam.validation.elements import numbered, resource_values

PARTITIONS = frozenset({"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"})
_IAM_PATHS = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)


def check_resources(document: Mapping[str, Any]) -> None:
    """The forms of ARNs that IAM refuses."""
    for index, statement in numbered(document):
        for value in resource_values(statement):
            problem = _resource_problem(value)
            if problem:
                raise MalformedPolicy(problem, where=f"Statement[{index}].Resource")


def _resource_problem(value: str) -> str:
    if value == "*":
        return ""
    parts = value.split(":")
    if len(parts) < 2 or parts[0] != "arn":
        return f'Resource {value} must be in ARN format or "*".'
    rest = [*parts[1:6], *[""] * max(0, 6 - len(parts))]
    if parts[1] not in PARTITIONS and not set(parts[1]) & set("*?$"):
        tail = ":".join(parts[5:]) or "*"
        return (
            f'Partition "{parts[1]}" is not valid for resource '
            f'"arn:{parts[1]}:{rest[1] or "*"}:{rest[2] or "*"}:{rest[3] or "*"}:{tail}".'
        )
    if len(parts) < 3:
        return "Resource vendor must be fully qualified and cannot contain regexes."
    return _service_problem(value, parts)


def _service_problem(value: str, parts: list[str]) -> str:
    region = parts[3] if len(parts) > 3 else ""
    resource = ":".join(parts[5:])
    if parts[2] == "iam":
        if region and region != "*":
            return f"IAM resource {value} cannot contain region information."
        if (
            resource
            and not resource.startswith(("*", "root", *_IAM_PATHS))
            and not set(resource.split("/")[0]) & set("*?$")
        ):
            return f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS)}.'
    if (
        parts[2] == "s3"
        and region
        and region != "*"
        and not resource.startswith(("accesspoint", "job", "storage-lens"))
    ):
        return f"Resource {value} can not contain region information."
    return ""
