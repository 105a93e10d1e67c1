"""The flags that every command has, and what they mean together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.cli.flags import Flag


@dataclass(frozen=True, slots=True)
class Globals:
    """The values of the global flags. `cwd` is empty for the current directory."""

    color: str = "auto"
    cwd: str = ""
    disable_integrity_checking: bool = False
    emoji: bool = False
    fully_qualify_stack_names: bool = False
    logflow: bool = False
    logtostderr: bool = False
    non_interactive: bool = False
    tracing: str = ""
    verbose: int = 0

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Globals:
        """Picks the global flags out of all values by parameter name."""
        return cls(**{name: values[f"global_{name}"] for name in cls.__slots__ if f"global_{name}" in values})


def _flag(*declarations: str, help: str, kind: type = str, default: Any = None, hidden: bool = False) -> Flag:
    long = next(text for text in declarations if text.startswith("--"))
    parameter = "global_" + long[2:].replace("-", "_")
    return Flag((*declarations, parameter), kind=kind, fallback=default, help=help, hidden=hidden)


GLOBAL_FLAGS: tuple[Flag, ...] = (
    _flag("--color", default="auto", help="Colorize output. Choices are: always, never, raw, auto"),
    _flag("--cwd", "-C", help="Run pulumi as if it had been started in another directory"),
    _flag("--disable-integrity-checking", kind=bool, help="Disable integrity checking of checkpoint files"),
    _flag("--emoji", "-e", kind=bool, help="Enable emojis in the output"),
    _flag("--fully-qualify-stack-names", "-Q", kind=bool, help="Show fully-qualified stack names"),
    _flag("--logflow", kind=bool, help="Flow log settings to child processes (like plugins)"),
    _flag("--logtostderr", kind=bool, help="Log to stderr instead of to files"),
    _flag(
        "--memprofilerate",
        kind=int,
        help="Enable more precise (and expensive) memory allocation profiles by setting runtime.MemProfileRate",
    ),
    _flag("--non-interactive", kind=bool, help="Disable interactive mode for all commands"),
    _flag(
        "--otel-traces",
        help="Export OpenTelemetry traces to the specified endpoint. Use file:// for local JSON files, "
        "grpc:// or https:// for remote collectors",
    ),
    _flag(
        "--profiling",
        help="Emit CPU and memory profiles and an execution trace to '[filename].[pid].{cpu,mem,trace}', respectively",
    ),
    _flag(
        "--tracing",
        help="Emit tracing to the specified endpoint. Use the `file:` scheme to write tracing data to a local file",
    ),
    _flag("--tracing-header", help="Include the tracing header with the given contents."),
    _flag("--verbose", "-v", kind=int, help="Enable verbose logging (e.g., v=3); anything >3 is very verbose"),
)
"""Flags that only profile the Go program are accepted, as scripts pass them, and do nothing."""
