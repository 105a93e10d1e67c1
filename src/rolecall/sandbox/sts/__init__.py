"""STS, answered by the gate: moto's makes keys that belong to nobody and checks nothing."""

from __future__ import annotations

from rolecall.sandbox.sts.answers import ANSWERS, before_policies

__all__ = ["ANSWERS", "before_policies"]
