"""Making the deployment of one stack that of another, as plain data: secrets and unknown fields stay untouched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rolecall.model.urn import STACK_TYPE, URN

_URNS = ("urn", "parent", "deletedWith", "viewOf")
_LISTS = ("dependencies", "aliases", "replaceWith")


def moved_deployment(deployment: Mapping[str, Any], stack: str, project: str) -> dict[str, Any]:
    """The deployment with every URN's stack and project replaced, and the root stack's name with them."""

    def there(text: str) -> str:
        urn = URN(text)
        if not urn.is_valid:
            return text
        name = f"{project}-{stack}" if urn.type == STACK_TYPE else urn.name
        return f"urn:pulumi:{stack}::{project}::{urn.qualified_type}::{name}"

    result = dict(deployment)
    if deployment.get("resources"):
        result["resources"] = [_moved(resource, there) for resource in deployment["resources"]]
    if deployment.get("pending_operations"):
        result["pending_operations"] = [
            {**operation, "resource": _moved(operation["resource"], there)}
            for operation in deployment["pending_operations"]
        ]
    return result


def _moved(resource: Mapping[str, Any], there: Callable[[str], str]) -> dict[str, Any]:
    result = dict(resource)
    for name in _URNS:
        if resource.get(name):
            result[name] = there(resource[name])
    for name in _LISTS:
        if resource.get(name):
            result[name] = [there(urn) for urn in resource[name]]
    if resource.get("propertyDependencies"):
        result["propertyDependencies"] = {
            name: None if urns is None else [there(urn) for urn in urns]
            for name, urns in resource["propertyDependencies"].items()
        }
    if resource.get("provider"):
        urn, separator, id_ = resource["provider"].rpartition("::")
        result["provider"] = f"{there(urn)}{separator}{id_}"
    return result
