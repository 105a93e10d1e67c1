"""`rolecall config` and its verbs."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine


def test_what_is_set_is_got_and_listed(run: CommandLine) -> None:
    run.out("config", "set", "name", "blue")
    run.out("config", "set", "aws:region", "eu-west-1")
    assert run.out("config", "get", "name") == "blue\n"
    assert run.out("config") == "KEY         VALUE\naws:region  eu-west-1\nname        blue\n"


def test_a_secret_is_sealed_in_the_file_and_hidden_in_lists(run: CommandLine) -> None:
    run.out("config", "set", "--secret", "token", "hush-hush")
    run.out("config", "set", "--secret", "--path", "nested.deep[0]", "hush-hush")
    assert "hush-hush" not in run.settings
    assert "hush-hush" not in run.out("config") + run.out("config", "--json")
    assert json.loads(run.out("config", "--json"))["proj:token"] == {"secret": True}
    assert run.out("config", "get", "token") == "hush-hush\n"
    shown = json.loads(run.out("config", "--json", "--show-secrets"))
    assert shown["proj:nested"]["objectValue"] == {"deep": ["hush-hush"]}


@pytest.mark.parametrize(
    ("stdin", "flags", "value"),
    [
        ("a value\n", (), "a value"),
        ("two\nlines\n\n", (), "two\nlines\n"),
        ("raw\n", ("--raw",), "raw\n"),
        ("", (), ""),
    ],
)
def test_a_value_that_is_not_given_comes_from_standard_input(
    run: CommandLine, stdin: str, flags: tuple[str, ...], value: str
) -> None:
    run.out("config", "set", "text", *flags, stdin=stdin)
    assert json.loads(run.out("config", "get", "text", "--json"))["value"] == value


def test_a_value_that_is_not_text_is_refused(run: CommandLine) -> None:
    assert "error: the value is not UTF-8 text (byte 1)" in run("config", "set", "key", stdin="a\udcff").err


@pytest.mark.parametrize(
    "value", ["\x00", "\x1b[0m", "\x7f", "\u0085", "\u2028", "\ufeff", "a\rb", "\U0001f600", " ", "\t"]
)
def test_any_text_survives_the_file(run: CommandLine, value: str) -> None:
    run.out("config", "set", "--path", 'map["' + value + '"]', stdin=value + "\n")
    run.out("config", "set", "--secret", "sealed", stdin=value + "\n")
    run.out("config", "set", "other", "x")
    assert json.loads(run.out("config", "get", "map", "--json"))["objectValue"] == {value: value}
    assert json.loads(run.out("config", "get", "sealed", "--json"))["value"] == value


def test_a_value_may_begin_with_a_dash_after_two_dashes(run: CommandLine) -> None:
    # The Automation API calls it just so.
    run.out("config", "set", "key", "--plaintext", "--stack", "dev", "--non-interactive", "--", "--not-a-flag")
    assert run.out("config", "get", "key") == "--not-a-flag\n"


@pytest.mark.parametrize("secret", [True, False])
def test_at_a_terminal_the_value_is_asked_for_and_a_secret_one_is_not_shown(run: CommandLine, secret: bool) -> None:
    flags = ["--secret"] if secret else []
    code, shown = at_terminal(run, ["config", "set", "key", *flags], "typed-at-a-terminal")
    assert code == 0
    assert "value" in shown
    assert ("typed-at-a-terminal" in shown) != secret
    assert run.out("config", "get", "key") == "typed-at-a-terminal\n"


def test_at_a_terminal_a_passphrase_is_asked_for_until_it_is_right(run: CommandLine) -> None:
    run.out("config", "set", "--secret", "token", "hush")
    del run.environ["PULUMI_CONFIG_PASSPHRASE"]
    code, shown = at_terminal(run, ["config", "get", "token"], "wrong", "open sesame")
    assert (code, shown.count("Enter your passphrase to unlock config/secrets")) == (0, 2)
    assert "config/secrets (the last one was wrong): " in shown
    assert shown.endswith("hush\r\n")
    assert "sesame" not in shown


def test_at_a_terminal_a_stack_that_does_not_exist_can_be_created(run: CommandLine) -> None:
    code, shown = at_terminal(run, ["config", "set", "a", "b", "--stack", "new"], "")
    assert code == 0
    assert "The stack 'new' does not exist." in shown
    assert run.out("config", "get", "a", "--stack", "new") == "b\n"


def test_at_a_terminal_without_a_selection_a_stack_is_chosen_and_stays_so(run: CommandLine) -> None:
    run.out("config", "set", "a", "b")
    run.out("stack", "unselect")
    code, shown = at_terminal(run, ["config", "get", "a"], "dev")
    assert (code, shown.splitlines()[-1]) == (0, "b")
    assert run.out("config", "get", "a") == "b\n"


def test_at_a_terminal_errors_name_this_program_and_show_the_place_in_a_file(run: CommandLine) -> None:
    (run.directory / "Pulumi.yaml").write_text("name: proj\nruntime: [python\n")
    code, shown = at_terminal(run, ["config"])
    assert code == 1
    assert f"{run.directory}/Pulumi.yaml:2:17\r\n" in shown
    (run.directory / "Pulumi.yaml").write_text("name: proj\n")
    run.out("stack", "unselect")
    assert "Run 'rolecall --help' for usage." in at_terminal(run, ["nonsense"])[1]


def at_terminal(run: CommandLine, arguments: list[str], *answers: str) -> tuple[int, str]:
    """Runs a command at a real terminal, answers each question (what ends in `: ` or `> `), and gives its exit code
    and all that was shown."""
    us, them = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_ID", "BUILD_NUMBER")}
    process = subprocess.Popen(
        [sys.executable, "-m", "rolecall", *arguments],
        cwd=run.directory,
        env={**environ, **run.environ, "TERM": "xterm"},
        stdin=them,
        stdout=them,
        stderr=them,
        start_new_session=True,
    )
    os.close(them)
    shown, left = b"", list(answers)
    try:
        while data := read_from(us):
            shown += data
            if left and shown.endswith((b": ", b"> ")):
                os.write(us, left.pop(0).encode() + b"\n")
    finally:
        os.close(us)
        code = process.wait(timeout=30)
    assert not left, shown
    return code, shown.decode()


def read_from(terminal: int) -> bytes:
    """What the other side wrote; nothing once it has gone, which Linux reports as an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_several_values_are_set_and_removed_at_once(run: CommandLine) -> None:
    run.out(
        "config", "set-all", "--plaintext", "a=1", "--secret", "b=2", "--plaintext", "c=x=y", "--plaintext", "'d=e'=f"
    )
    assert json.loads(run.out("config", "--json", "--show-secrets")) == {
        "proj:a": {"secret": False, "value": "1"},
        "proj:b": {"secret": True, "value": "2"},
        "proj:c": {"secret": False, "value": "x=y"},
        "proj:d=e": {"secret": False, "value": "f"},
    }
    run.out("config", "rm-all", "a", "b", "c", "none")
    assert run.out("config") == "KEY  VALUE\nd=e  f\n"


