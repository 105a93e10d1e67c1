"""Where things are in a self-managed backend: the keys of Pulumi's layout, version 1, and of our journal beside it."""

from __future__ import annotations

from rolecall.model.stack_name import ORGANIZATION, StackName

ROOT = ".pulumi"
META = f"{ROOT}/meta.yaml"
STACKS = f"{ROOT}/stacks"
EXTENSIONS = ("", ".gz", ".zst")
"""What may follow `.json`; the most recently written variant counts."""


def checkpoint(name: StackName, extension: str = "") -> str:
    """The checkpoint file of a stack."""
    return f"{STACKS}/{name.project}/{name.stack}.json{extension}"


def backup_of(key: str) -> str:
    """What a file was before it was last overwritten or removed."""
    return f"{key}.bak"


def tags(name: StackName) -> str:
    """The tags file of a stack."""
    return f"{STACKS}/{name.project}/{name.stack}.pulumi-tags"


def history(name: StackName) -> str:
    """The directory of a stack's history, with its slash."""
    return f"{ROOT}/history/{name.project}/{name.stack}/"


def backups(name: StackName) -> str:
    """The directory of a stack's backups, with its slash."""
    return f"{ROOT}/backups/{name.project}/{name.stack}/"


def locks(name: StackName) -> str:
    """The directory of a stack's locks, with its slash."""
    return f"{ROOT}/locks/{ORGANIZATION}/{name.project}/{name.stack}/"


def lock(name: StackName, identity: str) -> str:
    """One lock of a stack."""
    return f"{locks(name)}{identity}.json"


def journals(name: StackName) -> str:
    """The directory of a stack's journals, with its slash. Pulumi ignores it."""
    return f"{ROOT}/journal/{name.project}/{name.stack}/"


def journal(name: StackName, run: str) -> str:
    """The journal of one run."""
    return f"{journals(name)}{run}.jsonl"


def stack_of(key: str) -> StackName | None:
    """The stack whose checkpoint a key is; None for any other key."""
    parts = key.removeprefix(f"{STACKS}/").split("/")
    if len(parts) != 2:
        return None
    for extension in EXTENSIONS:
        ending = f".json{extension}"
        if parts[1].endswith(ending) and len(parts[1]) > len(ending):
            return StackName(parts[0], parts[1].removesuffix(ending))
    return None


def is_legacy_stack(key: str) -> bool:
    """Whether a key is a checkpoint of layout version 0, which had no projects."""
    rest = key.removeprefix(f"{STACKS}/")
    return "/" not in rest and any(rest.endswith(f".json{extension}") for extension in EXTENSIONS)
