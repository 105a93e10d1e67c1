"""When S3 calls a bucket policy public: it grants to everybody without pinning who that can be.

Source: "Blocking public access to your Amazon S3 storage", the meaning of "public".
"""

from __future__ import annotations

from rolecall.iam.conditions import Condition, Quantifier
from rolecall.iam.glob import Glob, compile_glob
from rolecall.iam.operators import ip_network
from rolecall.iam.policy import Effect, Policy, PrincipalType, Statement

_PINNING = frozenset(
    {
        "aws:sourceip",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:sourceaccount",
        "aws:userid",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalaccount",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:dataaccesspointarn",
        "s3:dataaccesspointaccount",
    }
)
_EXACT = ("stringequals", "stringlike", "arnequals", "arnlike", "ipaddress")
_WIDEST_IPV4, _WIDEST_IPV6 = 8, 32


def is_public(policy: Policy) -> bool:
    """Whether any statement of the policy grants to everybody without a condition that pins a fixed value."""
    return any(_grants_to_everybody(statement) for statement in policy.statements)


def _grants_to_everybody(statement: Statement) -> bool:
    if statement.effect is not Effect.ALLOW:
        return False
    everybody = statement.negated_principal or any(
        value.type is PrincipalType.EVERYONE for value in statement.principals or ()
    )
    return everybody and not any(_pins(condition) for condition in statement.conditions)


def _pins(condition: Condition) -> bool:
    if condition.lowered not in _PINNING or condition.operator is None or condition.if_exists:
        return False
    if condition.operator.name.lower() not in _EXACT or condition.quantifier is Quantifier.ALL:
        return False
    if condition.lowered == "aws:sourceip":
        return all(_is_narrow(template.text) for template in condition.values)
    return bool(condition.values) and all(
        template.fixed is not None and _is_fixed(condition, template.fixed, template.text)
        for template in condition.values
    )


def _is_fixed(condition: Condition, glob: Glob, text: str) -> bool:
    if condition.operator is None or condition.operator.name.startswith("StringEquals"):
        return True
    if condition.lowered in ("aws:principalarn", "aws:sourcearn", "s3:dataaccesspointarn"):
        account = text.split(":", 5)[4:5]
        return bool(account) and account[0] != "" and len(compile_glob(account[0]).pieces) == 1
    return len(glob.pieces) == 1


def _is_narrow(text: str) -> bool:
    network = ip_network(text)
    if network is None:
        return False
    return network.prefixlen >= (_WIDEST_IPV4 if network.version == 4 else _WIDEST_IPV6)
