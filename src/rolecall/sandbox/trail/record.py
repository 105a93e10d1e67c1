"""One CloudTrail record, event version 1.11, from what the gate knows of a call and its outcome."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.model import OperationModel

from rolecall.sandbox.call import ApiCall, Caller
from rolecall.sandbox.services import GLOBAL_SERVICES
from rolecall.sandbox.trail.identity import timestamp, user_identity
from rolecall.sandbox.trail.members import plain, request_parameters, s3_parameters
from rolecall.sandbox.trail.naming import event_name, event_source, is_data_event, is_read_only

EVENT_VERSION = "1.11"
_NO_PARAMETERS_ON_DENIAL = frozenset({"iam", "sts"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended. `answer` holds the members of a successful write's answer, `code` is "" on success."""

    finished: datetime
    code: str = ""
    message: str = ""
    denied: bool = False
    answer: Mapping[str, Any] | None = None
    resources: tuple[tuple[str, str, str], ...] = ()
    """Account, type (`AWS::S3::Bucket`) and ARN of what the call was about, for the services that record it."""


def make_record(call: ApiCall, caller: Caller, operation: OperationModel, outcome: Outcome) -> dict[str, Any]:
    """The record of one call, as the caller's account keeps it."""
    service, name = call.service, call.operation
    read_only = is_read_only(service, name)
    data_event = is_data_event(service, name)
    record: dict[str, Any] = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": user_identity(caller),
        "eventTime": timestamp(outcome.finished),
        "eventSource": event_source(service, operation.service_model.signing_name),
        "eventName": event_name(service, name, str(operation.service_model.api_version)),
        "awsRegion": "us-east-1" if service in GLOBAL_SERVICES else call.region,
        "sourceIPAddress": call.http.source_ip,
        "userAgent": _agent(call),
    }
    if outcome.code:
        record["errorCode"] = _error_code(service, outcome)
        record["errorMessage"] = outcome.message[:1024]
    record["requestParameters"] = _parameters(call, operation, outcome)
    record["responseElements"] = _elements(call, operation, outcome, read_only)
    if service == "s3":
        record["additionalEventData"] = {
            "SignatureVersion": "SigV4",
            "AuthenticationMethod": "QueryString" if call.http.presigned else "AuthHeader",
        }
    record |= {"requestID": call.request_id, "eventID": str(uuid.uuid4()), "readOnly": read_only}
    if outcome.resources:
        record["resources"] = [{"accountId": a, "type": t, "ARN": arn} for a, t, arn in outcome.resources]
    record |= {
        "eventType": "AwsApiCall",
        "managementEvent": not data_event,
        "recipientAccountId": caller.account,
        "eventCategory": "Data" if data_event else "Management",
    }
    return record


def _agent(call: ApiCall) -> str:
    agent = call.http.user_agent[:1024]
    return f"[{agent}]" if call.service == "s3" else agent


def _error_code(service: str, outcome: Outcome) -> str:
    if service == "ec2":
        return f"Client.{outcome.code}"
    return "AccessDenied" if outcome.denied else outcome.code


def _parameters(call: ApiCall, operation: OperationModel, outcome: Outcome) -> dict[str, Any] | None:
    if outcome.denied and call.service in _NO_PARAMETERS_ON_DENIAL:
        return None
    if call.service == "s3":
        return s3_parameters(operation, call.params, call.http.query, call.http.host)
    return request_parameters(call.service, operation, call.params)


def _elements(call: ApiCall, operation: OperationModel, outcome: Outcome, read_only: bool) -> dict[str, Any] | None:
    if outcome.code or outcome.answer is None or (read_only and call.service != "sts"):
        return None
    if call.operation in ("GetCallerIdentity", "GetAccessKeyInfo", "DecodeAuthorizationMessage"):
        return None
    answer = {name: value for name, value in outcome.answer.items() if name != "ResponseMetadata"}
    elements: dict[str, Any] = plain(call.service, answer, operation.output_shape)
    return elements or None
