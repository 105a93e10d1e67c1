"""Every operator, one row a rule: what the statement wants, what the request has, whether the condition holds."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.iam import Context
from rolecall.iam.conditions import Reason, condition, holds, judge

ABSENT: Any = object()
USER = "arn:aws:iam::111111111111:user/alice"

ROWS: list[tuple[str, Any, Any, bool]] = [
    ("StringEquals", "a", "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", "", "", True),
    ("StringEquals", ["a", "b"], "b", True),
    ("StringEquals", [], "b", False),
    ("StringNotEquals", "a", "a", False),
    ("StringNotEquals", ["a", "b"], "b", False),
    ("StringNotEquals", ["a", "b"], "c", True),
    ("StringNotEquals", "a", ABSENT, True),
    ("StringEqualsIgnoreCase", "a", "A", True),
    ("StringNotEqualsIgnoreCase", "a", "A", False),
    ("StringLike", "a*c?", "abbcd", True),
    ("StringLike", "a*c?", "abbc", False),
    ("StringLike", "*", "", True),
    ("StringNotLike", "a*", "b", True),
    ("StringLike", "A*", "ab", False),
    ("StringEqualsIfExists", "a", ABSENT, True),
    ("StringEqualsIfExists", "a", "b", False),
    ("StringEqualsIfExists", "a", "", False),
    ("StringEquals", "a", ABSENT, False),
    ("NumericEquals", "10", "10.0", True),
    ("NumericEquals", 10, "10", True),
    ("NumericLessThan", "10", "9.99", True),
    ("NumericLessThan", "10", "10", False),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericGreaterThan", "-2", "-1", True),
    ("NumericGreaterThanEquals", "9007199254740993", "9007199254740992", False),
    ("NumericNotEquals", "10", "10.00", False),
    ("NumericNotEquals", "10", "ten", True),
    ("NumericEquals", "10", "ten", False),
    ("NumericLessThan", "10", "", False),
    ("NumericGreaterThan", "10", "9" * 5000, False),
    ("DateGreaterThan", "2026", "2026-01-01T00:00:00." + "9" * 5000, False),
    ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
    ("DateLessThan", "2026-01-01", "2025-12-31T23:59:59.999Z", True),
    ("DateEquals", "2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "1767225600", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2026", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2026-02", "2026-02-01T00:00:00Z", True),
    ("DateEquals", "2026-01-01T05:45:00+05:45", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2025-12-31T20:30:00-03:30", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "20260101T053000+0530", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2026-01-01T00:00:00+23:59", "2025-12-31T00:01:00Z", True),
    ("DateNotEquals", "2026-01-01T00:00:00+24:00", "2025-12-31T00:00:00Z", True),
    ("DateNotEquals", "2026-01-01T00:00:00+00:60", "2025-12-31T23:00:00Z", True),
    ("DateEquals", "2026-01-01T00:00Z", "2026-01-01T00:00:00.000Z", True),
    ("DateNotEquals", "2026", "2027", True),
    ("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
    ("DateLessThan", "2026-13-01", "2025-01-01", False),
    ("DateGreaterThan", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.51Z", True),
    ("Bool", "true", "true", True),
    ("Bool", True, "TRUE", True),
    ("Bool", "false", "true", False),
    ("Bool", "yes", "yes", False),
    ("Bool", "true", ABSENT, False),
    ("BoolIfExists", "true", ABSENT, True),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
    ("BinaryEquals", "QmluYXJ5", "QmluYXJ6", False),
    ("BinaryEquals", "not base64", "not base64", False),
    ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
    ("IpAddress", "203.0.113.5/24", "203.0.113.9", True),
    ("IpAddress", "203.0.113.1", "203.0.113.2", False),
    ("IpAddress", "2001:db8::/32", "2001:DB8:0::1", True),
    ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
    ("IpAddress", "0.0.0.0/0", "::ffff:203.0.113.9", False),
    ("IpAddress", "203.0.113.0/255.255.255.0", "203.0.113.9", False),
    ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
    ("NotIpAddress", "203.0.113.0/24", "203.0.113.1", False),
    ("NotIpAddress", "203.0.113.0/24", ABSENT, True),
    ("NotIpAddress", "203.0.113.0/24", "nonsense", True),
    ("ArnEquals", "arn:aws:iam::*:user/*", USER, True),
    ("ArnLike", USER, USER, True),
    ("ArnLike", "arn:aws:iam:*:user/*", USER, False),
    ("ArnLike", "arn:aws:sns:*:*:*", "arn:aws:sns:us-east-1:1:a:b", True),
    ("ArnLike", "*", USER, False),
    ("ArnLike", "arn:*:*:*:*:*", "not-an-arn", False),
    ("ArnNotLike", "arn:aws:iam::*:user/bob", USER, True),
    ("ArnNotEquals", USER, USER, False),
    ("ArnNotEquals", USER, "not-an-arn", True),
    ("Null", "true", ABSENT, True),
    ("Null", "true", "", False),
    ("Null", "false", "", True),
    ("Null", False, ABSENT, False),
    ("Null", "true", (), False),
    ("stringequals", "a", "a", True),
    ("StringIs", "a", "a", False),
    ("ForSomeValues:StringEquals", "a", ("a",), False),
    ("StringEquals", "a", ("a",), False),
    ("StringNotEquals", "b", ("a",), False),
    ("StringEqualsIfExists", "a", ("a",), False),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
    ("ForAllValues:StringEquals", "a", "a", True),
    ("ForAllValues:StringEquals", "a", ABSENT, True),
    ("ForAllValues:StringEquals", "a", (), True),
    ("ForAllValues:StringEquals", "a", ("",), True),
    ("ForAllValues:StringEquals", "a", ("", "b"), False),
    ("ForAllValues:NumericEquals", "1", ("",), False),
    ("ForAllValues:StringNotEquals", ["a", "b"], ("c", "d"), True),
    ("ForAllValues:StringNotEquals", ["a", "b"], ("c", "a"), False),
    ("ForAnyValue:StringEquals", ["a", "b"], ("x", "b"), True),
    ("ForAnyValue:StringEquals", "a", ("x",), False),
    ("ForAnyValue:StringEquals", "a", (), False),
    ("ForAnyValue:StringEquals", "a", ABSENT, False),
    ("ForAnyValue:StringEqualsIfExists", "a", ABSENT, True),
    ("ForAnyValue:StringEqualsIfExists", "a", (), False),
    ("ForAnyValue:StringNotEquals", ["a", "b"], ("a", "c"), True),
    ("ForAnyValue:StringNotEquals", ["a", "b"], ("a", "b"), False),
    ("ForAnyValue:StringNotEquals", "a", ABSENT, False),
    ("ForAnyValue:StringLike", "te*", ("x", "team"), True),
    ("forallvalues:stringlike", "te*", ("team",), True),
]


def texts(wanted: Any) -> tuple[str, ...]:
    values = wanted if isinstance(wanted, list) else [wanted]
    return tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in values)


@pytest.mark.parametrize(("operator", "wanted", "actual", "expected"), ROWS)
def test_an_operator_compares_as_documented(operator: str, wanted: Any, actual: Any, expected: bool) -> None:
    context = Context({} if actual is ABSENT else {"the:Key": actual})
    assert holds(condition(operator, "THE:key", texts(wanted), variables=True), context) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", "${aws:username}", True),
        ("StringEquals", "${AWS:UserName}", True),
        ("StringLike", "a${*}", False),
        ("StringLike", "${aws:PrincipalTag/star}", False),
        ("StringEquals", "${aws:PrincipalTag/none, 'alice'}", True),
        ("StringEquals", "${aws:PrincipalTag/none}", False),
        ("StringNotEquals", "${aws:PrincipalTag/none}", True),
        ("StringEquals", "${aws:TagKeys}", False),
        ("ArnEquals", "${aws:username}", False),
    ],
)
def test_variables_are_expanded_as_literal_text(operator: str, wanted: str, expected: bool) -> None:
    context = Context(
        {"aws:username": "alice", "aws:PrincipalTag/star": "a*", "aws:TagKeys": ("alice",), "the:key": "alice"}
    )
    assert holds(condition(operator, "the:key", (wanted,), variables=True), context) is expected


def test_a_variable_may_stand_for_a_whole_arn() -> None:
    context = Context({"aws:PrincipalArn": USER, "the:key": USER})
    assert holds(condition("ArnLike", "the:key", ("${aws:PrincipalArn}",), variables=True), context)


@pytest.mark.parametrize("operator", ["NumericEquals", "DateEquals", "IpAddress", "BinaryEquals"])
def test_other_families_know_no_variables(operator: str) -> None:
    context = Context({"aws:username": "1", "the:key": "1"})
    assert not holds(condition(operator, "the:key", ("${aws:username}",), variables=True), context)


def test_documents_of_2008_know_no_variables() -> None:
    context = Context({"aws:username": "alice", "the:key": "${aws:username}"})
    assert holds(condition("StringEquals", "the:key", ("${aws:username}",), variables=False), context)


def test_the_reason_tells_a_missing_key_from_a_wrong_value() -> None:
    wanted = condition("StringEquals", "the:key", ("a",), variables=True)
    assert judge(wanted, Context()) == (False, Reason.MISSING_FAILS)
    assert judge(wanted, Context({"the:key": "b"})) == (False, Reason.DIFFERS)
    assert judge(wanted, Context({"the:key": ["a"]})) == (False, Reason.MULTIVALUED)
