"""Whether the action and the resource of a request are among those that a statement lists."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rolecall.iam.glob import Glob, compile_glob
from rolecall.iam.request import Context
from rolecall.iam.variables import Template, parse_template

ARN_PARTS = 6


class Miss(StrEnum):
    """Why a resource value did not match."""

    PARTITION = "partition"
    SERVICE = "service"
    REGION = "region"
    ACCOUNT = "account"
    RESOURCE = "resource part"
    SHORT_ARN = "short ARN"
    VARIABLE = "unresolvable variable"
    WILDCARD_ONLY = "the action is checked against * only"


@dataclass(frozen=True, slots=True)
class ActionPattern:
    """One value of Action or NotAction. Names compare without regard to case."""

    text: str
    glob: Glob

    def matches(self, action: str) -> bool:
        """Whether a concrete action, in lower case, is covered."""
        return self.glob.matches(action)


def action_pattern(text: str) -> ActionPattern:
    """The pattern for one value of an Action element."""
    return ActionPattern(text, compile_glob(text.lower()))


@dataclass(frozen=True, slots=True)
class ResourcePattern:
    """One value of Resource or NotResource.

    `segments` are the partition, service, region and account; `rest` is what follows the fifth colon, the only place
    where variables count. `everything` is a value of stars only. A `never` value (a short ARN in a document that may
    not have one) matches nothing.
    """

    text: str
    segments: tuple[Glob, ...] = ()
    rest: Template | None = None
    everything: bool = False

    def matches(self, arn: Arn, context: Context) -> bool:
        """Whether the resource of a request is covered."""
        return self.miss(arn, context) is None

    def miss(self, arn: Arn, context: Context) -> Miss | None:
        """Why the resource is not covered; None where it is."""
        if self.everything:
            return None
        if self.rest is None:
            return Miss.SHORT_ARN
        if not arn.segments:
            return Miss.WILDCARD_ONLY
        for glob, segment, reason in zip(self.segments, arn.segments, _SEGMENT_MISSES, strict=True):
            if not glob.matches(segment):
                return reason
        glob_ = self.rest.glob(context)
        if glob_ is None:
            return Miss.VARIABLE
        return None if glob_.matches(arn.rest) else Miss.RESOURCE


_SEGMENT_MISSES = (Miss.PARTITION, Miss.SERVICE, Miss.REGION, Miss.ACCOUNT)


@dataclass(frozen=True, slots=True)
class Arn:
    """The resource of a request, cut up for matching. `segments` (lower case) are empty for `*` and what is no ARN."""

    text: str
    segments: tuple[str, ...]
    rest: str


def parse_arn(text: str) -> Arn:
    """Cuts an ARN at its first five colons. The resource part keeps its case, the others do not."""
    parts = text.split(":", ARN_PARTS - 1)
    if len(parts) < ARN_PARTS or parts[0] != "arn":
        return Arn(text, (), text)
    return Arn(text, tuple(part.lower() for part in parts[1:5]), parts[5])


class ShortArns(StrEnum):
    """What a kind of policy makes of an ARN with fewer than six parts (observed in AWS, not documented)."""

    PADDED = "padded with stars"
    PADDED_IF_STAR = "padded with stars if it has one"
    PADDED_IF_TRAILING_STAR = "padded with stars if it ends in one"
    NEVER = "never match"


def resource_pattern(text: str, *, variables: bool, short_arns: ShortArns) -> ResourcePattern:
    """The pattern for one value of a Resource element."""
    if compile_glob(text).is_everything:
        return ResourcePattern(text, everything=True)
    parts = text.split(":", ARN_PARTS - 1)
    if len(parts) < ARN_PARTS:
        if not _is_padded(text, short_arns):
            return ResourcePattern(text)
        parts += ["*"] * (ARN_PARTS - len(parts))
    if parts[0] != "arn":
        return ResourcePattern(text)
    segments = tuple(compile_glob(part.lower()) for part in parts[1:5])
    return ResourcePattern(text, segments, parse_template(parts[5], variables))


def _is_padded(text: str, short_arns: ShortArns) -> bool:
    if short_arns is ShortArns.PADDED_IF_STAR:
        return "*" in text
    if short_arns is ShortArns.PADDED_IF_TRAILING_STAR:
        return text.endswith("*")
    return short_arns is ShortArns.PADDED
