"""What a run is about: the facts that programs and provider plugins are told, whatever they do with them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One deployment run of one stack.

    `config` maps full keys (`namespace:name`) to text: secrets decrypted (it is therefore not in the repr), objects
    and lists as JSON. `root` is the directory of Pulumi.yaml, `directory` the one that the program runs in, both
    absolute; relative asset paths mean the latter. `stack` is the bare name. `runtime_options`: Pulumi.yaml's.
    """

    project: str
    stack: str
    root: str
    directory: str
    organization: str = "organization"
    config: dict[str, str] = field(default_factory=dict, hash=False, repr=False)
    secret_keys: frozenset[str] = frozenset()
    dry_run: bool = False
    parallel: int = 16
    runtime: str = "python"
    runtime_options: dict[str, object] = field(default_factory=dict, hash=False)
