"""Names of IAM users and groups, which are their ids."""

from __future__ import annotations

from rolecall.model.value import Value
from rolecall.providers.aws import validators as must
from rolecall.providers.aws.work import Work

NAME = must.pattern(
    r"^[0-9A-Za-z=,.@\-_+]+$",
    "must only contain alphanumeric characters, hyphens, underscores, commas, periods, @ symbols, plus and equals "
    "signs",
)


def named(work: Work) -> str:
    """The name is the id."""
    return work.id


def identify(work: Work, id: str) -> dict[str, Value]:
    """An import gives the name."""
    return {"name": id}
