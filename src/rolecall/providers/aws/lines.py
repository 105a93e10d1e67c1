"""Which line of the SDK a program uses: shapes and tags differ between pulumi-aws 5, 6 and 7 (spec 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

NEWEST = (7, 51, 1)


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """A version of pulumi-aws. Without one the newest is meant."""

    major: int = NEWEST[0]
    minor: int = NEWEST[1]
    patch: int = NEWEST[2]
    text: str = ""

    @classmethod
    def of(cls, version: str) -> Line:
        """Reads `7.51.1` or `7.0.0-alpha.3`."""
        match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
        return cls(int(match[1]), int(match[2]), int(match[3]), version) if match else cls(text=version)

    @property
    def region_replaces_provider(self) -> bool:
        """6.x from mid-2024: another region makes another provider, and so replaces its resources."""
        return self.major == 6 and self.minor >= 38

    @property
    def has_region_inputs(self) -> bool:
        return self.major >= 7

    def __str__(self) -> str:
        return self.text or f"{self.major}.x"


def classic(line: Line) -> bool:
    """5.x and 6.x."""
    return line.major < 7


def modern(line: Line) -> bool:
    """7.x."""
    return line.major >= 7


def every(line: Line) -> bool:
    """All lines."""
    return True
