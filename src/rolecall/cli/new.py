"""`new`: a project from a template, with its first stack."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rolecall.cli import helptext, prompts
from rolecall.cli.frame import command, option
from rolecall.cli.invocation import Invocation
from rolecall.cli.problems import UsageProblem
from rolecall.errors import RolecallError

if TYPE_CHECKING:
    from rolecall.api.new import NewProject
    from rolecall.project.template import Question, Template

_READY = "Your new project is ready to go!"
_CLOUD = ("ai", "language", "remote-stack-config")


@command(
    "new",
    short="Create a new Pulumi project",
    long="Create a new Pulumi project and stack from a template.\n\nA template is a name (`pulumi new "
    "--list-templates` shows those there are: in the `templates` folder of Pulumi's home, and those that come with "
    "rolecall) or a directory with a Pulumi.yaml. Its files are copied, `${PROJECT}` and `${DESCRIPTION}` in them "
    "filled in, a stack is made, the configuration asked for and the dependencies installed.\n\nTemplates are not "
    "fetched: clone a repository of templates and give the directory.",
)
@option("--name", "-n", help="The project name; if not specified, a prompt will request it")
@option("--description", "-d", help="The project description; if not specified, a prompt will request it")
@option("--stack", "-s", help="The stack name; either an existing stack or stack to create")
@option("--config", "-c", "config", multiple=True, help="Config to save")
@option("--config-path", kind=bool, help="Config keys contain a path to a property in a map or list to set")
@option("--dir", help="The location to place the generated project; if not specified, the current directory is used")
@option("--force", "-f", kind=bool, help="Forces content to be generated even if it would change existing files")
@option(
    "--generate-only",
    "-g",
    kind=bool,
    help="Generate the project only; do not create a stack, save config, or install dependencies",
)
@option("--offline", "-o", kind=bool, help="Accepted for compatibility: templates are never fetched")
@option("--yes", "-y", kind=bool, help="Skip prompts and proceed with default values")
@option("--secrets-provider", default="default", help="The type of the provider that should be used to encrypt secrets")
@option("--list-templates", "-l", kind=bool, help="List the templates there are")
@option(
    "--runtime-options", multiple=True, help="Additional options for the language runtime (format: key1=value1,...)"
)
@option("--template-mode", "-t", kind=bool, hidden=True)
@option("--ai", hidden=True)
@option("--language", hidden=True)
@option("--remote-stack-config", kind=bool, hidden=True)
@click.argument("template", required=False)
@click.pass_obj
def new(inv: Invocation, /, template: str | None, **values: Any) -> None:
    """Makes a project."""
    for name in _CLOUD:
        if name in inv.changed:
            raise UsageProblem(f"--{name} needs Pulumi Cloud, which rolecall does not use")
    if values["list_templates"]:
        _list(inv)
        return
    values["yes"] = values["yes"] or inv.skip_confirmations
    if not inv.interactive and not values["yes"]:
        raise RolecallError("non-interactive mode requires --yes flag")
    started = Path.cwd()
    project = _project(inv, template, values)
    project.make()
    moved = values["dir"] if project.directory != started else ""
    os.chdir(project.directory)
    inv.say(f"Created project '{project.name}'\n")
    if values["generate_only"] or (project.template is None and not values["stack"]):
        _say_next(inv, moved, ["pulumi install", "pulumi stack init"] if project.template else ["pulumi stack init"])
        return
    _first_stack(inv, project, values)
    _install(inv)
    if project.template is not None and project.template.quickstart:
        inv.say(project.template.quickstart)
    _say_next(inv, moved, [])


def _list(inv: Invocation) -> None:
    from rolecall.display.table import table
    from rolecall.project.backend_choice import pulumi_home
    from rolecall.project.template import available

    rows = [(template.name, template.description) for template in available(pulumi_home(inv.environ))]
    inv.say(table(("NAME", "DESCRIPTION"), rows))


def _project(inv: Invocation, text: str | None, values: dict[str, Any]) -> NewProject:
    """What is to be made. All that can be wrong with the arguments is found before anything is written."""
    from rolecall.api.new import NewProject, check_empty
    from rolecall.project import template as templates
    from rolecall.project.backend_choice import choose

    directory = Path(values["dir"] or ".").absolute()
    if values["name"]:
        templates.check_project_name(values["name"])
    template = _template(inv, text)
    if not values["force"]:
        check_empty(directory)
    if not values["generate_only"]:
        choose(inv.environ, "")
    asks = inv.interactive and not values["yes"]
    name = values["name"] or _default_name(values["stack"], template, directory)
    if asks and not values["name"]:
        name = prompts.ask_text("Project name", name)
    templates.check_project_name(name)
    description = values["description"] or (template.description if template else "")
    if asks and not values["description"]:
        description = prompts.ask_text("Project description", description)
    return NewProject(directory, template, name, description, _options(values["runtime_options"]))


def _template(inv: Invocation, text: str | None) -> Template | None:
    from rolecall.project.backend_choice import pulumi_home
    from rolecall.project.template import available, find

    home = pulumi_home(inv.environ)
    if text:
        return find(text, home, Path.cwd())
    if not inv.interactive:
        return None
    known = {f"{template.name:<30} {template.description}": template for template in available(home)}
    return known[prompts.choose("Please choose a template:", list(known))]


def _default_name(stack: str, template: Template | None, directory: Path) -> str:
    """The project that the stack's name tells, the template's own, or what the directory's name allows."""
    from rolecall.project.template import project_name_from

    if stack.count("/") == 2:
        return stack.split("/")[1]
    own = template.project if template else ""
    return own if own and "${" not in own else project_name_from(directory.name)


