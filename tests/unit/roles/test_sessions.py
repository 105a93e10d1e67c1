"""Chains of roles against an AWS that answers from a script: sharing, renewal, patience, refusals."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rolecall.roles.base import Fixed
from rolecall.roles.chain import Ambient, Chain, Connection, Profile, Role, StaticKeys, WebIdentity
from rolecall.roles.clients import Actor, acting
from rolecall.roles.errors import CallFailed, CredentialError, RegionMissing, RoleError
from rolecall.roles.keys import Keys
from rolecall.roles.links import Surroundings
from rolecall.roles.patience import PROPAGATION, Patience
from rolecall.roles.sessions import Sessions
from tests.fakes.aws_endpoint import Answer, Asked, Endpoint, caller, endpoint, fault, session

USER = "arn:aws:iam::424242424242:user/somebody"
A = "arn:aws:iam::424242424242:role/a"
B = "arn:aws:iam::424242424242:role/b"
KEYS = StaticKeys("AKIAIOSFODNN7EXAMPLE", "secret")


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without AWS settings."""
    import os

    for name in list(os.environ):
        if name.startswith(("AWS_", "TF_AWS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


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


def willing(asked: Asked) -> Answer:
    """Everybody may be everybody; the key of a session tells its role."""
    if asked.action == "GetCallerIdentity":
        return caller(USER)
    role = asked.params["RoleArn"].rpartition("/")[2]
    return session(role, asked.params["RoleSessionName"], f"ASIA{role}")


@pytest.fixture
def sts() -> Iterator[Endpoint]:
    with endpoint(willing) as found:
        yield found


def at(url: str, region: str = "us-east-1") -> Connection:
    return Connection(region=region, endpoints=(("sts", url), ("iam", url)), max_attempts=1)


def test_whoever_acts_between_two_calls_does_not_sign_the_second(sts: Endpoint) -> None:
    """A session that is renewed while a call is being signed makes a call as somebody else in the middle of it."""
    mine, theirs = Fixed(Keys("AKIAMINE", "s")), Fixed(Keys("AKIATHEIRS", "s"))
    sessions = Sessions("d-1")
    around = Surroundings(sessions, at(sts.url), {}, "")
    client = sessions.client("sts", "us-east-1", around)
    with acting(Actor(mine)):
        with acting(Actor(theirs)):
            client.get_caller_identity()
        client.get_caller_identity()
    assert [request.key for request in sts.asked] == ["AKIATHEIRS", "AKIAMINE"]


def test_each_role_is_assumed_with_the_session_of_the_one_before(sts: Endpoint) -> None:
    sessions = Sessions("d-1")
    role_a = Role(A, "first", external_id="xx", tags=(("k", "v"),), transitive_tag_keys=("k",), policy="{}")
    chain = Chain(KEYS, (role_a, Role(B, duration=1800)))
    identity = sessions.open(chain, at(sts.url)).identity()
    assumed = [request for request in sts.asked if request.action == "AssumeRole"]
    assert [(r.params["RoleArn"], r.key) for r in assumed] == [(A, KEYS.access_key), (B, "ASIAa")]
    assert assumed[0].params["ExternalId"] == "xx"
    assert assumed[0].params["Tags.member.1.Key"] == "k"
    assert assumed[0].params["TransitiveTagKeys.member.1"] == "k"
    assert assumed[0].params["DurationSeconds"] == "900"
    assert assumed[1].params["DurationSeconds"] == "1800"
    assert assumed[1].params["RoleSessionName"] == "rolecall-d-1"
    assert identity.chain == (
        USER,
        "arn:aws:sts::424242424242:assumed-role/a/first",
        "arn:aws:sts::424242424242:assumed-role/b/rolecall-d-1",
    )
    assert (identity.account, identity.target) == ("424242424242", "another endpoint")


def test_the_deployment_is_in_the_user_agent_of_every_call(sts: Endpoint) -> None:
    Sessions("d-2026").open(Chain(KEYS, (Role(A),)), at(sts.url)).identity()
    assert sts.asked
    assert all("md/deployment#d-2026" in request.agent for request in sts.asked)


def test_equal_identities_share_their_sessions(sts: Endpoint) -> None:
    sessions = Sessions()
    chain = Chain(KEYS, (Role(A), Role(B)))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: sessions.open(chain, at(sts.url)).verify(), range(40)))
    assert sorted(sts.actions()) == ["AssumeRole", "AssumeRole", "GetCallerIdentity"]
    sessions.open(Chain(KEYS, (Role(A),)), at(sts.url)).verify()
    assert len(sts.asked) == 3
    sessions.open(Chain(KEYS, (Role(A, external_id="other"),)), at(sts.url)).verify()
    assert len(sts.asked) == 4


