"""Go's duration texts (`1h15m30.5s`), which Pulumi uses for custom timeouts."""

from __future__ import annotations

import re

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")


def seconds_of(text: str) -> float:
    """The seconds that a duration text means; "" and "0" mean 0. Raises ValueError when it is not one."""
    if text in ("", "0", "+0", "-0"):
        return 0.0
    unsigned = text[1:] if text[0] in "+-" else text
    parts = _PART.findall(unsigned)
    if not parts or "".join(number + unit for number, unit in parts) != unsigned:
        raise ValueError(f'time: invalid duration "{text}"')
    total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return -total if text[0] == "-" else total


def text_of(seconds: float) -> str:
    """A duration text for seconds; "" for 0, which means "not given"."""
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + "s" if seconds else ""
