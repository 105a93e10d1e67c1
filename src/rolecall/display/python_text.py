"""Property values and names as Python source text that a person would write."""

from __future__ import annotations

import json
import keyword
import math
import re
from collections.abc import Callable, Iterable, Mapping

from rolecall.model.value import Archive, Asset, Map, Output, Reference, Secret, Unknown, Value

WIDTH = 88
INDENT = "    "
NOT_KNOWN = "to be filled in"


def argument_name(name: str) -> str:
    """The keyword argument that Pulumi's generated SDKs have for a property: `cidrBlock` is `cidr_block`."""
    apart = re.sub(r"([A-Z]+s?)(?=[A-Z][a-z]|$|[^A-Za-z])|([A-Z])", lambda m: "_" + m.group(0).lower(), name)
    return _no_keyword(re.sub(r"\W", "_", re.sub(r"__+", "_", apart).strip("_") or "_", flags=re.ASCII))


def variable_name(name: str, taken: Iterable[str]) -> str:
    """An identifier close to a resource's name that is not among those `taken`."""
    base = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "resource"
    base = _no_keyword(f"_{base}" if base[0].isdigit() else base)
    others = set(taken)
    candidates = (base, *(f"{base}_{number}" for number in range(2, len(others) + 3)))
    return next(candidate for candidate in candidates if candidate not in others)


def _no_keyword(word: str) -> str:
    return f"{word}_" if keyword.iskeyword(word) else word


def call(function: str, arguments: Iterable[str], depth: int = 0) -> str:
    """A call, on one line if it fits. `depth`: how far its line is indented."""
    return enclosed(f"{function}(", list(arguments), ")", depth)


def enclosed(opening: str, parts: list[str], closing: str, depth: int) -> str:
    """Parts between brackets, on one line if they fit, else one a line."""
    flat = opening + ", ".join(parts) + closing
    if len(flat) + len(INDENT) * depth <= WIDTH and "\n" not in flat:
        return flat
    inner = "\n" + INDENT * (depth + 1)
    return opening + "".join(f"{inner}{part}," for part in parts) + "\n" + INDENT * depth + closing


class Writer:
    """Writes values. `secret` gives the expression that stands for a secret, from the path to it."""

    def __init__(self, secret: Callable[[str, Value], str], names: Mapping[str, str]) -> None:
        """`names`: the variables of resources, by URN."""
        self._secret = secret
        self._names = names
        self.uses_json = False

    def value(self, value: Value, path: str, depth: int = 0) -> str:
        """The expression for a value."""
        if isinstance(value, Secret | Output):
            return self._secret(path, value.value)
        if isinstance(value, Map):
            items = [f"{text(k)}: {self.value(v, f'{path}_{k}', depth + 1)}" for k, v in value.items()]
            return enclosed("{", items, "}", depth)
        if isinstance(value, tuple):
            listed = [self.value(item, f"{path}_{number}", depth + 1) for number, item in enumerate(value)]
            return enclosed("[", listed, "]", depth)
        if isinstance(value, str):
            return self._string(value, depth)
        if isinstance(value, float) and not math.isfinite(value):
            return f'float("{value}")'
        if isinstance(value, Asset | Archive | Reference | Unknown):
            return self._special(value, path, depth)
        return repr(value)

    def _string(self, value: str, depth: int) -> str:
        """A text; one that is compact JSON of some length reads better as data."""
        data = _json_data(value) if len(value) > 40 and value[0] in "{[" else None
        if data is None:
            return text(value)
        self.uses_json = True
        dumps = call("json.dumps", [plain(data, depth + 1)], depth)
        if json.dumps(data) == value:
            return dumps
        return call("json.dumps", [plain(data, depth + 1), 'separators=(",", ":")'], depth)

    def _special(self, value: Asset | Archive | Reference | Unknown, path: str, depth: int) -> str:
        if isinstance(value, Reference):
            return self._names.get(value.urn, text(str(value.id or value.urn)))
        if isinstance(value, Asset):
            return _asset(value)
        if isinstance(value, Archive):
            assets = value.assets
            if assets is not None:
                return call("pulumi.AssetArchive", [self.value(assets, path, depth + 1)], depth)
            kind = "pulumi.RemoteArchive" if value.uri is not None else "pulumi.FileArchive"
            return call(kind, [text(value.uri or value.path or NOT_KNOWN)])
        return "..."


def _asset(value: Asset) -> str:
    if value.text is not None:
        return call("pulumi.StringAsset", [text(value.text)])
    if value.uri is not None:
        return call("pulumi.RemoteAsset", [text(value.uri)])
    return call("pulumi.FileAsset", [text(value.path or NOT_KNOWN)])


def _json_data(value: str) -> object:
    """The data of a JSON text that Python would write in the very same way, else None."""
    try:
        data: object = json.loads(value)
    except ValueError:
        return None
    return data if value in (json.dumps(data), json.dumps(data, separators=(",", ":"))) else None


def plain(data: object, depth: int) -> str:
    """The expression for plain data."""
    if isinstance(data, dict):
        return enclosed("{", [f"{text(str(k))}: {plain(v, depth + 1)}" for k, v in data.items()], "}", depth)
    if isinstance(data, list):
        return enclosed("[", [plain(item, depth + 1) for item in data], "]", depth)
    return text(data) if isinstance(data, str) else repr(data)


def text(value: str) -> str:
    """A string literal in double quotes."""
    quoted = repr("'" + value)  # a single quote inside makes repr choose double ones, unless there are those as well
    if quoted[0] == '"':
        return '"' + quoted[2:]
    return '"' + quoted[3:-1].replace("\\'", "'").replace('"', '\\"') + '"'
