"""The daemon: starting, stopping, remembering, and being killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest

from rolecall.api import sandbox as api
from rolecall.sandbox.trail.journal import Journal


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment with a sandbox home of its own. What still runs at the end is stopped."""
    made = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ROLECALL_HOME": str(tmp_path / "rc")}
    yield made
    api.stop(made)


def rolecall(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rolecall", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def client(service: str, settings: dict[str, str]) -> Any:
    return boto3.session.Session().client(
        service,
        endpoint_url=settings["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
    )


def settings_of(environ: dict[str, str]) -> dict[str, str]:
    values: dict[str, str] = json.loads(rolecall(environ, "sandbox", "env", "--format", "json").stdout)
    return values


def test_a_stop_and_a_start_keep_users_keys_roles_buckets_and_the_port(environ: dict[str, str]) -> None:
    assert "started" in rolecall(environ, "sandbox", "start").stdout
    assert "already running" in rolecall(environ, "sandbox", "start").stdout
    before = settings_of(environ)
    iam = client("iam", before)
    arn = iam.create_user(UserName="alice")["User"]["Arn"]
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    client("s3", before).create_bucket(Bucket="kept-bucket")
    client("s3", before).put_object(Bucket="kept-bucket", Key="k", Body=b"kept")
    client("ssm", before).put_parameter(Name="p", Value="v", Type="String", Tags=[{"Key": "a", "Value": "b"}])
    assert rolecall(environ, "sandbox", "stop").stdout == "sandbox stopped\n"
    assert rolecall(environ, "sandbox", "status").returncode == 1
    restarted = rolecall(environ, "sandbox", "start")
    assert restarted.returncode == 0, restarted.stderr
    after = settings_of(environ)
    assert after == before
    assert client("s3", after).get_object(Bucket="kept-bucket", Key="k")["Body"].read() == b"kept"
    assert client("ssm", after).get_parameter(Name="p")["Parameter"]["Value"] == "v"
    client("ssm", after).add_tags_to_resource(
        ResourceType="Parameter", ResourceId="p", Tags=[{"Key": "c", "Value": "d"}]
    )
    mine = {**after, "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    assumed = client("sts", mine).assume_role(RoleArn=role, RoleSessionName="again")
    assert assumed["AssumedRoleUser"]["Arn"].endswith("assumed-role/r/again")
    events = json.loads(rolecall(environ, "trail", "--json").stdout)
    assert "CreateBucket" in [event["eventName"] for event in events]


def test_a_kill_is_reported_with_the_changes_that_it_lost(environ: dict[str, str]) -> None:
    started = api.ensure_running(environ)
    client("iam", dict(started.environment)).create_user(UserName="lost")
    os.kill(started.pid, signal.SIGKILL)
    again = api.ensure_running(environ)
    assert again.started_now
    assert any("1 change(s)" in note and "CreateUser" in note for note in again.notes) or not again.notes
    users = client("iam", dict(again.environment)).list_users()["Users"]
    assert users == []
    assert again.notes, "the loss must be said"
    assert not list((api.home(environ) / "memory").glob("*.unreadable"))


def test_files_are_private_and_a_stale_run_file_is_no_sandbox(environ: dict[str, str]) -> None:
    started = api.ensure_running(environ)
    home = api.home(environ)
    for path in home.iterdir():
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path
    run_file = (home / "run.json").read_text()
    api.stop(environ)
    assert not (home / "run.json").exists()
    (home / "run.json").write_text(run_file)
    assert api.find_running(environ) is None
    assert not api.stop(environ).was_running
    assert started.endpoint in run_file or str(started.pid) in run_file


def test_another_program_on_the_remembered_port_is_not_taken_for_the_sandbox(environ: dict[str, str]) -> None:
    first = api.ensure_running(environ)
    api.stop(environ)
    port = int(first.endpoint.rpartition(":")[2])
    thief = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import socket;s=socket.create_server(('127.0.0.1',{port}));print(1,flush=True);s.accept()",
        ],
        stdout=subprocess.PIPE,
    )
    assert thief.stdout is not None
    assert thief.stdout.readline() == b"1\n"
    second = api.ensure_running(environ)
    thief.kill()
    thief.wait()
    thief.stdout.close()
    assert second.endpoint != first.endpoint
    assert any(str(port) in note for note in second.notes)


def test_the_environment_leads_nowhere_else(environ: dict[str, str]) -> None:
    started = api.ensure_running(environ)
    dirty = {
        **environ,
        "AWS_PROFILE": "prod",
        "AWS_SESSION_TOKEN": "t",
        "AWS_ENDPOINT_URL_S3": "https://x",
        "LANG": "C",
    }
    clean = started.scrub(dirty)
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} & set(clean)
    assert clean["LANG"] == "C"
    script = rolecall(dirty, "sandbox", "env").stdout + 'echo "$AWS_PROFILE|$AWS_ENDPOINT_URL_S3|$AWS_ENDPOINT_URL"'
    done = subprocess.run(["sh", "-c", script], env=dirty, capture_output=True, text=True, check=True)
    assert done.stdout == f"||{started.endpoint}\n"
    credentials = json.loads(rolecall(environ, "sandbox", "credentials").stdout)
    assert credentials["AccessKeyId"] == started.credentials.access_key_id


def test_a_reset_empties_the_sandbox_and_changes_its_keys(environ: dict[str, str]) -> None:
    started = api.ensure_running(environ)
    client("iam", dict(started.environment)).create_user(UserName="gone")
    assert rolecall(environ, "sandbox", "reset", "--yes").returncode == 0
    after = api.find_running(environ)
    assert after is not None
    assert after.credentials.access_key_id != started.credentials.access_key_id
    assert client("iam", dict(after.environment)).list_users()["Users"] == []
    assert json.loads(rolecall(environ, "trail", "--json", "--event", "CreateUser").stdout) == []


def test_a_full_disk_loses_no_daemon_and_is_said(environ: dict[str, str]) -> None:
    settings = dict(api.ensure_running(environ).environment)
    memory = Path(environ["ROLECALL_HOME"]) / "sandbox" / "memory"
    client("iam", settings).create_user(UserName="kept")
    full = memory / "iam.writing"
    full.symlink_to("/dev/full")
    said = rolecall(environ, "sandbox", "status").stdout
    assert "iam (cannot be written: No space left on device)" in said
    assert not full.is_symlink()
    assert "all of it is saved" in rolecall(environ, "sandbox", "status").stdout
    assert (memory / "iam.snapshot").exists()
    assert client("iam", settings).get_user(UserName="kept")["User"]["UserName"] == "kept"


def test_a_trail_that_cannot_be_written_stays_readable(tmp_path: Path) -> None:
    path = tmp_path / "trail.jsonl"
    journal = Journal(path)
    with suppress(OSError), open("/dev/full", "w") as full:
        whole, journal._file = journal._file, full
        journal.add({"eventName": "Lost"}, (), denied=False)
        journal._file = whole
    assert [entry["record"]["eventName"] for entry in journal.newest_first()] == ["Lost"]
    journal.add({"eventName": "Kept"}, (), denied=False)
    journal.close()
    assert [json.loads(line)["number"] for line in path.read_text().splitlines()] == [2]
