"""The deployment format: the checkpoint file, the exported form, and the snapshot inside either of them.

A `Checkpoint` is the envelope with the deployment still plain data: what exports, renames and masked output need.
`snapshot_of` and `deployment_of` go between that and a `Snapshot`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from rolecall.state.compression import decompress
from rolecall.state.errors import CorruptState, UnsupportedState
from rolecall.state.json_text import InvalidJSON, dumps, loads
from rolecall.state.resources import (
    SecretWriter,
    features_of,
    read_operation,
    read_resource,
    write_operation,
    write_resource,
)
from rolecall.state.secrets_in_state import Keeper
from rolecall.state.snapshot import Manifest, SecretsProvider, Snapshot

OLDEST, NEWEST = 1, 4
FEATURES = frozenset(
    {
        "refreshBeforeUpdate",
        "views",
        "hooks",
        "taint",
        "replaceWith",
        "snippets-prototype",
        "extensionParameterization",
        "byteString",
    }
)
"""What a version 4 deployment may demand of its reader, and we can at least keep."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A stored state: version 3, or 4 with `features`. `latest` is the deployment as plain data, None before the first.

    `outer` and `inner`: fields that we do not know, of the envelope and of the checkpoint in it.
    """

    stack: str
    latest: dict[str, Any] | None = None
    version: int = 3
    features: tuple[str, ...] = ()
    outer: Mapping[str, Any] = field(default_factory=dict, hash=False)
    inner: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def secrets_provider(self) -> SecretsProvider | None:
        return secrets_provider_of(self.latest or {})

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resources, as plain data."""
        return (self.latest or {}).get("resources") or []

    def with_deployment(self, deployment: Mapping[str, Any] | None, features: Iterable[str]) -> Checkpoint:
        """The same envelope around another deployment."""
        needed = tuple(sorted(set(features)))
        latest = None if deployment is None else dict(deployment)
        return replace(self, latest=latest, version=4 if needed else 3, features=needed)


def read_checkpoint(data: bytes) -> Checkpoint:
    """Reads the content of a checkpoint file, compressed or not, of any version up to 4.

    Raises CorruptState, with the words of Pulumi, and UnsupportedState.
    """
    try:
        document = loads(decompress(data))
    except InvalidJSON as error:
        raise CorruptState(f"place 1: {error}") from error
    if not isinstance(document, dict):
        raise CorruptState(f"place 1: json: cannot unmarshal {_go_kind(document)} into a checkpoint")
    version = document.get("version") or 0
    inner = document.get("checkpoint") if version else document
    if not isinstance(version, int) or isinstance(version, bool) or version > NEWEST:
        raise UnsupportedState(f"unsupported checkpoint version {version}", hint=_TOO_NEW)
    if not isinstance(inner, dict):
        raise CorruptState("the state file has no checkpoint")
    features = _checked_features(document.get("features"))
    latest = inner.get("latest")
    if latest is not None and not isinstance(latest, dict):
        raise CorruptState(f"json: cannot unmarshal {_go_kind(latest)} into a deployment")
    return Checkpoint(
        stack=str(inner.get("stack") or ""),
        latest=latest,
        version=max(version, 3),
        features=features,
        outer={k: v for k, v in document.items() if k not in ("version", "features", "checkpoint")} if version else {},
        inner={k: v for k, v in inner.items() if k not in ("stack", "latest", "version", "features")},
    )


def write_checkpoint(checkpoint: Checkpoint, deployment_json: bytes | None = None) -> bytes:
    """The content of a checkpoint file: compact JSON. `deployment_json`: the deployment, if it is written already."""
    inner: dict[str, Any] = {"stack": checkpoint.stack}
    if deployment_json is not None:
        inner["latest"] = orjson.Fragment(deployment_json)
    elif checkpoint.latest is not None:
        inner["latest"] = checkpoint.latest
    return dumps({**_versions(checkpoint), "checkpoint": {**inner, **checkpoint.inner}, **checkpoint.outer})


