"""The rule for every call that has none of its own: the action named as the operation, on what the reference says."""

from __future__ import annotations

from rolecall.sandbox.question.arns import Filled, fill, is_named_in, starred
from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, Question
from rolecall.sandbox.question.reference import Action, ResourceType, reference_of

_MAKING = ("Create", "Run", "Register", "Request", "Allocate", "Import", "Put", "Start", "Publish", "Copy", "Restore")


def general_question(asking: Asking, action: str = "") -> Question:
    """The checks of a call by the reference alone. `action` replaces the one that is named as the operation is."""
    action = action or asking.action
    service, _, name = action.partition(":")
    reference = reference_of(service)
    known = None if reference is None else reference.action(name)
    if known is None:
        return Question((check(asking, action, "*"),), exact=False)
    if not known.types:
        return Question((check(asking, f"{service}:{known.name}", "*"),))
    filled = list(_resources(asking, service, known))
    exact = all(each.exact for each in filled) or _makes(asking)
    arns = dict.fromkeys(arn for each in filled for arn in each.arns)
    return Question(tuple(check(asking, f"{service}:{known.name}", arn) for arn in arns), exact)


def check(asking: Asking, action: str, resource: str, because: str = "") -> Check:
    """A check on a resource that belongs to the account in its ARN, or else to the caller."""
    return Check(action, resource, asking.owner_of(resource), because=because)


def _resources(asking: Asking, service: str, action: Action) -> list[Filled]:
    alone = len(action.types) == 1
    found: list[Filled] = []
    missing: list[ResourceType] = []
    for kind in action.types:
        filled = fill(asking, service, kind, alone=alone)
        if filled is not None:
            found.append(filled)
        elif kind.required:
            missing.append(kind)
    if found:
        missing = [kind for kind in missing if _makes(asking) and is_named_in(kind, asking)]
    found += [starred(asking, kind, service) for kind in missing]
    return found or [Filled(("*",), exact=False)]


def _makes(asking: Asking) -> bool:
    return asking.call.operation.startswith(_MAKING)
