"""What all commands share: how arguments are read, where help goes, which code an end has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rolecall.cli import registry
from rolecall.cli.frame import Command, Group
from rolecall.cli.main import load
from tests.cli.command_line import CommandLine


@pytest.mark.parametrize(
    "arguments",
    [
        ("config", "get", "key", "--stack", "dev"),
        ("config", "--stack=dev", "get", "key"),
        ("-s", "dev", "config", "get", "key"),
        ("--stack", "dev", "config", "get", "key"),
        ("--non-interactive", "config", "-sdev", "get", "--", "key"),
        ("--color", "never", "--logtostderr=false", "-v=3", "config", "get", "key", "-s=dev"),
        ("cfg", "get", "key", "-Qs", "dev"),
    ],
)
def test_flags_may_stand_anywhere(run: CommandLine, arguments: tuple[str, ...]) -> None:
    run.out("config", "set", "key", "value")
    run.out("stack", "unselect")
    assert run.out(*arguments) == "value\n"


def test_a_directory_can_be_named_first(run: CommandLine, tmp_path: Path) -> None:
    run.out("config", "set", "key", "value")
    run.directory = tmp_path
    assert run.out("-C", "program", "config", "get", "key") == "value\n"
    assert run("--cwd", "nowhere", "config").err == "error: chdir nowhere: no such file or directory\n"


def test_flags_may_come_from_the_environment_but_the_command_line_wins(run: CommandLine) -> None:
    run.out("config", "set", "key", "value")
    assert run("config", "get", "key", environ={"PULUMI_OPTION_JSON": "true"}).out.startswith("{")
    assert run("config", "get", "key", "--json=false", environ={"PULUMI_OPTION_JSON": "1"}).out == "value\n"
    assert "invalid argument" in run("config", environ={"PULUMI_OPTION_JSON": "maybe"}).err
    done = run("config", "set", "k", "v", "--secret", environ={"PULUMI_OPTION_PLAINTEXT": "true"})
    assert "[plaintext secret] were all set" in done.err
    run("config", "set-all", environ={"PULUMI_OPTION_PLAINTEXT": 'a=1,"b=2,3"'})
    assert run.out("config", "get", "b") == "2,3\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("nonsense",), 'error: unknown command "nonsense" for "pulumi"\nRun \'pulumi --help\' for usage.\n'),
        (("config", "--nonsense"), "error: unknown flag: --nonsense\n"),
        (("config", "-z"), "error: unknown shorthand flag: 'z' in -z\n"),
        (("config", "-jz"), "error: unknown shorthand flag: 'z' in -jz\n"),
        (("config", "--stack"), "error: flag needs an argument: --stack\n"),
        (("config", "-s"), "error: flag needs an argument: 's' in -s\n"),
        (("config", "--json=maybe"), 'error: invalid argument "maybe" for "-j, --json" flag: strconv.ParseBool: '),
        (("config", "-v", "x"), 'error: invalid argument "x" for "-v, --verbose" flag: strconv.ParseInt: parsing "x"'),
        (
            ("config", "--color", "pink"),
            "error: unsupported color option: 'pink'. Supported values are: always, never,",
        ),
        (("config", "get"), "error: accepts 1 arg(s), received 0\n"),
        (("config", "set"), "error: requires at least 1 arg(s), only received 0\n"),
        (("config", "cp", "a", "b"), "error: accepts at most 1 arg(s), received 2\n"),
        (("config", "rm-all"), "error: requires at least 1 arg(s), only received 0\n"),
        (("config", "nonsense"), "error: accepts 0 arg(s), received 1\n"),
        (("whoami", "--output", "xml"), 'error: output "xml" not supported, valid values are: default or json\n'),
    ],
)
def test_a_wrong_command_line_is_refused_in_pulumis_words(
    bare: CommandLine, arguments: tuple[str, ...], problem: str
) -> None:
    done = bare(*arguments)
    assert done.code == 1
    assert done.err.startswith(problem)


def test_a_misspelt_command_is_guessed(bare: CommandLine) -> None:
    assert "Did you mean this?\n\tconfig\n" in bare("confg").err


def test_only_a_wrong_number_of_arguments_prints_the_help(bare: CommandLine) -> None:
    assert bare("config", "get").out.startswith("Get a single configuration value.\n")
    assert bare("config", "get", "--nonsense").out == ""


@pytest.mark.parametrize(
    "arguments", [("--help",), (), ("help",), ("config", "-h"), ("help", "config", "get"), ("-h",)]
)
def test_help_goes_to_standard_output(bare: CommandLine, arguments: tuple[str, ...]) -> None:
    done = bare(*arguments)
    assert (done.code, done.err) == (0, "")
    assert "Usage:\n  rolecall " in done.out


def test_help_calls_the_program_by_the_name_it_was_started_with(bare: CommandLine) -> None:
    assert "pulumi config" not in bare("config", "set", "--help").out
    assert "rolecall config" not in bare("config", "set", "--help", program="pulumi").out


def test_every_command_that_is_listed_is_there_and_explains_itself() -> None:
    for name in registry.COMMANDS:
        check_explained(load(name))


def check_explained(command: Command) -> None:
    assert command.short_help, command.path
    for flag in command.own_flags:
        assert flag.help or flag.hidden, f"{command.path} --{flag.long}"
    if isinstance(command, Group):
        for inner in command.commands.values():
            check_explained(inner)


def test_no_two_commands_share_a_name_or_alias() -> None:
    names = [*registry.COMMANDS, *(alias for entry in registry.COMMANDS.values() for alias in entry.aliases)]
    assert len(names) == len(set(names))


def test_the_version_is_one_that_pulumis_tools_can_parse(bare: CommandLine) -> None:
    for arguments, program in ((("version",), "rolecall"), (("version",), "pulumi"), (("--version",), "rolecall")):
        done = bare(*arguments, program=program)
        assert (done.code, done.err) == (0, "")
        major, minor, patch = done.out.strip().removeprefix("v").split(".")
        assert (major, int(minor) > 205, patch.isdigit()) == ("3", True, True)


HEAVY = ("boto3", "botocore", "moto", "grpc", "google.protobuf", "pulumi", "rich", "cryptography", "ruamel")


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["config", "--help"], ["stack", "output", "--help"]])
def test_help_and_version_import_nothing_that_is_slow(arguments: list[str]) -> None:
    program = (
        "import sys; from rolecall.cli.main import execute; from rolecall.cli.invocation import Invocation;"
        f"code = execute({arguments!r}, Invocation({{}}));"
        f"print(code, [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == "0 []\n"


def test_an_output_that_nobody_reads_is_no_error_of_ours(run: CommandLine) -> None:
    command = f"{sys.executable} -m rolecall about env | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    assert done.stdout.strip() in ("0", "141")


def in_shell(run: CommandLine, command: str) -> subprocess.CompletedProcess[str]:
    """Runs a line of shell in which `rolecall` is ours."""
    function = f'rolecall() {{ {sys.executable} -m rolecall "$@"; }}; '
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | run.environ
    return subprocess.run(
        ["bash", "-c", function + command], cwd=run.directory, env=environ, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("command", "code", "problem"),
    [
        ("rolecall config set key <&-", 1, "error: config value must be specified in non-interactive mode\n"),
        ("rolecall version >&-", 0, ""),
        ("rolecall config get >&-", 1, "error: accepts 1 arg(s), received 0\n"),
        ("rolecall about env >/dev/full", 1, "error: could not write: No space left on device\n"),
        (
            "mkdir gone; cd gone; rmdir ../gone; rolecall config",
            1,
            "error: the current directory does not exist any more\n",
        ),
    ],
)
def test_odd_surroundings_are_survived(run: CommandLine, command: str, code: int, problem: str) -> None:
    done = in_shell(run, command)
    assert (done.returncode, done.stderr) == (code, problem)


def test_what_is_no_problem_of_the_users_is_reported_as_our_bug(
    bare: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.COMMANDS, "broken", registry.Entry("rolecall.cli.nowhere:nothing", "a bug"))
    done = bare("broken")
    assert done.code == 1
    assert "Traceback" in done.err
    assert done.err.endswith("error: this is a bug in rolecall; please report it with the lines above\n")
