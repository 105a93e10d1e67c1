"""What is to be imported: Pulumi's import files, and the one resource that a command line names, as import requests.

Source of the format and its errors: `importFile` of Pulumi's `pulumi import`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rolecall.engine.deployment import ImportRequest
from rolecall.errors import RolecallError
from rolecall.model.encoding import Decoder
from rolecall.model.stack_name import StackName
from rolecall.model.urn import STACK_TYPE, URN, is_provider_type


class NotImportable(RolecallError):
    """An import that does not make sense. Lists everything that is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        if len(problems) == 1:
            super().__init__(problems[0])
            return
        lines = "\n".join(f"    {number}) {problem}" for number, problem in enumerate(problems, 1))
        super().__init__(f"{len(problems)} errors occurred:", detail=lines)


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """One resource to import. `parent` and `provider` are names; `name` is what other entries call it by."""

    type: str = ""
    name: str = ""
    id: str = ""
    logical_name: str = ""
    parent: str = ""
    provider: str = ""
    version: str = ""
    download_url: str = ""
    properties: tuple[str, ...] = ()
    component: bool = False
    remote: bool = False
    inputs: Mapping[str, Any] | None = None

    def described(self, index: int) -> str:
        """How errors call it."""
        called = f"'{self.name or self.id}'" if self.name or self.id else str(index)
        return f"resource {called}" + (f" of type '{self.type}'" if self.type else "")


@dataclass(frozen=True, slots=True)
class ImportList:
    """Resources to import, and names for others that are there already. `protect`: they are protected from deletion."""

    entries: tuple[ImportEntry, ...]
    name_table: Mapping[str, str] = field(default_factory=dict)
    protect: bool = True

    @classmethod
    def read(cls, path: Path, protect: bool) -> ImportList:
        """Reads an import file. Raises RolecallError when it cannot be read or is not of that format."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            entries = tuple(_entry(entry) for entry in data.get("resources") or ())
            return cls(entries, dict(data.get("nameTable") or {}), protect)
        except OSError as error:
            raise RolecallError(f"could not read import file: open {path}: {(error.strerror or '').lower()}") from error
        except (ValueError, AttributeError, TypeError) as error:
            raise RolecallError(f"could not read import file: {path}: {error}") from error

    def requests(self, stack: StackName, decoder: Decoder | None = None) -> tuple[ImportRequest, ...]:
        """The requests for a stack; `decoder` opens secrets in inputs of providers. Raises NotImportable."""
        problems = list(self._incomplete())
        if problems:
            raise NotImportable(problems)
        urns = self._urns(stack, problems)
        made = [self._request(i, entry, urns, problems) for i, entry in enumerate(self.entries)]
        if problems:
            raise NotImportable(problems)
        if decoder is None:
            return tuple(made)
        inputs = [None if e.inputs is None else decoder.decode_map(e.inputs) for e in self.entries]
        return tuple(replace(request, inputs=known) for request, known in zip(made, inputs, strict=True))

    def _incomplete(self) -> Iterator[str]:
        for index, entry in enumerate(self.entries):
            what = entry.described(index)
            if not entry.type:
                yield f"{what} has no type"
            if not entry.name:
                yield f"{what} has no name"
            if is_provider_type(entry.type):
                if entry.id:
                    yield f"{what} has an ID, but is a provider, which is created rather than read"
                if entry.component:
                    yield f"{what} is a provider and may not be marked as a component"
            elif not entry.component and not entry.id:
                yield f"{what} has no ID"
            elif entry.component and entry.id:
                yield f"{what} has an ID, but is marked as a component"
            if entry.remote and not entry.component:
                yield f"{what} is marked as remote, but not as a component"

    def _urns(self, stack: StackName, problems: list[str]) -> dict[str, URN]:
        """The URN of every name; parents before their children, whatever their order in the file."""
        urns = {name: URN(urn) for name, urn in self.name_table.items()}
        taken = set(urns.values())
        counts = Counter(entry.name for entry in self.entries)
        known = {*urns, *counts}
        waiting = list(enumerate(self.entries))
        while waiting:
            left = []
            for index, entry in waiting:
                if entry.parent and counts[entry.parent] > 1:
                    problems.append(f"{entry.described(index)} has an ambiguous parent")
                elif entry.parent and entry.parent not in known:
                    problems.append(
                        f"the parent '{entry.parent}' for {entry.described(index)} has no entry in 'nameTable'"
                    )
                elif entry.parent and entry.parent not in urns:
                    left.append((index, entry))
                else:
                    self._place(index, entry, stack, urns, taken, problems)
            if len(left) == len(waiting):
                problems += [f"{entry.described(index)} is its own parent's parent" for index, entry in left]
                break
            waiting = left
        return urns

    @staticmethod
    def _place(
        index: int,
        entry: ImportEntry,
        stack: StackName,
        urns: dict[str, URN],
        taken: set[URN],
        problems: list[str],
    ) -> None:
        parent = urns.get(entry.parent) if entry.parent else None
        urn = URN.make(stack.stack, stack.project, parent, entry.type, entry.logical_name or entry.name)
        if urn in taken:
            problems.append(f"{entry.described(index)} has an ambiguous URN, set name (or logical name) to be unique")
        taken.add(urn)
        urns.setdefault(entry.name, urn)

    def _request(self, index: int, entry: ImportEntry, urns: Mapping[str, URN], problems: list[str]) -> ImportRequest:
        provider = urns.get(entry.provider) if entry.provider else None
        if entry.provider and provider is None:
            problems.append(
                f"the provider '{entry.provider}' for {entry.described(index)} has no entry in 'nameTable' or "
                "'resources'"
            )
        elif provider is not None and not is_provider_type(provider.type):
            problems.append(f"the provider '{entry.provider}' for {entry.described(index)} is not a provider")
        parent = urns.get(entry.parent) if entry.parent else None
        return ImportRequest(
            type=entry.type,
            name=entry.logical_name or entry.name,
            id=entry.id,
            parent=None if parent is not None and parent.type == STACK_TYPE else parent,
            provider=provider,
            version=entry.version,
            download_url=entry.download_url,
            # Pulumi 3.260 reads the names of properties and imports all of them nevertheless.
            properties=(),
            protect=self.protect,
            component=entry.component,
        )


def _entry(data: Mapping[str, Any]) -> ImportEntry:
    text = {name: str(data.get(name) or "") for name in ("type", "name", "id", "logicalName", "parent", "provider")}
    return ImportEntry(
        type=text["type"],
        name=text["name"] or text["logicalName"],
        id=text["id"],
        logical_name=text["logicalName"] or text["name"],
        parent=text["parent"],
        provider=text["provider"],
        version=str(data.get("version") or ""),
        download_url=str(data.get("pluginDownloadUrl") or ""),
        properties=tuple(data.get("properties") or ()),
        component=bool(data.get("component")),
        remote=bool(data.get("remote")),
        inputs=data.get("inputs"),
    )
