"""From what a program asks to a goal that can be decided on: inheritance from the parent, and which provider serves it.

Source: the order of work in Pulumi's monitor (RegisterResource); what concerns the wire was done before.
"""

from __future__ import annotations

import json
from dataclasses import replace

from rolecall.engine.construct import construct
from rolecall.engine.ending import Fault
from rolecall.engine.flow import Promise
from rolecall.engine.packages import cache_key, complete, config_of, default_name, with_package
from rolecall.engine.providers import DENIED, Providers, ref_of, reference
from rolecall.engine.registration import Registration
from rolecall.engine.run import Run
from rolecall.engine.secrecy import downgraded
from rolecall.model.goal import Goal, PackageRequest, Refused, Registered
from rolecall.model.urn import (
    PROVIDER_TYPE_PREFIX,
    URN,
    ProviderRef,
    is_provider_type,
    package_of,
)
from rolecall.model.value import Secret

DISABLE_KEY = "pulumi:disable-default-providers"


class Registrar:
    """Takes registrations in, finds or makes their providers, and has them decided."""

    def __init__(self, run: Run, providers: Providers) -> None:
        self._run = run
        self._providers = providers
        self._defaults: dict[tuple[str, ...], Promise[ProviderRef]] = {}
        self._disabled = _disabled(run)

    async def register(self, goal: Goal) -> Registered:
        """Do what one RegisterResource asks for."""
        goal = self._inherit(goal)
        if (goal.custom or goal.remote) and goal.type.count(":") < 2:
            message = f"Type '{goal.type}' is not a valid type token (must have format '*:*:*')"
            raise Refused(message, "INVALID_ARGUMENT")
        is_provider = goal.custom and is_provider_type(goal.type)
        if goal.env_var_mappings and not is_provider:
            raise Refused("envVarMappings can only be used with provider resources", "INVALID_ARGUMENT")
        if goal.remote or (goal.custom and not is_provider):
            goal = replace(goal, provider=str(await self.reference(goal.provider, goal.package, goal.type)))
        elif not goal.custom:
            goal = replace(goal, provider="")
        if is_provider:
            goal = self._with_package(goal)
        goal = replace(goal, property_dependencies=_property_dependencies(goal))
        if goal.remote:
            registered = await construct(self._run, self._providers, goal)
        else:
            goal = replace(goal, properties=downgraded(goal.properties))
            registered = await Registration(self._run, self._providers, goal).decide()
            self._run.goals[registered.urn] = goal
        if not goal.custom:
            self._run.component_providers[registered.urn] = goal.providers
        return registered

    def _inherit(self, goal: Goal) -> Goal:
        parent = self._run.goals.get(goal.parent) if goal.parent else None
        if parent is not None:
            same_package = bool(parent.provider) and ref_of(parent.provider).package == package_of(goal.type)
            inherits = not goal.provider and (same_package or not (goal.custom or goal.remote))
            goal = replace(
                goal,
                deleted_with=goal.deleted_with or parent.deleted_with,
                protect=parent.protect if goal.protect is None else goal.protect,
                retain_on_delete=parent.retain_on_delete if goal.retain_on_delete is None else goal.retain_on_delete,
                provider=parent.provider if inherits else goal.provider,
            )
        above = self._run.component_providers.get(goal.parent, {}) if goal.parent else {}
        if not goal.custom:
            goal = replace(goal, providers={**above, **goal.providers})
        if not goal.provider and (goal.custom or goal.remote) and not is_provider_type(goal.type):
            package = package_of(goal.type)
            goal = replace(goal, provider=goal.providers.get(package) or above.get(package, ""))
        return goal

    def provider_from_parent(self, parent: URN | None, token: str) -> str:
        """The reference that the component above gives for a token's package, or ""."""
        return self._run.component_providers.get(parent, {}).get(package_of(token), "") if parent else ""

    async def reference(self, explicit: str, package: PackageRequest | None, token: str) -> ProviderRef:
        """The provider named, or the default one of the package, registered if need be."""
        if explicit:
            try:
                return ref_of(explicit)
            except ValueError as error:
                raise Refused(f"could not parse provider reference: {error}") from error
        request = package or PackageRequest(package_of(token))
        request = complete(request, self._run.deployment.packages.get(request.name))
        if request.name != "pulumi" and ("*" in self._disabled or request.name in self._disabled):
            return ProviderRef(URN(DENIED + request.name), "denydefaultprovider")
        key = cache_key(request)
        if key not in self._defaults:
            self._defaults[key] = self._run.spawn(self._make_default(request))
        return await self._defaults[key]

    def default_urn(self, package: PackageRequest) -> URN:
        """The URN of a package's default provider."""
        request = complete(package, self._run.deployment.packages.get(package.name))
        type_ = PROVIDER_TYPE_PREFIX + request.name
        return URN.make(self._run.deployment.stack, self._run.deployment.project, None, type_, default_name(request))

    async def _make_default(self, request: PackageRequest) -> ProviderRef:
        config = config_of(request.name, self._run.deployment.config)
        goal = Goal(
            PROVIDER_TYPE_PREFIX + request.name,
            default_name(request),
            custom=True,
            properties=with_package(config, request),
        )
        made = await Registration(self._run, self._providers, goal).decide()
        self._run.goals[made.urn] = goal
        return reference(made.urn, made.id)

    def _with_package(self, goal: Goal) -> Goal:
        package = package_of(goal.type)
        request = goal.package or PackageRequest(package)
        info = self._run.deployment.packages.get(package)
        if not request.version and not request.download_url and info is not None:
            request = replace(request, version=info.version, download_url=info.download_url)
        return replace(goal, properties=with_package(goal.properties, request, goal.env_var_mappings))


def _disabled(run: Run) -> frozenset[str]:
    text = run.deployment.config.get(DISABLE_KEY)
    if text is None:
        return frozenset()
    try:
        names = json.loads(str(text.value if isinstance(text, Secret) else text))
    except ValueError as error:
        raise Fault(f"{DISABLE_KEY} is not a JSON list of package names: {error}") from error
    return frozenset(str(name) for name in names)


def _property_dependencies(goal: Goal) -> dict[str, tuple[URN, ...]]:
    """An SDK that sends none leaves it open: then every property may depend on every dependency."""
    if not goal.property_dependencies and not goal.remote:
        return dict.fromkeys(goal.properties, goal.dependencies)
    return {**dict.fromkeys(goal.properties, ()), **goal.property_dependencies}
