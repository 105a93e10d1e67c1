"""Resources and sealers that the tests of `state` share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.model.resource import Resource
from rolecall.model.stack_name import StackName
from rolecall.model.urn import URN, ProviderRef
from rolecall.model.value import map_of
from rolecall.secrets.base64_text import Base64Sealer
from rolecall.secrets.sealer import CannotOpen, Sealer
from rolecall.state.backend import Backend, BackendSettings
from rolecall.state.format import Checkpoint, deployment_of, features_needed
from rolecall.state.secrets_in_state import Keeper
from rolecall.state.snapshot import Manifest, SecretsProvider, Snapshot
from rolecall.state.store import MemoryStore, Store

NAME = StackName("proj", "dev")
PREFIX = "urn:pulumi:dev::proj::"
ROOT = URN(f"{PREFIX}pulumi:pulumi:Stack::proj-dev")
PROVIDER = ProviderRef(URN(f"{PREFIX}pulumi:providers:probe::default"), "id-of-provider")


class CountingSealer:
    """Seals so that each sealing of the same text differs, as real ones do; for telling reuse from sealing anew."""

    type = "passphrase"

    def __init__(self, salt: str = "one") -> None:
        self.salt = salt
        self.sealed = 0

    @property
    def state(self) -> Mapping[str, Any]:
        return {"salt": self.salt}

    def encrypt(self, plaintext: str) -> str:
        self.sealed += 1
        return f"v1:{self.salt}:{self.sealed}:{plaintext.encode().hex()}"

    def decrypt(self, ciphertext: str) -> str:
        _, salt, _, text = ciphertext.split(":")
        if salt != self.salt:
            raise CannotOpen("failed to decrypt: incorrect passphrase")
        return bytes.fromhex(text).decode()


def base64_sealer(_state: object = None) -> Sealer:
    return Base64Sealer()


def root() -> Resource:
    return Resource(ROOT, "pulumi:pulumi:Stack")


def provider() -> Resource:
    return Resource(PROVIDER.urn, "pulumi:providers:probe", custom=True, id=PROVIDER.id)


def thing(name: str, *dependencies: str, value: Any = "x", **fields: Any) -> Resource:
    """A resource `probe:index:Thing` with an id, below the root, that depends on others by name."""
    properties = map_of({"value": value})
    return Resource(
        **{
            "urn": URN(f"{PREFIX}probe:index:Thing::{name}"),
            "type": "probe:index:Thing",
            "custom": True,
            "id": f"{name}-1",
            "inputs": properties,
            "outputs": properties,
            "parent": ROOT,
            "provider": PROVIDER,
            "dependencies": tuple(URN(f"{PREFIX}probe:index:Thing::{other}") for other in dependencies),
            **fields,
        }
    )


def snapshot_with(*resources: Resource, **fields: Any) -> Snapshot:
    """A snapshot of root, provider and these."""
    return Snapshot((root(), provider(), *resources), manifest=Manifest.now(), **fields)


def backend_with(snapshot: Snapshot, sealer: Sealer, store: Store | None = None) -> Backend:
    """A backend whose stack `dev` has this state."""
    backend = Backend("memory://", store or MemoryStore(), BackendSettings())
    save(backend, snapshot, sealer)
    return backend


def save(backend: Backend, snapshot: Snapshot, sealer: Sealer) -> None:
    from dataclasses import replace

    provided = replace(snapshot, secrets_provider=SecretsProvider(sealer.type, dict(sealer.state)))
    deployment = deployment_of(provided, Keeper(sealer))
    backend.save(NAME, Checkpoint(str(NAME)).with_deployment(deployment, features_needed(snapshot)))
