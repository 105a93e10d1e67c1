"""Fills the ARN templates of the reference from the parameters of a call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.reference import ResourceType

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_GIVEN = ("Partition", "Region", "Account")
_SUFFIXES = ("", "name", "id", "identifier", "arn")
_MOST = 200

OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "rds:dbclusterinstancename": ("DBClusterIdentifier",),
    "rds:dbinstancename": ("DBInstanceIdentifier",),
    "rds:clusterparametergroupname": ("DBClusterParameterGroupName",),
    "rds:parametergroupname": ("DBParameterGroupName",),
    "rds:subnetgroupname": ("DBSubnetGroupName",),
    "rds:clustersnapshotname": ("DBClusterSnapshotIdentifier",),
    "rds:snapshotname": ("DBSnapshotIdentifier",),
    "rds:securitygroupname": ("DBSecurityGroupName",),
    "ec2:securitygroupid": ("GroupId",),
    "ec2:keypairname": ("KeyName",),
    "ec2:elasticipallocationid": ("AllocationId",),
    "ec2:allocationid": ("AllocationId",),
    "autoscaling:groupfriendlyname": ("AutoScalingGroupName",),
    "autoscaling:launchconfigurationname": ("LaunchConfigurationName",),
    "events:rulename": ("Name", "Rule"),
    "elasticfilesystem:filesystemid": ("FileSystemId",),
    "eks:clustername": ("name", "clusterName"),
    "ecs:clustername": ("cluster", "clusterName"),
    "ecs:servicename": ("service", "serviceName"),
    "ecs:taskid": ("task",),
    "ecs:taskdefinitionfamilyname": ("family",),
    "glue:databasename": ("DatabaseName", "DatabaseInput.Name", "Name"),
    "glue:tablename": ("TableName", "TableInput.Name", "Name"),
    "cognito-idp:userpoolid": ("UserPoolId",),
    "route53:id": ("HostedZoneId", "Id", "HealthCheckId", "DelegationSetId"),
    "acm:certificateid": ("CertificateArn",),
    "states:statemachinename": ("name", "stateMachineArn"),
    "ssm:documentname": ("Name", "DocumentName"),
    "ssm:parameternamewithoutleadingslash": ("Name", "Names", "Path", "ResourceId"),
    "cloudwatch:alarmname": ("AlarmName", "AlarmNames"),
    "cloudwatch:dashboardname": ("DashboardName", "DashboardNames"),
    "cloudformation:stackname": ("StackName",),
    "elasticache:cacheclusterid": ("CacheClusterId",),
    "ecr:repositoryname": ("repositoryName", "repositoryNames"),
}
"""Variables of the reference whose value a call gives under a name that cannot be guessed from theirs."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The ARNs of one resource type. `exact` is False where a part was not known and a star stands for it."""

    arns: tuple[str, ...]
    exact: bool


def fill(asking: Asking, service: str, kind: ResourceType, *, alone: bool) -> Filled | None:
    """The ARNs of a resource type for this call; None where nothing of it is named.

    `alone` says that no other type competes for parameters as plain as `Name` or `Id`.
    """
    given = tuple(_arns_given(asking, kind))
    if given:
        return Filled(given, exact=True)
    for template in kind.templates:
        values = _chosen(asking, service, kind.name, template, plain=alone or is_named_in(kind, asking))
        if values and (all(values.values()) or _only_ids_missing(values)):
            return Filled(tuple(_combine(asking, template, values)), exact=all(values.values()))
    return None


def is_named_in(kind: ResourceType, asking: Asking) -> bool:
    """Whether the operation is called after the type: CreateWebACL after `webacl`."""
    return _normal(kind.name) in _normal(asking.call.operation)


def starred(asking: Asking, kind: ResourceType, service: str) -> Filled:
    """The ARN of a resource that is yet to be created or could not be told: stars where names are missing."""
    template = kind.templates[0]
    values = _chosen(asking, service, kind.name, template, plain=False)
    return Filled(tuple(_combine(asking, template, values)), exact=False)


