"""The command `rolecall tour`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from rolecall.cli.frame import command, option
from rolecall.cli.tour.stage import Stage, TourFailed
from rolecall.cli.tour.story import REGION, Story

TITLE = 'rolecall tour: Pulumi\'s "AWS Resources Using AssumeRole", on an AWS of its own'


@command("tour", short="Run the whole story on a sandbox: create a role, assume it, make a bucket, prove who did it")
@option("--programs", help="A directory with other versions of create-role and assume-role", default="", hidden=True)
def tour(programs: str) -> None:
    """Runs the walkthrough in a temporary directory on a sandbox of its own; nothing of yours is read or changed.

    Each claim that is printed was checked. Exits with 1 when one does not hold.
    """
    click.echo(f"\n{TITLE}\n")
    stage = Stage(Path(programs) if programs else examples())
    try:
        stage.raise_curtain()
        Story(stage, asking(stage), click.echo).tell()
    finally:
        stage.strike()
    click.echo("\n  every claim above was checked against the sandbox itself. Next: the README's walkthrough, by hand.")


def examples() -> Path:
    """Where the two programs are: in the checkout, or packed beside the package when it was installed."""
    package = Path(__file__).parents[2]
    for place in (package / "_examples", package.parents[1] / "examples"):
        if (place / "create-role" / "Pulumi.yaml").is_file():
            return place
    raise TourFailed("the example programs were not installed with rolecall", hint="run `make tour` in a checkout")


def asking(stage: Stage) -> Any:
    """A function that asks the sandbox as its administrator. This process takes on the sandbox's environment for it."""
    from rolecall.roles.chain import Chain, Connection
    from rolecall.roles.sessions import Sessions

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update({name: value for name, value in stage.environ.items() if name.startswith("AWS_")})
    session = Sessions().open(Chain(), Connection(region=REGION))

    def ask(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        answer: dict[str, Any] = session.call(service, operation, **parameters)
        return answer

    return ask