def test_a_role_that_was_made_again_is_assumed_again(sts: Endpoint) -> None:
    clock = Clock()
    sessions = Sessions(patience=Patience(clock, clock.wait))
    chain = Chain(KEYS, (Role(A),))
    sessions.open(chain, at(sts.url)).verify()
    clock.now = 5.0
    sessions.fresh.note(A)
    clock.now = 9.0
    for _ in range(2):
        sessions.open(chain, at(sts.url)).verify()
    assert sts.actions().count("AssumeRole") == 2


def test_a_session_is_renewed_before_it_ends_and_only_once_for_all_threads() -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
    count = 0

    def script(asked: Asked) -> Answer:
        nonlocal count
        if asked.action == "GetCallerIdentity":
            return caller(USER)
        count += 1
        return session("a", "s", f"ASIA{count}", soon if count == 1 else "2099-01-01T00:00:00Z")

    with endpoint(script) as sts:
        source = Sessions().open(Chain(KEYS, (Role(A),)), at(sts.url)).source
        assert source.keys().access_key == "ASIA1"
        barrier = threading.Barrier(6)

        def use(_: int) -> str:
            barrier.wait()
            return source.keys().access_key

        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(use, range(6))) == {"ASIA2"}
        assert count == 2


def test_a_failed_early_renewal_keeps_what_is_still_good() -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
    answers = iter([session("a", "s", "ASIA1", soon)])
    with endpoint(lambda asked: next(answers, fault("Throttling", status=400))) as sts:
        source = Sessions().open(Chain(KEYS, (Role(A),)), at(sts.url)).source
        assert [source.keys().access_key for _ in range(2)] == ["ASIA1", "ASIA1"]


def refusing(times: int, code: str) -> tuple[list[str], object]:
    seen: list[str] = []

    def script(asked: Asked) -> Answer:
        seen.append(asked.action)
        if asked.action == "GetCallerIdentity":
            return caller(USER)
        if asked.action == "AssumeRole" and seen.count("AssumeRole") <= times:
            return fault(code)
        return willing(asked) if asked.action == "AssumeRole" else fault("AccessDenied")

    return seen, script


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidClientTokenId"])
def test_a_refusal_of_something_just_made_is_waited_out(code: str) -> None:
    seen, script = refusing(4, code)
    clock = Clock()
    with endpoint(script) as sts:  # type: ignore[arg-type]
        sessions = Sessions(patience=Patience(clock, clock.wait))
        sessions.fresh.note(KEYS.access_key)
        sessions.open(Chain(KEYS, (Role(A),)), at(sts.url)).verify()
    assert seen.count("AssumeRole") == 5
    assert clock.waits == sorted(clock.waits)
    assert len(set(clock.waits)) > 1


def test_the_wait_ends_two_minutes_after_the_thing_was_made() -> None:
    _, script = refusing(10_000, "AccessDenied")
    clock = Clock()
    with endpoint(script) as sts:  # type: ignore[arg-type]
        sessions = Sessions(patience=Patience(clock, clock.wait))
        sessions.fresh.note("role/a")
        clock.now = 30.0
        with pytest.raises(RoleError):
            sessions.open(Chain(KEYS, (Role(A),)), at(sts.url)).verify()
    assert sum(clock.waits) == pytest.approx(PROPAGATION - 30.0)


def test_a_refusal_of_old_things_is_final_at_once_and_names_the_hop() -> None:
    def script(asked: Asked) -> Answer:
        if asked.params.get("RoleArn") == B:
            return fault("AccessDenied", "User: x is not authorized to perform: sts:AssumeRole")
        return willing(asked) if asked.action != "GetRole" else fault("AccessDenied")

    clock = Clock()
    with endpoint(script) as sts:
        sessions = Sessions(patience=Patience(clock, clock.wait))
        with pytest.raises(RoleError) as refused:
            sessions.open(Chain(KEYS, (Role(A, "me"), Role(B))), at(sts.url)).verify()
    hop = refused.value.hop
    assert (hop.number, hop.total, hop.role) == (2, 2, B)
    assert hop.principal == "arn:aws:sts::424242424242:assumed-role/a/me"
    assert refused.value.code == "AccessDenied"
    assert "does not name" in refused.value.causes[0]
    assert clock.waits == []


