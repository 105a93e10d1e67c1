"""Tags in a request: what they are, in whatever shape, and the permission to set them at creation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from rolecall.sandbox.question.asking import Asking
from rolecall.sandbox.question.check import Check, KeyValue
from rolecall.sandbox.question.reference import reference_of

_MEMBERS = (
    "Tags",
    "tags",
    "TagList",
    "TagsList",
    "Tagging",
    "TagSet",
    "AddTags",
    "BackupPlanTags",
    "BackupVaultTags",
    "IdentityPoolTags",
    "UserPoolTags",
    "jobTags",
    "resourceTags",
)
_KEY_LISTS = ("TagKeys", "tagKeys", "TagKeyList", "RemoveTags")
_NAMES = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"))
_MAKING = ("Create", "Run", "Register", "Put", "Start", "Request", "Allocate", "Import", "Copy", "Restore", "Publish")
_TAGGING = ("TagResource", "AddTagsToResource", "AddTags", "AddTagsToCertificate", "CreateTags")


@dataclass(frozen=True, slots=True)
class RequestTags:
    """The tags that a call sets, and the keys that it sets or removes. `by_kind`: EC2 tags each kind by itself."""

    tags: Mapping[str, str]
    keys: tuple[str, ...]
    by_kind: Mapping[str, Mapping[str, str]]


def request_tags(asking: Asking) -> RequestTags:
    """The tags in a call's parameters; empty where it passes none."""
    tags: dict[str, str] = {}
    by_kind: dict[str, dict[str, str]] = {}
    for name in _MEMBERS:
        tags |= dict(_pairs(asking.param(name)))
    tags |= dict(_pairs((asking.param("CreateBucketConfiguration") or {}).get("Tags")))
    tags |= dict(_pairs((asking.param("DistributionConfigWithTags") or {}).get("Tags")))
    for specification in asking.param("TagSpecifications") or ():
        if isinstance(specification, Mapping):
            found = dict(_pairs(specification.get("Tags")))
            by_kind.setdefault(str(specification.get("ResourceType", "")), {}).update(found)
            tags |= found
    removed = tuple(key for name in _KEY_LISTS for key in asking.param(name) or () if isinstance(key, str))
    if "Untag" in asking.call.operation or asking.call.operation in ("DeleteTags", "RemoveTags"):
        return RequestTags({}, (*tags, *removed), {})
    return RequestTags(tags, (*tags, *removed), by_kind)


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield from parse_qsl(value, keep_blank_values=True)
    elif isinstance(value, Mapping):
        inner = value.get("TagSet") or value.get("Items")
        if isinstance(inner, list | tuple):
            yield from _pairs(inner)
        else:
            yield from ((key, text) for key, text in value.items() if isinstance(text, str))
    elif isinstance(value, list | tuple):
        yield from (pair for item in value if (pair := _pair(item)))


def _pair(item: Any) -> tuple[str, str] | None:
    if not isinstance(item, Mapping):
        return None
    for key, value in _NAMES:
        if key in item:
            return str(item[key]), str(item.get(value) or "")
    return None


def tag_keys(asking: Asking, found: RequestTags, kind: str = "") -> dict[str, KeyValue]:
    """`aws:RequestTag/…` and `aws:TagKeys`; absent where the call names no tags. `kind`: of the EC2 resource."""
    tags, keys = found.tags, found.keys
    if kind and found.by_kind:
        tags = found.by_kind.get(kind, {})
        keys = tuple(tags)
    if not keys:
        return {}
    if (
        asking.call.service == "s3"
        and asking.call.operation != "CreateBucket"
        and "Bucket" not in asking.call.operation
    ):
        s3: dict[str, KeyValue] = {f"s3:RequestObjectTag/{key}": value for key, value in tags.items()}
        return s3 | {"s3:RequestObjectTagKeys": keys}
    named: dict[str, KeyValue] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return named | {"aws:TagKeys": tuple(dict.fromkeys(keys))}


def tagging_checks(asking: Asking, found: RequestTags, checks: tuple[Check, ...]) -> Iterator[Check]:
    """The permission to tag what a call makes, which AWS asks for beside the one to make it."""
    operation = asking.call.operation
    if not found.tags or not operation.startswith(_MAKING) or not checks or asking.call.service in ("s3", "sts"):
        return
    if operation in _TAGGING or "Tag" in operation:
        return
    if asking.call.service == "ec2":
        for kind in found.by_kind:
            arn = asking.arn("ec2", f"{kind}/*")
            yield Check("ec2:CreateTags", arn, keys={"ec2:CreateAction": operation}, because="tags are set")
        return
    action = _tagging_action(asking)
    if action:
        first = checks[0]
        resource = first.resource.removesuffix(":log-stream:")
        yield Check(f"{asking.prefix}:{action}", resource, first.account, because="tags are set")


def _tagging_action(asking: Asking) -> str:
    reference = reference_of(asking.prefix)
    if reference is None:
        return ""
    made = asking.call.operation
    for verb in _MAKING:
        made = made.removeprefix(verb)
    for name in (*_TAGGING, f"Tag{made}"):
        action = reference.action(name)
        if action is not None and action.level == "Tagging":
            return action.name
    return ""
