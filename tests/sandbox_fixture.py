"""Pytest fixtures: `sandbox` is a fresh, empty sandbox over HTTP for one test, forked from a warm one (about 10 ms).

Import `sandbox` and `warm_sandbox` in a conftest (and name them in its `__all__`), as tests/sandbox does.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rolecall.api import sandbox as api
from rolecall.sandbox.home import Run

Fork = Callable[[Path], int]


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox of one test. `environ` is a whole environment for child processes: PATH, HOME and the sandbox's."""

    run: Run
    home: Path
    environ: dict[str, str]

    @property
    def endpoint(self) -> str:
        return self.run.endpoint

    @property
    def account(self) -> str:
        return self.run.account

    def client(self, service: str, key: dict[str, Any] | None = None, region: str = "us-east-1", **config: Any) -> Any:
        """A boto3 client: as root, or with a `key` as IAM (CreateAccessKey) or STS (Credentials) answers it."""
        import boto3
        from botocore.config import Config

        key = key or {"AccessKeyId": self.run.key_id, "SecretAccessKey": self.run.secret}
        return boto3.session.Session().client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key.get("SessionToken"),
            config=Config(retries={"max_attempts": 0}, **config),
        )


@pytest.fixture(scope="session")
def warm_sandbox() -> Iterator[tuple[Fork, Callable[[int], None]]]:
    """The process that forks sandboxes, and how to end one."""
    server = Path(__file__).with_name("sandbox_server.py")
    process = subprocess.Popen(
        [sys.executable, str(server)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, text=True, bufsize=1
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout
    assert stdout.readline().strip() == "ready"

    def ask(line: str) -> str:
        stdin.write(line + "\n")
        return stdout.readline().strip()

    yield (lambda home: int(ask(f"fork {home}"))), (lambda pid: None if ask(f"end {pid}") == "ended" else None)
    stdin.close()
    process.wait(10)
    stdout.close()


@pytest.fixture
def sandbox(warm_sandbox: tuple[Fork, Callable[[int], None]], tmp_path: Path) -> Iterator[RunningSandbox]:
    """A fresh sandbox. Its files are in `home`/sandbox; `rolecall` finds it with the fixture's `environ`."""
    fork, end = warm_sandbox
    home = tmp_path / "rolecall-home"
    pid = fork(home)
    base = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "ROLECALL_HOME": str(home)}
    found = api.find_running(base)
    assert found is not None
    yield RunningSandbox(api.require(base), home, found.scrub(base))
    end(pid)
