"""What the engine is told a program wants, read from the messages that SDKs send."""

from __future__ import annotations

import pytest

from rolecall.model.encoding import MalformedValue
from rolecall.model.goal import Alias, Call, Goal, PackageRequest, Parameterization, Refused, Registered
from rolecall.model.resource import Timeouts
from rolecall.model.urn import URN
from rolecall.model.value import UNKNOWN, Map, Output, Reference, Secret, map_of
from rolecall.wire.monitor import (
    Sender,
    call_of,
    call_response,
    goal_of,
    package_request_of,
    registered_response,
    settle_aliases,
)
from rolecall.wire.struct import from_struct, to_struct
from rolecall.wire.stubs import alias_pb2, resource_pb2

A = URN("urn:pulumi:dev::proj::a:b:C::a")
B = URN("urn:pulumi:dev::proj::a:b:C::b")
SENDER = Sender("/proj", {"ref-1": PackageRequest("extra", "1.2.3")})
NODE = Sender("/proj", {}, wrong_aliases=True)


def request(**fields: object) -> resource_pb2.RegisterResourceRequest:
    return resource_pb2.RegisterResourceRequest(**{"type": "a:b:C", "name": "x", "custom": True, **fields})


def goal(**fields: object) -> Goal:
    return goal_of(request(**fields), SENDER)


def test_an_option_that_is_not_given_differs_from_one_that_is_false() -> None:
    assert goal().protect is None
    assert goal(protect=False).protect is False
    assert goal().retain_on_delete is None
    assert goal(retainOnDelete=False).retain_on_delete is False


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"deleteBeforeReplaceDefined": True}, False),
        ({"deleteBeforeReplaceDefined": True, "deleteBeforeReplace": True}, True),
        ({"deleteBeforeReplace": True}, True),  # the Go SDK does not say "defined"
    ],
)
def test_delete_before_replace_counts_when_it_is_said_either_way(
    fields: dict[str, object], expected: bool | None
) -> None:
    assert goal(**fields).delete_before_replace is expected


def test_every_property_depends_on_all_dependencies_when_the_sdk_says_nothing_finer() -> None:
    found = goal(object=to_struct(map_of({"p": 1, "q": 2})), dependencies=[A, B])
    assert found.property_dependencies == {"p": (A, B), "q": (A, B)}


def test_what_output_values_depend_on_joins_the_dependencies_of_their_property() -> None:
    values = Map({"p": Output("x", dependencies=frozenset({B})), "q": 1})
    message = request(object=to_struct(values))
    message.propertyDependencies["p"].urns.append(A)
    found = goal_of(message, SENDER)
    assert found.property_dependencies == {"p": (A, B), "q": ()}
    assert found.properties == map_of({"p": "x", "q": 1})


def test_a_remote_component_gets_secrets_and_unknowns_as_outputs_and_no_dependencies_by_default() -> None:
    values = Map({"p": Secret("x"), "q": UNKNOWN})
    found = goal_of(request(object=to_struct(values), custom=False, remote=True, dependencies=[A]), SENDER)
    assert found.properties == Map({"p": Output("x", True), "q": Output(UNKNOWN)})
    assert found.property_dependencies == {"p": (), "q": ()}


def test_timeouts_are_seconds() -> None:
    given = resource_pb2.RegisterResourceRequest.CustomTimeouts(create="1m30s", delete="2h")
    assert goal(customTimeouts=given).custom_timeouts == Timeouts(create=90, delete=7200)


def test_a_timeout_that_is_no_duration_is_refused_with_its_text() -> None:
    given = resource_pb2.RegisterResourceRequest.CustomTimeouts(update="soon")
    with pytest.raises(Refused, match='Update value soon: time: invalid duration "soon"'):
        goal(customTimeouts=given)


def test_a_package_reference_stands_for_the_package_that_was_registered() -> None:
    assert goal(packageRef="ref-1", version="9").package == PackageRequest("extra", "1.2.3")
    with pytest.raises(Refused, match="unknown provider package 'ref-2'"):
        goal(packageRef="ref-2")


def test_a_version_and_a_url_make_a_package_request_without_trailing_slash() -> None:
    found = goal(version="1.0.0", pluginDownloadURL="https://plugins.example/")
    assert found.package == PackageRequest("a", "1.0.0", "https://plugins.example")
    assert goal().package is None


