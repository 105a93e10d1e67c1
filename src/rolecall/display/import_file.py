"""The view of `preview --import-file`: what would be created, as a file for `import` that lacks only the IDs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.model.encoding import Encoder
from rolecall.model.event import Event, Started
from rolecall.model.json_text import indented
from rolecall.model.resource import Resource
from rolecall.model.urn import STACK_TYPE, URN, is_provider_type
from rolecall.model.value import Map, has_unknowns

PLACEHOLDER = "<PLACEHOLDER>"


class ImportFileView:
    """Collects the creations of a preview. It must see internal steps too: default providers say which versions."""

    def __init__(self, encoder: Encoder) -> None:
        """`encoder` writes the inputs of providers; it decides what becomes of their secrets."""
        self._encoder = encoder
        self._names: dict[URN, str] = {}
        self._creating: set[URN] = set()
        self._providers: dict[URN, Map] = {}
        self._table: dict[str, str] = {}
        self._entries: list[dict[str, Any]] = []

    @property
    def text(self) -> str:
        """The file."""
        data: dict[str, Any] = {"nameTable": self._table} if self._table else {}
        return indented({**data, "resources": self._entries}, indent=4, sort=False) + "\n"

    def show(self, event: Event) -> None:
        """Take one event."""
        if not isinstance(event, Started) or event.step.urn in self._creating:
            return
        step = event.step
        resource = step.new or step.old
        if resource is None:
            return
        self._names.setdefault(step.urn, self._unused(step.urn))
        if resource.is_provider:
            self._providers[step.urn] = resource.inputs
        if step.op == "create" and step.type != STACK_TYPE and step.new is not None:
            self._creating.add(step.urn)
            if not _is_default(step.urn):
                self._entries.append(self._entry(step.new))

    def _unused(self, urn: URN) -> str:
        """The resource's own name; with its type's, then with a number, where that is taken."""
        taken = set(self._names.values())
        if urn.name not in taken:
            return urn.name
        kind = urn.type.rsplit(":", 1)[-1]
        base = urn.name + kind[:1].upper() + kind[1:]
        candidates = (base, *(f"{base}{number}" for number in range(2, len(taken) + 3)))
        return next(name for name in candidates if name not in taken)

    def _entry(self, new: Resource) -> dict[str, Any]:
        name = self._names[new.urn]
        entry: dict[str, Any] = {"type": new.type, "name": name}
        if name != new.urn.name:
            entry["logicalName"] = new.urn.name
        if not new.custom:
            entry["component"] = True
        elif is_provider_type(new.type):
            entry |= {"inputs": self._known(new.inputs)} if new.inputs else {}
        else:
            entry["id"] = PLACEHOLDER
        if new.parent is not None and new.parent.type != STACK_TYPE:
            entry["parent"] = self._refer(new.parent)
        if new.provider is not None:
            entry |= self._about_provider(new.provider.urn)
        return entry

    def _about_provider(self, urn: URN) -> Mapping[str, str]:
        found = {} if _is_default(urn) else {"provider": self._refer(urn)}
        inputs = self._providers.get(urn, Map())
        version = inputs.get("version")
        return {**found, "version": version} if isinstance(version, str) else found

    def _refer(self, urn: URN) -> str:
        """The name of another resource; one that is not created itself is explained in the table of names."""
        name = self._names.setdefault(urn, self._unused(urn))
        if urn not in self._creating:
            self._table[name] = urn
        return name

    def _known(self, inputs: Map) -> Any:
        return self._encoder.encode(Map({k: v for k, v in inputs.items() if not has_unknowns(v)}))


def _is_default(urn: URN) -> bool:
    return is_provider_type(urn.type) and urn.name.startswith("default")
