"""Policy variables: `${aws:username}`, with defaults, as literal text in a pattern. Documents of 2008 have none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from rolecall.iam.glob import Glob, Text, compile_glob, compile_parts
from rolecall.iam.request import Context

_DEFAULT = re.compile(r"\s*(?P<name>[^,]*?)\s*,\s*'(?P<default>.*)'\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Variable:
    """A condition key whose value is to stand here. `key` is in lower case; `default` is None where none is given."""

    key: str
    default: str | None = None


Part: TypeAlias = Text | Variable


@dataclass(frozen=True, slots=True)
class Template:
    """A text of a policy with its variables found. `fixed` is its pattern where it has none."""

    text: str
    parts: tuple[Part, ...]
    fixed: Glob | None

    def expand(self, context: Context) -> tuple[Text, ...] | None:
        """The parts with each variable replaced by its value; None where one has no single value and no default."""
        expanded: list[Text] = []
        for part in self.parts:
            if isinstance(part, Text):
                expanded.append(part)
                continue
            value = context.single(part.key)
            if value is None:
                value = part.default
            if value is None:
                return None
            expanded.append(Text(value, literal=True))
        return tuple(expanded)

    def glob(self, context: Context) -> Glob | None:
        """The pattern for this request, or None where a variable cannot be resolved."""
        if self.fixed is not None:
            return self.fixed
        parts = self.expand(context)
        return None if parts is None else compile_parts(parts)

    def plain(self, context: Context) -> str | None:
        """The text for this request, wildcards being ordinary characters; None where a variable cannot be resolved."""
        if self.fixed is not None:
            return "".join(part.text for part in self.parts if isinstance(part, Text))
        parts = self.expand(context)
        return None if parts is None else "".join(part.text for part in parts)

    def unresolved(self, context: Context) -> tuple[str, ...]:
        """The keys that have no single value in this request and no default."""
        variables = (part for part in self.parts if isinstance(part, Variable))
        return tuple(v.key for v in variables if v.default is None and context.single(v.key) is None)


def literal_template(text: str) -> Template:
    """A text in which `${` means nothing, as in a document of 2008."""
    return Template(text, (Text(text),), compile_glob(text))


def parse_template(text: str, variables: bool = True) -> Template:
    """Finds the variables of a text. `${*}`, `${?}` and `${$}` are those characters, taken literally."""
    if not variables or "${" not in text:
        return literal_template(text)
    parts = tuple(_parts(text))
    fixed = compile_parts(p for p in parts if isinstance(p, Text)) if all(isinstance(p, Text) for p in parts) else None
    return Template(text, parts, fixed)


def _parts(text: str) -> list[Part]:
    parts: list[Part] = []
    rest = text
    while True:
        before, opened, after = rest.partition("${")
        inside, closed, tail = after.partition("}")
        if not opened or not closed:
            parts.append(Text(rest))
            return [part for part in parts if not isinstance(part, Text) or part.text]
        parts.append(Text(before))
        parts.append(_variable(inside))
        rest = tail


def _variable(inside: str) -> Part:
    if inside in ("*", "?", "$"):
        return Text(inside, literal=True)
    with_default = _DEFAULT.fullmatch(inside)
    if with_default is None:
        return Variable(inside.strip().lower())
    return Variable(with_default["name"].lower(), with_default["default"])
