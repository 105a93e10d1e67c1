"""Where moto differs from AWS in what real programs meet: each correction by itself, with its reason.

A mend is asked before a call runs (it may refuse, answer in moto's place, or change parameters) or after it ran (it may
change what was stored or answered). What the gate does for every call (authentication, STS, the trail) is no mend.
"""

from __future__ import annotations

from rolecall.sandbox.mends.registry import AFTER, BEFORE, install

__all__ = ["AFTER", "BEFORE", "install"]
