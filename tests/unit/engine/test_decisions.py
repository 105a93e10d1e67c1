"""Functions from values to values: differences, secrets, names, targets, dependencies."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.engine.autonaming import Namer
from rolecall.engine.deployment import Deployment
from rolecall.engine.differences import inverted, must_replace, of_inputs, replace_on_changes
from rolecall.engine.ending import Fault
from rolecall.engine.graph import Graph, layers
from rolecall.engine.packages import config_of, default_name, filtered, request_of, with_package
from rolecall.engine.printing import shown
from rolecall.engine.refreshing import without_dangling
from rolecall.engine.secrecy import known, marked_like, with_secret_outputs
from rolecall.engine.targets import Scope, UrnSet
from rolecall.model.goal import PackageRequest, Parameterization
from rolecall.model.provider import Differences
from rolecall.model.resource import Resource
from rolecall.model.step import PropertyDiff
from rolecall.model.urn import URN, ProviderRef
from rolecall.model.value import EMPTY, UNKNOWN, Map, Secret, map_of, value_of


def urn(name: str, type_: str = "t:m:T") -> URN:
    return URN(f"urn:pulumi:dev::proj::{type_}::{name}")


def resource(name: str, **fields: Any) -> Resource:
    fields.setdefault("custom", True)
    return Resource(urn(name), "t:m:T", **fields)


def test_inputs_are_compared_leaf_by_leaf_without_regard_to_secrecy() -> None:
    old = map_of({"same": 1, "gone": 1, "deep": {"a": [1, 2]}, "hush": Secret("x")})
    new = map_of({"same": 1, "added": 2, "deep": {"a": [1, 3, 4]}, "hush": "x"})
    diff = of_inputs(old, new)
    assert diff.diffs == ("added", "deep", "gone")
    assert {path: how.kind for path, how in (diff.detailed or {}).items()} == {
        "added": "add",
        "gone": "delete",
        "deep.a[1]": "update",
        "deep.a[2]": "add",
    }


def test_true_is_not_one() -> None:
    assert of_inputs(map_of({"a": True}), map_of({"a": 1})).changes == "some"


def test_replace_on_changes_reaches_keys_and_details() -> None:
    diff = Differences("some", diffs=("a", "b"), detailed={"a.x": PropertyDiff("update"), "b": PropertyDiff("add")})
    changed = replace_on_changes(diff, ["a"], has_init_errors=False)
    assert changed.replaces == ("a",)
    assert changed.detailed == {"a.x": PropertyDiff("update-replace"), "b": PropertyDiff("add")}
    assert must_replace(changed)
    assert not must_replace(diff)


def test_initialisation_errors_replace_when_asked() -> None:
    changed = replace_on_changes(Differences("none"), ["#initerror"], has_init_errors=True)
    assert (changed.changes, changed.replaces) == ("some", ("#initerror",))
    assert replace_on_changes(Differences("none"), ["x"], has_init_errors=True).changes == "none"


def test_inverted_differences_swap_adds_and_deletes() -> None:
    diff = Differences("some", detailed={"a": PropertyDiff("add"), "b": PropertyDiff("update")})
    assert inverted(diff).detailed == {"a": PropertyDiff("delete"), "b": PropertyDiff("update")}


def test_what_comes_back_is_secret_where_what_was_sent_held_a_secret() -> None:
    sent = map_of({"a": Secret(1), "deep": {"b": Secret(2), "c": 3}, "list": [Secret(1)]})
    returned = map_of({"a": 1, "deep": {"b": 2, "c": 3, "new": 4}, "list": [1], "other": 5})
    assert marked_like(sent, returned) == map_of(
        {"a": Secret(1), "deep": {"b": Secret(2), "c": 3, "new": 4}, "list": Secret((1,)), "other": 5}
    )


def test_outputs_are_secret_by_name_and_by_their_inputs_and_ids_never() -> None:
    outputs = with_secret_outputs(map_of({"a": 1, "b": 2, "id": 3}), map_of({"a": Secret(1)}), ["b", "id"])
    assert outputs == map_of({"a": Secret(1), "b": Secret(2), "id": 3})


def test_unknowns_are_left_out_of_maps_and_lists() -> None:
    value = map_of({"a": UNKNOWN, "b": [1, UNKNOWN], "c": {"d": Secret(UNKNOWN), "e": 1}})
    assert known(value) == map_of({"b": [1], "c": {"e": 1}})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("one", "{one}"),
        (None, "{<nil>}"),
        (True, "{true}"),
        ({"b": 1, "a": "x"}, "{map[a:{x} b:{1}]}"),
        ([1, 2.5], "{[{1} {2.5}]}"),
        (Secret("hush"), "{[secret]}"),
        (UNKNOWN, "output<string>{}"),
    ],
)
def test_values_are_printed_as_users_of_pulumi_know_them(value: Any, text: str) -> None:
    assert shown(value_of(value)) == text


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (PackageRequest("aws"), "default"),
        (PackageRequest("aws", "6.22.0"), "default_6_22_0"),
        (PackageRequest("aws", "4.0.0-alpha.1"), "default_4_0_0_alpha_1"),
        (PackageRequest("aws", "1.0.0", "https://a.example/b c"), "default_1_0_0_https_/a.example/b_c"),
    ],
)
def test_default_providers_are_named_after_version_and_source(request_: PackageRequest, name: str) -> None:
    assert default_name(request_) == name


def test_where_a_plugin_comes_from_is_read_back_from_the_inputs() -> None:
    request = PackageRequest(
        "pkg", "2.0.0", "https://x.example", {"linux": b"\x01\xff"}, Parameterization("base", "1.0.0", b"value")
    )
    inputs = with_package(map_of({"region": "here"}), request)
    assert request_of("pulumi:providers:pkg", inputs) == request
    assert filtered(inputs) == map_of({"region": "here", "version": "2.0.0"})
    assert with_package(EMPTY, PackageRequest("pkg")) == EMPTY


def test_a_package_is_configured_from_its_namespace_and_dynamic_ones_from_all() -> None:
    config: dict[str, str | Secret] = {"aws:region": "r", "aws:token": Secret("t"), "proj:x": "y"}
    assert config_of("aws", config) == Map({"region": "r", "token": Secret("t")})
    assert config_of("pulumi-python", config) == Map(config)


@pytest.mark.parametrize(
    ("glob", "matches"),
    [
        ("urn:pulumi:dev::proj::t:m:T::a", True),
        ("urn:pulumi:dev::proj::*:*:*::a", True),
        ("**a", True),
        ("**b", False),
        ("*", False),
        ("urn:pulumi:dev::proj::*::a", False),
    ],
)
def test_one_star_matches_no_colon_and_two_match_all(glob: str, matches: bool) -> None:
    assert (urn("a") in UrnSet((glob,))) == matches


def test_dependents_of_targets_are_in_scope_when_asked_for() -> None:
    scope = Scope([urn("a")], [], target_dependents=True, exclude_dependents=False)
    a, b, c = resource("a"), resource("b", dependencies=(urn("a"),)), resource("c", parent=urn("b"))
    assert [scope.includes(r) for r in (a, b, c, resource("d"))] == [True, True, True, False]


def test_layers_go_from_dependents_to_what_they_need() -> None:
    provider = Resource(urn("p", "pulumi:providers:t"), "pulumi:providers:t", custom=True, id="1")
    listed = [
        provider,
        resource("a", provider=ProviderRef(provider.urn, "1")),
        resource("b", dependencies=(urn("a"),)),
        resource("c", parent=urn("a")),
        resource("d"),
    ]
    assert [sorted(layer) for layer in layers(Graph(listed), range(5))] == [[2, 3], [1], [0, 4]]


def test_a_component_stands_for_what_is_below_it() -> None:
    listed = [
        resource("box", custom=False),
        resource("inside", parent=urn("box")),
        resource("user", dependencies=(urn("box"),)),
    ]
    graph = Graph(listed)
    assert graph.dependencies(2) == {0, 1}
    assert graph.dependents(0) == [2]
    assert graph.dependents(0, children=True) == [1, 2]


def test_references_to_what_is_gone_are_dropped() -> None:
    kept = without_dangling(
        resource(
            "a",
            parent=urn("gone"),
            dependencies=(urn("gone"), urn("here")),
            property_dependencies={"x": (urn("gone"),), "y": (urn("here"),), "z": ()},
            deleted_with=urn("gone"),
            replace_with=(urn("gone"), urn("here")),
        ),
        {urn("here")},
    )
    assert kept.parent is None
    assert kept.dependencies == (urn("here"),)
    assert kept.property_dependencies == {"y": (urn("here"),)}
    assert kept.deleted_with is None
    assert kept.replace_with == (urn("here"),)


def namer(rules: str, **config: str) -> Namer:
    return Namer(Deployment("proj", "dev", config={"pulumi:autonaming": rules, **config}))


def test_the_most_specific_naming_rule_wins() -> None:
    rules = """{"pattern": "${stack}-${name}-${hex(4)}",
                "providers": {"t": {"mode": "verbatim", "resources": {"t:m:U": {"mode": "disabled"}}}}}"""
    proposals = [
        namer(rules).propose(URN(f"urn:pulumi:dev::proj::{t}::n"), b"seed") for t in ("o:m:O", "t:m:T", "t:m:U")
    ]
    names = [p.autonaming.proposed_name if p.autonaming else None for p in proposals]
    assert names[0] is not None
    assert names[0].startswith("dev-n-")
    assert len(names[0]) == len("dev-n-abcd")
    assert names[1:] == ["n", ""]
    assert [p.delete_first for p in proposals] == [False, True, False]


def test_the_same_seed_gives_the_same_name() -> None:
    rules = '{"pattern": "${name}-${alphanum(20)}-${uuid}"}'
    first, again, other = (namer(rules).propose(urn("a"), seed) for seed in (b"1", b"1", b"2"))
    assert first == again != other


@pytest.mark.parametrize(
    "rules",
    [
        '{"mode": "loud"}',
        '{"mode": "verbatim", "pattern": "x"}',
        '{"enforce": true}',
        '{"colour": "red"}',
        '{"pattern": "${config.missing}"}',
        '{"providers": {"t": {"resources": {"t:m:T": {}}}}}',
        "[]",
        "{",
    ],
)
def test_malformed_naming_rules_are_refused(rules: str) -> None:
    with pytest.raises(Fault):
        namer(rules)
