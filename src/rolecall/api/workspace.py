"""Where a command works: the project around it, the backend in use, the stack that is meant."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rolecall.api.stack_workspace import StackWorkspace
from rolecall.errors import RolecallError
from rolecall.model.stack_name import InvalidName, StackName
from rolecall.project import backend_choice
from rolecall.project import project as project_files
from rolecall.project.project import NoProject, Project
from rolecall.project.selection import Selection
from rolecall.secrets.passphrases import PassphraseSource

if TYPE_CHECKING:
    from rolecall.state.backend import Backend


class NoStackSelected(RolecallError):
    """No stack is named and none is selected."""

    def __init__(self, may_init: bool) -> None:
        ways = "`pulumi stack select` or `pulumi stack init`" if may_init else "`pulumi stack select`"
        super().__init__(f"no stack selected; please use {ways} to choose one")


class BadStackName(RolecallError):
    """A name that no stack can have."""


class Person(Protocol):
    """Someone at a terminal who can be asked."""

    def ask_hidden(self, prompt: str) -> str:
        """One line that is not shown while it is typed."""
        ...

    def choose_stack(self, names: Sequence[str], may_create: bool) -> str:
        """One of the stacks, or the name of one to create where that is offered."""
        ...

    def agrees_to_create(self, name: str) -> bool:
        """Whether a stack that does not exist should be created."""
        ...


class Workspace:
    """Everything about a place that does not depend on the stack. Opening one reads nothing.

    `person` is None when nobody can be asked.
    """

    def __init__(self, directory: Path, environ: Mapping[str, str], person: Person | None = None) -> None:
        self.directory = directory
        self.environ = environ
        self.person = person
        self.warn: Callable[[str], None] = lambda text: None
        """Told what the user should know although nothing failed."""
        self.passphrases = PassphraseSource(environ, person.ask_hidden if person else None)

    @cached_property
    def project(self) -> Project | None:
        """The project around here, or None. Raises MalformedFile, InvalidProject."""
        path = project_files.find(self.directory)
        return Project.load(path) if path else None

    def require_project(self, searched: str | None = None) -> Project:
        """The project around here. Raises NoProject, which names `searched` or else the directory."""
        if self.project is None:
            raise NoProject(str(self.directory) if searched is None else searched)
        return self.project

    @cached_property
    def backend_choice(self) -> backend_choice.Choice:
        """The URL of the backend and what chose it. Raises LoginRequired."""
        return backend_choice.choose(self.environ, self.project.backend_url if self.project else "")

    def backend_url(self) -> str:
        """The URL of the backend in use. Raises LoginRequired."""
        return self.backend_choice.url

    @cached_property
    def backend(self) -> Backend:
        """The backend in use. Raises LoginRequired, and StateError for one that rolecall cannot use."""
        from rolecall.state.backend import BackendSettings, open_backend

        backend = open_backend(self.backend_url(), BackendSettings.from_environment(self.environ))
        backend.warn = self.warn
        return backend

    @property
    def user(self) -> str:
        """Who uses a self-managed backend: the operating system's user, by number where it has no name."""
        try:
            return getpass.getuser()
        except (KeyError, OSError):
            return str(os.getuid())

    def stack_name(self, text: str) -> StackName:
        """Reads a stack's name, which may lack the project's. Raises BadStackName."""
        full = text.count("/") == 2
        project = None if full else (self.project.name if self.project else None)
        try:
            return StackName.parse(text, project)
        except InvalidName as error:
            raise BadStackName(str(error)) from error

    def shown(self, name: StackName) -> str:
        """A stack's name as messages have it: bare where its project is the one here."""
        return name.shown(self.project.name if self.project else None)

    def selected(self) -> StackName | None:
        """The stack that is selected here, whether or not it exists."""
        text = self._selection.get(self.backend_url()) if self._selection else ""
        return self.stack_name(text) if text else None

    def select(self, name: StackName | None) -> None:
        """Selects a stack, or none. Without a project there is nowhere to remember one."""
        if self._selection:
            self._selection.set(self.backend_url(), str(name) if name else "")

    @cached_property
    def _selection(self) -> Selection | None:
        if self.project is None:
            return None
        return Selection(backend_choice.pulumi_home(self.environ), self.project.name, self.project.path)

    def resolve(self, text: str | None, *, may_init: bool = True, may_create: bool = False) -> StackName:
        """The stack that is meant, which exists: the one named, PULUMI_STACK, or the selected one.

        `may_init`: whether the message of NoStackSelected proposes `stack init`. `may_create`: whether a person may
        be offered to create a stack that does not exist. Raises NoStackSelected, NoSuchStack (exit code 6),
        BadStackName, LoginRequired.
        """
        named = text or self.environ.get("PULUMI_STACK") or ""
        if named:
            return self._existing(named, may_create)
        selected = self.selected()
        if selected is not None and self.backend.exists(selected):
            return selected
        if self.person is None:
            raise NoStackSelected(may_init)
        return self._chosen(self.person, may_create)

    def _existing(self, text: str, may_create: bool) -> StackName:
        from rolecall.state.errors import NoSuchStack

        name = self.stack_name(text)
        if self.backend.exists(name):
            return name
        if may_create and self.person is not None and self.person.agrees_to_create(text):
            self._create(name)
            return name
        raise NoSuchStack(text)

    def _chosen(self, person: Person, may_create: bool) -> StackName:
        project = self.project.name if self.project else None
        known = {self.shown(name): name for name in self.backend.stacks(project)}
        text = person.choose_stack(list(known), may_create)
        name = known.get(text) or self.stack_name(text)
        if text not in known:
            self._create(name)
        self.select(name)
        return name

    def _create(self, name: StackName) -> None:
        from rolecall.api.stacks import create_stack

        create_stack(self, name)

    def stack(self, name: StackName, config_file: str | None = None) -> StackWorkspace:
        """The stack's settings, configuration and secrets. `config_file` replaces its settings file."""
        project = self.project if self.project and self.project.name == name.project else None
        file = Path(self.directory, config_file) if config_file else None
        return StackWorkspace(name, project, self.passphrases, file)
