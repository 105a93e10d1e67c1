"""`import`: taking resources that exist over into a stack, one by its type, name and ID, or many by a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rolecall.cli import helptext
from rolecall.cli.flags import option
from rolecall.cli.frame import command
from rolecall.cli.invocation import Invocation
from rolecall.cli.operation_flags import consent_flags, later_flags, show_flags, stack_flags
from rolecall.cli.operations import TRUE, operate_with
from rolecall.cli.problems import UsageProblem
from rolecall.errors import RolecallError

if TYPE_CHECKING:
    from rolecall.api.imports import ImportList
    from rolecall.display.import_code import ImportCode


@command(
    "import",
    short="Import resources into an existing stack",
    long="Import resources into an existing stack.\n\nResources that are not managed by Pulumi can be imported into a "
    "stack using this command. They are read from the cloud and remembered as if the stack had created them; the "
    "program must then declare them, or the next update deletes them.\n\nName one resource by its type, name and ID, "
    "or several in a JSON file given with `--file`.",
)
@stack_flags("import")
@consent_flags("import", preview_only=True, short_skip=False)
@option("--parent", help="The name and URN of the parent resource in the format name=urn")
@option("--provider", help="The name and URN of the provider to use for the import in the format name=urn")
@option("--properties", multiple=True, help="Accepted for compatibility: all properties are imported, as Pulumi does")
@option("--file", "-f", "file", help="The path to a JSON-encoded file containing a list of resources to import")
@option("--out", "-o", help="The path to the file that will contain the generated resource declarations")
@option(
    "--generate-code",
    "generate_code",
    optional_value="true",
    default="true",
    help="Generate resource declaration code for the imported resources",
)
@option(
    "--protect",
    "protect",
    optional_value="true",
    default="true",
    help="Allow resources to be imported with protection from deletion enabled",
)
@option(
    "--parallel", "-p", kind=int, help="Allow P resource operations to run in parallel at once (1 for no parallelism)."
)
@show_flags("import", config=False, full=False)
@later_flags("from", "generate-resources")
@click.argument("type", required=False)
@click.argument("name", required=False)
@click.argument("id", required=False)
@click.pass_obj
def import_(invocation: Invocation, /, type: str | None, name: str | None, id: str | None, **values: Any) -> None:
    """Takes resources over."""
    from rolecall.display.import_code import ImportCode

    if values["file"] and type:
        raise UsageProblem("an inline resource may not be specified in conjunction with an import file")
    imports = _from_file(values) if values["file"] else _inline((type, name, id), invocation, values)
    values |= {"target": (), "target_dependents": False, "exclude": (), "run_program": "", "imports": imports}
    if values["generate_code"] not in TRUE or values["preview_only"]:
        operate_with("import", invocation, values)
        return
    code = ImportCode()
    operate_with("import", invocation, values, watch=code.show)
    _leave_code(invocation, values, code, imports.name_table)


def _from_file(values: dict[str, Any]) -> ImportList:
    from rolecall.api.imports import ImportList

    return ImportList.read(Path(values["file"]), values["protect"] in TRUE)


def _inline(
    given: tuple[str | None, str | None, str | None], invocation: Invocation, values: dict[str, Any]
) -> ImportList:
    from rolecall.api.imports import ImportEntry, ImportList

    missing = [what for what, value in zip(("type", "name", "id"), given, strict=True) if not value]
    if missing:
        listed = " and ".join(missing) if len(missing) < 3 else "type, name, and id"
        raise UsageProblem(
            f"an inline resource must be specified if no converter or import file is used, missing {listed}",
            help_text=helptext.help_text(import_, invocation.program_in_errors),
        )
    type_, name, id_ = (str(value) for value in given)
    table: dict[str, str] = {}
    parent = _named(values["parent"], "parent", table)
    provider = _named(values["provider"], "provider", table)
    properties = tuple(p for text in values["properties"] for p in text.split(",") if p)
    entry = ImportEntry(type_, name, id_, parent=parent, provider=provider, properties=properties)
    return ImportList((entry,), table, values["protect"] in TRUE)


def _named(text: str, role: str, table: dict[str, str]) -> str:
    """Enters `name=urn`, or a bare URN under the name of its role, and returns the name."""
    from rolecall.model.urn import URN

    if not text:
        return ""
    name, separator, urn = text.partition("=")
    if not separator:
        name, urn = role, text
    if not URN(urn).is_valid:
        raise UsageProblem(f'could not parse {role} spec: expected a URN, got "{urn}"')
    table[name] = urn
    return name


def _leave_code(invocation: Invocation, values: dict[str, Any], code: ImportCode, names: Mapping[str, str]) -> None:
    """Hands the declarations over: to a file, or to the reader of standard output."""
    from rolecall.display.import_code import INTRODUCTION, PROTECTED

    program = code.text(names)
    if values["out"]:
        _write(Path(values["out"]), program)
    elif program and not values["json"]:
        invocation.say("\n".join([INTRODUCTION, *([PROTECTED] if code.any_protected else []), program]))


def _write(path: Path, program: str) -> None:
    try:
        path.write_text(program, encoding="utf-8")
    except OSError as error:
        raise RolecallError(
            f"could not create output file {path}: {error.strerror}", detail="The resources were imported."
        ) from error
