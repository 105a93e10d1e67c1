"""Configuration keys: a namespace and a name, `aws:region`."""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.errors import RolecallError


class InvalidKey(RolecallError):
    """Text that is not a configuration key."""


@dataclass(frozen=True, slots=True, order=True)
class ConfigKey:
    """A key. Sorts by namespace, then name; `str()` gives the full form."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}:{self.name}"

    @classmethod
    def parse(cls, text: str, project: str) -> ConfigKey:
        """Reads `name` (of the project's own namespace), `namespace:name` or the older `namespace:config:name`.

        Raises InvalidKey.
        """
        parts = text.split(":")
        if len(parts) == 1:
            return cls(project, text)
        if len(parts) == 3 and parts[1] == "config":
            return cls(parts[0], parts[2])
        if len(parts) != 2:
            raise InvalidKey(
                f"could not parse {text} as a configuration key "
                "(configuration keys should be of the form `<namespace>:<name>`)"
            )
        return cls(*parts)

    @classmethod
    def parse_path(cls, text: str, project: str) -> ConfigKey:
        """The same for a path: only a `:` in its first element separates a namespace. The name is the whole path."""
        end = next((i for i, character in enumerate(text) if character in '.["'), len(text))
        namespace, colon, _ = text[:end].partition(":")
        if not colon:
            return cls(project, text)
        return cls(namespace, text[len(namespace) + 1 :].removeprefix("config:"))

    def shown(self, project: str | None) -> str:
        """The bare name where the key belongs to the project, else the full form."""
        return self.name if self.namespace == project else str(self)
