"""What EC2's types share: tags on creation, ARNs, attributes that are changed one at a time, and their waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rolecall.model.value import Value
from rolecall.providers.aws import tags
from rolecall.providers.aws.declaration import Call, Source, Wait
from rolecall.providers.aws.parts import Facts, Setting, Tagging
from rolecall.providers.aws.work import Work

IN_USE = (Wait("DependencyViolation", seconds=1200),)
"""What stands in the way of a deletion goes of itself: network interfaces, mostly."""

FORM = tags.Form(keys="Tags", entries=True)

TAGGING = Tagging("CreateTags", "DeleteTags", {"Resources": lambda work: [work.id]}, form=FORM)


def tagged(kind: str) -> Callable[[Work], Any]:
    """The tags for a create call: EC2 wants to be told what they are for."""

    def specification(work: Work) -> Any:
        wanted = tags.effective(work.wanted("tags"), work.around.settings)
        return [{"ResourceType": kind, "Tags": FORM.dump(wanted)}] if wanted else None

    return specification


def arn_of(work: Work, path: str) -> str:
    """The ARN of something in EC2 that belongs to the resource's owner, else to the session's account."""
    partition = work.around.session.partition(work.region) or "aws"
    owner = work.text("ownerId") or work.around.session.described().account
    return f"arn:{partition}:ec2:{work.region}:{owner}:{path}"


def arn(path: str) -> Facts:
    """The output `arn` of a resource whose id comes after `path/`."""
    return Facts(lambda work: {"arn": arn_of(work, f"{path}/{work.id}")})


def ids(parameter: str) -> dict[str, Source]:
    """The parameter that names this resource in a list."""
    return {parameter: lambda work: [work.id]}


def own(parameter: str) -> dict[str, Source]:
    """The parameter that names this resource."""
    return {parameter: lambda work: work.id}


def identify(work: Work, id: str) -> dict[str, Value]:
    """An import gives the id, which is all that is needed."""
    return {}


def attribute(
    name: str,
    call: Call,
    parameter: str,
    *,
    usual: Value = None,
    wrapped: bool = True,
    get: Call | None = None,
) -> Setting:
    """An attribute that a call of its own changes, and for which a new resource has the usual value.

    `call` names the operation and the resource; `wrapped`: the parameter is `{"Value": ...}`.
    """
    place = f"{parameter}.Value" if wrapped else parameter
    put = Call(call.operation, send={**call.send, place: _wanted(name, usual)}, waits=call.waits)
    return Setting(name, put=put, get=get, skip=lambda work, value: value == usual)


def _wanted(name: str, usual: Value) -> Callable[[Work], Any]:
    return lambda work: usual if work.wanted(name) is None else work.wanted(name)


def filters(criteria: Mapping[str, str]) -> list[dict[str, Any]]:
    """EC2's filters, one value each."""
    return [{"Name": name, "Values": [value]} for name, value in criteria.items()]