def _only_ids_missing(values: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether what is not known is chosen by the service: the ids beside a name that is known."""
    missing = [name for name, texts in values.items() if not texts]
    return len(missing) < len(values) and all(name.endswith("Id") for name in missing)


def _arns_given(asking: Asking, kind: ResourceType) -> Iterator[str]:
    patterns = [_pattern(template) for template in kind.templates]
    for value in asking.call.params.values():
        for text in value if isinstance(value, list | tuple) else (value,):
            if isinstance(text, str) and text.startswith("arn:") and any(p.fullmatch(text) for p in patterns):
                yield text


@lru_cache(maxsize=4096)
def _pattern(template: str) -> re.Pattern[str]:
    names = _VARIABLE.findall(template)
    texts = [re.escape(text) for text in _VARIABLE.split(template)[::2]]
    groups = ["[^:]*" if name in _GIVEN else "[^:/]+" for name in names]
    if groups and not template.endswith(("Region}", "Account}")) and template.endswith("}"):
        groups[-1] = "[^:]+"
    return re.compile("".join(text + group for text, group in zip(texts, [*groups, ""], strict=True)), re.DOTALL)


@lru_cache(maxsize=4096)
def _variables(template: str) -> tuple[str, ...]:
    return tuple(name for name in _VARIABLE.findall(template) if name not in _GIVEN)


def _chosen(asking: Asking, service: str, kind: str, template: str, *, plain: bool) -> dict[str, tuple[str, ...]]:
    """The values of each variable of a template; empty where not known. No parameter stands for two variables."""
    names = _variables(template)
    members = _members(asking)
    chosen: dict[str, tuple[str, ...]] = {}
    for name in names:
        chosen[name] = ()
        last = name == names[-1]
        for candidate in _candidates(service, kind if last else "", name, plain and last):
            found = next((each for each in (candidate, candidate + "s") if members.get(each)), None)
            if found is not None:
                chosen[name] = tuple(_bare(text) for text in members.pop(found))
                break
    return chosen


def _combine(asking: Asking, template: str, values: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    given = {"Partition": asking.call.partition, "Region": asking.call.region, "Account": asking.account}
    for count, chosen in enumerate(product(*(texts or ("*",) for texts in values.values()))):
        if count >= _MOST:
            return
        filled = given | dict(zip(values, chosen, strict=True))
        yield "".join(filled[text] if i % 2 else text for i, text in enumerate(_VARIABLE.split(template)))


def _members(asking: Asking) -> dict[str, tuple[str, ...]]:
    """Every parameter that holds texts, by its name without case and punctuation; also one level down."""
    members = {_normal(name): _texts(value) for name, value in asking.call.params.items()}
    for name, value in asking.call.params.items():
        if isinstance(value, Mapping):
            members |= {_normal(f"{name}{inner}"): _texts(text) for inner, text in value.items()}
    return members


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else (value,)
    return tuple(item for item in items if isinstance(item, str) and item)


def _bare(text: str) -> str:
    """The name in a value that may be an ARN or a path such as `/hostedzone/Z1`."""
    if text.startswith("arn:"):
        return re.split("[:/]", text.split(":", 5)[-1])[-1]
    return (
        text.rpartition("/")[2] if re.fullmatch(r"/(hostedzone|change|delegationset)/\w+", text) else text.lstrip("/")
    )


def _candidates(service: str, kind: str, variable: str, plain: bool) -> Iterator[str]:
    name, own = _normal(variable), _normal(kind)
    for other in OTHER_NAMES.get(f"{service}:{name}", ()):
        yield _normal(other)
    stems = [name, *(name.removesuffix(s) for s in ("name", "id", "identifier") if name.endswith(s)), own]
    for stem in stems:
        for suffix in _SUFFIXES:
            if stem:
                yield stem + suffix
    if plain:
        yield from ("name", "id", "identifier", "resourcename", "resourceid", "arn", "resourcearn")


@lru_cache(maxsize=8192)
def _normal(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
