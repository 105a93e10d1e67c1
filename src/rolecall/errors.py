"""The root of rolecall's errors, and nothing else; each package subclasses it beside the code that raises.

An error says what went wrong (`summary`), where and why (`detail`), and what to do next (`hint`). Whatever is raised
that is not a `RolecallError` is a bug of ours and is reported with a traceback.
"""

from __future__ import annotations


class RolecallError(Exception):
    """A problem that its reader can do something about.

    `exit_code` follows Pulumi's CLI: 1 any error, 2 configuration or a missing confirmation, 3 login, 6 stack not
    found, 7 unexpected changes, 8 cancelled.
    """

    exit_code = 1

    def __init__(self, summary: str, *, detail: str = "", hint: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        return "\n".join(part for part in (self.summary, self.detail, self.hint) if part)
