"""The Python code of what was imported: it must run, give back the very inputs, and tell no secret."""

from __future__ import annotations

import ast
import json
import keyword
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.display.import_code import ImportCode
from rolecall.display.python_text import Writer, argument_name, plain, text, variable_name
from rolecall.model.event import Finished
from rolecall.model.resource import Resource
from rolecall.model.step import Op, Step
from rolecall.model.urn import URN, ProviderRef
from rolecall.model.value import Map, Secret, map_of, value_of

STACK = URN("urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev")


def resource(type_: str, name: str, parent: URN = STACK, **fields: Any) -> Resource:
    urn = URN.make("dev", "proj", parent, type_, name)
    return Resource(**{"urn": urn, "type": type_, "custom": True, "id": f"id-{name}", "parent": parent, **fields})


def code_of(*resources: Resource, names: dict[str, str] | None = None, op: Op = "import") -> str:
    code = ImportCode()
    for each in resources:
        code.show(Finished(Step(op, each.urn, each.type, each.provider, None, each), planning=False))
    made = code.text(names or {})
    ast.parse(made)
    return made


def test_a_resource_is_declared_as_its_sdk_wants_it() -> None:
    inputs = map_of({"bucket": "logs", "forceDestroy": True, "tags": {"costCenter": "7"}, "__defaults": []})
    assert code_of(resource("aws:s3/bucket:Bucket", "app-logs", inputs=inputs, protect=True)) == (
        "import pulumi\n"
        "import pulumi_aws as aws\n"
        "\n"
        "app_logs = aws.s3.Bucket(\n"
        '    "app-logs",\n'
        '    bucket="logs",\n'
        "    force_destroy=True,\n"
        '    tags={"costCenter": "7"},\n'
        "    opts=pulumi.ResourceOptions(protect=True),\n"
        ")\n"
    )


@pytest.mark.parametrize(
    ("type_", "made"),
    [
        ("probe:index:Thing", "probe.Thing("),
        ("aws:ec2/vpc:Vpc", "aws.ec2.Vpc("),
        ("random:index/randomPet:RandomPet", "random.RandomPet("),
        ("kubernetes:apps/v1:Deployment", "kubernetes.apps.v1.Deployment("),
        ("azure-native:storage:Blob", "azure_native.storage.Blob("),
        ("odd", 'pulumi.CustomResource("odd", "x", {"a": 1})'),
    ],
)
def test_the_class_follows_from_the_type(type_: str, made: str) -> None:
    assert f"x = {made}" in code_of(resource(type_, "x", inputs=Map(a=1)))


def test_parents_and_providers_are_referred_to_by_variable_and_named_if_they_are_elsewhere() -> None:
    box = resource("app:index:Box", "box", custom=False)
    west = URN.make("dev", "proj", STACK, "pulumi:providers:aws", "west-coast")
    inside = resource("aws:s3/bucket:Bucket", "class", box.urn, provider=ProviderRef(west, "1"))
    made = code_of(inside, box, names={"west": west})
    assert made == code_of(box, inside, names={"west": west})
    assert made.index("box =") < made.index("class_ =")
    assert 'box = pulumi.ComponentResource("app:index:Box", "box")' in made
    assert 'class_ = aws.s3.Bucket("class", opts=pulumi.ResourceOptions(parent=box, provider=west))' in made
    assert f"# west: as your program calls {west}" in made


def test_a_provider_that_was_created_for_the_import_is_declared_too() -> None:
    west = resource("pulumi:providers:aws", "west", inputs=map_of({"region": "us-west-2", "version": "7.0.0"}))
    assert 'west = aws.Provider("west", region="us-west-2")' in code_of(west, op="create")


def test_secrets_come_from_the_configuration() -> None:
    inputs = Map(masterPassword=Secret("hush"), parts=(Secret(map_of({"deep": "hush"})),))
    made = code_of(resource("aws:rds/instance:Instance", "db", inputs=inputs))
    assert "hush" not in made
    assert 'master_password=config.require_secret("db_master_password")' in made
    assert 'parts=[config.require_secret_object("db_parts_0")]' in made
    assert "# pulumi config set --secret db_master_password ..." in made and "config = pulumi.Config()" in made


def test_names_that_mean_something_else_are_avoided() -> None:
    twice = [resource("aws:s3/bucket:Bucket", name) for name in ("aws", "pulumi", "a.b", "a-b", "1st")]
    made = code_of(*twice)
    assert [line.split(" = ")[0] for line in made.splitlines() if " = aws" in line] == [
        "_1st", "a_b", "a_b_2", "aws_2", "pulumi_2",
    ]  # fmt: skip


def test_a_policy_document_is_written_as_data() -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}]})
    made = code_of(resource("aws:iam/policy:Policy", "p", inputs=Map(policy=policy)))
    assert made.startswith("import json\n") and "policy=json.dumps(" in made
    call = next(node for node in ast.walk(ast.parse(made)) if isinstance(node, ast.keyword) and node.arg == "policy")
    assert eval(ast.unparse(call.value), {"json": json}) == policy


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
@settings(max_examples=200)
def test_values_mean_in_python_what_they_are(data: Any) -> None:
    value = value_of(data)
    code = Writer(lambda _path, _value: "", {}).value(value, "x")
    assert value_of(eval(code, {"json": json})) == value
    assert eval(plain(data, 0), {"inf": float("inf")}) == data


@given(st.text())
def test_text_is_quoted_safely(value: str) -> None:
    assert eval(text(value)) == value and text(value).startswith('"')


@given(st.text(), st.sets(st.text("ab_1", max_size=3)))
def test_a_variable_is_an_identifier_of_its_own(name: str, taken: set[str]) -> None:
    made = variable_name(name, taken)
    assert made.isidentifier() and not keyword.iskeyword(made) and made not in taken


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("cidrBlock", "cidr_block"),
        ("vpcId", "vpc_id"),
        ("ipv6CidrBlock", "ipv6_cidr_block"),
        ("targetARNs", "target_arns"),
        ("HTTPProxy", "http_proxy"),
        ("lambda", "lambda_"),
        ("value", "value"),
    ],
)
def test_arguments_are_named_as_in_generated_sdks(name: str, argument: str) -> None:
    assert argument_name(name) == argument
