"""How much is shown, and which steps count as worth showing."""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.display.markup import ColorMode
from rolecall.display.step_words import REPLACEMENT
from rolecall.model.step import Step


@dataclass(frozen=True, slots=True)
class Options:
    """What the flags of an operation say about showing it.

    `truncate`: long texts are cut in the diff view. `stepwise`: the view shows the steps of a replacement only on
    request (the diff and JSON views).
    """

    color: ColorMode = "never"
    debug: bool = False
    show_config: bool = False
    show_replacement_steps: bool = False
    show_sames: bool = False
    show_reads: bool = False
    show_secrets: bool = False
    suppress_outputs: bool = False
    suppress_progress: bool = False
    truncate: bool = True
    urns: bool = False
    stepwise: bool = False


def should_show(step: Step, options: Options) -> bool:
    """Whether a step is shown at all. An unchanged resource is when only its protection changed."""
    if step.op == "same":
        if step.old is not None and step.new is not None and step.old.protect != step.new.protect:
            return True
        return options.show_sames
    if options.stepwise and not options.show_replacement_steps:
        return step.logical or step.op not in REPLACEMENT
    return True
