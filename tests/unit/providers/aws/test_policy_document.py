"""getPolicyDocument, rule by rule."""

from __future__ import annotations

import json
import zlib
from typing import Any, cast

import pytest

from rolecall.model.provider import ProviderFailed
from rolecall.model.value import map_of
from rolecall.providers.aws.functions.policy_document import get_policy_document
from rolecall.providers.aws.work import Surroundings

NOWHERE = cast(Surroundings, None)
"""The function is pure: it looks at nothing but its arguments."""


def render(**args: Any) -> dict[str, Any]:
    return dict(get_policy_document(NOWHERE, map_of(args)))


def document(**args: Any) -> Any:
    return json.loads(render(**args)["json"])


def test_one_value_is_a_scalar_and_several_come_in_descending_order() -> None:
    (statement,) = document(statements=[{"actions": ["s3:A", "s3:B", "s3:A"], "resources": ["*"]}])["Statement"]
    assert statement == {"Effect": "Allow", "Action": ["s3:B", "s3:A"], "Resource": "*"}


def test_the_text_is_go_s_and_its_id_the_checksum() -> None:
    found = render(statements=[{"sid": "One", "actions": ["s3:*"], "resources": ["arn:aws:s3:::<x>"]}])
    assert found["json"] == (
        '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Sid": "One",\n      "Effect": "Allow",\n'
        '      "Action": "s3:*",\n      "Resource": "arn:aws:s3:::\\u003cx\\u003e"\n    }\n  ]\n}'
    )
    assert found["minifiedJson"] == (
        '{"Version":"2012-10-17","Statement":[{"Sid":"One","Effect":"Allow","Action":"s3:*",'
        '"Resource":"arn:aws:s3:::\\u003cx\\u003e"}]}'
    )
    assert found["id"] == str(zlib.crc32(found["json"].encode()))
    assert found["version"] == "2012-10-17"


def test_principals_and_conditions_are_gathered() -> None:
    (statement,) = document(
        statements=[
            {
                "actions": ["sts:AssumeRole"],
                "principals": [
                    {"type": "Service", "identifiers": ["ec2.amazonaws.com"]},
                    {"type": "AWS", "identifiers": ["a", "b"]},
                ],
                "conditions": [
                    {"test": "StringLike", "variable": "k", "values": ["z", "a"]},
                    {"test": "StringLike", "variable": "k", "values": ["m"]},
                    {"test": "Bool", "variable": "b", "values": ["true"]},
                ],
            }
        ]
    )["Statement"]
    assert statement["Principal"] == {"AWS": ["b", "a"], "Service": "ec2.amazonaws.com"}
    assert statement["Condition"] == {"Bool": {"b": "true"}, "StringLike": {"k": ["z", "a", "m"]}}


def test_everybody_is_a_star_and_every_aws_principal_is_not() -> None:
    everybody = {"principals": [{"type": "*", "identifiers": ["*"]}]}
    aws = {"principals": [{"type": "AWS", "identifiers": ["*"]}]}
    assert document(statements=[everybody])["Statement"][0]["Principal"] == "*"
    assert document(statements=[aws])["Statement"][0]["Principal"] == {"AWS": "*"}


def test_variables_are_written_with_an_ampersand() -> None:
    (statement,) = document(statements=[{"resources": ["arn:aws:s3:::&{aws:username}/*"]}])["Statement"]
    assert statement["Resource"] == "arn:aws:s3:::${aws:username}/*"
    with pytest.raises(ProviderFailed, match="not supported in document version 2008-10-17"):
        document(version="2008-10-17", statements=[{"resources": ["&{x}"]}])


def source(*sids: str, action: str = "s3:Source", **more: Any) -> str:
    statements = [{"Sid": sid, "Effect": "Allow", "Action": action, "Resource": "*"} for sid in sids]
    return json.dumps({"Version": "2012-10-17", "Statement": statements, **more})


def test_documents_are_merged_by_sid() -> None:
    own = [{"sid": "b", "actions": ["s3:Own"]}, {"sid": "c", "actions": ["s3:Own"]}]
    found = document(
        sourcePolicyDocuments=[source("a", "b", Id="first"), source("x")],
        statements=own,
        overridePolicyDocuments=[source("c", action="s3:Over"), source("new", action="s3:Over", Id="last")],
    )
    assert found["Id"] == "last"
    assert [(s["Sid"], s["Action"]) for s in found["Statement"]] == [
        ("a", "s3:Source"), ("b", "s3:Own"), ("x", "s3:Source"), ("c", "s3:Over"), ("new", "s3:Over"),
    ]  # fmt: skip


def test_the_deprecated_arguments_merge_as_well() -> None:
    found = document(sourceJson=source("a"), overrideJson=source("a", action="s3:Over"))
    assert [s["Action"] for s in found["Statement"]] == ["s3:Over"]


def test_statements_without_a_sid_are_never_replaced() -> None:
    found = document(sourcePolicyDocuments=[source("")], statements=[{"actions": ["s3:Own"]}])
    assert len(found["Statement"]) == 2


def test_repeated_sids_are_refused() -> None:
    with pytest.raises(ProviderFailed, match=r"duplicate Sid \(a\). Remove the Sid or ensure the Sid is unique."):
        document(statements=[{"sid": "a"}, {"sid": "a"}])
    with pytest.raises(ProviderFailed, match=r"merging source document 2: duplicate Sid \(a\) in source_policy"):
        document(sourcePolicyDocuments=[source("a"), source("a")])


def test_the_newer_version_wins() -> None:
    old = json.dumps({"Version": "2008-10-17", "Statement": []})
    assert document(sourcePolicyDocuments=[old])["Version"] == "2012-10-17"
    assert document(version="2008-10-17", overridePolicyDocuments=[source("a")])["Version"] == "2012-10-17"


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ProviderFailed, match="merging source document 1"):
        document(sourcePolicyDocuments=["{nonsense"])
