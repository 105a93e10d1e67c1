"""Diffs: what differs, at which path, and what replaces."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.model.provider import Check, Diff, Differences
from rolecall.model.urn import URN
from rolecall.model.value import EMPTY, UNKNOWN, Map, Secret, Unknown, map_of
from rolecall.providers.aws.catalogue import resource_type
from rolecall.providers.aws.checking import check
from rolecall.providers.aws.difference import diff
from rolecall.providers.aws.lines import Line
from rolecall.providers.aws.settings import Settings

NEWEST = Line.of("7.51.1")
TRUST = '{"Version":"2012-10-17","Statement":[]}'


def checked(type_: str, props: dict[str, Any], olds: Map = EMPTY, line: Line = NEWEST) -> Map:
    kind = resource_type(type_)
    assert kind is not None
    request = Check(URN.make("s", "p", None, type_, "Logical"), olds, map_of(props), b"seed")
    found = check(kind, request, Settings(), line, "us-east-1")
    assert not found.failures, found.failures
    return found.inputs


def differences(
    type_: str, old: dict[str, Any], new: dict[str, Any], *ignored: str, line: Line = NEWEST, **outputs: Any
) -> Differences:
    kind = resource_type(type_)
    assert kind is not None
    before = checked(type_, old, line=line)
    after = checked(type_, new, before, line)
    state = before.without("__defaults").with_(map_of(outputs))
    request = Diff(URN.make("s", "p", None, type_, "Logical"), "id", before, state, after, ignored)
    return diff(kind, request, Settings(), line)


ROLE, USER, BUCKET = "aws:iam/role:Role", "aws:iam/user:User", "aws:s3/bucket:Bucket"


def test_nothing_differs_from_itself() -> None:
    found = differences(ROLE, {"assumeRolePolicy": TRUST}, {"assumeRolePolicy": TRUST})
    assert (found.changes, found.detailed) == ("none", {})
    assert found.stables == ("name", "namePrefix", "path")


def test_paths_reach_into_maps_and_blocks() -> None:
    old = {"tags": {"a": "1", "gone": "x", "dotted.key": "1"}, "versioning": {"enabled": True}}
    new = {"tags": {"a": "2", "new": "y", "dotted.key": "2"}, "versioning": {"enabled": False}}
    found = differences(BUCKET, old, new)
    assert found.detailed is not None
    kinds = {path: entry.kind for path, entry in found.detailed.items() if not path.startswith("tagsAll")}
    assert kinds == {
        "tags.a": "update", "tags.gone": "delete", "tags.new": "add", 'tags["dotted.key"]': "update",
        "versioning.enabled": "update",
    }  # fmt: skip


def test_a_name_of_the_programs_own_is_free_only_after_the_old_one_is_gone() -> None:
    named = differences(ROLE, {"assumeRolePolicy": TRUST, "name": "a"}, {"assumeRolePolicy": TRUST, "name": "b"})
    assert (named.replaces, named.delete_before_replace) == (("name",), True)
    moved = differences(ROLE, {"assumeRolePolicy": TRUST}, {"assumeRolePolicy": TRUST, "path": "/x/"})
    assert (moved.replaces, moved.delete_before_replace) == (("path",), False)
    assert moved.detailed is not None
    assert moved.detailed["path"].kind == "update-replace"


def test_giving_up_an_explicit_name_makes_a_new_one() -> None:
    found = differences(ROLE, {"assumeRolePolicy": TRUST, "name": "a"}, {"assumeRolePolicy": TRUST})
    assert found.replaces == ("name",)


def test_what_is_unknown_counts_as_a_change() -> None:
    found = differences(ROLE, {"assumeRolePolicy": TRUST}, {"assumeRolePolicy": UNKNOWN})
    assert found.diffs == ("assumeRolePolicy",)
    found = differences(ROLE, {"assumeRolePolicy": TRUST, "path": "/a/"}, {"assumeRolePolicy": TRUST, "path": UNKNOWN})
    assert found.replaces == ("path",)


def test_what_aws_fills_in_is_no_change_when_the_program_does_not_ask() -> None:
    found = differences(
        ROLE, {"assumeRolePolicy": TRUST}, {"assumeRolePolicy": TRUST}, managedPolicyArns=["arn:x"], description="drift"
    )
    assert found.diffs == ("description",)


def test_ignored_paths_are_left_out() -> None:
    old, new = {"tags": {"a": "1", "b": "1"}}, {"tags": {"a": "2", "b": "2"}}
    found = differences(USER, old, new, "tags.a", "tagsAll")
    assert found.detailed is not None
    assert set(found.detailed) == {"tags.b"}


def test_sets_have_no_order() -> None:
    old = {"assumeRolePolicy": TRUST, "managedPolicyArns": ["a", "b"]}
    assert differences(ROLE, old, {**old, "managedPolicyArns": ["b", "a"]}).changes == "none"
    assert differences(ROLE, old, {**old, "managedPolicyArns": ["b"]}).diffs == ("managedPolicyArns",)


def test_a_region_replaces_only_what_is_in_one() -> None:
    assert differences(BUCKET, {"region": "us-east-1"}, {"region": "eu-west-1"}).replaces == ("region",)
    assert differences(BUCKET, {}, {}, line=Line.of("6.83.0"), region="eu-west-1").changes == "none"


def test_a_changed_switch_is_an_update_without_a_replacement() -> None:
    found = differences(BUCKET, {}, {"forceDestroy": True})
    assert (found.diffs, found.replaces) == (("forceDestroy",), ())


@pytest.mark.parametrize("secret", [True, False])
def test_secrets_compare_by_what_they_hide(secret: bool) -> None:
    text = Secret("same") if secret else "same"
    old = {"assumeRolePolicy": TRUST, "description": "same"}
    assert differences(ROLE, old, {**old, "description": text}).changes == "none"


def test_defaults_are_kept_in_the_books() -> None:
    inputs = checked(ROLE, {"assumeRolePolicy": TRUST, "inlinePolicies": [{"name": "x", "policy": TRUST}]})
    assert inputs["__defaults"] == ("forceDetachPolicies", "maxSessionDuration", "name", "path")
    (policy,) = inputs["inlinePolicies"] if isinstance(inputs["inlinePolicies"], tuple) else ()
    assert isinstance(policy, Map)
    assert policy["__defaults"] == ()
    assert checked(BUCKET, {"versioning": {"enabled": "true"}})["versioning"] == map_of(
        {"enabled": True, "mfaDelete": False, "__defaults": ["mfaDelete"]}
    )


def test_a_policy_with_an_unknown_inside_is_unknown_as_a_whole() -> None:
    policy = {"Statement": [{"Resource": UNKNOWN}]}
    assert isinstance(checked(ROLE, {"assumeRolePolicy": policy})["assumeRolePolicy"], Unknown)
    hidden = checked(ROLE, {"assumeRolePolicy": {"Statement": [{"Sid": Secret("x")}]}})["assumeRolePolicy"]
    assert isinstance(hidden, Secret)
    assert isinstance(hidden.value, str)
