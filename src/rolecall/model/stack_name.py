"""The name of a stack in a self-managed backend: `organization/<project>/<stack>`; the organization is a constant."""

from __future__ import annotations

import re
from dataclasses import dataclass

ORGANIZATION = "organization"
MAX_LENGTH = 100

_ALLOWED = re.compile(r"[A-Za-z0-9_.-]")


class InvalidName(ValueError):
    """A stack or project name that is not one. Its text says why, in Pulumi's words; it does not say where."""


@dataclass(frozen=True, slots=True, order=True)
class StackName:
    """A stack and the project it belongs to. `str()` gives the full name, which is what files and messages hold."""

    project: str
    stack: str

    def __str__(self) -> str:
        return f"{ORGANIZATION}/{self.project}/{self.stack}"

    @classmethod
    def parse(cls, text: str, project: str | None = None) -> StackName:
        """Reads `stack`, `organization/stack` or `organization/project/stack`.

        `project` is used where the text names none. Raises InvalidName. Four parts and more count as an empty name, as
        they do to Pulumi.
        """
        parts = text.split("/")
        organization, named_project, stack = {
            1: ("", "", parts[0]),
            2: (parts[0], "", parts[-1]),
            3: (parts[0], parts[1] if len(parts) > 1 else "", parts[-1]),
        }.get(len(parts), ("", "", ""))
        if organization not in ("", ORGANIZATION):
            raise InvalidName("organization name must be 'organization'")
        owner = named_project or project
        if not owner:
            raise InvalidName(
                "if you're using the --stack flag, pass the fully qualified name (organization/project/stack)"
            )
        check_stack_part(stack)
        return cls(owner, stack)

    def shown(self, current_project: str | None) -> str:
        """The bare stack name where its project is the current one, else the full name."""
        return self.stack if self.project == current_project else str(self)


def check_stack_part(name: str) -> None:
    """Raises InvalidName unless `name` can be the last part of a stack's name."""
    if not name:
        raise InvalidName("a stack name may not be empty")
    if len(name) > MAX_LENGTH:
        raise InvalidName(f"a stack name cannot exceed {MAX_LENGTH} characters")
    for position, character in enumerate(name):
        if not _ALLOWED.match(character):
            raise InvalidName(
                "a stack name may only contain alphanumeric, hyphens, underscores, or periods: "
                f"invalid character {character!r} at position {position}"
            )


def check_project_name(name: str) -> None:
    """Raises InvalidName unless `name` can be a project's name. Checked when one is created, not when one is read."""
    if not name:
        raise InvalidName("a project name may not be empty")
    if len(name) > MAX_LENGTH:
        raise InvalidName(f"a project name must be {MAX_LENGTH} characters or less")
    if not all(_ALLOWED.match(character) for character in name):
        raise InvalidName("a project name may only contain alphanumeric, hyphens, underscores, and periods")