def test_a_cancelled_run_does_not_wait_on() -> None:
    from rolecall.roles.patience import Interrupted

    _, script = refusing(10_000, "AccessDenied")
    with endpoint(script) as sts:  # type: ignore[arg-type]
        sessions = Sessions()
        sessions.fresh.note("role/a")
        sessions.cancel()
        with pytest.raises(Interrupted):
            sessions.open(Chain(KEYS, (Role(A),)), at(sts.url)).verify()


def test_expired_credentials_are_said_to_be_expired() -> None:
    expired = fault("ExpiredToken", "The security token included in the request is expired")
    with endpoint(lambda asked: expired) as sts, pytest.raises(CredentialError) as refused:
        Sessions().open(Chain(StaticKeys("ASIAX", "s", "t")), at(sts.url)).verify()
    assert "expired" in str(refused.value)
    assert "ASIAX" in str(refused.value)


def test_no_credentials_at_all_is_said_with_ways_to_get_some() -> None:
    with pytest.raises(CredentialError) as refused:
        Sessions().open(Chain(), Connection(region="us-east-1"))
    assert refused.value.summary == "No valid credential sources found."
    assert "AWS_PROFILE" in refused.value.hint


def test_a_missing_region_is_said_in_pulumis_words() -> None:
    with pytest.raises(RegionMissing, match="Missing region information"):
        Sessions().open(Chain(KEYS), Connection())


def test_a_leftover_session_token_beside_a_long_term_key_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "left over")
    with pytest.raises(CredentialError) as refused:
        Sessions().open(Chain(Ambient()), Connection(region="us-east-1"))
    assert "leftover session token" in refused.value.summary
    assert refused.value.hint == "unset AWS_SESSION_TOKEN"


def test_a_profile_wins_over_keys_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sts: Endpoint
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    (tmp_path / "config").write_text(
        "[profile ci]\nrole_arn = " + A + "\nsource_profile = base\nregion = eu-west-1\n"
        "[profile base]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n"
    )
    session = Sessions().open(Chain(Profile("ci")), at(sts.url, region=""))
    session.verify()
    assert session.region == "eu-west-1"
    assert {request.key for request in sts.asked} == {"AKIAPROFILE"}


def test_a_credential_process_is_run(tmp_path: Path, sts: Endpoint) -> None:
    answer = '{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s"}'
    (tmp_path / "config").write_text(f"[profile p]\ncredential_process = echo '{answer}'\n")
    Sessions().open(Chain(Profile("p")), at(sts.url)).verify()
    assert {request.key for request in sts.asked} == {"AKIAPROCESS"}


def test_a_web_identity_needs_no_signature_and_its_file_is_read_at_each_renewal(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    seen: list[Asked] = []

    def script(asked: Asked) -> Answer:
        seen.append(asked)
        status, body = session("w", "me", "ASIAW", "2020-01-01T00:00:00Z")
        return status, body.replace("AssumeRoleRes", "AssumeRoleWithWebIdentityRes")

    with endpoint(script) as sts:
        source = Sessions().open(Chain(WebIdentity(A, str(token))), at(sts.url)).source
        source.keys()
        token.write_text("second")
        source.keys()
    assert [(r.params["WebIdentityToken"], r.key) for r in seen] == [("first", ""), ("second", "")]


def test_sandbox_keys_never_leave_for_another_place(sts: Endpoint) -> None:
    from tests.unit.roles.test_keys import key_of

    keys = StaticKeys(key_of(424242), "s")
    for connection in (at(sts.url), Connection(region="us-east-1")):
        with pytest.raises(CredentialError, match="these are keys of a sandbox"):
            Sessions().open(Chain(keys), connection).verify()
    assert [request.action for request in sts.asked if request.key] == []


def test_a_refused_call_carries_its_code_and_request_id(sts: Endpoint) -> None:
    session = Sessions().open(Chain(KEYS), at(sts.url))
    with endpoint(lambda asked: fault("NoSuchEntity", "no such role", 404)) as iam:
        other = Sessions().open(Chain(KEYS), Connection("us-east-1", endpoints=(("iam", iam.url), ("sts", sts.url))))
        with pytest.raises(CallFailed) as refused:
            other.call("iam", "GetRole", RoleName="x")
    assert (refused.value.code, refused.value.request_id) == ("NoSuchEntity", "request-1")
    assert session.region == "us-east-1"


def test_an_endpoint_that_nobody_serves_is_said() -> None:
    with pytest.raises(CredentialError, match="STS cannot be reached"):
        Sessions().open(Chain(KEYS), at("http://127.0.0.1:9")).verify()
