"""Random values, resources and snapshots, as states hold them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from rolecall.model.resource import PendingOperation, Resource, Timeouts
from rolecall.model.urn import URN, ProviderRef
from rolecall.model.value import Archive, Asset, Map, Reference, Secret, Value, number
from rolecall.state.snapshot import Manifest, SecretsProvider, Snapshot, magic_of

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
names = st.text("abcdefgh", min_size=1, max_size=5)
numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False).map(number))
assets = st.builds(Asset, text=texts, hash=st.just("0a"))
references = st.builds(Reference, urn=names.map("urn:pulumi:dev::proj::a:b:C::{}".format), id=st.none() | names)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, assets, references)


def _containers(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(names, inner, max_size=3).map(Map),
        inner.map(Secret),
        st.dictionaries(names, assets, max_size=2).map(lambda a: Archive(assets=Map(a), hash="0b")),
    )


values: st.SearchStrategy[Value] = st.recursive(scalars, _containers, max_leaves=8)
maps = st.dictionaries(names, values, max_size=4).map(Map)
plain = st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | texts, lambda s: st.lists(s, max_size=2))

MANIFEST = Manifest("2026-01-31T09:00:00.123Z", magic_of("v3.260.0"), "v3.260.0")
ROOT = URN("urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev")
PROVIDER = ProviderRef(URN("urn:pulumi:dev::proj::pulumi:providers:aws::default"), "p-1")


def resource_named(name: str, draw: Any, earlier: list[URN]) -> Resource:
    """A resource with random fields that refers only to the root, the provider and `earlier` ones."""
    some = st.lists(st.sampled_from(earlier), max_size=2, unique=True).map(tuple) if earlier else st.just(())
    inputs = draw(maps)
    return Resource(
        urn=URN(f"urn:pulumi:dev::proj::aws:s3/bucket:Bucket::{name}"),
        type="aws:s3/bucket:Bucket",
        custom=True,
        id=draw(names),
        inputs=inputs,
        outputs=draw(maps),
        parent=ROOT,
        protect=draw(st.booleans()),
        taint=draw(st.booleans()),
        dependencies=draw(some),
        init_errors=tuple(draw(st.lists(texts, max_size=1))),
        provider=PROVIDER,
        property_dependencies={key: draw(some) for key in inputs},
        custom_timeouts=draw(st.none() | st.builds(Timeouts, create=st.integers(0, 99), read=st.integers(0, 9))),
        retain_on_delete=draw(st.booleans()),
        replace_with=draw(some),
        created="2026-01-31T09:00:00Z",
        source_position="project:///main.py#1",
        stack_trace=tuple(draw(st.lists(st.just("project:///main.py#1"), max_size=1))),
        replacement_trigger=draw(st.none() | values),
        hooks={"after_create": ("h",)} if draw(st.booleans()) else {},
        extra=draw(st.dictionaries(st.sampled_from(["sequenceNumber", "newField"]), plain, max_size=2)),
    )


@st.composite
def resource_lists(draw: Any, min_size: int = 0) -> list[Resource]:
    """A root, a provider and some buckets, in order."""
    found = [
        Resource(ROOT, "pulumi:pulumi:Stack"),
        Resource(PROVIDER.urn, PROVIDER.urn.type, custom=True, id=PROVIDER.id),
    ]
    for name in draw(st.lists(names, unique=True, min_size=min_size, max_size=5)):
        found.append(resource_named(name, draw, [r.urn for r in found[2:]]))
    return found


@st.composite
def snapshots(draw: Any) -> Snapshot:
    """A sound snapshot with everything that one can have."""
    resources = draw(resource_lists())
    pending = [
        PendingOperation(r, kind, draw(st.dictionaries(st.just("new"), plain, max_size=1)))  # type: ignore[arg-type]
        for r in resources[2:]
        if (kind := draw(st.sampled_from([None, "creating", "updating", "deleting"])))
    ]
    return Snapshot(
        tuple(resources),
        tuple(pending),
        MANIFEST,
        SecretsProvider("passphrase", {"salt": "one"}),
        draw(st.dictionaries(st.just("note"), plain, max_size=1)),
        draw(st.dictionaries(st.just("futureField"), plain, max_size=1)),
    )
