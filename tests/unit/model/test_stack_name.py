"""Names of stacks, in Pulumi's forms and with Pulumi's refusals."""

from __future__ import annotations

import pytest

from rolecall.model.stack_name import InvalidName, StackName, check_project_name


@pytest.mark.parametrize("text", ["dev", "organization/dev", "organization/proj/dev"])
def test_a_name_may_leave_out_what_is_known(text: str) -> None:
    name = StackName.parse(text, "proj")
    assert (name, str(name)) == (StackName("proj", "dev"), "organization/proj/dev")
    assert (name.shown("proj"), name.shown("other"), name.shown(None)) == ("dev", str(name), str(name))


CHARACTERS = "a stack name may only contain alphanumeric, hyphens, underscores, or periods: invalid character"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a stack name may not be empty"),
        ("a/b/c/d", "a stack name may not be empty"),
        ("bad name", f"{CHARACTERS} ' ' at position 3"),
        ("ä", f"{CHARACTERS} 'ä' at position 0"),
        ("x" * 101, "a stack name cannot exceed 100 characters"),
        ("someone/proj/dev", "organization name must be 'organization'"),
        ("someone/dev", "organization name must be 'organization'"),
    ],
)
def test_what_is_no_name_is_refused_in_pulumis_words(text: str, problem: str) -> None:
    with pytest.raises(InvalidName) as raised:
        StackName.parse(text, "proj")
    assert str(raised.value) == problem


def test_without_a_project_only_a_full_name_will_do() -> None:
    assert StackName.parse("organization/p/dev") == StackName("p", "dev")
    with pytest.raises(InvalidName, match="pass the fully qualified name"):
        StackName.parse("dev")


@pytest.mark.parametrize("name", ["", "x" * 101, "a b", "a/b"])
def test_a_project_name_has_rules_too(name: str) -> None:
    with pytest.raises(InvalidName):
        check_project_name(name)
