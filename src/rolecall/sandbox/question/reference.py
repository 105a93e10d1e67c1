"""AWS's Service Authorization Reference as data: a service's actions, their types of resource, and the ARNs of those.

`reference.tsv` is compiled by tools/compile_iam_data.py; a service's line is parsed when it is first asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

from rolecall.sandbox.services import UnknownService, model_of

LEVELS = {"L": "List", "R": "Read", "W": "Write", "T": "Tagging", "P": "Permissions management"}

_PREFIXES = {
    "apigatewaymanagementapi": "execute-api",
    "cloudcontrol": "cloudformation",
    "cloudwatch": "cloudwatch",
    "docdb": "rds",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "iot-data": "iot",
    "iot-jobs-data": "iotjobsdata",
    "iotsecuretunneling": "iot",
    "keyspaces": "cassandra",
    "mturk": "mechanicalturk",
    "neptune": "rds",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "stepfunctions": "states",
}
"""Services, by botocore's name, whose IAM prefix is not their signing name."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type of resource and the templates of its ARN: `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`."""

    name: str
    templates: tuple[str, ...]
    required: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """An action of a service: its access level (see `LEVELS`) and the types of resource it is checked against."""

    name: str
    level: str
    types: tuple[ResourceType, ...]


class ServiceReference:
    """One service of the reference."""

    def __init__(self, prefix: str, data: Mapping[str, Any]) -> None:
        self.prefix = prefix
        self._data = data

    @cached_property
    def _actions(self) -> dict[str, tuple[str, str]]:
        return {name.lower(): (name, text) for name, text in self._data["a"].items()}

    @cached_property
    def _resources(self) -> dict[str, str]:
        return {name.lower(): templates for name, templates in self._data["r"].items()}

    def action(self, name: str) -> Action | None:
        """The action of that name, without regard to case, or None."""
        found = self._actions.get(name.lower())
        if found is None:
            return None
        level, *types = found[1].split("|")
        return Action(found[0], LEVELS[level], tuple(self._type(text) for text in types if self._known(text)))

    def _known(self, text: str) -> bool:
        return text.rstrip("*").lower() in self._resources

    def _type(self, text: str) -> ResourceType:
        name = text.rstrip("*")
        return ResourceType(name, tuple(self._resources[name.lower()].split(", ")), required=text.endswith("*"))

    @cached_property
    def condition_keys(self) -> tuple[tuple[str, bool], ...]:
        """The service's own condition keys, each with whether it is multivalued."""
        return tuple((key.removesuffix("[]"), key.endswith("[]")) for key in self._data["k"])


@lru_cache(maxsize=1)
def _lines() -> dict[str, str]:
    text = files("rolecall.sandbox.question").joinpath("reference.tsv").read_text()
    return dict(line.split("\t", 1) for line in text.splitlines())


@lru_cache(maxsize=512)
def reference_of(prefix: str) -> ServiceReference | None:
    """The reference of one IAM prefix, or None."""
    line = _lines().get(prefix)
    return None if line is None else ServiceReference(prefix, json.loads(line))


@lru_cache(maxsize=512)
def prefix_of(service: str) -> str:
    """The IAM prefix of a service by botocore's name: `monitoring` signs, but `cloudwatch:` is what policies say."""
    if service in _PREFIXES:
        return _PREFIXES[service]
    if service.startswith("partnercentral"):
        return "partnercentral"
    try:
        metadata = model_of(service).metadata
    except UnknownService:
        return service
    return str(metadata.get("signingName") or metadata["endpointPrefix"]).lower()


def access_level(service: str, operation: str) -> str | None:
    """`List`, `Read`, `Write`, `Tagging` or `Permissions management`; None where the reference has no such action."""
    reference = reference_of(prefix_of(service))
    action = None if reference is None else reference.action(operation)
    return None if action is None else action.level
