"""What is wrong with a command line itself."""

from __future__ import annotations

from rolecall.errors import RolecallError


class UsageProblem(RolecallError):
    """The arguments cannot be understood. `help_text` is printed on standard output first, if there is any."""

    def __init__(self, summary: str, *, hint: str = "", help_text: str = "") -> None:
        super().__init__(summary, hint=hint)
        self.help_text = help_text
