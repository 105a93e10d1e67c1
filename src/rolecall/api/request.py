"""What an operation on a stack is asked to do, who watches it, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rolecall.api.imports import ImportList
from rolecall.display.options import Options as DisplayOptions
from rolecall.display.view import Write
from rolecall.model.event import Event
from rolecall.model.event import Result as Verdict

Kind = Literal["preview", "update", "refresh", "destroy", "import"]
Form = Literal["progress", "diff", "json", "summary"]
"""How a run is shown: as it happens, as a diff, as JSON events, or as one line of JSON."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which resources an operation is about: URNs, or patterns of URNs with `*` and `**`."""

    targets: tuple[str, ...] = ()
    target_dependents: bool = False
    excludes: tuple[str, ...] = ()
    exclude_dependents: bool = False
    exclude_protected: bool = False
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Showing:
    """How an operation is shown. `event_log`: a file for Pulumi's engine events. `import_file`: one for
    what a preview would create. `permalink`: where the state is."""

    form: Form = "progress"
    options: DisplayOptions = field(default_factory=DisplayOptions)
    event_log: str = ""
    import_file: str = ""
    permalink: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One operation.

    `stack` and `config_file` are "" for the selected one and its own. `config`: `key=value` texts that are saved first.
    `refresh` None: as the project says. `parallel`: how many resources at once, 1 for one after the other.
    `clear_pending`: a refresh forgets creations that were interrupted. `plan`: a file that says all that an update may
    do. `save_plan`: one for a preview to write. `strict`: an update does no more than its own preview. `imports`: what
    an import takes over. `facts`: what the history is told of how the operation was started.
    """

    kind: Kind
    stack: str = ""
    config_file: str = ""
    config: tuple[str, ...] = ()
    config_path: bool = False
    message: str = ""
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)
    parallel: int = 16
    selection: Selection = field(default_factory=Selection)
    refresh: bool | None = None
    run_program: bool = False
    skip_config_validation: bool = False
    continue_on_error: bool = False
    ignore_protect: bool = False
    skip_preview: bool = False
    preview_only: bool = False
    assume_yes: bool = False
    remove_stack: bool = False
    clear_pending: bool = False
    plan: str = ""
    save_plan: str = ""
    strict: bool = False
    imports: ImportList = field(default_factory=lambda: ImportList(()))
    expect_no_changes: bool = False
    check_integrity: bool = True
    showing: Showing = field(default_factory=Showing)

    @property
    def acts(self) -> bool:
        """Whether anything is to be changed at all."""
        return self.kind != "preview" and not self.preview_only


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked before anything is changed. `details` gives the whole preview as a diff.

    `nothing_new`: the preview found no resources. `untracked`: resources that stay behind and are forgotten.
    """

    kind: Kind
    details: Callable[[], str]
    nothing_new: bool = False
    untracked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Audience:
    """Who watches: where text goes, whether it is a person at a terminal, and how that person is asked.

    `confirm` tells whether to go on; it is not called unless `interactive`. `watch` gets every event of every phase.
    """

    write: Write
    write_errors: Write
    interactive: bool = False
    confirm: Callable[[Question], bool] = lambda _question: False
    watch: Callable[[Event], None] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an operation. Not `succeeded`: it failed or was cancelled, and the user was told why."""

    verdict: Verdict
    changes: Mapping[str, int] = field(default_factory=dict, hash=False)

    @property
    def succeeded(self) -> bool:
        return self.verdict == "succeeded"

    @property
    def has_changes(self) -> bool:
        """Whether anything changed, or would: reading and finding the same is no change."""
        calm = ("same", "read", "discard", "read-replacement")
        return any(count for op, count in self.changes.items() if op not in calm)
