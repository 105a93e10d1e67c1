"""A sandbox for each test, and a provider in it that acts as a role with a policy of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from rolecall.roles.sessions import Sessions
from tests.aws.world import World
from tests.sandbox_fixture import RunningSandbox, sandbox, warm_sandbox

__all__ = ["sandbox", "warm_sandbox", "world"]


@pytest.fixture
def world(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A sandbox and nobody yet: `world.become(...)` makes the provider."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    loop = asyncio.new_event_loop()
    sessions = Sessions("d-test")
    yield World(sandbox, loop, sessions)
    sessions.close()
    loop.close()
