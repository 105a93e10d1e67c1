"""iam.RolePolicy, UserPolicy and GroupPolicy: a policy written into its owner, alike for the three."""

from __future__ import annotations

from collections.abc import Iterable

from rolecall.model.value import Value
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import AutoName, Call, NotOfThatForm, Prop, ResourceType, Validator
from rolecall.providers.aws.kinds import LEGACY_POLICY
from rolecall.providers.aws.parts import Change
from rolecall.providers.aws.work import Work

NAME = must.pattern(r"^[\w+=,.@-]*$", r"must match [\w+=,.@-]")


def _not_an_arn(name: str, value: Value) -> Iterable[str]:
    if isinstance(value, str) and value.startswith("arn:"):
        yield f'"{name}" must be the {name}\'s name not its ARN'


def _declare(owner: str, checks: tuple[Validator, ...] = ()) -> ResourceType:
    title = owner.capitalize()
    names = {f"{title}Name": lambda work: work.text(owner), "PolicyName": lambda work: work.text("name")}
    put = Call(f"Put{title}Policy", send={**names, "PolicyDocument": "policy"})

    def identify(work: Work, id: str) -> dict[str, Value]:
        holder, colon, name = id.partition(":")
        if not colon or not holder or not name:
            raise NotOfThatForm(f"{owner}_policy id must be of the form <{owner} name>:<policy name>")
        return {owner: holder, "name": name}

    return ResourceType(
        type=f"aws:iam/{owner}Policy:{title}Policy",
        title=f"IAM {title} Policy",
        service="iam",
        regional=False,
        props=(
            Prop(name=owner, required=True, replaces=True, checks=checks),
            Prop(name="policy", kind=LEGACY_POLICY, required=True),
            Prop(
                name="name", replaces=True, computed=True, conflicts=("namePrefix",), checks=(must.length(1, 128), NAME)
            ),
            Prop(
                name="namePrefix",
                replaces=True,
                remembered=True,
                conflicts=("name",),
                checks=(must.length(1, 102), NAME),
            ),
        ),
        autoname=AutoName(prefixed="namePrefix"),
        id=f"{{{owner}}}:{{name}}",
        identify=identify,
        gone=("NoSuchEntity",),
        create=put,
        read=Call(
            f"Get{title}Policy",
            send=names,
            take={owner: f"{title}Name", "name": "PolicyName", "policy": "PolicyDocument"},
        ),
        parts=(Change(("policy",), put),),
        delete=Call(f"Delete{title}Policy", send=names),
        makes=lambda work: (f"{owner}/{work.text(owner)}",),
    )


ROLE_POLICY = _declare("role", (must.length(1, 128), _not_an_arn))
USER_POLICY = _declare("user")
GROUP_POLICY = _declare("group")