def read_export(data: bytes) -> Checkpoint:
    """Reads the exported form (`version`, `deployment`), or a state file of the backend or a copy of one.

    Raises CorruptState, also for what has neither form: it must never pass for an empty state. And UnsupportedState.
    """
    try:
        document = loads(decompress(data))
    except InvalidJSON as error:
        raise CorruptState(str(error)) from error
    if not isinstance(document, dict):
        raise CorruptState(f"json: cannot unmarshal {_go_kind(document)} into a deployment")
    if "deployment" not in document and "checkpoint" in document:
        return replace(read_checkpoint(data), stack="")
    version = document.get("version") or 0
    if not isinstance(version, int) or version > NEWEST:
        raise UnsupportedState(f"the deployment has version {version}, which is newer than what we know", hint=_TOO_NEW)
    if version < OLDEST:
        raise UnsupportedState(f"the deployment has version {version}, which is too old")
    if "deployment" not in document:
        raise CorruptState("the file has no 'deployment'", hint="make one with `pulumi stack export`")
    deployment = document["deployment"]
    if deployment is not None and not isinstance(deployment, dict):
        raise CorruptState(f"json: cannot unmarshal {_go_kind(deployment)} into a deployment")
    features = _checked_features(document.get("features"))
    outer = {k: v for k, v in document.items() if k not in ("version", "features", "deployment")}
    return Checkpoint("", deployment, max(version, 3), features, outer)


def export_of(checkpoint: Checkpoint) -> dict[str, Any]:
    """The exported form, as plain data."""
    return {**_versions(checkpoint), "deployment": checkpoint.latest, **checkpoint.outer}


def snapshot_of(deployment: Mapping[str, Any], secrets: Keeper) -> Snapshot:
    """The snapshot in a deployment. Raises CorruptState, and whatever opening a secret raises."""
    manifest = deployment.get("manifest") or {}
    known = {"manifest", "secrets_providers", "resources", "pending_operations", "metadata"}
    return Snapshot(
        resources=tuple(read_resource(r, secrets) for r in deployment.get("resources") or ()),
        pending=tuple(read_operation(o, secrets) for o in deployment.get("pending_operations") or ()),
        manifest=Manifest(
            manifest.get("time", ""),
            manifest.get("magic", ""),
            manifest.get("version", ""),
            {k: v for k, v in manifest.items() if k not in ("time", "magic", "version")},
        ),
        secrets_provider=secrets_provider_of(deployment),
        metadata=deployment.get("metadata") or {},
        extra={k: v for k, v in deployment.items() if k not in known},
    )


def deployment_of(snapshot: Snapshot, secrets: SecretWriter) -> dict[str, Any]:
    """The deployment of a snapshot, as plain data."""
    return assemble(
        snapshot,
        [write_resource(r, secrets) for r in snapshot.resources],
        [write_operation(o, secrets) for o in snapshot.pending],
    )


def assemble(snapshot: Snapshot, resources: list[Any], pending: list[Any]) -> dict[str, Any]:
    """A deployment from entries that were written before (as plain data or as fragments of JSON)."""
    manifest = snapshot.manifest
    deployment: dict[str, Any] = {
        "manifest": {"time": manifest.time, "magic": manifest.magic, "version": manifest.version} | dict(manifest.extra)
    }
    if snapshot.secrets_provider is not None:
        provider = snapshot.secrets_provider
        deployment["secrets_providers"] = {"type": provider.type}
        if provider.state is not None:
            deployment["secrets_providers"]["state"] = provider.state
    if resources:
        deployment["resources"] = resources
    if pending:
        deployment["pending_operations"] = pending
    deployment["metadata"] = dict(snapshot.metadata)
    return deployment | dict(snapshot.extra)


def features_needed(snapshot: Snapshot) -> set[str]:
    """What a reader of this snapshot must understand."""
    resources = [*snapshot.resources, *(operation.resource for operation in snapshot.pending)]
    found = {feature for resource in resources for feature in features_of(resource)}
    return found | ({"snippets-prototype"} if snapshot.extra.get("snippets") else set())


def secrets_provider_of(deployment: Mapping[str, Any]) -> SecretsProvider | None:
    """How the secrets of a deployment are sealed; None when it does not say."""
    data = deployment.get("secrets_providers")
    if not data or not data.get("type"):
        return None
    return SecretsProvider(data["type"], data.get("state"))


def fragment(data: bytes) -> orjson.Fragment:
    """JSON that was written before, to be put into a larger document as it is."""
    return orjson.Fragment(data)


_TOO_NEW = "the state was written by a newer Pulumi; rolecall leaves it alone"


def _versions(checkpoint: Checkpoint) -> dict[str, Any]:
    if checkpoint.features:
        return {"version": 4, "features": list(checkpoint.features)}
    return {"version": checkpoint.version}


def _checked_features(features: Any) -> tuple[str, ...]:
    names = tuple(features or ())
    unknown = sorted(set(names) - FEATURES)
    if unknown:
        raise UnsupportedState(
            f"the state requires features that rolecall does not know: {', '.join(map(str, unknown))}", hint=_TOO_NEW
        )
    return names


def _go_kind(data: Any) -> str:
    return {str: "string", bool: "bool", int: "number", float: "number", list: "array"}.get(type(data), "null")