def test_a_parameterized_package_is_named_as_its_types_are() -> None:
    message = resource_pb2.RegisterPackageRequest(
        name="terraform-provider",
        version="0.1.0",
        parameterization=resource_pb2.Parameterization(name="random", version="3.0.0", value=b"x"),
    )
    made = Parameterization("terraform-provider", "0.1.0", b"x")
    assert package_request_of(message) == PackageRequest("random", "3.0.0", parameterization=made)


def test_positions_are_relative_to_the_project_and_only_local_files_have_one() -> None:
    found = goal(sourcePosition={"uri": "file:///proj/src/a%20b.py", "line": 3, "column": 7})
    assert found.source_position == "project:///src/a%20b.py#3,7"
    assert goal(sourcePosition={"uri": "file:///proj/a.py", "line": 3}).source_position == "project:///a.py#3"
    assert goal(sourcePosition={"uri": "file:///else/a.py", "line": 3}).source_position == "project:///../else/a.py#3"
    assert goal(sourcePosition={"uri": "https://x/a.py", "line": 3}).source_position == ""
    assert goal(sourcePosition={"uri": "file:///proj/a.py"}).source_position == ""


SPEC = alias_pb2.Alias.Spec


@pytest.mark.parametrize(
    ("spec", "parent", "no_parent"),
    [
        (SPEC(name="n"), None, True),
        (SPEC(name="n", parentUrn=""), None, True),
        (SPEC(name="n", noParent=True), None, False),
        (SPEC(name="n", parentUrn=A), A, False),
    ],
)
def test_aliases_of_old_node_sdks_are_read_the_right_way_round(spec: object, parent: URN, no_parent: bool) -> None:
    message = request(aliases=[alias_pb2.Alias(spec=spec)], aliasURNs=[B])
    expected = (Alias(urn=B), Alias(name="n", parent=parent, no_parent=no_parent))
    assert goal_of(message, NODE).aliases == expected
    settle_aliases(message, NODE)  # what transforms see must mean the same, read without the correction
    assert goal_of(message, NODE).aliases == expected


def test_aliases_of_sdks_that_say_they_specify_them_are_left_alone() -> None:
    message = request(aliases=[alias_pb2.Alias(spec=SPEC(name="n"))], aliasSpecs=True)
    assert goal_of(message, NODE).aliases == (Alias(name="n"),)


def test_a_broken_envelope_names_the_property() -> None:
    broken = to_struct(Map())
    broken.update({"p": {"4dabf18193072939515e22adb298388d": "nonsense"}})
    with pytest.raises(MalformedValue, match="""unrecognized signature 'nonsense' in property map for "p\""""):
        goal(object=broken)


def test_an_sdk_gets_only_what_it_understands() -> None:
    outputs = Map({"s": Secret("x"), "r": Reference(A, "id-1"), "u": UNKNOWN})
    answer = registered_response(Registered(A, "id", outputs), request())
    assert from_struct(answer.object) == map_of({"s": "x", "r": "id-1"})
    modern = request(acceptSecrets=True, acceptResources=True, supportsPartialValues=True)
    assert from_struct(registered_response(Registered(A, "id", outputs), modern).object) == outputs


def test_a_failed_registration_is_reported_in_the_answer_or_as_an_error_to_sdks_that_know_no_other_way() -> None:
    failed = Registered(A, failed=True)
    assert registered_response(failed, request(supportsResultReporting=True)).result == resource_pb2.FAIL
    with pytest.raises(Refused, match="resource registration failed") as caught:
        registered_response(failed, request())
    assert caught.value.status == "INTERNAL"


def test_what_a_method_returns_says_what_it_depends_on_beside_the_value() -> None:
    message = resource_pb2.ResourceCallRequest(tok="a:b:C/m", args=to_struct(map_of({"x": Secret(1)})))
    assert call_of(message, SENDER) == Call("a:b:C/m", Map({"x": Output(1, True)}))
    from rolecall.model.goal import Called

    answer = call_response(Called(Map({"y": Output("v", True, frozenset({A}))})))
    assert from_struct(getattr(answer, "return")) == Map({"y": Secret("v")})
    assert list(answer.returnDependencies["y"].urns) == [A]