def test_what_config_prints_as_json_can_be_set_again(run: CommandLine) -> None:
    run.out("config", "set", "--path", "o.list[0]", "1")
    run.out("config", "set", "--secret", "--path", "s.token", "hush")
    run.out("config", "set", "plain", "x")
    before = json.loads(run.out("config", "--json", "--show-secrets"))
    text = json.dumps(before)
    run.out("config", "rm-all", "o", "s", "plain")
    run.out("config", "set-all", "--json", text)
    after = json.loads(run.out("config", "--json", "--show-secrets"))
    assert {key: item["value"] for key, item in after.items()} == {key: item["value"] for key, item in before.items()}
    assert "hush" not in run.settings


def test_secrets_are_sealed_anew_for_the_stack_they_are_copied_to(run: CommandLine) -> None:
    run.out("config", "set", "--secret", "token", "hush")
    run.out("stack", "init", "prod", "--no-select")
    run.out("config", "cp", "--dest", "prod")
    assert run.out("config", "get", "token", "--stack", "prod") == "hush\n"
    prod = (run.directory / "Pulumi.prod.yaml").read_text()
    sealed = next(line for line in run.settings.splitlines() if "secure:" in line)
    assert sealed not in prod


def test_a_secret_pasted_from_another_stack_is_refused_with_the_reason(run: CommandLine) -> None:
    run.out("config", "set", "--secret", "token", "hush")
    run.out("stack", "init", "prod", "--no-select")
    pasted = run.settings.split("config:")[1]
    with open(run.directory / "Pulumi.prod.yaml", "a") as settings:
        settings.write("config:" + pasted)
    done = run("config", "get", "token", "--stack", "prod")
    assert done.code == 1
    assert done.err.startswith("error: failed to decrypt encrypted configuration value 'proj:token':")
    assert "Every stack has a key of its own" in done.err


def test_another_file_can_hold_the_configuration(run: CommandLine) -> None:
    run.out("config", "set", "x", "one", "--config-file", "other.yaml")
    assert (run.directory / "other.yaml").read_text() == "config:\n  proj:x: one\n"
    assert run("config", "get", "x").err == "error: configuration key 'x' not found for stack 'dev'\n"


def test_settings_stand_in_the_directory_that_the_project_names(run: CommandLine) -> None:
    (run.directory / "Pulumi.yaml").write_text("name: proj\nruntime: python\nstackConfigDir: deep/stacks\n")
    run.out("config", "set", "x", "one")
    assert (run.directory / "deep" / "stacks" / "Pulumi.dev.yaml").read_text() == "config:\n  proj:x: one\n"


