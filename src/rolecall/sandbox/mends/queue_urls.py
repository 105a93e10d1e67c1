"""Queue URLs lead to the sandbox. moto's are those of AWS, and some clients send a queue's calls to its URL."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rolecall.sandbox.message import Answer
from rolecall.sandbox.world import World

if TYPE_CHECKING:
    from rolecall.sandbox.gate import Exchange

_REAL = re.compile(rb"https://sqs\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/")


def local(world: World, exchange: Exchange, answer: Answer) -> Answer:
    """After CreateQueue, GetQueueUrl, ListQueues and ListDeadLetterSourceQueues."""
    here = f"http://{exchange.call.http.host}/".encode("latin-1")
    return replace(answer, body=_REAL.sub(here, answer.body))
