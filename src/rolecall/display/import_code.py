"""The view of `import` for programmers: the Python code that declares what was imported.

No schema is at hand, so names follow the rules of Pulumi's SDK generator. Keys inside of nested properties stay as they
are: SDKs accept them beside the snake-case ones, and those of free-form maps (tags) must not change.
"""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.display.python_text import INDENT, Writer, argument_name, call, text, variable_name
from rolecall.model.event import Event, Finished
from rolecall.model.resource import Resource
from rolecall.model.urn import STACK_TYPE, URN, is_provider_type, package_of
from rolecall.model.value import Map, Value

INTRODUCTION = (
    "Please copy the following code into your Pulumi application. Not doing so\n"
    "will cause Pulumi to report that an update will happen on the next update command.\n"
)
PROTECTED = (
    "Please note that the imported resources are marked as protected. To destroy them\n"
    "you will need to remove the `protect` option and run `pulumi update` *before*\n"
    "the destroy will take effect.\n"
)


class ImportCode:
    """Collects what was imported."""

    def __init__(self) -> None:
        self._resources: list[Resource] = []

    def show(self, event: Event) -> None:
        """Take one event."""
        if not isinstance(event, Finished) or event.planning or event.internal or event.step.new is None:
            return
        new = event.step.new
        if event.step.op == "import" or (event.step.op == "create" and is_provider_type(new.type)):
            self._resources.append(new)

    @property
    def any_protected(self) -> bool:
        """Whether anything was imported that is protected now."""
        return any(resource.protect for resource in self._resources)

    def text(self, names: Mapping[str, str]) -> str:
        """The program, "" when nothing was imported. `names`: what the import calls others, name to URN."""
        return _Program(self._resources, names).text() if self._resources else ""


class _Program:
    def __init__(self, resources: list[Resource], names: Mapping[str, str]) -> None:
        self._resources = _in_order(resources)
        self._modules = {package_of(r.type): _alias(package_of(r.type)) for r in resources if _is_generated(r.type)}
        self._variables: dict[str, str] = {}
        self._secrets: dict[str, bool] = {}
        self._foreign: dict[str, str] = {}
        for resource in self._resources:
            self._variables[resource.urn] = self._variable(resource.urn.name)
        for name, urn in names.items():
            self._foreign[urn] = name
        self._used: set[str] = set()
        self._writer = Writer(self._secret, self._variables)

    def _variable(self, name: str) -> str:
        reserved = {"pulumi", "json", "config", *self._modules.values()}
        return variable_name(name, {*self._variables.values(), *reserved})

    def text(self) -> str:
        """The whole of it."""
        declarations = [self._declaration(resource) for resource in self._resources]
        parts = ["\n".join(self._imports()), "\n".join(self._notes()), "\n\n".join(declarations)]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _imports(self) -> list[str]:
        standard = ["import json", ""] if self._writer.uses_json else []
        packages = [f"import pulumi_{alias} as {alias}" for alias in sorted(set(self._modules.values()))]
        return [*standard, "import pulumi", *packages]

    def _notes(self) -> list[str]:
        """What the reader must see to: variables of the rest of the program, and secrets, which are not shown."""
        notes = [f"# {self._variables[urn]}: as your program calls {urn}" for urn in sorted(self._used)]
        if self._secrets:
            notes += [f"# pulumi config set --secret {name} ..." for name in self._secrets]
            notes.append("config = pulumi.Config()")
        return notes

    def _declaration(self, resource: Resource) -> str:
        options = self._options(resource)
        opts = [f"opts={call('pulumi.ResourceOptions', options, 1)}"] if options else []
        variable = self._variables[resource.urn]
        if not resource.custom:
            made = ("pulumi.ComponentResource", [text(resource.type), text(resource.urn.name), *opts])
        elif _is_generated(resource.type):
            made = (self._class(resource.type), [text(resource.urn.name), *self._arguments(resource), *opts])
        else:
            inputs = self._writer.value(Map(_given(resource)), variable, 1)
            made = ("pulumi.CustomResource", [text(resource.type), text(resource.urn.name), inputs, *opts])
        return _spread(f"{variable} = {made[0]}", made[1])

    def _arguments(self, resource: Resource) -> list[str]:
        variable = self._variables[resource.urn]
        arguments = []
        for name, value in sorted(_given(resource).items()):
            argument = argument_name(name)
            arguments.append(f"{argument}={self._writer.value(value, f'{variable}_{argument}', 1)}")
        return arguments

    def _options(self, resource: Resource) -> list[str]:
        options = []
        if resource.parent is not None and resource.parent.type != STACK_TYPE:
            options.append(f"parent={self._refer(resource.parent)}")
        if resource.provider is not None and not resource.provider.urn.name.startswith("default"):
            options.append(f"provider={self._refer(resource.provider.urn)}")
        if resource.protect:
            options.append("protect=True")
        return options

    def _refer(self, urn: URN) -> str:
        """The variable of a resource, which may be one that is declared elsewhere."""
        if urn not in self._variables:
            self._variables[urn] = self._variable(self._foreign.get(urn, urn.name))
            self._used.add(urn)
        return self._variables[urn]

    def _class(self, type_: str) -> str:
        if is_provider_type(type_):
            return f"{self._modules[package_of(type_)]}.Provider"
        package, module, kind = type_.split(":")
        folders = module.split("/")
        if len(folders) > 1 and folders[-1].lower() == kind.lower():
            folders.pop()
        path = [folder.replace("-", "_").lower() for folder in folders if folder != "index"]
        return ".".join([self._modules[package], *path, kind])

    def _secret(self, path: str, value: Value) -> str:
        """A secret is never shown: the program takes it from the stack's configuration."""
        name = variable_name(path, self._secrets)
        self._secrets[name] = True
        getter = "require_secret" if isinstance(value, str) else "require_secret_object"
        return f"config.{getter}({text(name)})"


def _in_order(resources: list[Resource]) -> list[Resource]:
    """What others refer to comes first; else the order does not depend on which import was done first."""
    urns = {r.urn: r for r in resources}

    def depth(resource: Resource) -> int:
        parent = urns.get(resource.parent) if resource.parent else None
        return 0 if parent is None else 1 + depth(parent)

    return sorted(resources, key=lambda r: (not is_provider_type(r.type), depth(r), r.type, r.urn.name))


def _alias(package: str) -> str:
    return package.replace("-", "_").replace("/", "_").replace("@", "")


def _is_generated(type_: str) -> bool:
    """Whether an SDK that Pulumi generates can have a class for it."""
    if is_provider_type(type_):
        return True
    parts = type_.split(":")
    return len(parts) == 3 and all(parts) and parts[2].isidentifier() and parts[0] != "pulumi-python"


def _given(resource: Resource) -> Mapping[str, Value]:
    """Inputs without the engine's and the bridge's own, such as `__defaults`. A provider's version comes with its
    package."""
    hidden = {"version"} if is_provider_type(resource.type) else set()
    return {k: v for k, v in resource.inputs.items() if not k.startswith("__") and k not in hidden}


def _spread(function: str, arguments: list[str]) -> str:
    """A call as Pulumi's users write them: on one line only if there is little to say."""
    if len(arguments) < 4:
        return call(function, arguments)
    return f"{function}(\n" + "".join(f"{INDENT}{argument},\n" for argument in arguments) + ")"
