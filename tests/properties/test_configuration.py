"""Configuration and its file: what is set is got, and nothing else changes, for any text."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.model import json_text
from rolecall.project import go_yaml, property_path, structure, values, yaml_edit, yaml_text
from rolecall.project.structure import MISSING
from rolecall.secrets.cipher import Cipher

# What YAML can hold as text: no lone surrogates, no control characters but tab and newline.
TEXT = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], include_characters="\t\n", exclude_characters="\x85\u2028\u2029\ufeff"
    ),
    max_size=20,
)
NAMES = st.one_of(
    TEXT.filter(bool), st.sampled_from(["a", "b", "secure", "y", "no", "1", "a.b", '"', "[0]", "- x", "#"])
)
SCALARS = st.one_of(
    TEXT,
    st.sampled_from(
        ["yes", "1e3", "007", "true", "~", "2001-01-01", " lead", "trail ", "a: b", "# no", "\n", "a\n\n", "\ta"]
    ),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(-(2.0**53), 2.0**53),
    st.none(),
)
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
MAPPINGS = st.dictionaries(NAMES, DATA, max_size=5)
PATHS = st.lists(st.one_of(NAMES, st.integers(0, 3)), min_size=1, max_size=4).map(tuple)


def read(text: str) -> Any:
    return go_yaml.plain(go_yaml.compose(text))


# Pulumi's paths have no way to write a name that ends in a backslash.
@given(PATHS.filter(lambda path: isinstance(path[0], str) and "\\" not in "".join(map(str, path))))
def test_a_path_reads_back_from_its_text(path: property_path.Path) -> None:
    assert property_path.parse(property_path.text_of(path)) == path


@given(DATA, PATHS, SCALARS)
def test_what_is_set_at_a_path_is_there_and_gone_when_removed(value: Any, path: property_path.Path, new: Any) -> None:
    try:
        after = structure.put(value, "root", path, new)
    except structure.CannotSet:
        return
    assert structure.get(after, path) is new
    try:
        left = structure.remove(after, "root", path)
    except structure.CannotSet:
        return
    parent = structure.get(left, path[:-1])
    if isinstance(parent, dict):
        assert structure.get(left, path) is MISSING
    else:
        assert isinstance(parent, list)
        assert len(parent) == len(structure.get(after, path[:-1])) - 1  # type: ignore[arg-type]


@given(DATA, PATHS, SCALARS)
def test_setting_never_changes_the_value_it_was_given(value: Any, path: property_path.Path, new: Any) -> None:
    before = json.dumps(value)
    with contextlib.suppress(structure.CannotSet):
        structure.put(value, "root", path, new)
    assert json.dumps(value) == before


@given(DATA)
def test_a_value_reads_back_from_what_is_written(value: Any) -> None:
    assert values.written(values.read(value)) == value


@given(MAPPINGS.filter(bool))
def test_data_reads_back_from_its_yaml(data: dict[str, Any]) -> None:
    assert yaml_edit.same(read(yaml_text.emit(data)), data)


@given(MAPPINGS.filter(bool), MAPPINGS.filter(bool))
@settings(deadline=None)
def test_an_edited_text_reads_as_what_it_was_edited_to(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert yaml_edit.same(read(yaml_edit.edited(yaml_text.emit(before), after)), after)


KEYS = st.sampled_from(["p:a", "p:b", "p:c", "aws:region", "p:d"])
SIMPLE = st.one_of(st.sampled_from(["x", "yes", "42", "two\nlines\n", ""]), st.integers(0, 9), st.booleans())
TREES = st.recursive(
    SIMPLE,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from(["k", "l", "m"]), inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, TREES, min_size=1), st.dictionaries(KEYS, TREES, min_size=1))
@settings(max_examples=150, deadline=None)
def test_an_edit_keeps_the_comments_and_unknown_keys_of_what_stays(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    lines = ["# head", "unknown:  [1,   2] # kept as it is", "config:"]
    for key, value in before.items():
        lines.append(f"  # about {key}")
        lines += ["  " + line if line else "" for line in yaml_text.emit({key: value}).rstrip("\n").split("\n")]
    text = "\n".join([*lines, "# foot", ""])
    data = {"unknown": [1, 2], "config": before}
    assert yaml_edit.same(read(text), data)
    result = yaml_edit.edited(text, {**data, "config": after})
    assert yaml_edit.same(read(result), {**data, "config": after})
    assert result.startswith("# head\nunknown:  [1,   2] # kept as it is\nconfig:\n")
    for key in before:
        assert f"  # about {key}\n" in result
    assert "# foot\n" in result


@given(DATA)
def test_json_text_is_json(data: Any) -> None:
    assert json.loads(json_text.compact(data)) == data
    assert json.loads(json_text.indented(data)) == data


@given(st.text(), st.binary(min_size=32, max_size=32))
def test_a_secret_opens_to_what_was_sealed(text: str, key: bytes) -> None:
    cipher = Cipher(key)
    sealable = text.encode("utf-8", "replace").decode()
    assert cipher.decrypt(cipher.encrypt(sealable)) == sealable
