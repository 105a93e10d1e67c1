"""A transform's answer changes a registration, and only what it says."""

from __future__ import annotations

from rolecall.model.urn import URN
from rolecall.model.value import Map, Output, map_of
from rolecall.wire.struct import from_struct, to_struct
from rolecall.wire.stubs import callback_pb2, resource_pb2
from rolecall.wire.transforms import apply_transform, settle_dependencies, transform_request, with_dependencies

A = URN("urn:pulumi:dev::proj::a:b:C::a")


def registration() -> resource_pb2.RegisterResourceRequest:
    message = resource_pb2.RegisterResourceRequest(
        type="a:b:C",
        name="x",
        custom=True,
        object=to_struct(map_of({"p": 1})),
        protect=True,
        ignoreChanges=["p"],
        dependencies=[A],
        providers={"aws": "ref"},
        version="1.0.0",
        importId="i",
        deleteBeforeReplaceDefined=True,
        customTimeouts=resource_pb2.RegisterResourceRequest.CustomTimeouts(create="5m"),
    )
    message.hooks.before_create.append("h")
    return message


def answered(message: resource_pb2.RegisterResourceRequest, answer: object) -> None:
    apply_transform(message, callback_pb2.CallbackInvokeResponse(response=answer.SerializeToString()))  # type: ignore[attr-defined]


def test_an_answer_that_returns_what_it_got_changes_nothing() -> None:
    message, before = registration(), registration()
    sent = transform_request(message)
    answered(message, resource_pb2.TransformResponse(properties=sent.properties, options=sent.options))
    assert message == before


def test_an_empty_answer_changes_nothing() -> None:
    message = registration()
    answered(message, resource_pb2.TransformResponse())
    assert message == registration()


def test_an_option_that_is_gone_from_the_answer_is_gone() -> None:
    message = registration()
    answered(message, resource_pb2.TransformResponse(options=resource_pb2.TransformResourceOptions()))
    assert not message.HasField("protect") and not message.HasField("hooks") and not message.HasField("customTimeouts")
    assert not (message.ignoreChanges or message.dependencies or message.providers or message.version)
    assert not message.deleteBeforeReplaceDefined
    assert from_struct(message.object) == map_of({"p": 1})


def test_dependencies_travel_inside_the_values_and_back_out() -> None:
    message = registration()
    values = with_dependencies(map_of({"p": 1, "q": 2}), {"p": (A,)})
    assert values == Map({"p": Output(1, False, frozenset({A})), "q": 2})
    message.object.CopyFrom(to_struct(values))
    message.ClearField("dependencies")
    settle_dependencies(message)
    assert list(message.dependencies) == [A]
    assert set(message.propertyDependencies) == {"p", "q"}
