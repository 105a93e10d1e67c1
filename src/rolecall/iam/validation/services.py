"""What single services check of the policies of their resources, and Organizations of its control policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.iam.document import SYNTAX
from rolecall.iam.errors import MalformedPolicy
from rolecall.iam.validation.elements import Check, action_values, numbered, resource_values


def check_required(*names: str) -> Check:
    """Elements that S3 misses by name."""

    def check(document: Mapping[str, Any]) -> None:
        if "Statement" not in document:
            raise MalformedPolicy("Missing required field Statement")
        for statement in document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]:
            for name in names:
                if isinstance(statement, Mapping) and name not in statement and f"Not{name}" not in statement:
                    raise MalformedPolicy(f"Missing required field {name}")

    return check


def check_allow_names(document: Mapping[str, Any]) -> None:
    """An Allow cannot be for everybody but some."""
    for _, statement in numbered(document):
        if statement["Effect"] == "Allow" and "NotPrincipal" in statement:
            raise MalformedPolicy("Allow with NotPrincipal is not allowed.")


def check_known_version(document: Mapping[str, Any]) -> None:
    """One of the two versions of the language, or none."""
    if document.get("Version", "2012-10-17") not in ("2012-10-17", "2008-10-17"):
        raise MalformedPolicy("The policy must contain a valid version string")


def check_rcp(document: Mapping[str, Any]) -> None:
    """Customers' resource control policies deny, to everybody, named actions."""
    for index, statement in numbered(document):
        wrong = (
            statement["Effect"] != "Deny"
            or statement.get("Principal") != "*"
            or "NotAction" in statement
            or "*" in action_values(statement)
        )
        if wrong:
            raise MalformedPolicy(SYNTAX, where=f"Statement[{index}]")


def check_kms_principals(document: Mapping[str, Any]) -> None:
    """A key policy says who."""
    for index, statement in numbered(document):
        if "Principal" not in statement and "NotPrincipal" not in statement:
            raise MalformedPolicy(SYNTAX, where=f"Statement[{index}]: no Principal")


def check_bucket(document: Mapping[str, Any], bucket_arn: str) -> None:
    """S3 looks at what the statements are about: only this bucket and its objects, and only S3's actions."""
    for index, statement in numbered(document):
        for value in resource_values(statement):
            if bucket_arn and value != bucket_arn and not value.startswith((f"{bucket_arn}/", f"{bucket_arn}*")):
                raise MalformedPolicy("Policy has invalid resource", where=f"Statement[{index}]: `{value}`")
        for value in action_values(statement):
            if value != "*" and not value.lower().startswith("s3:"):
                raise MalformedPolicy("Policy has invalid action", where=f"Statement[{index}]: `{value}`")
