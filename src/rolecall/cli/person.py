"""The person at this terminal, as `api` sees one."""

from __future__ import annotations

from collections.abc import Sequence

from rolecall.cli import prompts

_NEW = "<create a new stack>"


class TerminalPerson:
    """Asks on the terminal. Made only where there is one."""

    def ask_hidden(self, prompt: str) -> str:
        return prompts.ask_hidden(prompt)

    def choose_stack(self, names: Sequence[str], may_create: bool) -> str:
        question = "Please choose a stack" + (", or create a new one:" if may_create else ":")
        options = [*names, _NEW] if may_create else list(names)
        if not options:
            raise prompts.Declined(
                "this command requires a stack, but there are none in this project",
                hint="Make one with `pulumi stack init`.",
            )
        answer = prompts.choose(question, options)
        return prompts.ask_text("stack name", "dev") if answer == _NEW else answer

    def agrees_to_create(self, name: str) -> bool:
        print(f"The stack '{name}' does not exist.\n")
        prompts.ask_text("If you would like to create this stack now, please press <ENTER>, otherwise press ^C")
        return True
