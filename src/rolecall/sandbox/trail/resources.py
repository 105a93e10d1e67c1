"""The `resources` of a record, for the services that fill it in: STS, S3, KMS, DynamoDB, SQS, SNS, Lambda."""

from __future__ import annotations

from rolecall.sandbox.backends import split_arn
from rolecall.sandbox.call import ApiCall, Caller
from rolecall.sandbox.deciding import Verdict

_TYPES = {
    "sts": "AWS::IAM::Role",
    "kms": "AWS::KMS::Key",
    "dynamodb": "AWS::DynamoDB::Table",
    "sqs": "AWS::SQS::Queue",
    "sns": "AWS::SNS::Topic",
    "lambda": "AWS::Lambda::Function",
}


def recorded_resources(call: ApiCall, caller: Caller, verdict: Verdict | None) -> tuple[tuple[str, str, str], ...]:
    """Account, type and ARN of each resource that was checked. Empty where the service records none."""
    if verdict is None:
        return ()
    found: dict[tuple[str, str, str], None] = {}
    for check, _ in verdict.decisions:
        arn = split_arn(check.resource)
        kind = _kind(call.service, check.resource)
        if arn is None or not kind or "*" in check.resource:
            continue
        account = arn.account or check.account or ("" if caller.kind == "anonymous" else caller.account)
        found[(account, kind, check.resource)] = None
        if kind == "AWS::S3::Object":
            found[(account, "AWS::S3::Bucket", check.resource.partition("/")[0])] = None
    return tuple(found)


def _kind(service: str, resource: str) -> str:
    if service == "s3":
        return "AWS::S3::Object" if "/" in resource else "AWS::S3::Bucket"
    if service == "sts" and ":role/" not in resource:
        return ""
    return _TYPES.get(service, "")
