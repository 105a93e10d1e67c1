"""`rolecall tour` tells the story with real commands on a real sandbox, and fails when a claim does not hold."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def tour(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rolecall", "tour", *args], capture_output=True, text=True, timeout=110, check=False
    )


def examples_with(directory: Path, old: str, new: str) -> Path:
    """The two programs, with one text in create-role replaced."""
    shutil.copytree(EXAMPLES, directory / "examples")
    program = directory / "examples" / "create-role" / "__main__.py"
    text = program.read_text()
    assert old in text
    program.write_text(text.replace(old, new))
    return directory / "examples"


@pytest.mark.timeout(120)
def test_the_tour_tells_the_whole_story_and_every_claim_holds() -> None:
    told = tour()
    assert told.returncode == 0, told.stdout + told.stderr
    assert "assumed-role/allow-s3-management-" in told.stdout
    assert "issued to        user/somebody@example.com" in told.stdout
    assert "5 deleted, 0 left" in told.stdout


@pytest.mark.timeout(120)
def test_the_tour_fails_when_the_trust_policy_trusts_somebody_else(tmp_path: Path) -> None:
    programs = examples_with(tmp_path, '"Principal": {"AWS": arn}', '"Principal": {"Service": "ec2.amazonaws.com"}')
    told = tour("--programs", str(programs))
    assert told.returncode == 1
    assert "sts:AssumeRole" in told.stdout + told.stderr
    assert "the proof" not in told.stdout


@pytest.mark.timeout(120)
def test_the_tour_fails_when_the_user_needs_no_role(tmp_path: Path) -> None:
    grant = (
        'aws.iam.UserPolicy("direct", user=user.name, policy=json.dumps({"Version": "2012-10-17", "Statement": '
        '[{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))\n\npulumi.export("roleArn", role.arn)'
    )
    programs = examples_with(tmp_path, 'pulumi.export("roleArn", role.arn)', grant)
    told = tour("--programs", str(programs))
    assert told.returncode == 1
    assert "does not hold: the user has no policies" in told.stdout + told.stderr
