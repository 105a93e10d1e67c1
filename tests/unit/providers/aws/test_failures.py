"""How failures of AWS calls are told, and which of them leave open whether something was done."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError

from rolecall.providers.aws.failures import failed


def answered(code: str, retries: int) -> ClientError:
    metadata = {"RetryAttempts": retries, "RequestId": "r-1"}
    response = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": metadata}
    return ClientError(response, "CreateUser")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "open_ended"),
    [
        (answered("EntityAlreadyExists", 0), False),
        (answered("EntityAlreadyExists", 1), True),
        (answered("BucketAlreadyOwnedByYou", 2), True),
        (answered("AccessDenied", 3), False),
        (ReadTimeoutError(endpoint_url="https://iam.example"), True),
        (NoCredentialsError(), False),
    ],
)
def test_only_what_an_unanswered_try_may_have_made_is_left_open(error: Exception, open_ended: bool) -> None:
    assert failed("creating IAM User (x)", error, "iam").unanswered is open_ended


def test_a_failure_names_what_was_done_and_the_call_and_the_request() -> None:
    text = str(failed("creating IAM User (x)", answered("LimitExceeded", 0), "iam"))
    assert text == "creating IAM User (x): LimitExceeded: no (iam:CreateUser, request id r-1)"
