"""A new project from a template: its files, its stack and the configuration that the template asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rolecall.api import config
from rolecall.api.stacks import create_stack
from rolecall.api.workspace import Workspace
from rolecall.errors import RolecallError
from rolecall.model.stack_name import StackName
from rolecall.project import files, template, yaml_text
from rolecall.project.template import Question, Template

Ask = Callable[[Question], str]
"""Gives the answer to a question; "" leaves the value unset."""


@dataclass(frozen=True, slots=True)
class NewProject:
    """What is to be made, and where. `template` None: a project file with nothing but a name."""

    directory: Path
    template: Template | None
    name: str
    description: str = ""
    runtime_options: Mapping[str, str] = field(default_factory=dict, hash=False)

    def make(self) -> None:
        """Writes the files. The name was checked before. Raises RolecallError."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RolecallError(f"could not make the directory '{self.directory}': {error.strerror}") from error
        if self.template is None:
            about = {"description": self.description} if self.description else {}
            files.write(self.directory / "Pulumi.yaml", yaml_text.emit({"name": self.name, **about}))
            return
        template.copy(self.template, self.directory, self.name, self.description)
        template.finish(self.directory, self.template.name, self.runtime_options)


def check_empty(directory: Path) -> None:
    """Raises RolecallError unless a project can be put there without touching anything."""
    if not template.is_empty(directory):
        raise RolecallError(
            f"{directory} is not empty; use --force to continue and overwrite existing files, or use --dir to specify "
            "an empty directory."
        )


def first_stack(workspace: Workspace, text: str, secrets_provider: str) -> tuple[StackName, bool]:
    """Makes the stack, unless there is one of that name, and selects it. True: it was made."""
    name = workspace.stack_name(text)
    is_new = not workspace.backend.exists(name)
    if is_new:
        create_stack(workspace, name, secrets_provider)
    workspace.select(name)
    return name, is_new


def configure(
    workspace: Workspace, name: StackName, made: Template, given: Iterable[str], ask: Ask, *, by_path: bool = False
) -> None:
    """Saves the values that were given as `key=value` texts, and for what is missing of the template's, the answers."""
    stack = workspace.stack(name)
    secret = {config.parse_key(q.key, name.project) for q in made.questions if q.secret}
    for pair in given:
        written, _, text = pair.partition("=")
        key = config.parse_key(written, name.project, by_path)
        stack.settings.set(key, config.sealed(stack, text) if key in secret else text, by_path)
    for question in made.questions:
        key = config.parse_key(question.key, name.project)
        if key in stack.settings.config:
            continue
        answer = ask(question)
        if answer:
            stack.settings.set(key, config.sealed(stack, answer) if question.secret else answer)
    stack.save()
