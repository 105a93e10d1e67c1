"""What AWS does not know yet is waited for by error code, and never longer than it may take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from rolecall.model.goal import LogLine
from rolecall.model.provider import Check, Configure, Create, Delete, Outcome, PartlyDone, ProviderFailed, Update
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY, map_of
from rolecall.providers.aws.provider import AwsProvider
from rolecall.roles.patience import Patience
from rolecall.roles.sessions import Sessions
from tests.fakes.aws_endpoint import Answer, Asked, Endpoint, caller, endpoint, fault

TRUST = '{"Version":"2012-10-17","Statement":[]}'
KEY = "AKIAIOSFODNN7EXAMPLE"


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.now += seconds
        return False


def role(arn: str = "arn:aws:iam::424242424242:role/r") -> str:
    return (
        f"<Role><RoleName>r</RoleName><Path>/</Path><Arn>{arn}</Arn><RoleId>AROAX</RoleId>"
        "<CreateDate>2026-01-01T00:00:00Z</CreateDate>"
        f"<AssumeRolePolicyDocument>{quote(TRUST)}</AssumeRolePolicyDocument>"
        "<MaxSessionDuration>3600</MaxSessionDuration></Role>"
    )


def answer(asked: Asked, **special: str) -> Answer:
    """A helpful IAM; `special` answers by action."""
    if asked.action == "GetCallerIdentity":
        return caller("arn:aws:iam::424242424242:user/somebody")
    inside = special.get(asked.action) or {
        "CreateRole": role(),
        "GetRole": role(),
        "ListRolePolicies": "<PolicyNames/><IsTruncated>false</IsTruncated>",
        "ListAttachedRolePolicies": "<AttachedPolicies/><IsTruncated>false</IsTruncated>",
        "ListInstanceProfilesForRole": "<InstanceProfiles/><IsTruncated>false</IsTruncated>",
    }.get(asked.action, "")
    return (
        200,
        f"<{asked.action}Response><{asked.action}Result>{inside}</{asked.action}Result></{asked.action}Response>",
    )


class Stage:
    """A provider on a scripted AWS, with a clock of its own."""

    def __init__(self, aws: Endpoint) -> None:
        self.clock = Clock()
        self.said: list[LogLine] = []
        self.sessions = Sessions("d-1", patience=Patience(self.clock, self.clock.wait))
        self.provider = AwsProvider(self.sessions, log=self.said.append)
        inputs = {
            "region": "us-east-1", "accessKey": KEY, "secretKey": "s", "maxRetries": "1",
            "endpoints": [dict.fromkeys(("sts", "iam", "s3", "ec2"), aws.url)],
        }  # fmt: skip
        at = URN.make("s", "p", None, "pulumi:providers:aws", "p")
        self.loop = asyncio.new_event_loop()
        self.run(self.provider.configure(Configure(at, "id", map_of(inputs))))
        self.urn = URN.make("s", "p", None, "aws:iam/role:Role", "r")

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def create(self) -> Outcome:
        news = map_of({"name": "r", "assumeRolePolicy": TRUST})
        checked = self.run(self.provider.check(Check(self.urn, EMPTY, news)))
        outcome: Outcome = self.run(self.provider.create(Create(self.urn, checked.inputs)))
        return outcome

    def close(self) -> None:
        self.sessions.close()
        self.loop.close()


def staged(script: Callable[[Asked], Answer], act: Callable[[Stage], None]) -> Endpoint:
    with endpoint(script) as aws:
        stage = Stage(aws)
        try:
            act(stage)
        finally:
            stage.close()
    return aws


def failing(action: str, times: int, refusal: Answer, **special: str) -> Callable[[Asked], Answer]:
    left = times

    def script(asked: Asked) -> Answer:
        nonlocal left
        if asked.action == action and left:
            left -= 1
            return refusal
        return answer(asked, **special)

    return script


UNKNOWN_PRINCIPAL = fault("MalformedPolicyDocument", 'Invalid principal in policy: "AWS":"arn:x"', 400)


def test_a_trusted_user_that_iam_does_not_know_yet_is_waited_for() -> None:
    def act(stage: Stage) -> None:
        assert stage.create().id == "r"
        assert len(stage.clock.waits) == 3
        assert stage.clock.waits[0] < stage.clock.waits[-1]
        assert stage.said[0].ephemeral
        assert "MalformedPolicyDocument" in stage.said[0].message

    aws = staged(failing("CreateRole", 3, UNKNOWN_PRINCIPAL), act)
    assert aws.actions().count("CreateRole") == 4


def test_a_principal_that_never_appears_ends_the_wait_after_two_minutes() -> None:
    def act(stage: Stage) -> None:
        with pytest.raises(ProviderFailed, match="Invalid principal in policy"):
            stage.create()
        assert sum(stage.clock.waits) == pytest.approx(120)

    staged(failing("CreateRole", 10_000, UNKNOWN_PRINCIPAL), act)


def test_another_malformed_policy_fails_at_once() -> None:
    def act(stage: Stage) -> None:
        with pytest.raises(ProviderFailed, match="Syntax errors"):
            stage.create()
        assert stage.clock.waits == []

    staged(failing("CreateRole", 1, fault("MalformedPolicyDocument", "Syntax errors in policy.", 400)), act)


def test_a_new_role_that_cannot_be_read_yet_is_waited_for() -> None:
    def act(stage: Stage) -> None:
        stage.create()

    aws = staged(failing("GetRole", 4, fault("NoSuchEntity", "no", 404)), act)
    assert aws.actions().count("GetRole") == 5
    assert aws.actions().count("CreateRole") == 1


def test_a_new_roles_arn_must_be_an_arn() -> None:
    answers = iter([role("AROAX"), role("AROAX"), role()])

    def script(asked: Asked) -> Answer:
        return answer(asked, GetRole=next(answers)) if asked.action == "GetRole" else answer(asked)

    def act(stage: Stage) -> None:
        outputs = stage.create().outputs
        assert outputs is not None
        assert outputs["arn"] == "arn:aws:iam::424242424242:role/r"

    staged(script, act)


def test_a_role_that_stays_invisible_is_kept_in_the_state() -> None:
    def act(stage: Stage) -> None:
        with pytest.raises(PartlyDone) as failed:
            stage.create()
        assert failed.value.outcome.id == "r"
        assert "couldn't find resource" in failed.value.outcome.init_errors[0]
        assert sum(stage.clock.waits) == pytest.approx(120)

    staged(failing("GetRole", 10_000, fault("NoSuchEntity", "no", 404)), act)


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidClientTokenId"])
def test_a_refusal_is_waited_out_only_while_the_identity_is_new(code: str) -> None:
    def old(stage: Stage) -> None:
        with pytest.raises(ProviderFailed, match=code):
            stage.create()
        assert stage.clock.waits == []

    def new(stage: Stage) -> None:
        stage.sessions.fresh.note(KEY)
        stage.create()
        assert len(stage.clock.waits) == 3

    staged(failing("CreateRole", 3, fault(code)), old)
    staged(failing("CreateRole", 3, fault(code)), new)


def test_a_conflict_on_deletion_is_waited_out() -> None:
    def act(stage: Stage) -> None:
        made = stage.create()
        assert made.outputs is not None
        stage.run(stage.provider.delete(Delete(stage.urn, "r", EMPTY, made.outputs)))
        assert len(stage.clock.waits) == 2

    aws = staged(failing("DeleteRole", 2, fault("DeleteConflict", "must detach", 409)), act)
    assert aws.actions().count("DeleteRole") == 3


def test_a_cancelled_run_stops_waiting() -> None:
    def act(stage: Stage) -> None:
        stage.run(stage.provider.cancel())
        with pytest.raises(ProviderFailed, match="cancelled"):
            stage.create()

    staged(failing("CreateRole", 10_000, UNKNOWN_PRINCIPAL), act)


def test_a_run_cancelled_while_a_new_resource_is_waited_for_still_knows_of_it() -> None:
    def act(stage: Stage) -> None:
        stage.run(stage.provider.cancel())
        with pytest.raises(PartlyDone) as caught:
            stage.create()
        assert caught.value.outcome.id == "r"
        assert "cancelled while waiting for AWS" in caught.value.outcome.init_errors[0]

    aws = staged(failing("GetRole", 10_000, fault("NoSuchEntity", "not yet", 404)), act)
    assert aws.actions().count("CreateRole") == 1


def test_an_update_that_fails_half_way_tells_what_aws_has_now() -> None:
    """So that what is missing still differs, and is tried again."""

    def act(stage: Stage) -> None:
        made = stage.create().outputs
        assert made is not None
        wanted = map_of({"description": "new", "maxSessionDuration": 7200, "forceDetachPolicies": True})
        with pytest.raises(PartlyDone) as caught:
            stage.run(stage.provider.update(Update(stage.urn, "r", made, made, made.with_(wanted))))
        outcome = caught.value.outcome
        assert "iam:UpdateRole" in outcome.init_errors[0]
        assert outcome.outputs is not None
        assert outcome.outputs["description"] == "new"
        assert outcome.outputs["maxSessionDuration"] == 3600
        assert outcome.outputs.get("forceDetachPolicies") == made.get("forceDetachPolicies")

    described = role().replace("</Role>", "<Description>new</Description></Role>")
    staged(failing("UpdateRole", 10, fault("LimitExceeded", "too long", 409), GetRole=described), act)


def test_what_a_role_changes_is_noted_as_new() -> None:
    def act(stage: Stage) -> None:
        stage.create()
        assert stage.sessions.fresh.remaining(["role/r"]) == pytest.approx(120)
        assert stage.sessions.fresh.remaining(["arn:aws:iam::424242424242:role/r"]) > 0
        assert stage.sessions.fresh.remaining(["role/other"]) == 0

    staged(answer, act)
