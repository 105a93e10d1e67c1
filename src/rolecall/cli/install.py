"""`rolecall install`: what the project's program needs."""

from __future__ import annotations

import click

from rolecall.cli.frame import command, option
from rolecall.cli.invocation import Invocation


@command(
    "install",
    short="Install what the project's program needs",
    long="Installs the dependencies of the project's program, into the virtual environment that the project names.\n\n"
    "Provider plugins are not installed: AWS is built in, and plugins that Pulumi has installed are used.",
)
@option("--no-dependencies", kind=bool, help="Skip installing dependencies")
@option("--no-plugins", kind=bool, help="Skip installing plugins")
@option("--reinstall", kind=bool, help="Reinstall a plugin even if it already exists")
@option("--parallel", kind=int, default=4, help="The max number of concurrent installs to perform")
@option("--use-language-version-tools", kind=bool, help="Use language version tools to setup and install the runtime")
@click.pass_obj
def install(inv: Invocation, /, no_dependencies: bool, **_ignored: object) -> None:
    """Installs dependencies."""
    import asyncio

    from rolecall.program.prepare import install_dependencies
    from rolecall.program.source import Program

    project = inv.workspace().require_project()
    if no_dependencies or not project.runtime:
        return
    program = Program.locate(project.root, project.main, project.runtime, project.runtime_options)
    asyncio.run(install_dependencies(program, lambda line: inv.say(line.message.rstrip("\n"))))
