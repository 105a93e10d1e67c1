"""The question before anything is changed: yes, no, or first the details."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rolecall.cli.prompts import Declined

if TYPE_CHECKING:
    from rolecall.api.request import Question


def confirm(question: Question, color: str) -> bool:
    """Asks until the answer is yes or no; nothing typed means no. Raises Declined when it is cancelled."""
    noun = question.kind
    for line in _remarks(question):
        print(line)
    bold, plain = ("\x1b[1m", "\x1b[0m") if color == "always" else ("", "")
    prompt = f"{bold}Do you want to perform this {noun}?{plain} "
    if question.kind == "refresh":
        prompt += "\nNo resources will be modified as part of this refresh; just your stack's state will be.\n"
    prompt += "[y]es / [N]o / [d]etails: "
    while True:
        answer = _answer(prompt, noun)
        if answer in ("y", "yes"):
            return True
        if answer in ("", "n", "no"):
            return False
        if answer in ("d", "details"):
            print(question.details())


def _remarks(question: Question) -> list[str]:
    lines = []
    if question.kind == "update" and question.nothing_new:
        lines += ["info: There are no resources in your stack (other than the stack resource).", ""]
    if question.untracked:
        count = len(question.untracked)
        lines.append(f"info: This update will leave {count} resource(s) untracked in your environment:")
        lines += [f"    - {name}" for name in question.untracked]
        lines.append("")
    return lines


def _answer(prompt: str, noun: str) -> str:
    try:
        return input(prompt).strip().lower()
    except (KeyboardInterrupt, EOFError):
        print(file=sys.stdout)
        raise Declined(f"confirmation cancelled, not proceeding with the {noun}") from None
