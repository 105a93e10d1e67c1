"""Which layout a backend has: `meta.yaml` says, and the oldest backends, which had no projects, have none."""

from __future__ import annotations

import re

from rolecall.state import layout
from rolecall.state.errors import CorruptState, StateError, UnsupportedState
from rolecall.state.store import Store

VERSION = 1
_VERSION_LINE = re.compile(rb"^version:[ \t]*(\d+)[ \t]*(#.*)?$", re.MULTILINE)


def ensure_project_layout(store: Store, *, legacy: bool = False, tolerate_legacy: bool = False) -> list[str]:
    """Makes sure that a backend has the layout with projects; a new one is marked so.

    `legacy`: a new backend is to get the old layout (PULUMI_DIY_BACKEND_LEGACY_LAYOUT). `tolerate_legacy`: an old
    backend is to be used all the same (PULUMI_DIY_BACKEND_IGNORE_DEPRECATION_ERROR). rolecall does neither.
    Returns legacy stack files that lie about in a backend with projects. Raises StateError for a backend it cannot use.
    """
    blob = store.read(layout.META)
    strays = [listed.key for listed in store.list(f"{layout.STACKS}/") if layout.is_legacy_stack(listed.key)]
    if blob is not None:
        if _version_in(blob.data) == 0:
            raise _legacy_error(tolerate_legacy)
        return strays
    if strays or legacy:
        raise _legacy_error(tolerate_legacy)
    # Two first commands at once write the same, each at one stroke: neither can read the other's half.
    store.write(layout.META, f"version: {VERSION}\n".encode())
    return []


def _version_in(data: bytes) -> int:
    found = _VERSION_LINE.search(data)
    if found is None:
        raise CorruptState("corrupt store: missing version in meta.yaml")
    version = int(found.group(1))
    if version > VERSION:
        raise UnsupportedState(
            f"state store unsupported: 'meta.yaml' version ({version}) is not supported by this version of rolecall"
        )
    return version


def _legacy_error(asked_to_tolerate: bool) -> StateError:
    detail = "rolecall keeps stacks by project and does not work on the old layout" if asked_to_tolerate else ""
    return StateError(
        "the state store has the old layout, without projects, which is deprecated",
        detail=detail,
        hint="upgrade it with Pulumi's own `pulumi state upgrade`",
    )
