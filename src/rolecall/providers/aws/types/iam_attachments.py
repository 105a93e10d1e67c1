"""iam.RolePolicyAttachment, UserPolicyAttachment and GroupPolicyAttachment: a managed policy tied to its holder."""

from __future__ import annotations

from rolecall.model.value import Value
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.declaration import Call, NotOfThatForm, Prop, ResourceType, Wait
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.naming import unique
from rolecall.providers.aws.work import Work

BUSY = Wait("ConcurrentModification")
_SPEAKING_IDS = Line(7, 1, 0)


def _declare(holder: str) -> ResourceType:
    title = holder.capitalize()
    names = {f"{title}Name": lambda work: work.text(holder)}
    both = {**names, "PolicyArn": lambda work: work.text("policyArn")}

    def identify(work: Work, id: str) -> dict[str, Value]:
        name, slash, arn = id.partition("/")
        if not slash or not name or not arn.startswith("arn:"):
            raise NotOfThatForm(f'unexpected format of ID ("{id}"), expected <{holder}-name>/<policy_arn>')
        return {holder: name, "policyArn": arn, "id": _id(work, name, arn)}

    def read(work: Work) -> dict[str, Value] | None:
        for page in work.pages(Call(f"ListAttached{title}Policies", send=names)):
            if any(entry["PolicyArn"] == work.text("policyArn") for entry in page["AttachedPolicies"]):
                return {holder: work.text(holder), "policyArn": work.text("policyArn")}
        return None

    def _id(work: Work, name: str, arn: str) -> str:
        # The newest SDKs know the attachment by what it ties; before that its id told nothing.
        return f"{name}/{arn}" if work.around.line >= _SPEAKING_IDS else unique(f"{name}-")

    class Naming:
        """Gives the attachment the id of its SDK line."""

        properties = ()

        def created(self, work: Work) -> None:
            work.id = _id(work, work.text(holder), work.text("policyArn"))

        def read(self, work: Work) -> dict[str, Value]:
            return {}

        def update(self, work: Work) -> None:
            """Every input replaces."""

    return ResourceType(
        type=f"aws:iam/{holder}PolicyAttachment:{title}PolicyAttachment",
        title=f"IAM {title} Policy Attachment",
        service="iam",
        regional=False,
        props=(
            Prop(name=holder, required=True, replaces=True),
            Prop(name="policyArn", required=True, replaces=True, checks=(must.arn,)),
        ),
        id=f"{{{holder}}}/{{policyArn}}",
        identify=identify,
        delete_first=True,
        gone=("NoSuchEntity",),
        create=Call(f"Attach{title}Policy", send=both, waits=(BUSY,)),
        read=read,
        parts=(Naming(),),
        delete=Call(f"Detach{title}Policy", send=both, waits=(BUSY,)),
        makes=lambda work: (f"{holder}/{work.text(holder)}",),
    )


ROLE_POLICY_ATTACHMENT = _declare("role")
USER_POLICY_ATTACHMENT = _declare("user")
GROUP_POLICY_ATTACHMENT = _declare("group")
