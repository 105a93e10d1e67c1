"""What may be shown of values and texts: secrets masked, contents of assets left out, known secrets cut from texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rolecall.model.value import Archive, Asset, Map, Output, Reference, Secret, Unknown, Value

MASK = "[secret]"
ELIDED = "<contents elided>"
_SHORTEST = 3
# How the Node SDK writes a serialized function: a function, a `with` over what it captured, and its application.
_CODE_MARKS = tuple(
    re.compile(mark)
    for mark in (
        r"function __.*",
        r"    with\({ .* }\) {",
        r"  }\).apply\(.*\).apply\(this, arguments\);",
    )
)


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces known secret texts. Short ones (under three characters, `true`, `false`) stay: they would garble all."""

    texts: frozenset[str] = frozenset()
    _pattern: re.Pattern[str] | None = field(init=False, default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        hidden = {form for text in self.texts if _is_maskable(text) for form in (text, json.dumps(text)[1:-1])}
        if hidden:
            ordered = sorted(hidden, key=lambda t: (-len(t), t))
            object.__setattr__(self, "_pattern", re.compile("|".join(map(re.escape, ordered))))

    @classmethod
    def of(cls, texts: Iterable[str]) -> Redactor:
        """A redactor for these secrets."""
        return cls(frozenset(texts))

    def text(self, text: str) -> str:
        """The text with every known secret in it masked."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def properties(self, properties: Map, *, show_secrets: bool = False) -> Map:
        """Properties as views may have them. Masked secrets are still marked, and all equal."""
        return Map({k: self.value(v, show_secrets=show_secrets) for k, v in properties.items()})

    def value(self, value: Value, *, show_secrets: bool = False) -> Value:
        """One value as views may have it."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Map):
            return self.properties(value, show_secrets=show_secrets)
        if isinstance(value, tuple):
            return tuple(self.value(v, show_secrets=show_secrets) for v in value)
        if isinstance(value, Secret):
            return value if show_secrets else Secret(MASK)
        if isinstance(value, Output):
            return self._output(value, show_secrets)
        if isinstance(value, Asset | Archive):
            return self._content(value)
        if isinstance(value, Reference):
            id_ = value.id if value.id is None or isinstance(value.id, Unknown) else self.text(value.id)
            return Reference(value.urn, id_, value.package_version, value.name, value.type)
        return value

    def _output(self, output: Output, show_secrets: bool) -> Value:
        inner = self.value(output.value, show_secrets=show_secrets)
        if output.secret and not show_secrets:
            return Secret(MASK)
        return Secret(inner) if output.secret else inner

    def _content(self, value: Asset | Archive) -> Value:
        """Files are of any size and may hold anything: only serialized program code is worth showing."""
        if isinstance(value, Asset):
            if value.text is None:
                return value
            text = self.text(value.text) if _is_program_code(value.text) else ELIDED
            return Asset(text=text, hash=value.hash)
        if value.assets is None:
            return value
        assets = {k: self._content(v) if isinstance(v, Asset | Archive) else v for k, v in value.assets.items()}
        return Archive(assets=Map(assets), hash=value.hash)


def _is_maskable(text: str) -> bool:
    return len(text) >= _SHORTEST and text.lower() not in ("true", "false")


def _is_program_code(text: str) -> bool:
    return all(mark.search(text) for mark in _CODE_MARKS)
