"""Every test here gets the sandbox's fixtures."""

from __future__ import annotations

from tests.sandbox_fixture import sandbox, warm_sandbox

__all__ = ["sandbox", "warm_sandbox"]
