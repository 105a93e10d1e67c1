"""Long polling: a queue without messages is asked again and again, with the world free for others in between."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rolecall.sandbox import backends
from rolecall.sandbox.message import Answer
from rolecall.sandbox.world import World

if TYPE_CHECKING:
    from rolecall.sandbox.gate import Exchange

PAUSE_SECONDS = 0.1


class NothingYet(Exception):
    """The call waits for something that has not happened. It is to be run again."""


def do_not_block(world: World, exchange: Exchange) -> None:
    """Before ReceiveMessage: moto would wait with the whole world locked, so it is asked not to wait at all."""
    params = exchange.call.params
    wait = params.get("WaitTimeSeconds")
    if wait is None:
        url = str(params.get("QueueUrl", ""))
        backend = backends.backend("sqs", exchange.caller.account, exchange.call.region)
        queue = backend.queues.get(url.rpartition("/")[2]) if backend else None
        wait = getattr(queue, "receive_message_wait_time_seconds", 0)
    exchange.notes["wait"] = float(wait or 0)
    exchange.call = replace(exchange.call, params={**params, "WaitTimeSeconds": 0})


def wait_for_messages(world: World, exchange: Exchange, answer: Answer) -> None:
    """After it: none came, and there is time left."""
    empty = answer.status == 200 and b"Messages" not in answer.body
    if empty and exchange.notes["waited"] < exchange.notes["wait"]:
        raise NothingYet
