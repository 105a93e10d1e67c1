"""One row for each resource that a run does something with: its columns at any moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rolecall.display import markup
from rolecall.display.options import Options
from rolecall.display.redaction import Redactor
from rolecall.display.step_changes import short_diff
from rolecall.display.step_words import (
    COLORS,
    DONE,
    FAILED,
    MARKS,
    PLAN,
    PLANNED,
    UNDER_WAY,
    display_type,
    is_root_stack,
    retained,
)
from rolecall.display.text_forms import escaped
from rolecall.model.diagnostic import Diagnostic
from rolecall.model.step import Op, Step
from rolecall.model.urn import URN

_PREFIXES = {
    "debug": f"{markup.RESET}debug: {markup.RESET}",
    "warning": f"{markup.YELLOW}warning: {markup.RESET}",
    "error": f"{markup.RED}error: {markup.RESET}",
}
RUNNING = "running"
"""The status of a stack that is itself unchanged."""
_STATE_ONLY: frozenset[Op] = frozenset({"same", "remove-pending-replace"})
_COUNTED = (
    ("error", ("error",), markup.RED),
    ("warning", ("warning",), markup.YELLOW),
    ("message", ("info", "info#err"), markup.MAGENTA),
    ("debug", ("debug",), markup.RESET),
)


@dataclass(slots=True)
class Scene:
    """What all rows of a run share. `over`: the run has ended. `failed`: some step failed. `tree`: rows are redrawn."""

    options: Options
    redactor: Redactor
    clock: Callable[[], float]
    root: URN
    preview: bool
    tree: bool = False
    over: bool = False
    failed: bool = False


@dataclass(slots=True)
class Row:
    """One resource in a run. `hidden`: nothing worth showing happened to it. Times are those of `Scene.clock`."""

    scene: Scene
    step: Step
    hidden: bool = True
    failed: bool = False
    results: list[Step] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    started: float | None = None
    ended: float | None = None

    def begin(self, step: Step) -> None:
        """A step on the resource begins."""
        self.step = step
        self.started, self.ended = self.scene.clock(), None

    def end(self, step: Step) -> None:
        """A step on the resource has a result."""
        self.step = step
        self.results.append(step)
        self.ended = self.scene.clock()

    def count(self, *severities: str) -> int:
        """How many lasting messages of these severities there are."""
        return sum(1 for d in self.diagnostics if d.severity in severities and not d.ephemeral)

    @property
    def is_done(self) -> bool:
        """Whether nothing more will happen. The stack is done when all is."""
        if self.failed or self.scene.over:
            return True
        return not is_root_stack(self.step) and self._has_result

    @property
    def columns(self) -> list[str]:
        """Operation, type and name (or the URN in place of both), status, information; with markup."""
        mark = MARKS[self.op]
        colour = COLORS[self.op] if self.is_done else markup.BOLD + COLORS[self.op]
        first = f"{colour}{mark}{markup.RESET}"
        urn = self.step.urn or self.scene.root
        if self.scene.options.urns:
            return [first, shown_urn(urn), self.status, self.information]
        return [first, display_type(urn.type), shown_urn(urn.name), self.status, self.information]

    @property
    def op(self) -> Op:
        """The operation as it is shown: in a tree a replacement is one row, so it reads `replace` before and after."""
        scene = self.scene
        if scene.tree and not scene.failed and (scene.preview or scene.over):
            return (
                "replace"
                if self.step.op in ("create-replacement", "delete-replaced", "discard-replaced")
                else self.step.op
            )
        return self.step.op

    @property
    def status(self) -> str:
        """What is being done, was done, or would be."""
        failed = self.failed or self.count("error") > 0
        if not failed and self._is_interrupted:
            text = f"{markup.YELLOW}{UNDER_WAY[self.op]} (interrupted){markup.RESET}"
        elif self.is_done:
            text = self._done_status(failed)
        else:
            text = self._current_status()
        return text + retained(self.step)

    @property
    def information(self) -> str:
        """What changes, and either the latest message or, at the end, how many there were."""
        pieces = []
        diff = short_diff(self._informative_step, self.scene.redactor)
        if diff:
            pieces.append(f"[{diff}]")
        if self.scene.over:
            pieces += self._counts()
        elif self.diagnostics:
            last = self.diagnostics[-1]
            if self.scene.tree:
                last = next((d for d in reversed(self.diagnostics) if d.severity == "error"), last)
            pieces.append(message_text(last, self.scene.options))
        return "; ".join(p for p in pieces if p).partition("\n")[0]

    @property
    def _informative_step(self) -> Step:
        """The step that knows most of what changes: of a replacement the marker step, of an import its result."""
        if self.step.op in ("create-replacement", "delete-replaced"):
            return next((s for s in reversed(self.results) if s.op == "replace"), self.step)
        if self.step.op in ("import", "import-replacement"):
            return next((s for s in reversed(self.results) if s.op == self.step.op), self.step)
        return self.step

    def _counts(self) -> list[str]:
        found = []
        for noun, severities, colour in _COUNTED:
            number = self.count(*severities)
            if number:
                found.append(f"{number} {colour}{noun}{'' if number == 1 else 's'}{markup.RESET}")
        return found

    @property
    def _has_result(self) -> bool:
        return any(result.op == self.step.op for result in self.results)

    @property
    def _is_interrupted(self) -> bool:
        """Whether the run ended while the step was under way. Only custom resources always say that they are done."""
        resource = self.step.new or self.step.old
        custom = resource is not None and resource.custom
        return self.scene.over and custom and self.op not in _STATE_ONLY and not self._has_result

    def _done_status(self, failed: bool) -> str:
        if self.scene.preview:
            return f"{COLORS[self.op]}{PLAN[self.step.op]}{markup.RESET}"
        words = (FAILED if failed else DONE)[self.op]
        if self.op != "same" and self.started is not None and self.ended is not None:
            took = self.ended - self.started
            words += f" ({took:.2f}s)" if took < 1 else f" ({int(took)}s)"
        return f"{markup.RED}**{words}**{markup.RESET}" if failed else f"{COLORS[self.op]}{words}{markup.RESET}"

    def _current_status(self) -> str:
        if is_root_stack(self.step) and self.op == "same":
            return RUNNING
        if self.scene.preview:
            words = PLANNED[self.step.op]
        else:
            words = UNDER_WAY[self.op]
            if self.op != "same" and self.started is not None:
                words += f" ({int(self.scene.clock() - self.started)}s)"
        return f"{markup.BOLD}{COLORS[self.op]}{words}{markup.RESET}"


def message_text(diagnostic: Diagnostic, options: Options) -> str:
    """A message with its prefix and without what trails it; "" for debug messages that nobody asked for."""
    if diagnostic.severity == "debug" and not options.debug:
        return ""
    return (_PREFIXES.get(diagnostic.severity, "") + diagnostic.message).rstrip()


def message_prefix(diagnostic: Diagnostic) -> str:
    """`error: ` and the like, with markup; "" for information."""
    return _PREFIXES.get(diagnostic.severity, "")


def shown_urn(text: str) -> str:
    """A URN or name with what cannot be printed in it escaped."""
    return escaped(text).replace("\\\\", "\\").replace('\\"', '"')
