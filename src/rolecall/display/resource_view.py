"""One resource of a state, as `state get` shows it: its entry in the deployment format, secrets masked or open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.display.markup import colorize
from rolecall.display.properties import PropertyPrinter
from rolecall.model.encoding import Decoder
from rolecall.model.value import Map, Secret, Value, transform

MASK = "[secret]"


def resource_data(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown of it, as data for JSON."""
    data = {name: entry[name] for name in ("urn", "id", "type", "inputs", "outputs") if entry.get(name)}
    return {**data, "pendingDeletion": True} if entry.get("delete") else data


def resource_text(entry: Mapping[str, Any]) -> str:
    """What is shown of it to people, without a newline at its end."""
    lines = [f"Type: {entry.get('type', '')}", f"URN:  {entry.get('urn', '')}"]
    if entry.get("id"):
        lines.append(f"ID:   {entry['id']}")
    for heading in ("Inputs", "Outputs"):
        properties = entry.get(heading.lower())
        if properties:
            lines += ["", f"{heading}:", _properties(Decoder(unknowns=False).decode_map(properties))]
    return "\n".join(lines)


def _properties(properties: Map) -> str:
    def marked(value: Value) -> Value:
        return Secret(None) if value == MASK else value

    printer = PropertyPrinter()
    printer.map(Map({name: transform(value, marked) for name, value in properties.items()}))
    return colorize(printer.text, "never").rstrip("\n")
