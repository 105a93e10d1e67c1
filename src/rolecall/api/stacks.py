"""Stacks as wholes: making, listing, describing, renaming, removing them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rolecall.api.stack_outputs import raw_outputs, reveal, stack_outputs
from rolecall.display.stack_views import ResourceLine, StackSummary
from rolecall.errors import RolecallError
from rolecall.model.stack_name import StackName
from rolecall.model.urn import URN
from rolecall.secrets import opening
from rolecall.state import tags
from rolecall.state.backend import parse_time
from rolecall.state.errors import NoSuchStack, StackExists, StackNotEmpty
from rolecall.state.format import Checkpoint, deployment_of, snapshot_of
from rolecall.state.reading import read_stored
from rolecall.state.recovery import holding
from rolecall.state.secrets_in_state import Keeper, masked
from rolecall.state.snapshot import Manifest, SecretsProvider, Snapshot
from rolecall.state.soundness import check

if TYPE_CHECKING:
    from rolecall.api.workspace import Workspace

__all__ = ["Listing", "create_stack", "listings", "remove_stack", "rename_stack", "stack_outputs", "summary"]


@dataclass(frozen=True, slots=True)
class Listing:
    """A stack in a list. `updated` and `resources` are None before the first deployment."""

    name: StackName
    shown: str
    current: bool
    updated: datetime | None
    resources: int | None


def listings(workspace: Workspace, project: str | None, tag: str = "") -> list[Listing]:
    """The stacks of a project (None: of all), sorted by how they are shown. `tag`: `name` or `name=value` to have.

    Raises CorruptState if the state of any of them cannot be read.
    """
    backend = workspace.backend
    current = workspace.selected() if workspace.project else None
    found = []
    for name in backend.stacks(project):
        stored = backend.load(name) if _has_tag(workspace, name, tag) else None
        if stored is None:
            continue
        latest = stored.checkpoint.latest
        count = None if latest is None else len(stored.checkpoint.resources)
        found.append(Listing(name, workspace.shown(name), name == current, _written(stored.checkpoint), count))
    return sorted(found, key=lambda listing: listing.shown)


def _has_tag(workspace: Workspace, name: StackName, wanted: str) -> bool:
    if not wanted:
        return True
    tag, has_value, value = wanted.partition("=")
    present = tags.read(workspace.backend.store, name)
    return tag in present and (not has_value or present[tag] == value)


def _written(checkpoint: Checkpoint) -> datetime | None:
    return parse_time(((checkpoint.latest or {}).get("manifest") or {}).get("time") or "")


def summary(
    workspace: Workspace, name: StackName, *, shown: str, show_secrets: bool = False, check_integrity: bool = True
) -> StackSummary:
    """A stack as `stack` shows it. Raises CorruptState, SnapshotIntegrityError, and what opening a secret raises."""
    checkpoint = read_stored(workspace.backend, name).checkpoint
    if check_integrity and checkpoint.latest is not None:
        check(snapshot_of(checkpoint.latest, Keeper()))
    manifest: dict[str, Any] = (checkpoint.latest or {}).get("manifest") or {}
    outputs = raw_outputs(checkpoint)
    opener = workspace.stack(name).open_state
    plugins = manifest.get("plugins") or []
    return StackSummary(
        name=shown,
        project=name.project,
        stack=name.stack,
        manager=workspace.backend.name,
        updated=_written(checkpoint),
        version=manifest.get("version") or "",
        plugins=tuple((p.get("name", ""), p.get("type", ""), p.get("version", "")) for p in plugins),
        resources=tuple(
            ResourceLine(URN(r["urn"]), r.get("type", ""), r.get("id", ""), r.get("parent", ""))
            for r in checkpoint.resources
        ),
        outputs=reveal(checkpoint, outputs, opener) if show_secrets else masked(outputs),
    )


def create_stack(workspace: Workspace, name: StackName, provider: str = "default") -> None:
    """Makes a stack with no resources, and the key for its secrets. Does not select it.

    `provider`: the kind of secrets provider. Raises StackExists, Locked, SecretsError, and RolecallError when the
    project here is another than the stack's.
    """
    opening.check_kind(provider)
    project = workspace.project
    if project is not None and project.name != name.project:
        raise RolecallError(
            f'could not create stack: provided project name "{name.project}" doesn\'t match Pulumi.yaml'
        )
    if workspace.backend.exists(name):
        raise StackExists(str(name))
    stack = workspace.stack(name)
    sealer = stack.unlocked() if provider == "default" else stack.new_key(provider)
    empty = Snapshot(
        manifest=Manifest.now(), secrets_provider=SecretsProvider(sealer.type, dict(sealer.state)), metadata={}
    )
    workspace.backend.create(name, deployment_of(empty, Keeper()))


def remove_stack(
    workspace: Workspace,
    name: StackName,
    *,
    force: bool = False,
    preserve_config: bool = False,
    remove_backups: bool = False,
) -> None:
    """Removes a stack, its settings file (unless it is to be kept) and the selection. Raises StackNotEmpty, Locked."""
    backend = workspace.backend
    shown = workspace.shown(name)
    try:
        with holding(backend, name):
            backend.remove(name, force=force, remove_backups=remove_backups)
    except StackNotEmpty as error:
        raise RolecallError(
            f"'{shown}' still has resources; removal rejected. Possible actions:\n"
            f"- Make sure that '{shown}' is the stack that you want to destroy\n"
            "- Run `pulumi destroy` to delete the resources, then run `pulumi stack rm`\n"
            "- Run `pulumi stack rm --force` to override this error"
        ) from error
    path = workspace.stack(name).settings_path
    if path is not None and not preserve_config:
        path.unlink(missing_ok=True)
    workspace.select(None)


def rename_stack(workspace: Workspace, old: StackName, new: StackName) -> None:
    """Renames a stack: its state, its settings file; selects it under the new name. Raises StateError, Locked."""
    backend = workspace.backend
    if not backend.exists(old):
        raise NoSuchStack(old.stack)
    with holding(backend, old):
        backend.rename(old, new)
    settings = workspace.stack(old).settings_path
    target = workspace.stack(new).settings_path
    if settings is not None and target is not None and settings.exists():
        settings.rename(target)
    workspace.select(new)
