"""The engine without a loop: messages in, effects out, answers in the order that the test chooses."""

from __future__ import annotations

from typing import Any

from rolecall.engine.deployment import Deployment, Options
from rolecall.engine.machine import Machine
from rolecall.engine.message import (
    Ask,
    Asked,
    Cancelling,
    Effect,
    Finish,
    Load,
    Loaded,
    NoMore,
    Perform,
    Performed,
    ProgramEnded,
    Refuse,
    Reply,
    StartProgram,
    StopProgram,
    Write,
)
from rolecall.engine.run import Environment
from rolecall.model.goal import Aborted, Goal
from rolecall.model.provider import (
    Check,
    CheckConfig,
    Checked,
    Configure,
    Configured,
    Create,
    Features,
    Outcome,
)
from rolecall.model.urn import STACK_TYPE
from rolecall.model.value import EMPTY, map_of

FIXED = Environment(now=lambda: "2026-01-01T00:00:00Z", new_id=lambda: "id", seed=lambda: b"s" * 32, elapsed=lambda: 1)


class Hand:
    """Answers all but what the test keeps for itself."""

    def __init__(self, options: Options | None = None) -> None:
        self.machine = Machine("update", Deployment("proj", "dev"), options or Options(), FIXED)
        self.seen: list[Effect] = []
        self.kept: dict[str, Perform] = {}
        self._take(self.machine.begin(with_program=True))

    def say(self, message: Any) -> None:
        self._take(self.machine.receive(message))

    def _take(self, effects: list[Effect]) -> None:
        for effect in effects:
            self.seen.append(effect)
            if not isinstance(effect, Perform):
                continue
            work = effect.work
            if isinstance(work, Ask) and isinstance(work.request, Create):
                self.kept[work.request.urn.name] = effect
            else:
                self.say(Performed(effect.number, self._answer(work), Features()))

    @staticmethod
    def _answer(work: Any) -> Any:
        if isinstance(work, Load):
            return Loaded(0)
        if isinstance(work, Write):
            return None
        request = work.request
        if isinstance(request, CheckConfig | Check):
            return Checked(request.news)
        assert isinstance(request, Configure)
        return Configured()

    def created(self, name: str) -> None:
        effect = self.kept.pop(name)
        self.say(Performed(effect.number, Outcome(f"{name}-1", map_of({"of": name}))))

    def all(self, kind: type[Any]) -> list[Any]:
        return [effect for effect in self.seen if isinstance(effect, kind)]


def register(hand: Hand, ticket: int, name: str) -> None:
    hand.say(Asked(ticket, Goal("t:m:T", name, custom=True)))


def test_answers_go_to_whom_they_belong_in_whatever_order_they_come() -> None:
    hand = Hand()
    assert hand.all(StartProgram)
    hand.say(Asked(1, Goal(STACK_TYPE, "proj-dev", custom=False)))
    register(hand, 2, "a")
    register(hand, 3, "b")
    hand.created("b")
    hand.created("a")
    replies = {r.ticket: r.answer.id for r in hand.all(Reply)}
    assert replies == {1: "", 3: "b-1", 2: "a-1"}


def test_the_program_is_let_go_only_when_everything_is_done() -> None:
    hand = Hand()
    register(hand, 1, "a")
    hand.say(Asked(2, NoMore()))
    assert not [r for r in hand.all(Reply) if r.ticket == 2]
    hand.created("a")
    assert [r for r in hand.all(Reply) if r.ticket == 2]
    assert not hand.all(Finish)
    hand.say(ProgramEnded(None))
    (finish,) = hand.all(Finish)
    assert finish.verdict == "succeeded"


def test_waiting_twice_for_the_end_is_refused() -> None:
    hand = Hand()
    register(hand, 1, "a")
    hand.say(Asked(2, NoMore()))
    hand.say(Asked(3, NoMore()))
    assert [str(r.error) for r in hand.all(Refuse)] == ["Already waiting for shutdown"]


def test_a_cancelled_run_refuses_who_waits_and_still_records_what_is_under_way() -> None:
    hand = Hand()
    register(hand, 1, "a")
    hand.say(Cancelling())
    assert [type(r.error) for r in hand.all(Refuse)] == [Aborted]
    assert hand.all(StopProgram)
    register(hand, 2, "late")
    assert [r.ticket for r in hand.all(Refuse)] == [1, 2]
    hand.created("a")
    hand.say(ProgramEnded(""))
    written = [e.work.entry for e in hand.all(Perform) if isinstance(e.work, Write)]
    assert written[-1].added.id == "a-1"
    assert hand.all(Finish)[0].verdict == "canceled"


def test_with_one_worker_the_second_step_begins_when_the_first_is_done() -> None:
    hand = Hand(Options(parallel=1))
    register(hand, 1, "a")
    register(hand, 2, "b")
    assert set(hand.kept) == {"a"}
    hand.created("a")
    assert set(hand.kept) == {"b"}


def test_nothing_is_written_in_a_preview() -> None:
    hand = Hand(Options(preview=True))
    register(hand, 1, "a")
    effect = hand.kept.pop("a")
    hand.say(Performed(effect.number, Outcome("", EMPTY)))
    assert not [e for e in hand.all(Perform) if isinstance(e.work, Write)]