def test_a_project_in_json_has_settings_in_json(run: CommandLine) -> None:
    (run.directory / "Pulumi.yaml").rename(run.directory / "project.old")
    (run.directory / "Pulumi.json").write_text('{"name": "proj", "runtime": "python"}')
    run.out("config", "set", "x", "one", "--stack", "dev")
    assert json.loads((run.directory / "Pulumi.dev.json").read_text()) == {"config": {"proj:x": "one"}}


def test_a_stack_whose_settings_were_lost_gets_its_key_from_the_state(run: CommandLine) -> None:
    salt = run.settings
    (run.directory / "Pulumi.dev.yaml").unlink()
    run.out("config", "set", "--secret", "token", "hush")
    assert not run.settings.startswith("config")
    assert run.out("config", "get", "token") == "hush\n"
    assert salt.startswith("encryptionsalt: v1:")


def test_environments_are_refused_honestly(run: CommandLine) -> None:
    assert "does not support environments" in run("config", "env", "add", "x", "--yes").err
    with open(run.directory / "Pulumi.dev.yaml", "a") as settings:
        settings.write("environment:\n  - shared\n")
    run.out("config", "set", "x", "one")
    assert "environment:\n  - shared\n" in run.settings
    done = run("preview")
    assert done.code == 1
    assert "Pulumi ESC environments, which only the Pulumi Cloud backend supports" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("config", "get", "nope"), 1, "error: configuration key 'nope' not found for stack 'dev'"),
        (("config", "get", "a:b:c"), 1, "error: invalid configuration key: could not parse a:b:c"),
        (("config", "set", "--type", "int", "n", "x"), 1, 'error: strconv.Atoi: parsing "x": invalid syntax'),
        (("config", "set", "--type", "date", "n", "x"), 1, 'error: invalid type "date"; must be one of'),
        (("config", "set", "--path", "a[", "x"), 1, "error: invalid config key path: missing closing bracket"),
        (("config", "set", "--secret", "--plaintext", "x", "y"), 1, "were all set"),
        (
            ("config", "set", "password", "kj4h5kj34h5kj34h"),
            1,
            "error: config value for 'proj:password' looks like a secret",
        ),
        (("config", "set-all", "--plaintext", "nothing"), 1, "error: config value must be in the form [key]=[value]"),
        (("config", "set-all", "--json", "{"), 1, "error: could not parse --json argument"),
        (("config", "set-all", "--json", '{"a": {}}'), 1, 'error: value for --json object key "a" is nil'),
        (("config", "cp", "--dest", "dev"), 1, "error: current stack and destination stack are the same"),
        (("config", "cp", "--dest", "none"), 6, "error: no stack named 'none' found"),
        (("config", "--stack", "organization/other/dev"), 6, "error: no stack named 'organization/other/dev' found"),
        (("config", "--stack", "none"), 6, "error: no stack named 'none' found"),
        (("config", "set", "key", "\udcff"), 1, "error: argument '\\udcff' is not UTF-8 text"),
        (("config", "refresh"), 1, "error: getting latest configuration: no previous deployment"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    run: CommandLine, arguments: tuple[str, ...], code: int, problem: str
) -> None:
    before = run.settings
    done = run(*arguments)
    assert (done.code, run.settings) == (code, before)
    assert problem in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("passphrase", "problem"),
    [
        ("wrong", "error: incorrect passphrase\n"),
        (None, "error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"),
    ],
)
def test_without_the_passphrase_secrets_stay_shut_and_the_rest_works(
    run: CommandLine, passphrase: str | None, problem: str
) -> None:
    run.out("config", "set", "--secret", "token", "hush")
    before = run.settings
    done = run("config", "get", "token", environ={"PULUMI_CONFIG_PASSPHRASE": passphrase})
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(problem)
    assert run("config", environ={"PULUMI_CONFIG_PASSPHRASE": passphrase}).out == "KEY    VALUE\ntoken  [secret]\n"
    assert run("config", "set", "--secret", "b", "x", environ={"PULUMI_CONFIG_PASSPHRASE": passphrase}).code == 1
    assert run.settings == before


def test_malformed_settings_are_refused_with_their_place_and_left_alone(run: CommandLine, tmp_path: Path) -> None:
    broken = run.settings + "config: [\n"
    (run.directory / "Pulumi.dev.yaml").write_text(broken)
    done = run("config", "set", "a", "b")
    assert done.code == 1
    assert done.err.startswith(
        f"error: could not unmarshal '{run.directory}/Pulumi.dev.yaml': invalid YAML file: yaml: line "
    )
    assert run.settings == broken


def test_the_settings_of_another_projects_stack_are_not_looked_for_here(run: CommandLine, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "Pulumi.yaml").write_text("name: other\nruntime: python\n")
    run.out("-C", str(other), "stack", "init", "dev")
    done = run("config", "set", "a", "b", "--stack", "organization/other/dev")
    assert done.code == 1
    assert "has its settings in the directory of its own project 'other'" in done.err
    assert "proj:a" not in run.settings
