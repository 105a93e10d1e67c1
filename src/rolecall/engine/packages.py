"""How a provider resource says which plugin serves it: bookkeeping among its inputs; and default providers' names.

Source: sections 5.2 to 5.4 of Pulumi's engine as we know it. `__internal` holds what is not configuration; it is never
shown to the plugin. Old states have the download URL at the top level.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from rolecall.model.goal import PackageRequest, Parameterization
from rolecall.model.urn import package_of
from rolecall.model.value import EMPTY, Map, Secret, Value

INTERNAL = "__internal"

WHOLE_CONFIG = frozenset({"pulumi-python", "pulumi-nodejs"})
"""Packages of dynamic providers: they get all configuration, under full keys."""


def complete(request: PackageRequest, info: PackageRequest | None) -> PackageRequest:
    """A request with what it leaves open taken from the default provider info of its package."""
    if info is None:
        return request
    return PackageRequest(
        request.name,
        request.version or info.version,
        request.download_url or info.download_url,
        request.checksums or info.checksums,
        request.parameterization or info.parameterization,
    )


def cache_key(request: PackageRequest) -> tuple[str, ...]:
    """Requests with the same key share a default provider."""
    value = request.parameterization.value.hex() if request.parameterization else ""
    return request.name, request.version, request.download_url, value


def default_name(request: PackageRequest) -> str:
    """The name of the default provider resource: `default`, `default_6_22_0`, `default_4_0_0_alpha_1`."""
    name = "default"
    if request.version:
        core, _, build = request.version.partition("+")
        core, _, pre = core.partition("-")
        parts = [*core.split("."), *(pre.split(".") if pre else []), *(build.split(".") if build else [])]
        name += "_" + "_".join(parts)
    if request.download_url:
        name += "_" + qualified_name(request.download_url)
    return name


def qualified_name(text: str) -> str:
    """A text as Pulumi's QName: segments joined by `/`, characters outside `[A-Za-z0-9_.-]` replaced by `_`."""
    return "/".join(re.sub(r"[^A-Za-z0-9_.-]", "_", segment) for segment in text.split("/") if segment)


def config_of(package: str, config: Mapping[str, str | Secret]) -> Map:
    """The configuration of a package's default provider: the entries of its namespace, without it."""
    if package in WHOLE_CONFIG:
        return Map(config)
    prefix = package + ":"
    return Map({key[len(prefix) :]: value for key, value in config.items() if key.startswith(prefix)})


def with_package(inputs: Map, request: PackageRequest, env_var_mappings: Mapping[str, str] | None = None) -> Map:
    """Inputs of a provider resource with the bookkeeping of where its plugin comes from."""
    internal: dict[str, Value] = {}
    if request.download_url:
        internal["pluginDownloadURL"] = request.download_url
    if request.checksums:
        internal["pluginChecksums"] = Map({k: v.hex() for k, v in request.checksums.items()})
    if request.parameterization is not None:
        internal["name"] = request.parameterization.plugin_name
        internal["version"] = request.parameterization.plugin_version
        internal["parameterization"] = base64.b64encode(request.parameterization.value).decode()
    if env_var_mappings:
        internal["envVarMappings"] = Map(env_var_mappings)
    added: dict[str, Value] = {"version": request.version} if request.version else {}
    if internal or added:
        added[INTERNAL] = Map(internal)
    return inputs.with_(added)


def request_of(type_: str, inputs: Map) -> PackageRequest:
    """Which plugin a provider resource with these inputs wants: the inverse of `with_package`."""
    internal = inputs.get(INTERNAL)
    if not isinstance(internal, Map):
        internal = Map({k: v for k, v in inputs.items() if k in ("pluginDownloadURL", "pluginChecksums")})
    checksums = internal.get("pluginChecksums")
    parameterization = None
    if "parameterization" in internal:
        value = base64.b64decode(_text(internal, "parameterization"))
        parameterization = Parameterization(_text(internal, "name"), _text(internal, "version"), value)
    return PackageRequest(
        package_of(type_),
        _text(inputs, "version"),
        _text(internal, "pluginDownloadURL"),
        {k: bytes.fromhex(str(v)) for k, v in checksums.items()} if isinstance(checksums, Map) else {},
        parameterization,
    )


def _text(inputs: Map, key: str) -> str:
    value = inputs.get(key)
    return value if isinstance(value, str) else ""


def filtered(inputs: Map | None) -> Map:
    """Inputs as the plugin may see them."""
    return (inputs or EMPTY).without(INTERNAL)
