"""The tags of one stack, changed under its lock."""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.model.stack_name import StackName
from rolecall.state import tags
from rolecall.state.backend import Backend


@dataclass(frozen=True, slots=True)
class StackTags:
    """Names with values that a stack carries. Changes raise Locked, reading raises CorruptState."""

    backend: Backend
    name: StackName

    def all(self) -> dict[str, str]:
        """All tags."""
        return tags.read(self.backend.store, self.name)

    def set(self, tag: str, value: str) -> None:
        """Sets one tag."""
        with self.backend.locked(self.name):
            tags.write(self.backend.store, self.name, {**self.all(), tag: value})

    def remove(self, tag: str) -> None:
        """Removes one tag, if it is there."""
        with self.backend.locked(self.name):
            tags.write(self.backend.store, self.name, {k: v for k, v in self.all().items() if k != tag})
