"""Arbitrary property values."""

from __future__ import annotations

from hypothesis import strategies as st

from rolecall.model.encoding import SIGNATURE, UNKNOWN_TEXTS
from rolecall.model.value import UNKNOWN, Archive, Asset, Map, Output, Reference, Secret, Value, number

urns = st.sampled_from([f"urn:pulumi:dev::proj::a:b:C::{name}" for name in ("one", "two", "three")])
texts = st.text(max_size=8).filter(lambda text: text not in UNKNOWN_TEXTS)
keys = st.text(min_size=1, max_size=6).filter(lambda key: key != SIGNATURE)
numbers = st.floats(allow_nan=False).map(lambda x: number(x) if x not in (float("inf"), float("-inf")) else x)
assets = st.one_of(
    st.builds(Asset, text=texts, hash=st.just("")),
    st.builds(Asset, path=texts.filter(bool), hash=st.sampled_from(["", "ab12"])),
    st.builds(Asset, uri=texts.filter(bool), hash=st.just("ab12")),
)
archives = st.recursive(
    st.builds(Archive, path=texts.filter(bool), hash=st.sampled_from(["", "cd34"])),
    lambda inner: st.builds(Archive, assets=st.dictionaries(keys, st.one_of(assets, inner), max_size=2).map(Map)),
    max_leaves=3,
)
references = st.builds(Reference, urn=urns, id=st.one_of(st.none(), st.just(UNKNOWN), texts.filter(bool)))
bytes_ = st.binary(max_size=6).filter(lambda raw: not _is_text(raw))

scalars: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), numbers, texts, bytes_, st.just(UNKNOWN), assets, archives, references
)


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _larger(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(keys, inner, max_size=3).map(Map),
        st.builds(Secret, inner),
        st.builds(Output, inner, st.booleans(), st.frozensets(urns, max_size=2)),
    )


values: st.SearchStrategy[Value] = st.recursive(scalars, _larger, max_leaves=8)
maps: st.SearchStrategy[Map] = st.dictionaries(keys, values, max_size=4).map(Map)
