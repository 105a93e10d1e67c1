"""From a parsed AWS call to the checks that it needs: actions, resource ARNs, owner accounts and condition keys."""

from __future__ import annotations

from rolecall.sandbox.question.ask import ask
from rolecall.sandbox.question.check import Check, Question
from rolecall.sandbox.question.world import World

__all__ = ["Check", "Question", "World", "ask"]