def _options(given: tuple[str, ...]) -> dict[str, str]:
    options = {}
    for pair in (pair for text in given for pair in text.split(",") if pair):
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise UsageProblem(f'invalid runtime option "{pair}": expected key=value')
        options[name] = value
    return options


def _first_stack(inv: Invocation, project: NewProject, values: dict[str, Any]) -> None:
    from rolecall.api.new import configure, first_stack

    workspace = inv.workspace()
    asks = inv.interactive and not values["yes"]
    text = values["stack"] or (prompts.ask_text("Stack name", "dev") if asks else "dev")
    name, is_new = first_stack(workspace, text, values["secrets_provider"])
    inv.tell(f"{'Created' if is_new else 'Selected'} stack '{workspace.shown(name)}'")

    def ask(question: Question) -> str:
        if not asks:
            return question.default
        prompt = question.key + (f": {question.description}" if question.description else "")
        if question.secret:
            return prompts.ask_hidden(prompt) or question.default
        return prompts.ask_text(prompt, question.default)

    if project.template is not None:
        configure(workspace, name, project.template, values["config"], ask, by_path=values["config_path"])
    elif values["config"]:
        workspace.stack(name).set_config(values["config"], values["config_path"])


def _install(inv: Invocation) -> None:
    """What the program needs. Without it the project is still whole, so a failure says how to try again."""
    import asyncio

    from rolecall.program.prepare import install_dependencies
    from rolecall.program.source import Program

    project = inv.workspace().require_project()
    if not project.runtime:
        return
    inv.say("Installing dependencies...\n")
    try:
        program = Program.locate(project.root, project.main, project.runtime, project.runtime_options)
        asyncio.run(install_dependencies(program, lambda line: inv.say(line.message.rstrip("\n"))))
    except RolecallError as error:
        error.hint = error.hint or "The project was created. Run `pulumi install` to try again."
        raise
    inv.say("\nFinished installing dependencies\n")


def _say_next(inv: Invocation, moved: str, commands: list[str]) -> None:
    """What the user types now, in Pulumi's words."""
    commands = ([f"cd {moved}"] if moved else []) + commands
    inv.say(f"{_READY}\n")
    if not commands:
        text = "To perform an initial deployment, run `pulumi up`"
    elif len(commands) == 1:
        text = f"To perform an initial deployment, run `{commands[0]}`, then, run `pulumi up`"
    else:
        lines = "".join(f"   {number}. {line}\n" for number, line in enumerate(commands, 1))
        text = f"To perform an initial deployment, run the following commands:\n\n{lines}\nThen, run `pulumi up`"
    inv.say(helptext.as_program(text, inv.program_in_errors) + "\n")
