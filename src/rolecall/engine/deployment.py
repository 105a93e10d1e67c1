"""What one run of the engine is about, and how it should go: plain data that its caller fills in."""

from __future__ import annotations

from dataclasses import dataclass, field

from rolecall.engine.plan import Plan
from rolecall.model.goal import PackageRequest
from rolecall.model.resource import Resource
from rolecall.model.urn import URN
from rolecall.model.value import Map, Secret


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stack and what is known of it.

    `base`: the resources as they are remembered, in snapshot order. `config`: full key (`ns:name`) to text, a Secret
    around the text where it is secret; objects as JSON text. `packages`: for a package that no request gives a version
    for, what its default provider is (spec: default provider info).
    """

    project: str
    stack: str
    organization: str = "organization"
    base: tuple[Resource, ...] = ()
    config: dict[str, str | Secret] = field(default_factory=dict, hash=False)
    packages: dict[str, PackageRequest] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Options:
    """How a run goes. `parallel`: steps that may run at once, 1 or less for one after the other.

    `targets` and `excludes` are URNs or globs of URNs. `replaces`: URNs to replace. `refresh`: read every resource
    before anything else. `run_program`: destroy and refresh ask the program what there is. `plan`: an update may do no
    more than that. `make_plan`: note what is done, as a plan for later.
    """

    preview: bool = False
    parallel: int = 16
    targets: tuple[str, ...] = ()
    target_dependents: bool = False
    excludes: tuple[str, ...] = ()
    exclude_dependents: bool = False
    replaces: tuple[str, ...] = ()
    refresh: bool = False
    run_program: bool = False
    continue_on_error: bool = False
    ignore_protect: bool = False
    plan: Plan | None = field(default=None, hash=False)
    make_plan: bool = False


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """One resource to adopt. `properties`: the inputs to keep, or () for all. `provider`: a provider resource's URN."""

    type: str
    name: str
    id: str
    parent: URN | None = None
    provider: URN | None = None
    version: str = ""
    download_url: str = ""
    properties: tuple[str, ...] = ()
    protect: bool = True
    component: bool = False
    inputs: Map | None = None
