"""What AWS checks when a policy is saved, in its order and words. Evaluation accepts more: see `parse_policy`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.iam.document import SYNTAX, read_document
from rolecall.iam.errors import MalformedPolicy
from rolecall.iam.parse import parse_policy
from rolecall.iam.policy import Policy, PolicyKind
from rolecall.iam.validation.arns import check_resources
from rolecall.iam.validation.elements import Check
from rolecall.iam.validation.general import (
    LEGACY,
    check_actions,
    check_has_actions,
    check_has_resources,
    check_legacy,
    check_names_no_principal,
    check_sids,
    check_syntax,
    check_unique_sids,
    check_version_2012,
)
from rolecall.iam.validation.services import (
    check_allow_names,
    check_bucket,
    check_kms_principals,
    check_known_version,
    check_rcp,
    check_required,
)
from rolecall.iam.validation.trust import check_principals, check_trust_actions, check_trust_elements


def validate_policy(text: str, kind: PolicyKind, *, service: str = "iam", resource: str = "", name: str = "") -> Policy:
    """Checks a document as the service that saves it would, and parses it. Raises MalformedPolicy in AWS's words.

    `service` is who is asked: `iam` (also for trust policies, boundaries and session policies), `s3`, `kms`, `sqs`,
    `sns`, `secretsmanager`, `ecr`, `lambda`, `organizations`. `resource` is the ARN a resource policy is put on.
    """
    rules = _RULES.get((service, kind)) or _RULES[("iam", kind)]
    try:
        document = _read(text, rules)
        if document.get("Statement") == []:
            raise MalformedPolicy(rules.empty, where="Statement")
        for check in rules.checks:
            check(document)
        if service == "s3":
            check_bucket(document, resource)
        return parse_policy(document, kind, name)
    except MalformedPolicy as error:
        raise rules.worded(error) from error


@dataclass(frozen=True, slots=True)
class Rules:
    """How one service treats one kind of policy: its checks, error code, and wordings that differ."""

    checks: tuple[Check, ...]
    code: str = "MalformedPolicyDocument"
    not_json: str = SYNTAX
    message: str = ""
    """Where the service has one message for everything."""
    syntax: str = SYNTAX
    empty: str = SYNTAX
    """What it says of a document that has no statements."""
    status: int = 400

    def worded(self, error: MalformedPolicy) -> MalformedPolicy:
        """The error as this service puts it."""
        syntax = error.message == SYNTAX or (error.message == LEGACY and self.syntax != SYNTAX)
        message = self.message or (self.syntax if syntax else error.message)
        return MalformedPolicy(message, code=self.code, status=self.status, where=error.where)


def _read(text: str, rules: Rules) -> Mapping[str, Any]:
    if not text.strip():
        raise MalformedPolicy(rules.not_json, where="the text is empty")
    try:
        document = read_document(text)
    except MalformedPolicy as error:
        raise MalformedPolicy(rules.not_json, where=error.where) from error
    return document


_OF_ALL: tuple[Check, ...] = (check_legacy, check_unique_sids, check_has_actions)
_IDENTITY = Rules(
    (
        check_syntax,
        check_version_2012,
        *_OF_ALL,
        check_resources,
        check_actions,
        check_has_resources,
        check_sids,
        check_names_no_principal,
    )
)
_TRUST = Rules(
    (
        check_syntax,
        *_OF_ALL,
        check_trust_elements,
        check_actions,
        check_trust_actions,
        check_sids,
        check_principals(PolicyKind.TRUST),
    ),
    not_json="This policy contains invalid Json",
    empty="Could not parse the policy: Statement is empty!",
)
_ON_RESOURCES: tuple[Check, ...] = (check_syntax, check_known_version, *_OF_ALL, check_allow_names)
_S3 = Rules(
    (
        check_required("Effect", "Principal", "Action", "Resource"),
        *_ON_RESOURCES,
        check_principals(PolicyKind.RESOURCE),
    ),
    code="MalformedPolicy",
    not_json="Policies must be valid JSON and the first byte must be '{'",
    syntax="Invalid policy syntax.",
    empty="Statement is empty!",
)
_ORGANIZATIONS = "The provided policy document does not meet the requirements of the specified policy type."


def _resource_rules(code: str, message: str, *more: Check) -> Rules:
    return Rules((*_ON_RESOURCES, *more), code=code, message=message)


_RULES: dict[tuple[str, PolicyKind], Rules] = {
    ("iam", PolicyKind.IDENTITY): _IDENTITY,
    ("iam", PolicyKind.BOUNDARY): _IDENTITY,
    ("iam", PolicyKind.SESSION): _IDENTITY,
    ("iam", PolicyKind.TRUST): _TRUST,
    ("iam", PolicyKind.RESOURCE): Rules(_ON_RESOURCES),
    ("iam", PolicyKind.ENDPOINT): Rules(_ON_RESOURCES),
    ("iam", PolicyKind.SCP): Rules(
        (check_syntax, *_OF_ALL, check_actions, check_has_resources, check_names_no_principal),
        code="MalformedPolicyDocumentException",
        message=_ORGANIZATIONS,
    ),
    ("iam", PolicyKind.RCP): Rules(
        (check_syntax, *_OF_ALL, check_actions, check_has_resources, check_rcp),
        code="MalformedPolicyDocumentException",
        message=_ORGANIZATIONS,
    ),
    ("s3", PolicyKind.RESOURCE): _S3,
    ("kms", PolicyKind.RESOURCE): _resource_rules(
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
        check_kms_principals,
        check_principals(PolicyKind.RESOURCE),
    ),
    ("sqs", PolicyKind.RESOURCE): _resource_rules(
        "InvalidAttributeValue",
        "Invalid value for the parameter Policy.",
        check_principals(PolicyKind.RESOURCE),
    ),
    ("sns", PolicyKind.RESOURCE): _resource_rules(
        "InvalidParameter",
        "Invalid parameter: Policy Error: null",
        check_principals(PolicyKind.RESOURCE),
    ),
    ("secretsmanager", PolicyKind.RESOURCE): _resource_rules(
        "MalformedPolicyDocumentException",
        "This resource policy contains an unsupported principal.",
        check_principals(PolicyKind.RESOURCE),
    ),
    ("ecr", PolicyKind.RESOURCE): _resource_rules(
        "InvalidParameterException",
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'",
        check_principals(PolicyKind.RESOURCE),
    ),
}
"""Checks and wordings by service and kind of policy. A service that is not here is treated as IAM treats the kind."""
